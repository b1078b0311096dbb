"""The policy of a clean: which findings lead to which action, and the fate of a row from its findings and missed detectors."""

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
    """The action that a policy takes for a finding, ordered from mild to strict."""

    KEEP = 0
    REDACT = 1
    QUARANTINE = 2
    REMOVE = 3

    @property
    def label(self) -> str:
        """The name of the action in settings: keep, redact, quarantine or remove."""
        return self.name.lower()


class Fate(IntEnum):
    """What a clean did with a row, ordered from mild to strict. Each fate has its own folder."""

    KEPT = 0
    REDACTED = 1
    UNDETERMINED = 2
    QUARANTINED = 3
    REMOVED = 4
    UNREADABLE = 5

    @property
    def folder(self) -> str:
        """The name of the output folder for rows with this fate."""
        return "quarantine" if self is Fate.QUARANTINED else self.name.lower()


FATES = {Action.KEEP: Fate.KEPT, Action.REDACT: Fate.REDACTED, Action.QUARANTINE: Fate.QUARANTINED, Action.REMOVE: Fate.REMOVED}
APART = "apart"
MISSED = "undetermined"
EXACT, NEAR = "duplicates", "near-duplicates"
DEFAULTS: Mapping[str, str] = {"error": "remove", "warning": "quarantine", "note": "keep", MISSED: APART}


@dataclass(frozen=True, slots=True)
class Policy:
    """A map from findings to actions, with actions for rows that a detector missed and for duplicates.

    `entries` maps a severity, a pack id, a rule id or a pattern with * and ? to an action; "numbers:" or "text:" before it limits the
    entry to that profile. `missed` is the action for rows that a detector missed; None gives them the fate UNDETERMINED, with a folder
    of its own. `exact` and `near` are the actions for rows that duplicate an earlier row.
    """

    entries: Mapping[str, Action]
    missed: Action | None = None
    exact: Action = Action.KEEP
    near: Action = Action.KEEP

    def action(self, mark: Mark) -> Action:
        """Return the action of the most specific entry that applies to a finding; if two are equally specific, the stricter action."""
        ranked = [(_closeness(name, mark), action) for name, action in self.entries.items()]
        return max((pair for pair in ranked if pair[0]), default=((), Action.KEEP))[1]

    def fate(self, actions: Iterable[Action], missed: bool = False) -> Fate:
        """Return the fate of a row from the actions of its findings. A further finding or a missed detector never makes it milder."""
        action = max(actions, default=Action.KEEP)
        if not missed:
            return FATES[action]
        return max(FATES[action], Fate.UNDETERMINED) if self.missed is None else FATES[max(action, self.missed)]


def _closeness(name: str, mark: Mark) -> tuple[int, ...]:
    """Return how specific an entry is for a finding, as a tuple to compare: rule id, longer pattern, pattern, pack, severity.

    An entry with a profile is more specific than the same entry without one. An entry that does not apply gives ().
    """
    profile, _, rest = name.rpartition(":")
    if profile and profile != mark.profile:
        return ()
    rule = mark.rule
    how = 4 if rest == rule.id else 2 if rest == rule.pack else 1 if rest == mark.severity.label else 0
    if not how and fnmatchcase(rule.id, rest):
        how = 3
    return (how, len(rest) if how == 3 else 0, bool(profile)) if how else ()


def plain_name(name: str) -> str:
    """Return the name of a policy entry without its profile ("numbers:error" gives "error")."""
    profile, _, rest = name.rpartition(":")
    return rest if profile in PROFILES else name


SEVERITIES = frozenset(severity.label for severity in Severity)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A row that a clean did not keep unchanged: its origin, its fate, and the findings and other reasons for it.

    `findings` has only the first findings of each severity; `more` counts the others. `copy_of` is the earlier row if the policy acted
    on the row as a duplicate; `near` if the two rows are not equal.
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
