"""The result of one check, such as comparing a file with its hash in a manifest."""

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """The status of a check: passed, failed, or not made (UNSEEN), which does not count as passed."""

    HOLDS = "passed"
    DIFFERS = "failed"
    UNSEEN = "could not be checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One checked statement with its status, and the reason if it did not pass."""

    what: str
    verdict: CheckStatus
    detail: str = ""
