"""What a clean wrote, as its manifest says: for dataset cards and metadata."""

from collections.abc import Mapping
from dataclasses import dataclass

from leakguard.core.exit_codes import ExitCode
from leakguard.core.results import Ignored, Tally


@dataclass(frozen=True, slots=True)
class CleanedFile:
    """A file of a clean: its path in the folder, hash and size, the section it is in ("kept", "removed", "reasons", ...) and its rows."""

    path: str
    sha256: str
    bytes: int
    fate: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class CleanedData:
    """The files of a clean with its manifest as the last one, its inputs, and what was looked at and found.

    `packs` are (id, version), `roles` the roles of scanned texts, `detectors` those that ran, `version` that of leakguard. `writer` is
    the model that wrote the data, if the user names it.
    """

    files: tuple[CleanedFile, ...]
    inputs: tuple[CleanedFile, ...]
    tally: Tally
    version: str
    packs: tuple[tuple[str, str], ...]
    detectors: tuple[str, ...]
    roles: tuple[str, ...]
    policy: Mapping[str, str]
    ignored: tuple[Ignored, ...] = ()
    writer: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """PASSED: a card says what was done, whatever was found."""
        return ExitCode.PASSED
