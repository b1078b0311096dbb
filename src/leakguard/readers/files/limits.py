"""Bounds within which an input is read."""

from dataclasses import dataclass

from leakguard.readers.files.readings import Readings


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bytes: of a block, of the longest row, and of all that a packed file unpacks to; and where it is noted what was read."""

    block: int
    row: int
    unpacked: int
    readings: Readings | None = None


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """An input whose rows are read a second time: its name, where it lies, its format, and the limits of the first time."""

    name: str
    path: str
    format: str
    limits: ReadLimits
