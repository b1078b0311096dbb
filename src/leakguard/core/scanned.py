"""A row that was looked at: what it says, what was found in it, and who could not look."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leakguard.core.finding import Finding
from leakguard.core.record import Origin, Record, Unreadable


@dataclass(frozen=True, slots=True)
class Scanned:
    """One row. `record` is None where it could not be read (`unreadable` says why); `missed` maps detectors to why they could not look."""

    origin: Origin
    record: Record | None
    findings: tuple[Finding, ...] = ()
    missed: Mapping[str, str] = field(default_factory=dict)
    unreadable: Unreadable | None = None

    @property
    def clean(self) -> bool:
        """True only if the row could be read, every detector looked and none found anything. No evidence of safety."""
        return self.record is not None and not self.findings and not self.missed
