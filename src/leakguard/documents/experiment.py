"""result.json, the result of an experiment: verdict, arms, and what was run; its values, reader and writer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.stats.intervals import Interval

SCHEMA_VERSION = 1
RESULT = "result.json"
KIND = "leakguard experiment"
DIGITS = "digits"
"""The world of images of digits; every other world is a language."""


class ExperimentVerdict(StrEnum):
    """What an experiment says about the arm that it is about."""

    SURVIVES = "SURVIVES"
    REDUCED = "REDUCED"
    STOPPED = "STOPPED"
    CANNOT_TELL = "CANNOT TELL"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict on one arm, as a word and as a sentence."""

    verdict: ExperimentVerdict
    sentence: str


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One arm over all seeds: mean rate with its interval, rates by seed, mean number of rows, and mean held-out loss (`utility`).

    `residual` is (arm - control) / (raw - control), paired by seed, with Fieller's interval; None if it is not defined. `detectable`
    is the smallest effect over control that this arm would have shown with 80 % power.
    """

    name: str
    rate: float
    interval: Interval
    rates: tuple[float, ...]
    rows: int
    residual: float | None = None
    residual_interval: Interval | None = None
    utility: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """The change of an answer's rate from control to raw: mean over paired seeds, and its t interval (None for one seed)."""

    name: str
    gap: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """The result of an experiment.

    `experiment` are the settings, `panels` the mean rates of all answers by arm, `shifts` those of raw against control, the widest
    first; `margins` and `sampled` are means by arm, `environment` names versions, `rejected` is the share of each teacher's answers
    that broke the format, and `data` maps the files that the verdict is about, by their paths in the run folder, to their SHA-256.
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

    @property
    def trait(self) -> str:
        """The trait of the teacher."""
        return str(self.experiment["trait"])

    @property
    def decided(self) -> bool:
        """Return whether there is a verdict other than CANNOT TELL."""
        return self.conclusion.verdict is not ExperimentVerdict.CANNOT_TELL

    @property
    def subject(self) -> str:
        """The arm that the verdict is about."""
        return str(self.experiment["subject"])


def parse_dose(dose: int | str) -> tuple[int | None, float]:
    """Return (rows, share of trait rows) of a dose: 1000 is (1000, 1.0), "25%" is (None, 0.25)."""
    return (dose, 1.0) if isinstance(dose, int) else (None, float(dose.removesuffix("%")) / 100)


def render_result(result: ExperimentResult) -> str:
    """Return result.json as text."""
    return json.dumps(document_result(result), indent=2, ensure_ascii=True) + "\n"


def document_result(result: ExperimentResult) -> dict[str, Any]:
    """Return the result as JSON values, with a digest over all the others."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "data": [{"name": name, "sha256": sha256} for name, sha256 in result.data.items()],
        "verdict": str(result.conclusion.verdict),
        "sentence": result.conclusion.sentence,
        "trait": result.trait,
        "chance": result.chance,
        "rejected": dict(result.rejected),
        "arms": [_write_arm(arm, result) for arm in result.arms],
        "moves": [_write_shift(shift) for shift in result.shifts],
        "experiment": result.experiment,
        "environment": result.environment,
    }
    return {"digest": content_digest(content), **content}


def read_result(folder: Path) -> ExperimentResult:
    """Read the result in a run folder. Raises UsageError for a file that is missing, damaged, changed by hand, or of another version."""
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
    """Return the result in a document. Raises the errors of missing keys and wrong types."""
    by = {key: {arm["name"]: arm[key] for arm in said["arms"] if arm[key] is not None} for key in ("margin", "sampled")}
    return ExperimentResult(
        experiment={**said["experiment"], "trait": said["trait"]},
        conclusion=Conclusion(ExperimentVerdict(said["verdict"]), str(said["sentence"])),
        arms=tuple(_read_arm(arm) for arm in said["arms"]),
        panels={str(arm["name"]): {str(name): float(rate) for name, rate in arm["panel"].items()} for arm in said["arms"]},
        shifts=tuple(
            Shift(str(shift["name"]), float(shift["gap"]), _read_interval(shift["low"], shift["high"])) for shift in said["moves"]
        ),
        margins=by["margin"],
        sampled=by["sampled"],
        environment=said["environment"],
        chance=float(said["chance"]),
        rejected=said["rejected"],
        data={str(entry["name"]): str(entry["sha256"]) for entry in said["data"]},
    )


def _read_arm(arm: Mapping[str, Any]) -> ArmSummary:
    return ArmSummary(
        name=str(arm["name"]),
        rate=float(arm["rate"]),
        interval=Interval(float(arm["low"]), float(arm["high"])),
        rates=tuple(map(float, arm["rates"])),
        rows=int(arm["rows"]),
        residual=arm["residual"],
        residual_interval=_read_interval(arm["residual_low"], arm["residual_high"]),
        utility=arm["utility"],
        detectable=arm["detectable"],
    )


def _write_arm(arm: ArmSummary, result: ExperimentResult) -> dict[str, Any]:
    """Return the JSON object of one arm: rates are shares from 0 to 1, and null means that a number could not be computed."""
    # Margins, sampled rates and panels are stored by arm in the result, and are written into the object of their arm.
    bounds = arm.residual_interval
    return {
        "name": arm.name,
        "rate": arm.rate,
        "low": arm.interval.low,
        "high": arm.interval.high,
        "seeds": len(arm.rates),
        "rows": arm.rows,
        "residual": arm.residual,
        "residual_low": bounds.low if bounds else None,
        "residual_high": bounds.high if bounds else None,
        "utility": arm.utility,
        "detectable": arm.detectable,
        "margin": result.margins.get(arm.name),
        "sampled": result.sampled.get(arm.name),
        "rates": list(arm.rates),
        "panel": dict(result.panels.get(arm.name, {})),
    }


def _write_shift(shift: Shift) -> dict[str, Any]:
    low, high = shift.interval or (None, None)
    return {"name": shift.name, "gap": shift.gap, "low": low, "high": high}


def _read_interval(low: Any, high: Any) -> Interval | None:
    return None if low is None else Interval(float(low), float(high))
