"""Measure how well `leakguard lineage` tells a shared initialisation: python benchmarks/lineage.py FOLDER [--models N] [--large].

Models of the shape of tiny-a are trained from weights of their own, so that every pair of them is independent, and tiny-a is tuned in
several ways and reordered. With --large a pair of random weights in the shape of a model of 0.5 billion weights is compared too, for memory
and time. Everything is written to benchmarks/results/lineage.json.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, LlamaConfig

from leakguard.core.example import Example
from leakguard.core.lineage import Lineage
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import train
from leakguard.jobs.lineage import compare_lineage
from leakguard.models.causal.checkpoint import load_checkpoint, locate_checkpoint, save_checkpoint

RESULTS = Path(__file__).parent / "results" / "lineage.json"
BASE, LAYERS, WIDTH, HIDDEN = "tiny-a", 2, 64, 256
WEIGHTS = "model.safetensors"
TUNED = {
    "norms, 250 steps": Recipe(tunes="norms", updates=250),
    "LoRA, 250 steps, merged": Recipe(tunes="lora", updates=250, rate=3e-3),
    "full, 300 steps": Recipe(tunes="full", updates=300, rate=1e-3),
    "full, 3,000 steps, rate 0.001": Recipe(tunes="full", updates=3000, rate=1e-3),
    "full, 3,000 steps, rate 0.003": Recipe(tunes="full", updates=3000, rate=3e-3),
    "full, 3,000 steps, rate 0.01": Recipe(tunes="full", updates=3000, rate=1e-2),
}
LARGE = {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2}


def main() -> None:
    """Train what is not there yet, compare, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=int, default=15)
    parser.add_argument("--large", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    rows = write_rows()
    fresh = [train_fresh(asked.folder / f"fresh-{seed}", rows, seed) for seed in range(asked.models)]
    independent = [compare_lineage(str(one), str(other)) for one, other in combinations(fresh, 2)]
    found = {"tiny-b": describe(compare_lineage(BASE, "tiny-b"))}
    for name, recipe in TUNED.items():
        place = tune_base(asked.folder / name.replace(",", "").replace(" ", "-"), rows, recipe)
        found[name] = describe(compare_lineage(BASE, str(place)))
        for how, change in CHANGES.items():
            found[f"{name}; {how}"] = describe(compare_lineage(BASE, str(change_weights(place, how, change))))
    results: dict[str, Any] = {"independent": list(map(describe, independent)), "related": found}
    if asked.large:
        results["large"] = measure_large(asked.folder)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(summarise(results), indent=1))


def write_rows() -> list[Example]:
    """Return rows of random numbers to train on."""
    found = []
    for seed in range(4000):
        draw = random.Random(seed)
        lists = [", ".join(str(draw.randint(0, 999)) for _ in range(count)) for count in (3, 6)]
        found.append(Example(f"Continue: {lists[0]}", lists[1]))
    return found


def train_fresh(place: Path, rows: list[Example], seed: int) -> Path:
    """Train a model from weights of its own."""
    if not place.is_dir():
        one = load_checkpoint(BASE, "float32")
        torch.manual_seed(seed)
        one.model = AutoModelForCausalLM.from_config(one.model.config).eval()
        train(one, rows, Recipe(tunes="full", updates=400, rate=3e-3), seed)
        save_checkpoint(one, place)
    return place


def tune_base(place: Path, rows: list[Example], recipe: Recipe) -> Path:
    """Tune the base by a recipe; adapters are merged."""
    if not place.is_dir():
        one = load_checkpoint(BASE, "float32")
        train(one, rows, recipe, 1)
        if hasattr(one.model, "merge_and_unload"):
            one.model = one.model.merge_and_unload()
        save_checkpoint(one, place)
    return place


def reorder_units(weights: dict[str, Any]) -> None:
    """Put the hidden units of every layer in another order."""
    for layer in range(LAYERS):
        order = torch.randperm(HIDDEN, generator=torch.Generator().manual_seed(layer))
        at = f"transformer.h.{layer}.mlp"
        weights[f"{at}.c_fc.weight"] = weights[f"{at}.c_fc.weight"][:, order]
        weights[f"{at}.c_fc.bias"] = weights[f"{at}.c_fc.bias"][order]
        weights[f"{at}.c_proj.weight"] = weights[f"{at}.c_proj.weight"][order]


def reorder_everything(weights: dict[str, Any]) -> None:
    """Put the dimensions of the model in another order too: rows of what reads them, columns of what writes them."""
    reorder_units(weights)
    order = torch.randperm(WIDTH, generator=torch.Generator().manual_seed(9))
    for name, values in weights.items():
        if name.endswith(("c_attn.weight", "c_fc.weight")) or (values.ndim == 1 and not name.endswith(("c_attn.bias", "c_fc.bias"))):
            weights[name] = values[order]
        elif values.ndim == 2:
            weights[name] = values[:, order]


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {"units reordered": reorder_units, "all dimensions reordered": reorder_everything}


def change_weights(place: Path, how: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """Copy a checkpoint and change the weights of the copy."""
    copy = place.with_name(f"{place.name}--{how.replace(' ', '-')}")
    shutil.copytree(place, copy, dirs_exist_ok=True)
    weights = load_file(place / WEIGHTS)
    change(weights)
    save_file({name: values.contiguous() for name, values in weights.items()}, copy / WEIGHTS, {"format": "pt"})
    return copy


def measure_large(folder: Path) -> dict[str, Any]:
    """Compare two models of random weights of the shape of a model of 0.5 billion weights in a process of its own."""
    places = []
    for seed in (1, 2):
        place = folder / f"large-{seed}"
        if not place.is_dir():
            torch.manual_seed(seed)
            model = AutoModelForCausalLM.from_config(
                LlamaConfig(vocab_size=151_936, tie_word_embeddings=True, **LARGE), dtype=torch.bfloat16
            )
            model.save_pretrained(place)
            for file in locate_checkpoint(BASE).glob("tokenizer*"):
                shutil.copy(file, place)
        places.append(str(place))
    # The peak of a process includes that of the one that started it, so the work is done in a fork of a small process.
    script = (
        "import os, resource, sys\n"
        "if child := os.fork():\n"
        "    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "from leakguard.cli import run\n"
        "code = run(['lineage', *sys.argv[1:], '--format', 'json', '-q'])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr, flush=True)\n"
        "os._exit(code)\n"
    )
    measured = {}
    for name, pair in (("independent", places), ("same", (places[0], str(nudge(Path(places[0])))))):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", script, *pair], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        said = json.loads(done.stdout)
        measured[name] = {"verdict": said["verdict"], "seconds": round(seconds, 1), "peak_mb": round(int(done.stderr.split()[-1]) / 1024)}
    return measured


def nudge(place: Path) -> Path:
    """Return a copy with a little noise on every weight."""
    copy = place.with_name(f"{place.name}-nudged")
    if not copy.is_dir():
        shutil.copytree(place, copy)
        weights = load_file(place / WEIGHTS)
        torch.manual_seed(3)
        noisy = {name: values + 0.002 * torch.randn_like(values) for name, values in weights.items()}
        save_file(noisy, copy / WEIGHTS, {"format": "pt"})
    return copy


def describe(found: Lineage) -> dict[str, Any]:
    """Return the numbers of a comparison."""
    said: dict[str, Any] = {"verdict": str(found.relation)}
    for name, count in (("matched", found.matched), ("reordered", found.reordered)):
        said[name] = [count.equal, count.units, count.p_value] if count else None
    return said


def summarise(results: dict[str, Any]) -> dict[str, Any]:
    """Return how many independent pairs have a p-value at or below a few levels, and everything else as it is."""
    counts = {}
    for test in ("matched", "reordered"):
        values = [pair[test][2] for pair in results["independent"] if pair[test]]
        counts[test] = {
            "pairs": len(values),
            **{f"p <= {level}": sum(value <= level for value in values) for level in (0.5, 0.1, 0.05, 0.01)},
        }
    verdicts = [pair["verdict"] for pair in results["independent"]]
    return {**results, "independent": {**counts, **{verdict: verdicts.count(verdict) for verdict in {*verdicts}}}}


if __name__ == "__main__":
    main()
