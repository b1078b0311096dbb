"""Statistics of a judge in one run: its verdicts, its control questions (canaries), and the calls and tokens that were used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from leakguard.core.rule import RulePack


@dataclass(slots=True)
class Spent:
    """Cost of a judge in one run: calls, prompt and completion tokens, and money in the currency of the prices (None: no prices given).

    `remembered` counts answers from the cache, `unreadable` cached answers that were damaged and therefore requested again.
    """

    requests: int = 0
    remembered: int = 0
    unreadable: int = 0
    prompt: int = 0
    completion: int = 0
    money: float | None = None


@dataclass(slots=True)
class CaseCount:
    """Verdicts of a judge with one rubric (and one trait): numbers of distinct texts that leak, are clean, or are undetermined."""

    leaking: int = 0
    clean: int = 0
    undetermined: int = 0


@dataclass(frozen=True, slots=True)
class JudgeAccuracy:
    """Accuracy of a judge on labelled examples: correct verdicts `leaking_found` of `leaking` texts and `clean_found` of `clean` texts."""

    leaking: int
    leaking_found: int
    clean: int
    clean_found: int

    @property
    def sensitivity(self) -> float:
        """The share of leaking examples that the judge found leaking (0 if there are none)."""
        return self.leaking_found / self.leaking if self.leaking else 0.0

    @property
    def specificity(self) -> float:
        """The share of clean examples that the judge found clean (0 if there are none)."""
        return self.clean_found / self.clean if self.clean else 0.0


@dataclass(slots=True)
class Judged:
    """Statistics of a judge over one dataset: verdicts, canaries and cost. Numbers are of distinct texts.

    `seen` texts are in the data; `chosen` of them were selected for the judge, as the setting in `only` says. `cases` maps a rule id to
    verdicts, `reasons` counts undetermined texts by reason, `canaries` counts answers to control questions. `failed` is the reason why
    all verdicts were discarded ("" if they were not), `stopped` the reason why no more calls were made. `measured` maps a rule id to the
    judge's accuracy in an earlier judge check.
    """

    key: ClassVar[str] = "judge"

    model: str
    only: str
    rubrics: tuple[RulePack, ...] = ()
    seen: int = 0
    chosen: int = 0
    injections: int = 0
    cases: dict[str, CaseCount] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    canaries: dict[str, int] = field(default_factory=lambda: {"right": 0, "wrong": 0, "unanswered": 0})
    failed: str = ""
    stopped: str = ""
    spent: Spent = field(default_factory=Spent)
    measured: Mapping[str, JudgeAccuracy] = field(default_factory=dict)

    @property
    def undetermined(self) -> int:
        """The number of texts without a verdict."""
        return sum(self.reasons.values())
