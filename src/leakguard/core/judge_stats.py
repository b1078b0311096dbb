"""Statistics of a judge in one run: its verdicts, its control questions (canaries), and the calls and tokens that were used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from leakguard.core.rule import RulePack


@dataclass(slots=True)
class Spent:
    """Calls and tokens of this run, answers taken from the cache (`remembered`), and money (None: prices are not known).

    `unreadable` counts cached answers that were damaged and therefore requested again.
    """

    requests: int = 0
    remembered: int = 0
    unreadable: int = 0
    prompt: int = 0
    completion: int = 0
    money: float | None = None


@dataclass(slots=True)
class CaseCount:
    """Verdicts by one rubric (for one trait): numbers of distinct texts that leak, are clean, or are undetermined."""

    leaking: int = 0
    clean: int = 0
    undetermined: int = 0


@dataclass(frozen=True, slots=True)
class JudgeAccuracy:
    """Right verdicts of a judge on labelled examples of one rule: `leaking_found` of `leaking`, `clean_found` of `clean`."""

    leaking: int
    leaking_found: int
    clean: int
    clean_found: int

    @property
    def sensitivity(self) -> float:
        """Share of the leaking examples that were found (0 if there are none)."""
        return self.leaking_found / self.leaking if self.leaking else 0.0

    @property
    def specificity(self) -> float:
        """Share of the clean examples that were found clean (0 if there are none)."""
        return self.clean_found / self.clean if self.clean else 0.0


@dataclass(slots=True)
class Judged:
    """What a judge counted over one dataset; numbers are of distinct texts.

    `seen` texts are in the data, `chosen` of them were to be judged. `cases` maps a rule id to verdicts, `reasons` counts undetermined
    texts by reason. `failed` says why all verdicts are discarded ("" if they count), `stopped` why no more calls were made. `measured`
    maps a rule id to the judge's accuracy in an earlier judge check.
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
        """Number of texts without a verdict."""
        return sum(self.reasons.values())
