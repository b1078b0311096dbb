"""What a judge did in a run: what it was asked, what it answered, what that cost, and whether it could be believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leakguard.core.rule import RulePack


@dataclass(slots=True)
class Spent:
    """Calls and tokens that were paid for in this run, answers that were remembered from earlier ones, and money (None: no prices).

    `unreadable` answers of earlier runs were damaged in the cache and asked for again.
    """

    requests: int = 0
    remembered: int = 0
    unreadable: int = 0
    prompt: int = 0
    completion: int = 0
    money: float | None = None


@dataclass(slots=True)
class CaseCount:
    """The answers to one rubric (and trait): distinct texts found to leak, found clean, and left undetermined."""

    leaking: int = 0
    clean: int = 0
    undetermined: int = 0


@dataclass(frozen=True, slots=True)
class JudgeAccuracy:
    """What a judge check measured of one rule: right answers among so many leaking and so many clean examples."""

    leaking: int
    leaking_found: int
    clean: int
    clean_found: int

    @property
    def sensitivity(self) -> float:
        """Share of the leaking examples that were found; 0 of none."""
        return self.leaking_found / self.leaking if self.leaking else 0.0

    @property
    def specificity(self) -> float:
        """Share of the clean examples that were found clean; 0 of none."""
        return self.clean_found / self.clean if self.clean else 0.0


@dataclass(slots=True)
class Judged:
    """The books of a judge over one dataset. Counts are of distinct texts.

    `seen` texts came by, `chosen` were to be judged. `cases` maps a rule id to its answers, `reasons` says why texts stayed
    undetermined. `failed` is why nothing that the judge said counts, empty if it does; `stopped` why it stopped asking.
    `measured` is what a judge check knows of it.
    """

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
        """Texts without a verdict."""
        return sum(self.reasons.values())
