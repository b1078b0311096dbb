"""Measure the content test: audit.py FOLDER PART [--rows 100,250,500] [--draws 100] [--out FILE].

FOLDER holds control_KIND.jsonl, trait_a_KIND.jsonl and trait_b_KIND.jsonl for the kinds numbers and text (rows with prompt and completion).
PART is one of
  null       random halves of each file: how often the test rejects
  power      a trait against the control, for the test, the test without a reference direction, and a plain classifier
  fractions  a mixture of trait and control rows against the control
  drift      control rows with other prompts, lengths, layouts or duplicates against control rows: no difference in content
  monitor    pairs of rows until the monitor raises an alarm
  late       alarms within 1,000 pairs where the difference begins after 750
  time       seconds and memory of a whole test, on generated rows
The reference direction is fitted on the other trait and one half of the control, and the control is drawn from the other half: no row
that is tested took part in the fit. Results are added to FILE (JSON), one entry per part, file and number of rows.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from audit_direction import fit_direction, join_rows, load_rows
from audit_plain import plain_p_value

from leakguard.core.audit import ContentSettings, LeakVerdict, RowTexts
from leakguard.core.monitor import MonitorSettings
from leakguard.leaktests.content import run_content_test
from leakguard.leaktests.direction import Direction
from leakguard.leaktests.sequential import DriftMonitor
from leakguard.stats.intervals import wilson

KINDS, TRAITS = ("numbers", "text"), ("trait_a", "trait_b")
SETTINGS = ContentSettings(rounds=499, simulations=0)
LEVEL = 0.05
MORE = 4
MONITORED = 2_500
BEFORE, AFTER = 750, 1_000


@dataclass(frozen=True)
class Task:
    """What is measured: the folder, rows of each side, and how many draws."""

    folder: Path
    rows: tuple[int, ...]
    draws: int

    def load(self, name: str) -> RowTexts:
        """Read one file of the folder."""
        return load_rows(self.folder / f"{name}.jsonl")


def take(rows: RowTexts, places: np.ndarray) -> RowTexts:
    """Return the rows at some places."""
    return RowTexts(tuple(rows.completions[at] for at in places), tuple(rows.prompts[at] for at in places))


def split_control(task: Task, kind: str) -> tuple[RowTexts, RowTexts]:
    """Return two halves of the control: for fitting, and for testing."""
    control = task.load(f"control_{kind}")
    order = np.random.default_rng(0).permutation(len(control))
    return take(control, order[: len(order) // 2]), take(control, order[len(order) // 2 :])


def fit_other(task: Task, trait: str, kind: str) -> dict[str, Direction]:
    """Return the direction of the other trait."""
    other = TRAITS[1 - TRAITS.index(trait)]
    return {kind: fit_direction(task.load(f"{other}_{kind}"), split_control(task, kind)[0], kind)}


def share(hits: int, draws: int) -> dict[str, object]:
    """Return a rate with its 95 % interval."""
    return {"rate": round(hits / draws, 3), "interval": [round(bound, 3) for bound in wilson(hits, draws)]}


def measure(
    pairs: Callable[[np.random.Generator], tuple[RowTexts, RowTexts]], directions: Mapping[str, Direction] | None, draws: int
) -> dict[str, object]:
    """Run the test on many draws; return rejection rates of both p-values at .05 and .01, and of the verdicts."""
    found = []
    started = time.process_time()
    for seed in range(draws):
        data, control = pairs(np.random.default_rng([seed, 1]))
        settings = replace(SETTINGS, seed=seed)
        found.append(
            run_content_test(data, control, settings) if directions is None else run_content_test(data, control, settings, directions)
        )
    both = [max(one.p_value, one.content_p_value) for one in found]
    return {
        "draws": draws,
        "drift": share(sum(one.p_value <= LEVEL for one in found), draws),
        "drift at .01": share(sum(one.p_value <= LEVEL / 5 for one in found), draws),
        "content": share(sum(one.content_p_value <= LEVEL for one in found), draws),
        "both": share(sum(p <= LEVEL for p in both), draws),
        "not comparable": share(sum(one.verdict == LeakVerdict.NOT_COMPARABLE for one in found), draws),
        "drift verdicts": share(sum(one.verdict == LeakVerdict.DRIFT for one in found), draws),
        "median effect": round(float(np.median([one.effect for one in found])), 3),
        "median nuisance AUROC": round(float(np.median([one.comparability.nuisance_auroc for one in found])), 3),
        "seconds": round((time.process_time() - started) / draws, 2),
    }


def null(task: Task) -> Iterator[tuple[str, dict[str, object]]]:
    """Halves of one file."""
    for kind in KINDS:
        for name in ("control", *TRAITS):
            rows = task.load(f"{name}_{kind}")
            for size in task.rows:

                def halves(rng: np.random.Generator, rows: RowTexts = rows, size: int = size) -> tuple[RowTexts, RowTexts]:
                    order = rng.permutation(len(rows))
                    return take(rows, order[:size]), take(rows, order[size : 2 * size])

                yield f"{name} {kind} {size}", measure(halves, None, task.draws)


def power(task: Task, fraction: float = 1.0) -> Iterator[tuple[str, dict[str, object]]]:
    """A trait, or a mixture of it with control rows, against other control rows."""
    for kind in KINDS:
        for trait in TRAITS:
            rows, control = task.load(f"{trait}_{kind}"), split_control(task, kind)[1]
            direction = fit_other(task, trait, kind)
            for size in task.rows:

                def pairs(
                    rng: np.random.Generator, rows: RowTexts = rows, control: RowTexts = control, size: int = size
                ) -> tuple[RowTexts, RowTexts]:
                    leaked = round(fraction * size)
                    order = rng.permutation(len(control))
                    mixed = [take(rows, rng.permutation(len(rows))[:leaked]), take(control, order[size : 2 * size - leaked])]
                    return join_rows(mixed), take(control, order[:size])

                name = f"{trait} {kind} {size}" + (f" {fraction:.0%}" if fraction < 1 else "")
                yield name, measure(pairs, direction, task.draws)
                if fraction == 1:
                    yield f"{name} without a direction", measure(pairs, {}, task.draws)
                    drawn = [pairs(np.random.default_rng([seed, 1])) for seed in range(task.draws)]
                    hits = sum(plain_p_value(*pair, seed) <= LEVEL for seed, pair in enumerate(drawn))
                    yield f"{name} plain classifier", {"draws": task.draws, "drift": share(hits, task.draws)}


def fractions(task: Task) -> Iterator[tuple[str, dict[str, object]]]:
    """Half and a quarter of the rows from the trait; 10 % as well."""
    for fraction in (0.5, 0.25, 0.1):
        yield from power(task, fraction)


BUILT: dict[str, Callable[[str, str], bool]] = {
    "none": lambda prompt, completion: True,
    "long rows": lambda prompt, completion: len(completion) > 28,
    "one layout": lambda prompt, completion: completion.startswith(("[", "- ", "1.")),
    "prompt openings": lambda prompt, completion: prompt[:1] in "ACD",
}


def drift(task: Task) -> Iterator[tuple[str, dict[str, object]]]:
    """Control rows of which some are four times as likely in the data, or a tenth of which come twice."""
    for kind in KINDS:
        rows = task.load(f"control_{kind}")
        for name, chosen in BUILT.items():
            weights = np.array([MORE if chosen(*row) else 1.0 for row in zip(rows.prompts, rows.completions, strict=True)])
            for size in task.rows:

                def pairs(
                    rng: np.random.Generator, rows: RowTexts = rows, weights: np.ndarray = weights, size: int = size
                ) -> tuple[RowTexts, RowTexts]:
                    first = rng.choice(len(rows), size, replace=False, p=weights / weights.sum())
                    rest = rng.permutation(np.setdiff1d(np.arange(len(rows)), first))
                    return take(rows, first), take(rows, rest[:size])

                yield f"{kind} {name} {size}", measure(pairs, None, task.draws)

        for size in task.rows:

            def copied(rng: np.random.Generator, rows: RowTexts = rows, size: int = size) -> tuple[RowTexts, RowTexts]:
                order = rng.permutation(len(rows))
                return take(rows, np.concatenate([order[:size], order[: size // 10]])), take(rows, order[size : 2 * size])

            yield f"{kind} copied rows {size}", measure(copied, None, task.draws)


def monitor(task: Task) -> Iterator[tuple[str, dict[str, object]]]:
    """Streams of a trait, and of the control, against the control."""
    for kind in KINDS:
        for trait in (*TRAITS, "control"):
            tested = split_control(task, kind)[1]
            rows = task.load(f"{trait}_{kind}")
            directions = fit_other(task, TRAITS[0] if trait == "control" else trait, kind)
            alarms = []
            for seed in range(task.draws):
                rng = np.random.default_rng([seed, 1])
                order = rng.permutation(len(rows))
                partner = take(rows, order[MONITORED:]) if trait == "control" else take(tested, rng.permutation(len(tested)))
                reports = DriftMonitor(MonitorSettings(), directions=directions).add(take(rows, order[:MONITORED]), partner)
                alarms.append(next((one.pairs for one in reports if one.drift), None))
            found = [pairs for pairs in alarms if pairs is not None]
            yield (
                f"{trait} {kind}",
                {
                    "streams": task.draws,
                    "pairs": MONITORED,
                    "alarms": share(len(found), task.draws),
                    "median": float(np.median(found)) if 2 * len(found) > task.draws else None,
                },
            )


def late(task: Task) -> Iterator[tuple[str, dict[str, object]]]:
    """Streams of control rows that turn into rows of a trait after BEFORE pairs, against the control."""
    for kind in KINDS:
        for trait in TRAITS:
            tested, rows = split_control(task, kind)[1], task.load(f"{trait}_{kind}")
            directions = fit_other(task, trait, kind)
            alarms = []
            for seed in range(task.draws):
                rng = np.random.default_rng([seed, 1])
                order, other = rng.permutation(len(rows)), rng.permutation(len(tested))
                monitor = DriftMonitor(MonitorSettings(), directions=directions)
                reports = monitor.add(take(tested, other[:BEFORE]), take(tested, other[BEFORE:]))
                reports += monitor.add(take(rows, order[:AFTER]), RowTexts(()))
                alarms.append(next((one.pairs - BEFORE for one in reports if one.drift), None))
            found = [pairs for pairs in alarms if pairs is not None and pairs > 0]
            yield (
                f"{trait} {kind}",
                {
                    "streams": task.draws,
                    "before": BEFORE,
                    "after": AFTER,
                    "found": len(found),
                    "early": sum((one or 1) < 1 for one in alarms),
                },
            )


def measure_time(task: Task) -> Iterator[tuple[str, dict[str, object]]]:
    """A whole test with 999 rounds and the minimal detectable effect; call it once per size, since memory is the peak of the process."""
    rng = np.random.default_rng(0)
    for size in task.rows:
        sides = []
        for _ in range(2):
            numbers = rng.integers(0, 1000, (size, 12))
            texts = [", ".join(map(str, row)) for row in numbers.tolist()]
            sides.append(
                RowTexts(tuple(text[text.index(" ", 20) + 1 :] for text in texts), tuple(f"Continue: {text[:18]}" for text in texts))
            )
        started, clock = time.process_time(), time.time()
        found = run_content_test(sides[0], sides[1], ContentSettings())
        figures = {"seconds": round(time.process_time() - started, 1), "wall": round(time.time() - clock, 1), "rows": found.rows}
        yield f"numbers {size}", figures | {"peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


PARTS = {"null": null, "power": power, "fractions": fractions, "drift": drift, "monitor": monitor, "late": late, "time": measure_time}


def main() -> None:
    """Measure one part and add it to the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--rows", default="100,250,500")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    task = Task(arguments.folder, tuple(map(int, arguments.rows.split(","))), arguments.draws)
    for name, figures in PARTS[arguments.part](task):
        print(f"{arguments.part}: {name}: {json.dumps(figures)}", flush=True)
        if arguments.out:
            kept = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
            kept.setdefault(arguments.part, {})[name] = figures
            arguments.out.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
