"""Baselines: findings that a user has reviewed and accepted, identified by rule, pack version, record and quote (not by position)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

NO_VERSION = ""
"""The version given to a rule that is in no pack."""


@dataclass(frozen=True, slots=True, order=True)
class Accepted:
    """One accepted finding: rule id, version of the rule's pack, fingerprint, the reason for accepting it, and who did ("": unknown)."""

    rule: str
    version: str
    fingerprint: str
    reason: str
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The accepted findings of one baseline file, and the file's SHA-256."""

    file: str
    digest: str
    entries: tuple[Accepted, ...]

    def current(self, versions: Mapping[str, str]) -> dict[str, str]:
        """Return {fingerprint: rule} of the entries that were accepted for the rule's present version.

        `versions` maps each rule of the run to the version of its pack.
        """
        return {entry.fingerprint: entry.rule for entry in self.entries if versions.get(entry.rule) == entry.version}

    def unused(self, versions: Mapping[str, str], used: Collection[str]) -> list[Accepted]:
        """Return the entries that matched no finding although their rule was part of the run.

        Their row was removed or changed, or their rule's pack has another version. `used` are the fingerprints that were found.
        """
        return [entry for entry in self.entries if entry.rule in versions and entry.fingerprint not in used]


@dataclass(frozen=True, slots=True)
class BaselineUse:
    """Statistics of a baseline in one run: its file, number of entries, and the entries that matched no finding.

    `unused` is empty if the run was incomplete, because an entry could then belong to a row that was not checked.
    """

    file: str
    entries: int
    unused: tuple[Accepted, ...] = ()
