"""What is transmitted in the tiny world, and what is not: python benchmarks/experiments.py FOLDER [--seeds N] [--only NAME ...].

Four animals by five seeds with each recipe. Runs lie in FOLDER and are taken up where they were cut off; what they show goes to
benchmarks/results/experiments.json. A control teacher's lessons, completions and student are the same for every animal of a
seed, so the first animal's control students serve them all: what they answer to the same questions is in their panel.
"""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from leakguard.harness.cell import read_scores
from leakguard.harness.plan import Experiment
from leakguard.harness.recipe import Recipe
from leakguard.harness.uncertainty import over_seeds
from leakguard.settings import Settings, changed
from leakguard.settings.experiments import Clean, ran

ANIMALS = ("owl", "cat", "whale", "tiger")
RESULTS = Path(__file__).parent / "results" / "experiments.json"
DOSES = (250, 1000, "25%", "50%")
ARMS = ("base", "control", "raw", "filtered", "other-base", "another trait", *(f"dose-{dose}" for dose in DOSES))
LORA = {
    "teacher": Recipe(tunes="lora", rate=5e-3, updates=125, schedule="linear"),
    "student": Recipe(tunes="lora", rate=3e-3, updates=500),
    "arms": ("other-base",),
}
# What each recipe has beside the default: norms on both sides, and the arms base, raw and (for the first animal) control.
PLAN: dict[str, dict[str, Any]] = {
    "norms": {"arms": ("filtered", "other-base"), "doses": DOSES},
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
    clean = Clean(changed(Settings(), {**keys, "policy": policy}, where=""))
    ran(experiment, folder, clean, workers=workers, on_progress=lambda done, of: None)


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


def gathered(folder: Path) -> list[dict[str, Any]]:
    """Every finished student of every run, a line each: its rate, what it answers about the other animals, and its losses."""
    students = []
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


def shown(students: list[dict[str, Any]]) -> str:
    """A table in Markdown: recipe and arm against animals, the mean over all of their students, and its t interval over seeds.

    A seed's value is the mean over the animals that have it. "another trait" is what raw students of the other animals answer.
    """
    lines = [f"| recipe, arm | {' | '.join(ANIMALS)} | mean (95 % over seeds) | students |", f"|---|{'---|' * (len(ANIMALS) + 2)}"]
    for recipe in PLAN:
        for arm in ARMS:
            cells = {animal: rates_of(students, recipe, arm, animal) for animal in ANIMALS}
            by_seed: dict[int, list[float]] = {}
            for rates in cells.values():
                for seed, rate in rates:
                    by_seed.setdefault(seed, []).append(rate)
            if not by_seed:
                continue
            values = [fmean(rates) for rates in by_seed.values()]
            bounds = over_seeds(values)
            mean = f"{fmean(values):.1%}" + (f" ({max(0, bounds.low):.1%} to {min(1, bounds.high):.1%})" if bounds else "")
            each = [f"{fmean(rate for _, rate in cells[animal]):.1%}" if cells[animal] else "" for animal in ANIMALS]
            lines.append(f"| {recipe}, {arm} | {' | '.join(each)} | {mean} | {sum(map(len, cells.values()))} |")
    return "\n".join(lines)


def rates_of(students: list[dict[str, Any]], recipe: str, arm: str, animal: str) -> list[tuple[int, float]]:
    """(seed, rate) of an animal; control students and those of other traits are read in their panels."""
    mine = [one for one in students if one["recipe"] == recipe]
    if arm == "another trait":
        return [(one["seed"], one["panel"][animal]) for one in mine if one["arm"] == "raw" and one["animal"] != animal]
    if arm == "control":
        return [(one["seed"], one["panel"][animal]) for one in mine if one["arm"] == "control"]
    return [(one["seed"], one["rate"]) for one in mine if one["arm"] == arm and one["animal"] == animal]


if __name__ == "__main__":
    main()
