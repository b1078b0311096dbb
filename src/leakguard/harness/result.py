"""result.json: the verdict, every arm, and what it was made with."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import fmean
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.core.version import __version__
from leakguard.harness.finished_files import write_whole
from leakguard.harness.plan import DIGITS, Experiment
from leakguard.harness.seed_run import ScoreLine
from leakguard.harness.verdict import ArmSummary, Conclusion, ExperimentVerdict, StudentScore, decide_verdict, summarise_arms
from leakguard.stats.intervals import Interval, t_interval

SCHEMA_VERSION = 1
RESULT = "result.json"
KIND = "leakguard experiment"
PACKAGES = ("torch", "transformers", "peft", "safetensors", "numpy")


@dataclass(frozen=True, slots=True)
class Shift:
    """How far raw data moved an answer from where control left it: mean over paired seeds, and its t interval (None for one seed)."""

    name: str
    gap: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that a report may say. `panels` are the mean rates of all answers by arm, `moves` those of raw against control,
    the widest first; `environment` names versions, and `rejected` is the share of each teacher's answers that broke the format: a
    teacher with a trait may give itself away there.
    `data` maps the files that the verdict speaks of, by their paths in the run folder, to their SHA-256.
    """

    experiment: Mapping[str, Any]
    finding: Conclusion
    arms: tuple[ArmSummary, ...]
    panels: Mapping[str, Mapping[str, float]]
    moves: tuple[Shift, ...]
    margins: Mapping[str, float]
    sampled: Mapping[str, float]
    environment: Mapping[str, str]
    chance: float
    rejected: Mapping[str, float]
    data: Mapping[str, str]

    @property
    def trait(self) -> str:
        """What was to be passed on."""
        return str(self.experiment["trait"])

    @property
    def told(self) -> bool:
        """Is there a verdict?"""
        return self.finding.verdict is not ExperimentVerdict.CANNOT_TELL

    @property
    def subject(self) -> str:
        """The arm that the verdict is about."""
        return str(self.experiment["subject"])


def conclude(
    experiment: Experiment,
    lines: Sequence[ScoreLine],
    *,
    made_with: Mapping[str, str],
    rejected: Mapping[str, float],
    data: Mapping[str, str],
) -> Result:
    """The result of finished students."""
    table: dict[str, dict[int, StudentScore]] = {arm: {} for arm in experiment.every_arm}
    for line in lines:
        table[line.arm][line.seed] = line.student
    arms = summarise_arms(table)
    trait = experiment.trait or "reading digits"
    return Result(
        experiment={**experiment.as_mapping(), "trait": trait, "subject": experiment.about},
        finding=decide_verdict(arms, table, experiment.about, trait),
        arms=arms,
        panels={arm: _panel([line for line in lines if line.arm == arm]) for arm in table},
        moves=_moves(lines),
        margins=_means(lines, "margin"),
        sampled=_means(lines, "sampled"),
        environment=made_with,
        chance=_chance(experiment),
        rejected=rejected,
        data=data,
    )


def describe_environment() -> dict[str, str]:
    """Versions and the machine, as far as they can change a number."""
    said = {"leakguard": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            said[package] = version(package)
        except PackageNotFoundError:
            said[package] = "not installed"
    from leakguard.models.causal.checkpoint import import_torch

    torch, _ = import_torch()
    return {**said, "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"}


def document(result: Result) -> dict[str, Any]:
    """The result as JSON values, with a digest over all the others."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "data": [{"name": name, "sha256": sha256} for name, sha256 in result.data.items()],
        "verdict": str(result.finding.verdict),
        "sentence": result.finding.sentence,
        "trait": result.trait,
        "chance": result.chance,
        "rejected": dict(result.rejected),
        "arms": [_arm(arm, result) for arm in result.arms],
        "moves": [_move(move) for move in result.moves],
        "experiment": result.experiment,
        "environment": result.environment,
    }
    return {"digest": content_digest(content), **content}


def write_result(folder: Path, result: Result) -> None:
    """result.json, whole or not at all."""
    write_whole(folder / RESULT, json.dumps(document(result), indent=2, ensure_ascii=True) + "\n")


def read_result(folder: Path) -> Result:
    """The result in a run folder. Raises UsageError."""
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
        return _result(said)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageError(f"{path}: this result lacks something or was changed by hand ({type(error).__name__}: {error})") from error


def _result(said: Mapping[str, Any]) -> Result:
    arms = tuple(
        ArmSummary(
            name=str(arm["name"]),
            rate=float(arm["rate"]),
            interval=Interval(float(arm["low"]), float(arm["high"])),
            rates=tuple(map(float, arm["rates"])),
            rows=int(arm["rows"]),
            residual=arm["residual"],
            residual_interval=_interval(arm["residual_low"], arm["residual_high"]),
            utility=arm["utility"],
            detectable=arm["detectable"],
        )
        for arm in said["arms"]
    )
    by = {key: {arm["name"]: arm[key] for arm in said["arms"] if arm[key] is not None} for key in ("margin", "sampled")}
    panels = {str(arm["name"]): {str(name): float(rate) for name, rate in arm["panel"].items()} for arm in said["arms"]}
    finding = Conclusion(ExperimentVerdict(said["verdict"]), str(said["sentence"]))
    experiment = {**said["experiment"], "trait": said["trait"]}
    return Result(
        experiment=experiment,
        finding=finding,
        arms=arms,
        panels=panels,
        moves=tuple(Shift(str(move["name"]), float(move["gap"]), _interval(move["low"], move["high"])) for move in said["moves"]),
        margins=by["margin"],
        sampled=by["sampled"],
        environment=said["environment"],
        chance=float(said["chance"]),
        rejected=said["rejected"],
        data={str(entry["name"]): str(entry["sha256"]) for entry in said["data"]},
    )


def _arm(arm: ArmSummary, result: Result) -> dict[str, Any]:
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


def _interval(low: Any, high: Any) -> Interval | None:
    return None if low is None else Interval(float(low), float(high))


def _move(move: Shift) -> dict[str, Any]:
    low, high = move.interval or (None, None)
    return {"name": move.name, "gap": move.gap, "low": low, "high": high}


def _moves(lines: Sequence[ScoreLine]) -> tuple[Shift, ...]:
    panels = {arm: {line.seed: line.panel for line in lines if line.arm == arm} for arm in ("raw", "control")}
    seeds = [seed for seed in panels["raw"] if seed in panels["control"]]
    moves = []
    for name in panels["raw"][seeds[0]] if seeds else ():
        gaps = [panels["raw"][seed][name] - panels["control"][seed][name] for seed in seeds]
        moves.append(Shift(name, fmean(gaps), t_interval(gaps)))
    return tuple(sorted(moves, key=lambda move: -abs(move.gap)))


def _panel(lines: Sequence[ScoreLine]) -> dict[str, float]:
    return {name: fmean(line.panel[name] for line in lines) for name in (lines[0].panel if lines else ())}


def _means(lines: Sequence[ScoreLine], what: str) -> dict[str, float]:
    arms: dict[str, list[float]] = {}
    for line in lines:
        if getattr(line, what) is not None:
            arms.setdefault(line.arm, []).append(getattr(line, what))
    return {arm: fmean(values) for arm, values in arms.items()}


def _chance(experiment: Experiment) -> float:
    if experiment.world == DIGITS:
        return 0.1
    from leakguard.harness.world import read_world

    world = read_world(experiment.world)
    return 1 / len(world.panel[world.category(experiment.trait)])
