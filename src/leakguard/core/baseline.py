"""Findings that somebody has looked at and accepted, known by their content: rule and version, record, match."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

NO_VERSION = ""
"""The version of a rule that stands in no pack."""


@dataclass(frozen=True, slots=True, order=True)
class Accepted:
    """One accepted finding: its rule, the version of the rule's pack, its fingerprint (record and match), and why it is accepted."""

    rule: str
    version: str
    fingerprint: str
    reason: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of one file, and the file's SHA-256."""

    file: str
    digest: str
    entries: tuple[Accepted, ...]

    def current(self, versions: Mapping[str, str]) -> dict[str, str]:
        """Fingerprints that count now, and their rules; `versions` maps each rule that looks to the version of its pack."""
        return {entry.fingerprint: entry.rule for entry in self.entries if versions.get(entry.rule) == entry.version}

    def unused(self, versions: Mapping[str, str], used: Collection[str]) -> list[Accepted]:
        """Entries of rules that looked, and of which nothing was found: the row is gone, or the rule has another version."""
        return [entry for entry in self.entries if entry.rule in versions and entry.fingerprint not in used]


@dataclass(frozen=True, slots=True)
class BaselineUse:
    """What a baseline did in one run; `unused` are entries that hid nothing, () where not everything was looked at."""

    file: str
    entries: int
    unused: tuple[Accepted, ...] = ()
