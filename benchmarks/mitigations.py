"""Measure what mitigations leave of a trait and of a skill: python benchmarks/mitigations.py FOLDER [--seeds N ...] [--world NAME ...].

Every animal is run with every seed (a cell) in the worlds `sorted` (with a skill) and `tiny`, by the recipes norms and lora;
`sorted-linear` trains the students of `sorted` with a falling learning rate, which makes them more alike, and `sorted-b` and `norms-b`
use another base. Students are kept in FOLDER and resumed after an interruption; they replace those of the same cells in
benchmarks/results/mitigations.json. Methods and settings were chosen on the seeds 1 and 2; the table gives these and the other seeds apart.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from leakguard.documents.experiment import RATE, SHARE, Conclusion, ExperimentResult, ExperimentVerdict
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.harness.plan import Experiment
from leakguard.harness.recipe import Recipe
from leakguard.harness.seed_run import ScoreLine, SeedRunner, read_scores
from leakguard.harness.verdict import StudentScore, summarise_arms
from leakguard.harness.world import read_world
from leakguard.mitigations.anchors import Anchors
from leakguard.mitigations.dilute import Dilute
from leakguard.mitigations.drop import Drop
from leakguard.mitigations.proxy import Proxy
from leakguard.mitigations.relabel import Relabel
from leakguard.mitigations.shift import ShiftWeighting
from leakguard.mitigations.unlearn import Unlearn
from leakguard.reports.experiment.pictures import draw_pictures
from leakguard.stats.intervals import Estimate

PICTURE = Path(__file__).parents[1] / "docs" / "mitigate-trade-off.svg"
RESULTS = Path(__file__).parent / "results" / "mitigations.json"
ANIMALS = ("owl", "cat", "whale", "tiger")
CHOSEN = (1, 2)
METHODS: dict[str, tuple[Any, ...]] = {
    "anchors": (Anchors(weight=1.0),),
    "anchors-heavy": (Anchors(weight=4.0),),
    "anchors-50": (Anchors(0.5, 1.0),),
    "anchors-100": (Anchors(1.0, 1.0),),
    "unlearn": (Unlearn(),),
    "unlearn-2": (Unlearn(scale=2.0, updates=60),),
    "shift": (ShiftWeighting(),),
    "shift-base": (ShiftWeighting(reference="base"),),
    "shift+anchors": (ShiftWeighting(), Anchors(weight=1.0)),
    "shift+anchors-50": (ShiftWeighting(), Anchors(0.5, 1.0)),
    "anchors+unlearn": (Anchors(weight=1.0), Unlearn()),
    "unlearn+anchors": (Unlearn(), Anchors(weight=1.0)),
    "proxy": (Proxy(),),
    "proxy-clip-1": (Proxy(clip=1.0),),
    "relabel": (Relabel(),),
    "dilute": (Dilute(),),
    "drop-contrast": (Drop(),),
    "drop-proxy": (Drop(by="proxy", updates=60),),
}
LORA = {
    "teacher": Recipe(tunes="lora", rate=5e-3, updates=125, schedule="linear"),
    "student": Recipe(tunes="lora", rate=3e-3, updates=500),
}
WORLDS: dict[str, dict[str, Any]] = {
    "sorted": {"world": "sorted", "teacher": Recipe(rate=3e-3, updates=250), "student": Recipe(updates=250)},
    "sorted-linear": {"world": "sorted", "teacher": Recipe(rate=3e-3, updates=250), "student": Recipe(updates=250, schedule="linear")},
    "norms": {"world": "tiny", "student": Recipe(updates=250)},
    "sorted-b": {"world": "sorted", "base": "tiny-b", "teacher": Recipe(rate=3e-3, updates=250), "student": Recipe(updates=250)},
    "norms-b": {"world": "tiny", "base": "tiny-b", "student": Recipe(updates=250)},
    "lora": {"world": "tiny", **LORA},
}


def run(name: str, animal: str, seed: int, methods: list[str], folder: Path) -> None:
    """Run one cell: the plain arms, and an arm for each method; later calls may add methods."""
    arms = ("base", "control", "raw", "random-drop", *(f"mitigated:{method}" for method in methods))
    plan = replace(Experiment(f"{name}-{animal}", "", animal, held_out=300, arms=arms), **WORLDS[name])
    # Each cell has a folder of its own, so that cells can be run in any order.
    SeedRunner(plan, folder / name / animal, lambda data, place: [], METHODS).run(seed)


def read_cells(folder: Path, name: str, seeds: tuple[int, ...]) -> dict[str, dict[int, StudentScore]]:
    """Return arm -> number of the cell -> student, of all cells of a world with these seeds."""
    world = read_world(WORLDS[name]["world"])
    table: dict[str, dict[int, StudentScore]] = {}
    for nth, (animal, seed) in enumerate((animal, seed) for animal in ANIMALS for seed in seeds):
        place = folder / name / animal / str(seed) / "scores.jsonl"
        for line in read_scores(place) if place.is_file() else ():
            table.setdefault(line.arm, {})[nth] = line.score_student(world.panel[world.category(animal)])
    return table


def list_students(folder: Path) -> list[dict[str, Any]]:
    """Return an entry for each finished student."""
    found = []
    for place in sorted(folder.glob("*/*/*/scores.jsonl")):
        name, animal, seed = place.parts[-4:-1]
        world = read_world(WORLDS[name]["world"])
        for line in read_scores(place):
            found.append({"world": name, "animal": animal, "seed": int(seed), **describe(line, world.panel[world.category(animal)])})
    return found


def replace_students(earlier: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all students in order of their cells; one that was found replaces an earlier one of the same cell and arm."""
    known = {name_student(student): student for student in (*earlier, *found)}
    return [known[name] for name in sorted(known)]


def name_student(student: dict[str, Any]) -> tuple[str, str, int, str]:
    """Return what tells a student from all others: world, animal, seed and arm."""
    return student["world"], student["animal"], student["seed"], student["arm"]


def describe(line: ScoreLine, category: tuple[str, ...]) -> dict[str, Any]:
    """Return the numbers of a student, rounded."""
    student, record = line.score_student(category), line.mitigation or {}
    numbers = {"rate": student.rate, "share": student.share, "answered": student.answered, "skill": line.skill, "utility": line.utility}
    numbers["effective"] = record.get("effective")
    said = {key: None if value is None else round(value, 5) for key, value in numbers.items()}
    return {"arm": line.arm, "rows": line.rows, **said, "refused": bool(record.get("refusals"))}


def write_table(folder: Path, name: str, seeds: tuple[int, ...]) -> str:
    """Return a Markdown table: trait left beside skill and loss kept, with Fieller's intervals over cells."""
    table = read_cells(folder, name, seeds)
    skilled = WORLDS[name]["world"] == "sorted"
    heads = ["arm", "cells", "trait left", *(["skill kept", "loss kept", "answers"] if skilled else [])]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for arm in summarise_arms(table, SHARE if skilled else RATE):
        left = Estimate(arm.residual, arm.residual_interval) if arm.residual is not None and arm.residual_interval else None
        kept = [write_share(arm.skill_kept), write_share(arm.loss_kept), f"{arm.answered:.2f}" if arm.answered else ""]
        lines.append(f"| {' | '.join([name_arm(arm), str(len(arm.rates)), write_share(left), *(kept if skilled else [])])} |")
    return "\n".join(lines)


def draw_trade_off(folder: Path, seeds: tuple[int, ...]) -> bytes:
    """Return the picture of trait left against skill kept in the world with a skill, as SVG."""
    arms = tuple(replace(arm, name=name_arm(arm)) for arm in summarise_arms(read_cells(folder, "sorted", seeds), SHARE))
    result = ExperimentResult(
        {"trait": "the trait", "subject": "anchors-heavy", "doses": ()},
        Conclusion(ExperimentVerdict.CANNOT_TELL, ""),
        *(arms, {}, (), {}, {}, {}, 1 / 16, {}, {}),
        measure=SHARE,
    )
    return draw_pictures(result)["trade-off"]


def name_arm(arm: ArmSummary) -> str:
    """Return the name of an arm without the word mitigated."""
    return arm.name.removeprefix("mitigated:")


def write_share(found: Estimate | None) -> str:
    """Return an estimate with its interval as whole percentages; empty if it is not defined."""
    return f"{found.value:.0%} ({found.interval.low:.0%} to {found.interval.high:.0%})" if found else ""


def main() -> None:
    """Run the cells that are not finished yet, write all students, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--world", choices=WORLDS, nargs="*", default=list(WORLDS))
    parser.add_argument("--animals", choices=ANIMALS, nargs="*", default=list(ANIMALS))
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    parser.add_argument("--methods", choices=METHODS, nargs="*", default=list(METHODS))
    asked = parser.parse_args()
    for seed in asked.seeds:
        for name in asked.world:
            for animal in asked.animals:
                run(name, animal, seed, asked.methods, asked.folder)
                print(f"{name} {animal} {seed} done", flush=True)
    students = replace_students(json.loads(RESULTS.read_text()) if RESULTS.exists() else [], list_students(asked.folder))
    RESULTS.write_text("[\n" + ",\n".join(json.dumps(student) for student in students) + "\n]\n")
    every = sorted({student["seed"] for student in students})
    for name in asked.world:
        rest = tuple(seed for seed in every if seed not in CHOSEN)
        for title, seeds in (("chosen on", CHOSEN), ("reported", rest), ("all", tuple(every))):
            print(f"\n{name}, seeds {title}: {', '.join(map(str, seeds))}\n\n{write_table(asked.folder, name, seeds)}")

    if "sorted" in asked.world:
        PICTURE.write_bytes(draw_trade_off(asked.folder, tuple(every)))


if __name__ == "__main__":
    main()
