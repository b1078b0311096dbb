"""Tables from values and phrases to rules, with the severity of each rule in each profile."""

from collections.abc import Mapping, Sequence

import numpy as np

from leakguard.core.finding import PLAIN, Mark
from leakguard.core.rule import PROFILES, Profile, Rule, Severity
from leakguard.text.byte_classes import Bools, Ints
from leakguard.text.digit_runs import is_member

_LARGEST = 1 << 62
_REMEMBERED = 10_000
SOFT, LOUD, HONEST, SINGLE = 1, 2, 4, 8
_HONEST = frozenset((PLAIN, "a decimal", "leading zeros", "thousands separators", "neighbours", "separated digits", "a split number"))


class MarkTable:
    """A map from values to several marks each, as arrays: turns many listed numbers into marks without a loop."""

    def __init__(self, marks_of: Mapping[int, Sequence[Mark]]) -> None:
        values = sorted(value for value in marks_of if value < _LARGEST)
        self.marks: list[Mark] = [mark for value in values for mark in marks_of[value]]
        self.quotes = [str(value) for value in values for _ in marks_of[value]]
        # Values are sorted for a binary search; the marks of value k are the `_count[k]` entries of `marks` from `_first[k]` on.
        self._values = np.array(values, dtype=np.int64)
        self._count = np.array([len(marks_of[value]) for value in values], dtype=np.int64)
        self._first = np.cumsum(self._count) - self._count

    def contains(self, values: Ints) -> Bools:
        """Return which values are in the table: boolean array."""
        return is_member(values, self._values)

    def expand(self, values: Ints) -> tuple[Ints, Ints]:
        """Return, for values in the table, the index of the value of each mark (ascending), and the indices of the marks.

        Values are found by a binary search; each is repeated as often as it has marks.
        """
        at = np.searchsorted(self._values, values)
        count = self._count[at]
        owner = np.repeat(np.arange(len(values)), count)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return owner, self._first[at][owner] + within


class MarkFlags(dict[Mark, int]):
    """Flags of marks that matter for numbers in lists, computed once per mark.

    - SOFT: a rule for numbers that applies in prose too, so that the surroundings matter. LOUD: that, and more than a note.
    - HONEST: written in a form that hides nothing. SINGLE: written as one digit run.
    """

    def __missing__(self, mark: Mark) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        soft = mark.profile == "numbers" and mark.rule.kind in ("number", "sequence") and "text" in mark.rule.severity
        loud = soft and mark.severity is not Severity.NOTE
        single = mark.rule.kind == "number" and mark.form == PLAIN
        flags = self[mark] = SOFT * soft | LOUD * loud | HONEST * (mark.form in _HONEST) | SINGLE * single
        return flags


class RuleTable:
    """Rules by value and by sequence, and their marks. Marks are made once and shared by hits.

    - `by_value`: rules by their number. `sequences`: rules by first number, then by the whole sequence.
    - `plain`: marks of plainly written values, by profile and value. `plain_table`: the same for number lists, as arrays.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._marks: dict[tuple[str, Profile, str, int], Mark | None] = {}
        self._disguised: dict[tuple[Mark, str], Mark] = {}
        self._softened: dict[tuple[str, Profile, str], Mark] = {}
        self.flags = MarkFlags()
        self.by_value: dict[int, list[Rule]] = {}
        self.sequences: dict[int, dict[tuple[int, ...], list[Rule]]] = {}
        for rule in rules:
            if rule.kind == "number":
                self.by_value.setdefault(rule.numbers[0], []).append(rule)
            elif rule.kind == "sequence":
                self.sequences.setdefault(rule.numbers[0], {}).setdefault(rule.numbers, []).append(rule)
        self.plain = {profile: self._all_plain(profile) for profile in PROFILES}
        self.plain_table = MarkTable(self.plain["numbers"])

    def _all_plain(self, profile: Profile) -> dict[int, list[Mark]]:
        """Return the marks of all values as plain numbers."""
        marks = {value: [self.make_mark(rule, profile) for rule in rules] for value, rules in self.by_value.items()}
        return {value: [mark for mark in each if mark] for value, each in marks.items()}

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """The first two numbers of each listed sequence."""
        return {(numbers[0], numbers[1]) for sequences in self.sequences.values() for numbers in sequences}

    def make_mark(self, rule: Rule, profile: Profile, form: str = "", doubt: int = 0) -> Mark | None:
        """Return the mark of a rule in a profile, or None where the rule does not apply. Each step of `doubt` lowers the severity."""
        key = (rule.id, profile, form, doubt)
        if key not in self._marks:
            severity = rule.severity.get(profile)
            self._marks[key] = Mark(rule, severity.lowered(doubt), profile, form) if severity else None
        return self._marks[key]

    def soften(self, mark: Mark) -> Mark:
        """Return the mark as a note: its rule applies, but the match is often harmless."""
        key = mark.rule.id, mark.profile, mark.form
        if key not in self._softened:
            self._softened[key] = Mark(mark.rule, Severity.NOTE, mark.profile, mark.form, softened=True)
        return self._softened[key]

    def cap_severity(self, mark: Mark, severity: Severity) -> Mark:
        """Return the mark with at most this severity."""
        if severity >= mark.severity:
            return mark
        return self.make_mark(mark.rule, mark.profile, mark.form, mark.rule.severity[mark.profile] - severity) or mark

    def add_disguise(self, mark: Mark, form: str) -> Mark:
        """Return the mark with another form."""
        key = (mark, form)
        if key not in self._disguised:
            if len(self._disguised) >= _REMEMBERED:
                self._disguised.clear()
            self._disguised[key] = Mark(mark.rule, mark.severity, mark.profile, form, mark.softened)
        return self._disguised[key]
