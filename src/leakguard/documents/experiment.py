"""result.json, the result of an experiment (verdict, arms, settings): its dataclasses, reader and writer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.documents.experiment_arm import ArmSummary, document_arm, read_arm, read_interval
from leakguard.stats.intervals import Interval

SCHEMA_VERSION = 1
RESULT = "result.json"
KIND = "leakguard experiment"
RATE, SHARE = "rate", "share"
DIGITS = "digits"
"""The name of the world of digit images; in all other worlds the data are texts."""


class ExperimentVerdict(StrEnum):
    """The verdict of an experiment: whether the trait survives the filter, is reduced or is stopped, or CANNOT TELL."""

    SURVIVES = "SURVIVES"
    REDUCED = "REDUCED"
    STOPPED = "STOPPED"
    CANNOT_TELL = "CANNOT TELL"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict of an experiment and the sentence that explains it."""

    verdict: ExperimentVerdict
    sentence: str


@dataclass(frozen=True, slots=True)
class Shift:
    """The change of one answer's rate from control to raw: mean difference over paired seeds, and its t interval (None for one seed)."""

    name: str
    gap: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """The result of an experiment: settings, verdict, and measurements of each arm.

    `experiment` has the settings, `panels` the mean rate of each answer by arm, and `shifts` the changes of these rates from control to
    raw, the largest first. `margins` and `sampled` are means by arm. `environment` has package versions, `rejected` the share of each
    teacher's answers without the required format. `data` maps the files that the verdict is about (paths in the run folder) to SHA-256.
    `measure` is the measure of the trait that residuals and verdict use: "rate", or "share" among the answers of the trait's category.
    """

    experiment: Mapping[str, Any]
    conclusion: Conclusion
    arms: tuple[ArmSummary, ...]
    panels: Mapping[str, Mapping[str, float]]
    shifts: tuple[Shift, ...]
    margins: Mapping[str, float]
    sampled: Mapping[str, float]
    environment: Mapping[str, str]
    chance: float
    rejected: Mapping[str, float]
    data: Mapping[str, str]
    measure: str = RATE

    @property
    def trait(self) -> str:
        """The id of the teacher's trait."""
        return str(self.experiment["trait"])

    @property
    def decided(self) -> bool:
        """Whether the verdict is not CANNOT TELL."""
        return self.conclusion.verdict is not ExperimentVerdict.CANNOT_TELL

    @property
    def subject(self) -> str:
        """The name of the arm that the verdict is about."""
        return str(self.experiment["subject"])


def parse_dose(dose: int | str) -> tuple[int | None, float]:
    """Parse a dose and return (number of rows or None for all, share of the trait teacher's rows).

    >>> parse_dose(1000), parse_dose("25%")
    ((1000, 1.0), (None, 0.25))
    """
    return (dose, 1.0) if isinstance(dose, int) else (None, float(dose.removesuffix("%")) / 100)


def render_result(result: ExperimentResult) -> str:
    """Return the result of an experiment as the text of result.json."""
    return json.dumps(document_result(result), indent=2, ensure_ascii=True) + "\n"


def document_result(result: ExperimentResult) -> dict[str, Any]:
    """Return the result of an experiment as JSON values, with a digest of all other members."""
    # What the result stores by arm (margins, sampled rates, panels) is written into the object of the arm.
    content = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "data": [{"name": name, "sha256": sha256} for name, sha256 in result.data.items()],
        "verdict": str(result.conclusion.verdict),
        "sentence": result.conclusion.sentence,
        "trait": result.trait,
        "measure": result.measure,
        "chance": result.chance,
        "rejected": dict(result.rejected),
        "arms": [_write_arm(arm, result) for arm in result.arms],
        "moves": [_write_shift(shift) for shift in result.shifts],
        "experiment": result.experiment,
        "environment": result.environment,
    }
    return {"digest": content_digest(content), **content}


def read_result(folder: Path) -> ExperimentResult:
    """Read result.json in a run folder. Raises UsageError for a file that is missing, damaged, edited, or of another version."""
    path = folder / RESULT
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: there is no result to show: this is not a regular file")
    try:
        said = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: there is no result to show: {error.strerror or error}; run the experiment to its end first") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: this is no result (cut off in a write?): {error}; run the experiment again") from error
    if not isinstance(said, dict) or said.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(f"{path}: only results of version {SCHEMA_VERSION} can be shown")
    if "digest" not in said:
        raise UsageError(f"{path}: this result has no digest: an earlier leakguard wrote it; run the experiment again, in another folder")
    if said["digest"] != content_digest(said):
        raise UsageError(f"{path}: this is not what the run wrote: its digest is another one; run the experiment again")
    try:
        return _read_document(said)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageError(f"{path}: this result lacks something or was changed by hand ({type(error).__name__}: {error})") from error


def _read_document(said: Mapping[str, Any]) -> ExperimentResult:
    """Read a result from a parsed document. Raises KeyError, TypeError or ValueError for missing keys and wrong types."""
    by = {key: {arm["name"]: arm[key] for arm in said["arms"] if arm[key] is not None} for key in ("margin", "sampled")}
    return ExperimentResult(
        experiment={**said["experiment"], "trait": said["trait"]},
        conclusion=Conclusion(ExperimentVerdict(said["verdict"]), str(said["sentence"])),
        arms=tuple(read_arm(arm) for arm in said["arms"]),
        panels={str(arm["name"]): {str(name): float(rate) for name, rate in arm["panel"].items()} for arm in said["arms"]},
        shifts=tuple(Shift(str(shift["name"]), float(shift["gap"]), read_interval(shift["low"], shift["high"])) for shift in said["moves"]),
        margins=by["margin"],
        sampled=by["sampled"],
        environment=said["environment"],
        chance=float(said["chance"]),
        rejected=said["rejected"],
        data={str(entry["name"]): str(entry["sha256"]) for entry in said["data"]},
        measure=str(said.get("measure", RATE)),
    )


def _write_arm(arm: ArmSummary, result: ExperimentResult) -> dict[str, Any]:
    """Return the JSON object of one arm, with its margin, sampled rate and panel, which the result stores by arm."""
    return {
        **document_arm(arm),
        "margin": result.margins.get(arm.name),
        "sampled": result.sampled.get(arm.name),
        "panel": dict(result.panels.get(arm.name, {})),
    }


def _write_shift(shift: Shift) -> dict[str, Any]:
    low, high = shift.interval or (None, None)
    return {"name": shift.name, "gap": shift.gap, "low": low, "high": high}
