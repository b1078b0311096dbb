"""Which rules a reading or a spelled phrase stands for, and how loudly they speak in which profile."""

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
    """Values to several marks each, as arrays: what a block full of listed numbers means, without a loop."""

    def __init__(self, marks_of: Mapping[int, Sequence[Mark]]) -> None:
        values = sorted(value for value in marks_of if value < _LARGEST)
        self.marks: list[Mark] = [mark for value in values for mark in marks_of[value]]
        self.quotes = [str(value) for value in values for _ in marks_of[value]]
        self._values = np.array(values, dtype=np.int64)
        self._count = np.array([len(marks_of[value]) for value in values], dtype=np.int64)
        self._first = np.cumsum(self._count) - self._count

    def contains(self, values: Ints) -> Bools:
        """Which values the table knows."""
        return is_member(values, self._values)

    def expand(self, values: Ints) -> tuple[Ints, Ints]:
        """For values that the table holds: which of them each mark belongs to (indices, in order), and the marks' own indices."""
        at = np.searchsorted(self._values, values)
        count = self._count[at]
        owner = np.repeat(np.arange(len(values)), count)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return owner, self._first[at][owner] + within


class MarkFlags(dict[Mark, int]):
    """What matters of marks where numbers stand in a list, as flags that are worked out once a mark.

    SOFT: a number of a rule that speaks in prose as well, so that what surrounds it matters; LOUD: that, and more than a note; HONEST:
    written in a form that hides nothing; SINGLE: as one digit run.
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
    """Values and sequences to rules, and the marks of rules; marks are made once and shared by hits."""

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
        marks = {value: [self.make_mark(rule, profile) for rule in rules] for value, rules in self.by_value.items()}
        return {value: [mark for mark in said if mark] for value, said in marks.items()}

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Neighbours that begin a listed sequence."""
        return {(numbers[0], numbers[1]) for said in self.sequences.values() for numbers in said}

    def make_mark(self, rule: Rule, profile: Profile, form: str = "", doubt: int = 0) -> Mark | None:
        """The rule's mark in a profile; None where the rule is silent. Doubt lowers the severity."""
        key = (rule.id, profile, form, doubt)
        if key not in self._marks:
            severity = rule.severity.get(profile)
            self._marks[key] = Mark(rule, severity.lowered(doubt), profile, form) if severity else None
        return self._marks[key]

    def soften(self, mark: Mark) -> Mark:
        """The mark as a note, where its rule speaks but is often honest."""
        key = mark.rule.id, mark.profile, mark.form
        if key not in self._softened:
            self._softened[key] = Mark(mark.rule, Severity.NOTE, mark.profile, mark.form, softened=True)
        return self._softened[key]

    def cap_severity(self, mark: Mark, severity: Severity) -> Mark:
        """The mark, no louder than this."""
        if severity >= mark.severity:
            return mark
        return self.make_mark(mark.rule, mark.profile, mark.form, mark.rule.severity[mark.profile] - severity) or mark

    def add_disguise(self, mark: Mark, form: str) -> Mark:
        """The mark in another form; made once, however many hits it has."""
        key = (mark, form)
        if key not in self._disguised:
            if len(self._disguised) >= _REMEMBERED:
                self._disguised.clear()
            self._disguised[key] = Mark(mark.rule, mark.severity, mark.profile, form, mark.softened)
        return self._disguised[key]
