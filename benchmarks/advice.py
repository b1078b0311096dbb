"""Write the figures that `leakguard advise` shows, from the measured students in benchmarks/results.

Usage: python benchmarks/advice.py

Nothing is measured here. Every figure is an estimate over the students of benchmarks/results/mitigations.json and experiments.json, by the
functions with which experiments are summarised.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

from leakguard.documents.experiment import RATE, SHARE
from leakguard.harness.verdict import StudentScore, summarise_arms
from leakguard.rulebook.advice import FILE, Figures
from leakguard.stats.intervals import Estimate

RESULTS = Path(__file__).parent / "results"
SEEDS = range(3, 9)
A, B = "base tiny-a", "base tiny-b"
# Action, what the action is, and the runs that measured it: file, (world or recipe, ...), arm, measure, conditions in words.
NUMBERS, SKILL = "lists of numbers", "lists of numbers that teach sorting"
ROWS: tuple[tuple[str, str, tuple[str, ...], str, str, str], ...] = (
    ("base", "experiments", ("norms",), "other-base", RATE, f"{NUMBERS}, {A}, students of tiny-b, norms tuned"),
    ("base", "experiments", ("lora",), "other-base", RATE, f"{NUMBERS}, {A}, students of tiny-b, LoRA"),
    ("filter", "experiments", ("norms",), "filtered", RATE, f"{NUMBERS}, {A}, norms tuned"),
    ("filter", "experiments", ("lora",), "filtered", RATE, f"{NUMBERS}, {A}, LoRA"),
    ("shift", "mitigations", ("sorted", "sorted-b"), "mitigated:shift", SHARE, f"{SKILL}, bases tiny-a and tiny-b"),
    ("shift+anchors", "mitigations", ("sorted", "sorted-b"), "mitigated:shift+anchors", SHARE, f"{SKILL}, bases tiny-a and tiny-b"),
    ("anchors", "mitigations", ("sorted",), "mitigated:anchors-heavy", SHARE, f"{SKILL}, {A}, weight 4"),
    ("anchors", "mitigations", ("sorted-b",), "mitigated:anchors-heavy", SHARE, f"{SKILL}, {B}, weight 4"),
    ("unlearn", "mitigations", ("sorted",), "mitigated:unlearn", SHARE, f"{SKILL}, {A}"),
    ("unlearn", "mitigations", ("sorted-b",), "mitigated:unlearn", SHARE, f"{SKILL}, {B}"),
    ("relabel", "mitigations", ("sorted",), "mitigated:relabel", SHARE, f"{SKILL}, {A}"),
    ("proxy", "mitigations", ("norms",), "mitigated:proxy", RATE, f"{NUMBERS}, {A}"),
    ("drop", "mitigations", ("norms",), "mitigated:drop-contrast", RATE, f"{NUMBERS}, {A}"),
    ("dilute", "mitigations", ("norms",), "mitigated:dilute", RATE, f"{NUMBERS}, {A}"),
)


def main() -> None:
    """Write the file that ships with leakguard."""
    FILE.write_text(json.dumps(collect_figures(), indent=1) + "\n")


def collect_figures() -> list[Figures]:
    """Return the figures of every row."""
    files = {name: json.loads((RESULTS / f"{name}.json").read_text()) for name in ("experiments", "mitigations")}
    return [_measure(files[row[1]], row) for row in ROWS]


def _measure(students: list[dict[str, Any]], row: tuple[str, str, tuple[str, ...], str, str, str]) -> Figures:
    action, source, worlds, arm, measure, conditions = row
    table = _tabulate(students, source, worlds, (arm, "raw", "control", "base"))
    found = next(one for one in summarise_arms(table, measure) if one.name == arm)
    assert found.residual is not None and found.residual_interval is not None
    return {
        "action": action,
        "conditions": conditions,
        "cells": sum(one["arm"] == arm and _is_part(one, source, row[2]) for one in students),
        "left": _write(Estimate(found.residual, found.residual_interval)),
        "skill": _write(found.skill_kept),
        "loss": _write(found.loss_kept),
        "source": f"benchmarks/results/{source}.json",
    }


def _tabulate(students: Iterable[dict[str, Any]], source: str, worlds: tuple[str, ...], arms: tuple[str, ...]) -> Any:
    """Return arm -> cell -> student, of the cells that have the first of these arms."""
    if source == "experiments":
        return _average_animals(students, worlds[0], arms)
    table: dict[str, dict[Any, StudentScore]] = {arm: {} for arm in arms}
    for one in students:
        if one["world"] in worlds and one["arm"] in arms and one["seed"] in SEEDS:
            score = StudentScore((one["rate"],), one["rows"], one["utility"], one["skill"], one["answered"])
            table[one["arm"]][one["world"], one["animal"], one["seed"]] = score
    return {arm: {cell: cells[cell] for cell in table[arms[0]] if cell in cells} for arm, cells in table.items()}


def _average_animals(students: Iterable[dict[str, Any]], recipe: str, arms: tuple[str, ...]) -> Any:
    """Return arm -> seed -> the mean over the animals, as in docs/experiments.md: the intervals are over seeds."""
    # One control serves all animals of a seed; the rate of an animal is in its panel.
    rates: dict[str, dict[int, list[float]]] = {arm: {} for arm in arms}
    for one in students:
        if one["recipe"] == recipe and one["arm"] in arms:
            for animal in one["panel"] if one["arm"] == "control" else [one["animal"]]:
                rates[one["arm"]].setdefault(one["seed"], []).append(one["panel"][animal] if one["arm"] == "control" else one["rate"])
    return {arm: {seed: StudentScore((fmean(of),), 0) for seed, of in cells.items()} for arm, cells in rates.items()}


def _is_part(student: dict[str, Any], source: str, worlds: tuple[str, ...]) -> bool:
    """Return whether a student is one of the cells of a row."""
    return student["recipe"] in worlds if source == "experiments" else student["world"] in worlds and student["seed"] in SEEDS


def _write(found: Estimate | None) -> list[float] | None:
    return [round(value, 4) for value in (found.value, found.interval.low, found.interval.high)] if found else None


if __name__ == "__main__":
    main()
