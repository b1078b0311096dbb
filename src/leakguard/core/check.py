"""A statement that was checked, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """What a check found; UNSEEN is not a pass."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNSEEN = "could not be checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One statement, the verdict on it, and why if it does not hold."""

    what: str
    verdict: CheckStatus
    detail: str = ""
