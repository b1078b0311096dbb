"""Measure the memory and time of `leakguard lineage` for a pair with layers of the size of a model of 7 billion weights.

Usage: python benchmarks/lineage_seven.py FOLDER [--layers 32]

Writes two models of random weights (4,096 dimensions, 11,008 hidden units, bfloat16, a shard for each layer) to FOLDER, compares them, and
a copy of the first with the same layers, and writes results/lineage_7b.json. With 32 layers they take 27 GB. FOLDER may be deleted
afterwards.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import LlamaConfig

from leakguard.models.causal.checkpoint import locate_checkpoint

RESULTS = Path(__file__).parent / "results" / "lineage_7b.json"
WIDTH, UNITS, TOKENS = 4096, 11_008, 32_000
# The peak of a process includes that of the one that started it, so the work is done in a fork of a small process.
MEASURE = (
    "import os, resource, sys\n"
    "if child := os.fork():\n"
    "    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    "from leakguard.cli import run\n"
    "code = run(['lineage', *sys.argv[1:], '--format', 'json', '-q'])\n"
    "used = resource.getrusage(resource.RUSAGE_SELF)\n"
    "print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr, flush=True)\n"
    "os._exit(code)\n"
)


def main() -> None:
    """Write the models that are not there yet, compare them, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=4)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    places = [write_model(asked.folder / f"seven-{seed}", seed, asked.layers) for seed in (1, 2)]
    results: dict[str, Any] = {"layers": asked.layers, "bytes": sum(path.stat().st_size for path in places[0].glob("*.safetensors"))}
    for name, pair in (("independent", places), ("same", [places[0], link_copy(places[0], asked.layers)])):
        results[name] = measure(*pair)
        print(name, results[name], flush=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def write_model(place: Path, seed: int, layers: int) -> Path:
    """Write a model of random weights, a shard for each layer; nothing if it is there."""
    if (place / "config.json").is_file():
        return place
    place.mkdir(parents=True, exist_ok=True)
    rng, index = np.random.default_rng(seed), {}
    pool = draw(rng, (UNITS, WIDTH)).flatten()
    shapes = {f"self_attn.{name}_proj": (WIDTH, WIDTH) for name in "qkvo"}
    shapes |= {"mlp.gate_proj": (UNITS, WIDTH), "mlp.up_proj": (UNITS, WIDTH), "mlp.down_proj": (WIDTH, UNITS)}
    for layer in range(layers):
        weights = {f"model.layers.{layer}.{name}.weight": turn(pool, rng, shape) for name, shape in shapes.items()}
        weights |= {f"model.layers.{layer}.{name}_layernorm.weight": torch.ones(WIDTH).bfloat16() for name in ("input", "post_attention")}
        index |= dict.fromkeys(weights, write_shard(place, layer, layers, weights))
    others = {name: draw(rng, (TOKENS, WIDTH)) for name in ("model.embed_tokens.weight", "lm_head.weight")}
    others["model.norm.weight"] = torch.ones(WIDTH).bfloat16()
    index |= dict.fromkeys(others, write_shard(place, layers, layers, others))
    (place / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    for file in locate_checkpoint("tiny-a").glob("tokenizer*"):
        shutil.copy(file, place)
    sizes = {"hidden_size": WIDTH, "intermediate_size": UNITS, "num_hidden_layers": layers, "num_attention_heads": 32}
    LlamaConfig(vocab_size=TOKENS, architectures=["LlamaForCausalLM"], **sizes).save_pretrained(place)
    return place


def draw(rng: np.random.Generator, shape: tuple[int, int]) -> torch.Tensor:
    """Return normal weights as brain floats."""
    return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)).mul_(0.02).bfloat16()


def turn(pool: torch.Tensor, rng: np.random.Generator, shape: tuple[int, int]) -> torch.Tensor:
    """Return a matrix of the weights of a pool from a random place on, which is cheaper than new ones; models have pools of their own."""
    return torch.roll(pool, int(rng.integers(len(pool))))[: shape[0] * shape[1]].reshape(shape).clone()


def write_shard(place: Path, at: int, layers: int, weights: dict[str, torch.Tensor]) -> str:
    """Write one shard and return its name."""
    name = f"model-{at + 1:05d}-of-{layers + 1:05d}.safetensors"
    save_file(weights, place / name, {"format": "pt"})
    return name


def link_copy(place: Path, layers: int) -> Path:
    """Return a model with the same layers and another last shard, so that the files are not equal byte by byte."""
    copy = place.with_name(f"{place.name}-copy")
    if not copy.is_dir():
        copy.mkdir()
        for path in place.iterdir():
            (copy / path.name).hardlink_to(path)
        (copy / f"model-{layers + 1:05d}-of-{layers + 1:05d}.safetensors").unlink()
        rng = np.random.default_rng(3)
        others = {name: draw(rng, (TOKENS, WIDTH)) for name in ("model.embed_tokens.weight", "lm_head.weight")}
        write_shard(copy, layers, layers, {**others, "model.norm.weight": torch.ones(WIDTH).bfloat16()})
    return copy


def measure(teacher: Path, student: Path) -> dict[str, Any]:
    """Compare a pair in a process of its own."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", MEASURE, str(teacher), str(student)], capture_output=True, text=True, check=False)
    peak, used = done.stderr.split()[-2:]
    said, seconds = json.loads(done.stdout), time.perf_counter() - start
    counts = {name: said[name] for name in ("matched", "reordered", "identical", "matrices")}
    return {
        "verdict": said["verdict"],
        "peak_mb": round(int(peak) / 1024),
        "cpu_s": round(float(used)),
        "clock_s": round(seconds),
        **counts,
    }


if __name__ == "__main__":
    main()
