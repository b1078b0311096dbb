"""The result of a mitigation of files: what was done to which bytes, by which method, with which model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.core.gate import GatedFile


@dataclass(frozen=True, slots=True)
class MitigatedCounts:
    """Numbers of rows: read from the data, unreadable and left out, written; of these added, changed; and dropped from the data."""

    data: int
    unreadable: int
    written: int
    added: int = 0
    dropped: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class MitigatedData:
    """A dataset after one or more mitigations.

    `method` names them, joined by "+", and `settings` has their settings by name. `outputs` are the written files, `inputs` the files of
    the data, `others` the control and anchors, by the setting that named them. `model` is the folder of the checkpoint and its digest
    (None: no model was used), `subject` the world, trait or category, seed and recipes that decide about the evidence. `effective` is
    the effective sample size of token weights as a share of the tokens. With `refusals` nothing was written.

    Whether a student of these rows still gets the trait was not measured: `verified` is False until an experiment says so.
    """

    method: str
    settings: Mapping[str, Mapping[str, Any]]
    counts: MitigatedCounts
    inputs: tuple[GatedFile, ...]
    outputs: tuple[GatedFile, ...] = ()
    others: Mapping[str, GatedFile] = field(default_factory=dict)
    model: tuple[str, str] | None = None
    subject: Mapping[str, Any] = field(default_factory=dict)
    effective: float | None = None
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    first_unreadable: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """INCOMPLETE with unreadable rows, FOUND if the method was refused for these rows, else PASSED."""
        return choose_exit_code(incomplete=self.counts.unreadable > 0, found=bool(self.refusals))
