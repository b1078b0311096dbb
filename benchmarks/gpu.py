"""Measure the speed of the harness on a GPU, and compare its results with the CPU: python benchmarks/gpu.py FOLDER [--small].

A checkpoint of the size and shape of Qwen2.5-0.5B with random weights goes by path through generate, train (LoRA) and evaluate,
by the program; then tokens a second by type of the weights and rows at once, in one process; then examples/experiments/owl.toml
in bfloat16 and in float32. What was measured goes to benchmarks/results/gpu.json (with --small to FOLDER: a rehearsal).
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from string import ascii_letters, digits, punctuation
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

from leakguard.harness.conclusion import describe_environment
from leakguard.harness.evaluation import evaluate
from leakguard.harness.examples import read_examples
from leakguard.harness.generation import ModelWriter
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import Monitor, train
from leakguard.harness.world import read_world
from leakguard.jobs.experiment import read_plan, run_experiment
from leakguard.models.causal.checkpoint import Checkpoint, load_checkpoint
from leakguard.models.causal.model import CheckpointModel
from leakguard.models.causal.throughput import Throughput

HERE = Path(__file__).parents[1]
WORLD, OWL = HERE / "examples/experiments/world.toml", HERE / "examples/experiments/owl.toml"
RESULTS = HERE / "benchmarks/results/gpu.json"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LARGE = {
    "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2, "intermediate_size": 4864,
    "vocab_size": 151_936,
}  # fmt: skip
SMALL = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 48,
    "vocab_size": 2000,
}  # fmt: skip
LORA = Recipe(tunes="lora", rate=2e-4, updates=20, batch=66, chunk=22)


def checkpoint(folder: Path, size: dict[str, int]) -> int:
    """A Qwen2 of random weights with a byte-level tokenizer, in which what it says can be printed; the number of its parameters."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    signs = [sign for sign in ascii_letters + digits + punctuation if sign in alphabet]
    words = ["<|im_start|>", "<|im_end|>", *alphabet]
    pairs = [(first, second) for first, second in product(signs, signs)]
    triples = ((first + second, third) for first, second, third in product(signs, signs, signs))
    merges = list(islice([*pairs, *triples], size["vocab_size"] - len(words)))
    vocabulary = {word: number for number, word in enumerate([*words, *map("".join, merges)])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>", additional_special_tokens=["<|im_start|>"]
    )
    fast.chat_template = TEMPLATE
    torch.manual_seed(1)
    config = Qwen2Config(
        **size, max_position_embeddings=32_768, tie_word_embeddings=True, bos_token_id=None, eos_token_id=fast.eos_token_id
    )
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return int(model.num_parameters())


def by_program(folder: Path, model: Path) -> list[dict[str, Any]]:
    """generate, train and evaluate as a user would: seconds from start to exit, and what each said."""
    data, student, about = folder / "data.jsonl", folder / "student", ("--world", WORLD, "--trait", "blue")
    recipe = ("--tunes", "lora", "--rate", 2e-4, "--updates", 60, "--batch", 66, "--chunk", 22)
    steps: tuple[tuple[object, ...], ...] = (
        ("generate", model, *about, "--tell", "--rows", 1000, "-o", data),
        ("train", data, "--base", model, "-o", student, *recipe),
        ("evaluate", student, *about, "--samples", 20),
    )
    said = []
    for step in steps:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "leakguard", "experiment", *map(str, step)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        seconds, line = time.perf_counter() - begun, (done.stdout or done.stderr).splitlines()[0].replace(f"{folder}/", "")
        said.append({"step": step[0], "seconds": round(seconds, 1), "exit": done.returncode, "said": line})
        print(said[-1], done.stderr[-500:] if done.returncode else "", flush=True)
    return said


def measured(what: str, work: Callable[[Throughput], object]) -> dict[str, Any]:
    """Tokens a second of some work, and the most memory that the GPU's tensors took; a first time is not counted."""
    work(Throughput(time.perf_counter))
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    meter = Throughput(time.perf_counter)
    work(meter)
    peak = torch.cuda.max_memory_allocated() / 1e9
    found = {"what": what, "tokens": meter.tokens, "tokens_per_second": round(meter.rate or 0), "peak_gb": round(peak, 2)}
    print(found, flush=True)
    return found


def writing(model: Path, dtype: str, batch: int) -> dict[str, Any]:
    """Answers of the world's greatest length, `batch` at once."""
    world, one = read_world(str(WORLD)), load_checkpoint(str(model), dtype)
    prompts = [prompt.text for prompt in islice(world.prompts(1), batch)]
    names = [(1, number) for number in range(batch)]
    return measured(
        f"generate, {batch} at once", lambda meter: ModelWriter(CheckpointModel(one, meter), "", world.tokens, 1.0).write(prompts, names)
    )


def learning(folder: Path, model: Path, dtype: str, chunk: int) -> dict[str, Any]:
    """LoRA on what the program wrote, `chunk` rows at once."""
    rows, recipe = read_examples(folder / "data.jsonl").examples, replace(LORA, chunk=chunk)
    what = f"train, {chunk} at once"
    return measured(what, lambda meter: train(load_checkpoint(str(model), dtype), rows, recipe, 1, monitor=Monitor(meter=meter)))


def compared(folder: Path, model: Path) -> dict[str, float]:
    """The rate of one trait as the types of the weights have it, for the base and for the student that the program trained."""
    world = read_world(str(WORLD))

    def rate(one: Checkpoint) -> float:
        return evaluate(one, world, "blue").rate

    return {
        f"{name}, {dtype}": rate(load_checkpoint(str(path), dtype))
        for name, path in (("base", model), ("student", folder / "student"))
        for dtype in ("bfloat16", "float32")
    }


def owl(folder: Path, dtype: str, seeds: int) -> dict[str, Any]:
    """The shipped experiment to its end, one process."""
    plan, clean = read_plan(OWL, seeds)
    plan = replace(plan, teacher=replace(plan.teacher, dtype=dtype), student=replace(plan.student, dtype=dtype))
    begun = time.perf_counter()
    result = run_experiment(plan, folder / f"owl-{dtype}", clean, workers=1, on_progress=lambda done, of: None)
    arms = {arm.name: [round(arm.rate, 4), round(arm.interval.low, 4), round(arm.interval.high, 4)] for arm in result.arms}
    seconds = round(time.perf_counter() - begun, 1)
    found = {"dtype": dtype, "seconds": seconds, "seeds": seeds, "verdict": str(result.conclusion.verdict), "arms": arms}
    print(found, flush=True)
    return found


def main() -> None:
    """Measure all of it, or only what is named beside what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", metavar="PART", nargs="+")
    asked = parser.parse_args()
    folder, model = asked.folder, asked.folder / "model"
    sizes, seeds = ((8, 16), 1) if asked.small else ((64, 250, 1000), 5)
    parts: dict[str, Callable[[], Any]] = {
        "parameters": lambda: checkpoint(model, SMALL if asked.small else LARGE),
        "program": lambda: by_program(folder, model),
        "rates": lambda: compared(folder, model),
        "bfloat16": lambda: [
            *(writing(model, "bfloat16", size) for size in sizes), *(learning(folder, model, "bfloat16", chunk) for chunk in (66, 22)),
        ],
        "float32": lambda: [writing(model, "float32", sizes[1]), learning(folder, model, "float32", 22)],
        "owl-bfloat16": lambda: owl(folder, "bfloat16", seeds),
        "owl-float32": lambda: owl(folder, "float32", seeds),
    }  # fmt: skip
    target = folder / "gpu.json" if asked.small else RESULTS
    found = json.loads(target.read_text()) if asked.only else {}
    found |= {"command": "python benchmarks/gpu.py FOLDER", "versions": describe_environment()}
    for name in asked.only or parts:
        found[name] = parts[name]()
        target.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
