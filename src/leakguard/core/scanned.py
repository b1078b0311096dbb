"""The result of scanning one row: its record, its findings, and the detectors that missed it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leakguard.core.finding import Finding
from leakguard.core.record import Origin, Record, Unreadable


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scanned row. `record` is None if it could not be read (see `unreadable`); `missed` maps detectors that missed it to reasons."""

    origin: Origin
    record: Record | None
    findings: tuple[Finding, ...] = ()
    missed: Mapping[str, str] = field(default_factory=dict)
    unreadable: Unreadable | None = None

    @property
    def clean(self) -> bool:
        """Whether the row could be read, every detector checked it, and none found anything. This is no evidence of safety."""
        return self.record is not None and not self.findings and not self.missed
