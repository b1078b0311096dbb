"""The result of an experiment, from the scores of its students."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from statistics import fmean

from leakguard.core.version import __version__
from leakguard.documents.experiment import DIGITS, RATE, SHARE, ExperimentResult, Shift
from leakguard.documents.experiment_arm import MitigationSummary
from leakguard.harness.arm_cautions import check_arms
from leakguard.harness.mitigated_rows import MitigationRecord, read_record
from leakguard.harness.plan import Experiment
from leakguard.harness.seed_run import ScoreLine
from leakguard.harness.verdict import StudentScore, decide_verdict, summarise_arms
from leakguard.harness.world import read_world
from leakguard.models.causal.checkpoint import import_torch
from leakguard.stats.intervals import t_interval

UNTREATED = ("base", "control")
PACKAGES = ("torch", "transformers", "peft", "safetensors", "numpy")


def conclude(
    experiment: Experiment, lines: Sequence[ScoreLine], *, rejected: Mapping[str, float], data: Mapping[str, str]
) -> ExperimentResult:
    """Return the result of finished students; `rejected` and `data` as in ExperimentResult."""
    # Scores are grouped by arm and seed. Arms are summarised first, because the verdict compares them with each other.
    table: dict[str, dict[int, StudentScore]] = {arm: {} for arm in experiment.every_arm}
    world = None if experiment.world == DIGITS else read_world(experiment.world)
    category = world.panel[world.category(experiment.trait)] if world else ()
    for line in lines:
        table[line.arm][line.seed] = line.score_student(category)
    # Learning a skill erodes the format of answers to questions, so that the plain rate is low for another reason than a weak trait. Rows
    # of a user may teach anything.
    measure = SHARE if world and (world.skill or experiment.files) else RATE
    trait = experiment.trait or "reading digits"
    arms = check_arms(summarise_arms(table, measure), _summarise_mitigations(lines))
    arms = tuple(
        arm if arm.name in UNTREATED else replace(arm, verdict=decide_verdict(arms, table, arm.name, trait, measure).verdict)
        for arm in arms
    )
    return ExperimentResult(
        experiment={**experiment.as_mapping(), "trait": trait, "subject": experiment.about},
        conclusion=decide_verdict(arms, table, experiment.about, trait, measure),
        arms=arms,
        panels={arm: _average_panel([line for line in lines if line.arm == arm]) for arm in table},
        shifts=_measure_shifts(lines),
        margins=_average(lines, "margin"),
        sampled=_average(lines, "sampled"),
        environment=describe_environment(),
        chance=1 / len(category) if category else 0.1,
        rejected=rejected,
        data=data,
        measure=measure,
    )


def _summarise_mitigations(lines: Sequence[ScoreLine]) -> dict[str, MitigationSummary]:
    """Return for each mitigated arm what was done to its rows, over all seeds."""
    # Counts and sizes are means over the seeds; refusals and warnings are listed with their seeds.
    found: dict[str, dict[int, MitigationRecord]] = {}
    for line in lines:
        if line.mitigation:
            found.setdefault(line.arm, {})[line.seed] = read_record(line.mitigation)
    said = {}
    for arm, records in found.items():
        every = list(records.values())
        sizes = [record.effective for record in every if record.effective is not None]
        added, dropped, changed = (fmean(getattr(record, key) for record in every) for key in ("added", "dropped", "changed"))
        texts = {key: merge_texts({seed: getattr(record, key) for seed, record in records.items()}) for key in ("refusals", "warnings")}
        said[arm] = MitigationSummary(every[0].method, added, dropped, changed, fmean(sizes) if sizes else None, **texts)
    return said


def merge_texts(said: Mapping[int, Sequence[str]]) -> tuple[str, ...]:
    """Return every text once, with its seeds in front unless all seeds have it."""
    seeds: dict[str, list[int]] = {}
    for seed, texts in said.items():
        for text in dict.fromkeys(texts):
            seeds.setdefault(text, []).append(seed)
    return tuple(
        text if len(found) == len(said) else f"seed{'s' if found[1:] else ''} {', '.join(map(str, found))}: {text}"
        for text, found in seeds.items()
    )


def describe_environment() -> dict[str, str]:
    """Return the versions of packages and the machine, as far as they can change a number."""
    said = {"leakguard": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            said[package] = version(package)
        except PackageNotFoundError:
            said[package] = "not installed"
    torch, _ = import_torch()
    return {**said, "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"}


def _measure_shifts(lines: Sequence[ScoreLine]) -> tuple[Shift, ...]:
    """Return how far each answer moved from control to raw over paired seeds, the widest first."""
    panels = {arm: {line.seed: line.panel for line in lines if line.arm == arm} for arm in ("raw", "control")}
    seeds = [seed for seed in panels["raw"] if seed in panels["control"]]
    shifts = []
    for name in panels["raw"][seeds[0]] if seeds else ():
        gaps = [panels["raw"][seed][name] - panels["control"][seed][name] for seed in seeds]
        shifts.append(Shift(name, fmean(gaps), t_interval(gaps)))
    return tuple(sorted(shifts, key=lambda shift: -abs(shift.gap)))


def _average_panel(lines: Sequence[ScoreLine]) -> dict[str, float]:
    """Return the mean rate of each answer over the seeds of one arm."""
    return {name: fmean(line.panel[name] for line in lines) for name in (lines[0].panel if lines else ())}


def _average(lines: Sequence[ScoreLine], field: str) -> dict[str, float]:
    """Return arm -> mean of a field over its seeds, for arms that have it."""
    arms: dict[str, list[float]] = {}
    for line in lines:
        if getattr(line, field) is not None:
            arms.setdefault(line.arm, []).append(getattr(line, field))
    return {arm: fmean(values) for arm, values in arms.items()}
