"""From evidence to decision: what becomes of a row, given what was found in it and who could not look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from leakguard.core.finding import Finding, Mark
from leakguard.core.record import Origin
from leakguard.core.rule import PROFILES, Severity

if TYPE_CHECKING:
    from leakguard.core.duplicates import RowPlace


class Action(IntEnum):
    """What a finding asks for; ordered from mild to strict."""

    KEEP = 0
    REDACT = 1
    QUARANTINE = 2
    REMOVE = 3

    @property
    def label(self) -> str:
        """The word that settings use."""
        return self.name.lower()


class Fate(IntEnum):
    """What became of a row, each in a folder of its own; ordered from mild to strict."""

    KEPT = 0
    REDACTED = 1
    UNDETERMINED = 2
    QUARANTINED = 3
    REMOVED = 4
    UNREADABLE = 5

    @property
    def folder(self) -> str:
        """The name of the folder that holds such rows."""
        return "quarantine" if self is Fate.QUARANTINED else self.name.lower()


FATES = {Action.KEEP: Fate.KEPT, Action.REDACT: Fate.REDACTED, Action.QUARANTINE: Fate.QUARANTINED, Action.REMOVE: Fate.REMOVED}
APART = "apart"
MISSED = "undetermined"
EXACT, NEAR = "duplicates", "near-duplicates"
DEFAULTS: Mapping[str, str] = {"error": "remove", "warning": "quarantine", "note": "keep", MISSED: APART}


@dataclass(frozen=True, slots=True)
class Policy:
    """Which action each finding asks for, and what becomes of rows that a detector could not look at.

    `entries` map a severity, a pack id, a rule id or a pattern with * and ?, each perhaps after "numbers:" or "text:", to an
    action. `missed` is that action for rows that somebody could not look at; None sets them apart, in a file of their own. `exact` and
    `near` are the actions for rows that repeat an earlier row.
    """

    entries: Mapping[str, Action]
    missed: Action | None = None
    exact: Action = Action.KEEP
    near: Action = Action.KEEP

    def action(self, mark: Mark) -> Action:
        """Return the action of the entry that names the finding most closely; of two equally close entries, the stricter action."""
        ranked = [(_closeness(name, mark), action) for name, action in self.entries.items()]
        return max((pair for pair in ranked if pair[0]), default=((), Action.KEEP))[1]

    def fate(self, actions: Iterable[Action], missed: bool = False) -> Fate:
        """Return the fate of a row whose findings ask for `actions`. A further finding or a missed detector never makes it milder."""
        action = max(actions, default=Action.KEEP)
        if not missed:
            return FATES[action]
        return max(FATES[action], Fate.UNDETERMINED) if self.missed is None else FATES[max(action, self.missed)]


def _closeness(name: str, mark: Mark) -> tuple[int, ...]:
    """Rank how closely an entry names a finding: rule, then pattern (the longer the closer), then pack, then severity; () if not."""
    profile, _, rest = name.rpartition(":")
    if profile and profile != mark.profile:
        return ()
    rule = mark.rule
    how = 4 if rest == rule.id else 2 if rest == rule.pack else 1 if rest == mark.severity.label else 0
    if not how and fnmatchcase(rule.id, rest):
        how = 3
    return (how, len(rest) if how == 3 else 0, bool(profile)) if how else ()


def plain_name(name: str) -> str:
    """Return an entry's name without its profile."""
    profile, _, rest = name.rpartition(":")
    return rest if profile in PROFILES else name


SEVERITIES = frozenset(severity.label for severity in Severity)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One row that was not kept as it was: where it stood, what became of it, and all its reasons.

    `more` counts findings that are not listed: of each severity, a row lists its first ones only. `copy_of` is the earlier row that a
    duplicate repeats, where the policy acts on it; `near` if the two are not equal.
    """

    origin: Origin
    record_id: str
    fate: Fate
    findings: tuple[Finding, ...] = ()
    missed: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    detail: str = ""
    more: int = 0
    copy_of: "RowPlace | None" = None
    near: bool = False
