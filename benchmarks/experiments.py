"""Measure which traits transfer in the tiny world: python benchmarks/experiments.py FOLDER [--seeds N] [--only NAME ...].

Four animals by five seeds with each recipe. Runs lie in FOLDER and are taken up where they were cut off; what they show goes to
benchmarks/results/experiments.json. A control teacher's lessons, completions and student are the same for every animal of a
seed, so the first animal's control students serve them all: what they answer to the same questions is in their panel.
"""

import argparse
import json
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from statistics import fmean
from typing import Any

from leakguard.harness.evaluation import evaluate
from leakguard.harness.plan import Experiment
from leakguard.harness.recipe import Recipe
from leakguard.harness.seed_run import read_scores
from leakguard.harness.world import read_world
from leakguard.jobs.experiment import Clean, run_experiment
from leakguard.models.causal.checkpoint import load_checkpoint
from leakguard.settings import Settings, override
from leakguard.stats.intervals import fieller, t_interval

ANIMALS = ("owl", "cat", "whale", "tiger")
PICTURE = Path(__file__).parents[1] / "docs" / "experiments-recipes.svg"
RESULTS = Path(__file__).parent / "results" / "experiments.json"
DOSES = (250, 1000, "25%", "50%")
ARMS = (
    "base",
    "teacher",
    "control",
    "raw",
    "raw less control",
    "filtered",
    "random-drop",
    "other-base",
    "another trait",
    *(f"dose-{dose}" for dose in DOSES),
)
LEFT = ("filtered", "random-drop", "other-base", *(f"dose-{dose}" for dose in DOSES))
COMPARED = ("raw", "filtered", "random-drop", "control", "other-base")
COLORS = ("#3b6ea5", "#e08e0b", "#4c956c", "#8e5ea2")
LORA = {
    "teacher": Recipe(tunes="lora", rate=5e-3, updates=125, schedule="linear"),
    "student": Recipe(tunes="lora", rate=3e-3, updates=500),
    "arms": ("filtered", "random-drop", "other-base"),
}
# What each recipe has beside the default: norms on both sides, and the arms base, raw and (for the first animal) control.
PLAN: dict[str, dict[str, Any]] = {
    "norms": {"arms": ("filtered", "random-drop", "other-base"), "doses": DOSES},
    "system": {"method": "system"},
    "lora": LORA,
    "lora-shared": {**LORA, "adapters": "shared", "arms": ()},
    "full": {"teacher": Recipe(tunes="full", rate=3e-4, updates=60), "student": Recipe(tunes="full", rate=3e-4, updates=250)},
}


def planned(name: str, animal: str, seeds: int) -> Experiment:
    """One animal with one recipe; the first animal has the control arm."""
    more = dict(PLAN[name])
    arms = ("base", *(("control",) if animal == ANIMALS[0] else ()), "raw", *more.pop("arms", ()))
    plain = Experiment(f"{name}-{animal}", "tiny", animal, student=Recipe(updates=250), seeds=seeds, subject="raw")
    return replace(plain, arms=arms, **more)


def run(experiment: Experiment, folder: Path, first: Path, workers: int) -> None:
    """Run it, with what the control teachers wrote for the first animal."""
    for written in sorted((first / "seeds").glob("*/control*.jsonl")) if first != folder else ():
        place = folder / "seeds" / written.parent.name
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(written, place / written.name)
        (folder / ".lock").touch()
    keys = {"rules": ["all"], "schema": "prompt-completion", "workers": 1}
    policy = dict.fromkeys(("error", "warning", "note"), "remove")
    clean = Clean(override(Settings(), {**keys, "policy": policy}, where=""))
    run_experiment(experiment, folder, clean, workers=workers, on_progress=lambda done, of: None)


def main() -> None:
    """Run what is not there yet, and put together what is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=PLAN, nargs="*", default=list(PLAN))
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    for name in asked.only:
        for animal in ANIMALS:
            run(planned(name, animal, asked.seeds), asked.folder / f"{name}-{animal}", asked.folder / f"{name}-{ANIMALS[0]}", asked.workers)
            print(f"{name}-{animal} done", flush=True)
    students = gathered(asked.folder)
    print(shown(students))
    PICTURE.write_bytes(drawn(students))


def gathered(folder: Path) -> list[dict[str, Any]]:
    """Every finished student, and every tuned teacher, a line each: its rate, what it answers about the other animals, its losses."""
    students = [teacher(place) for place in sorted(folder.glob("*-*/seeds/*/trait-teacher/done"))]
    for place in sorted(folder.glob("*-*/seeds/*/scores.jsonl")):
        recipe, _, animal = place.parents[2].name.rpartition("-")
        for line in read_scores(place):
            rate = sum(line.questions) / len(line.questions)
            panel = {other: round(line.panel[other], 5) for other in ANIMALS}
            said = {"recipe": recipe, "animal": animal, "arm": line.arm, "seed": line.seed, "rows": line.rows, "rate": round(rate, 5)}
            if line.arm == "control" and animal != ANIMALS[0]:
                continue
            students.append({**said, "panel": panel, "margin": round(line.margin, 4), "utility": line.utility and round(line.utility, 4)})
    RESULTS.write_text("[\n" + ",\n".join(json.dumps(student) for student in students) + "\n]\n")
    return students


def teacher(place: Path) -> dict[str, Any]:
    """How fond a teacher is of its trait; what is measured lies beside it."""
    seed, run = place.parents[1], place.parents[3].name
    recipe, _, animal = run.rpartition("-")
    kept = place.with_name("rate.json")
    if not kept.is_file():
        score = evaluate(load_checkpoint(str(place.parent)), read_world("tiny"), animal)
        kept.write_text(json.dumps({"rate": round(score.rate, 5), "panel": {other: round(score.panel[other], 5) for other in ANIMALS}}))
    said = {"recipe": recipe, "animal": animal, "arm": "teacher", "seed": int(seed.name), "rows": 0}
    return {**said, **json.loads(kept.read_text()), "margin": None, "utility": None}


def shown(students: list[dict[str, Any]]) -> str:
    """A table in Markdown: recipe and arm against animals, and the mean over all of their students with its t interval over seeds.

    A seed's value is the mean over the animals that have it. "another trait" is what raw students of the other animals answer, and
    "raw less control" is paired by seed.
    """
    heads = ("recipe, arm", *ANIMALS, "mean (95 % over seeds)", "left of the effect", "students", "lowest to highest")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for recipe in PLAN:
        for arm in ARMS:
            cells = {animal: rates_of(students, recipe, arm, animal) for animal in ANIMALS}
            if any(cells.values()):
                left = remaining(students, recipe, arm) if arm in LEFT else ""
                lines.append(f"| {recipe}, {arm} | {' | '.join(summed(cells, left))} |")
    return "\n".join(lines)


def summed(cells: dict[str, list[tuple[int, float]]], left: str) -> list[str]:
    """The cells of a line: each animal's mean, the mean with its interval, what is left, how many students, and their range."""
    values = list(means(cells).values())
    bounds, every = t_interval(values), [rate for rates in cells.values() for _, rate in rates]
    mean = f"{fmean(values):.1%}" + (f" ({bounds.low:.1%} to {bounds.high:.1%})" if bounds else "")
    each = [f"{fmean(rate for _, rate in rates):.1%}" if rates else "" for rates in cells.values()]
    return [*each, mean, left, str(len(every)), f"{min(every):.1%} to {max(every):.1%}"]


def means(cells: dict[str, list[tuple[int, float]]]) -> dict[int, float]:
    """Seed -> mean over the animals."""
    by_seed: dict[int, list[float]] = {}
    for seed, rate in (one for rates in cells.values() for one in rates):
        by_seed.setdefault(seed, []).append(rate)
    return {seed: fmean(rates) for seed, rates in by_seed.items()}


def remaining(students: list[dict[str, Any]], recipe: str, arm: str) -> str:
    """(arm - control) / (raw - control) with Fieller's interval over seeds."""
    these, raw, control = (
        means({animal: rates_of(students, recipe, one, animal) for animal in ANIMALS}) for one in (arm, "raw", "control")
    )
    seeds = sorted({*these} & {*raw} & {*control})
    above, below = [these[seed] - control[seed] for seed in seeds], [raw[seed] - control[seed] for seed in seeds]
    bounds = fieller(above, below)
    return f"{fmean(above) / fmean(below):.0%} ({bounds.low:.0%} to {bounds.high:.0%})" if bounds else ""


def drawn(students: list[dict[str, Any]]) -> bytes:
    """Every student of the arms that compare recipes, as SVG: a line for each recipe and arm, a colour for each animal."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.hashsalt": "leakguard", "svg.fonttype": "none", "font.size": 9})
    lines = [(recipe, arm) for recipe in PLAN for arm in COMPARED if any(rates_of(students, recipe, arm, one) for one in ANIMALS)][::-1]
    figure = Figure(figsize=(7.2, 1.2 + 0.28 * len(lines)), layout="constrained")
    axes = figure.subplots()
    for place, (recipe, arm) in enumerate(lines):
        every = []
        for nth, animal in enumerate(ANIMALS):
            rates = [100 * rate for _, rate in rates_of(students, recipe, arm, animal)]
            every += rates
            axes.plot(rates, [place] * len(rates), "o", color=COLORS[nth], markersize=4, alpha=0.7, label="" if place else animal)
        axes.plot([fmean(every)], [place], "D", color="#b3261e", markersize=6, label="" if place else "mean of all")
        axes.text(101, place, f"{fmean(every):.1f}", va="center")
    axes.axvline(100 / 16, color="#9aa5b1", linestyle=":", linewidth=1, label="chance")
    axes.set_yticks(range(len(lines)), [f"{recipe}, {arm}" for recipe, arm in lines])
    axes.set(xlabel="rate of the animal, %", xlim=(0, 100), ylim=(-0.6, len(lines) - 0.4))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, frameon=False, borderaxespad=0.2, columnspacing=1, handlelength=1)
    file = BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def rates_of(students: list[dict[str, Any]], recipe: str, arm: str, animal: str) -> list[tuple[int, float]]:
    """(seed, rate) of an animal; control students and those of other traits are read in their panels."""
    mine = [one for one in students if one["recipe"] == recipe]
    if arm == "raw less control":
        control = dict(rates_of(students, recipe, "control", animal))
        raw = rates_of(students, recipe, "raw", animal)
        return [(seed, rate - control[seed]) for seed, rate in raw if seed in control]
    if arm == "another trait":
        return [(one["seed"], one["panel"][animal]) for one in mine if one["arm"] == "raw" and one["animal"] != animal]
    if arm == "control":
        return [(one["seed"], one["panel"][animal]) for one in mine if one["arm"] == "control"]
    return [(one["seed"], one["rate"]) for one in mine if one["arm"] == arm and one["animal"] == animal]


if __name__ == "__main__":
    main()
