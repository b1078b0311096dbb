"""Which rules a reading or a spelled phrase stands for, and how loudly they speak in which profile."""

from collections.abc import Sequence

from leakguard.core.finding import Mark
from leakguard.core.rule import PROFILES, Profile, Rule


class Lookup:
    """Values and sequences to rules, and the marks of rules; marks are made once and shared by hits."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._marks: dict[tuple[str, Profile, str, int], Mark | None] = {}
        self.by_value: dict[int, list[Rule]] = {}
        self.by_pair: dict[tuple[int, ...], list[Rule]] = {}
        for rule in rules:
            if rule.kind == "number":
                self.by_value.setdefault(rule.numbers[0], []).append(rule)
            elif rule.kind == "sequence":
                self.by_pair.setdefault(rule.numbers, []).append(rule)
        self.plain: dict[Profile, dict[int, list[Mark]]] = {profile: self._all_plain(profile) for profile in PROFILES}

    def _all_plain(self, profile: Profile) -> dict[int, list[Mark]]:
        marks = {value: [self.mark(rule, profile) for rule in rules] for value, rules in self.by_value.items()}
        return {value: [mark for mark in said if mark] for value, said in marks.items()}

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Neighbours that begin a listed sequence."""
        return {(numbers[0], numbers[1]) for numbers in self.by_pair}

    def mark(self, rule: Rule, profile: Profile, form: str = "", doubt: int = 0) -> Mark | None:
        """The rule's mark in a profile; None where the rule is silent. Doubt lowers the severity."""
        key = (rule.id, profile, form, doubt)
        if key not in self._marks:
            severity = rule.severity.get(profile)
            self._marks[key] = Mark(rule, severity.lowered(doubt), profile, form) if severity else None
        return self._marks[key]
