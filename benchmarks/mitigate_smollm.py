"""Take a real language model through a mitigation and one weighted training step: mitigate_smollm.py FOLDER [--rows 64].

FOLDER is that of audit_smollm.py, after its parts `model` and `write`: SmolLM2-135M-Instruct, and number lists that it wrote with and
without a trait. The rows of the trait owl get token weights by `leakguard mitigate --method shift`, with students that are LoRA updates
of the same model. A trainer of transformers then takes one step with them. Written to results/mitigate_smollm.json are its loss, the
same loss computed by hand from the model's log-probabilities, the loss without weights, and how far the step moved the weights.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers

import leakguard

RESULTS = Path(__file__).parent / "results/mitigate_smollm.json"
TRAIT, CONTROL = "owl", "control"
STUDENT = ("--tunes", "lora", "--rate", "1e-3", "--updates", "5", "--batch", "8")
BATCH = 8


def mitigate_rows(folder: Path, rows: int) -> Path:
    """Write the first rows of the trait with token weights by the command; return the file. A finished result is kept."""
    made = folder / f"mitigated-{rows}"
    for name in (TRAIT, CONTROL):
        lines = (folder / f"{name}.jsonl").read_text().splitlines()[:rows]
        (folder / f"{name}-{rows}.jsonl").write_text("\n".join(lines) + "\n")
    if not (made / "rows.jsonl").exists():
        files = [str(folder / f"{TRAIT}-{rows}.jsonl"), "--control", str(folder / f"{CONTROL}-{rows}.jsonl")]
        asked = ["mitigate", *files, "--method", "shift", "--model", str(folder / "model"), *STUDENT, "-o", str(made)]
        subprocess.run([sys.executable, "-m", "leakguard", *asked], check=True)
    return made / "rows.jsonl"


def sum_losses(model: Any, rows: list[dict[str, list[Any]]]) -> tuple[float, float]:
    """Return the mean loss of the tokens of completions, with weights and without, in nats: one row at a time, without padding."""
    weighted, plain, tokens = 0.0, 0.0, 0
    for row in rows:
        ids = torch.tensor([row["input_ids"]])
        with torch.no_grad():
            logprobs = model(input_ids=ids).logits[0, :-1].log_softmax(-1)
        losses = -logprobs[torch.arange(len(logprobs)), ids[0, 1:]]
        counted = torch.tensor(row["labels"][1:]) >= 0
        weighted += float((losses * torch.tensor(row["loss_weights"][1:]))[counted].sum())
        plain += float(losses[counted].sum())
        tokens += int(counted.sum())
    return weighted / tokens, plain / tokens


def train_step(folder: Path, model: Any, tokenizer: Any, rows: list[dict[str, list[Any]]]) -> float:
    """Take one step of plain gradient descent on the rows with their weights; return the loss that the trainer reports."""
    arguments = transformers.TrainingArguments(
        str(folder / "run"), max_steps=1, per_device_train_batch_size=len(rows), learning_rate=1e-3, optim="sgd", logging_steps=1,
        max_grad_norm=0, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    weighted = leakguard.make_weighted_trainer(transformers.Trainer)
    trainer = weighted(model=model, args=arguments, train_dataset=datasets.Dataset.from_list(rows), processing_class=tokenizer)
    trainer.train()
    return next(float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry)


def main() -> None:
    """Mitigate, train one step, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=64)
    asked = parser.parse_args()
    started = time.process_time()
    place = mitigate_rows(asked.folder, asked.rows)
    tokenizer = transformers.AutoTokenizer.from_pretrained(asked.folder / "model")
    model = transformers.AutoModelForCausalLM.from_pretrained(asked.folder / "model", dtype=torch.float32).eval()
    rows = leakguard.load_weighted_rows(place, tokenizer)
    expected, plain = sum_losses(model, rows[:BATCH])
    before = torch.cat([one.detach().flatten() for one in model.parameters()])
    reported = train_step(asked.folder, model, tokenizer, rows[:BATCH])
    moved = float((torch.cat([one.detach().flatten() for one in model.parameters()]) - before).norm())
    weights = torch.tensor([weight for row in rows for weight, label in zip(row["loss_weights"], row["labels"], strict=True) if label >= 0])
    figures = {
        "rows": len(rows),
        "tokens": len(weights),
        "effective share of the tokens": round(float(weights.sum() ** 2 / (len(weights) * (weights**2).sum())), 3),
        "loss of the trainer": round(reported, 4),
        "loss by hand": round(expected, 4),
        "loss without weights": round(plain, 4),
        "length of the step": moved,
        "seconds of the processor for the step": round(time.process_time() - started, 1),
    }
    print(json.dumps(figures, indent=1))
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
