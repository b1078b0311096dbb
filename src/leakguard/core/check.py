"""The result of checking one statement, such as a hash in a manifest."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The result of one check; a check that could not be made (UNSEEN) is not a pass."""

    HOLDS = "passed"
    DIFFERS = "failed"
    UNSEEN = "could not be checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One statement, the verdict on it, and why if it does not hold."""

    what: str
    verdict: CheckStatus
    detail: str = ""
