"""The gate before real trainers: a tiny model made here, one real step, and data that changes under it."""

import json
import subprocess
import sys

import pytest

import leakguard
from integrations.conftest import write

transformers = pytest.importorskip("transformers")
datasets = pytest.importorskip("datasets")
CHOKING = r"""
[pack]
id = "slow"
version = "1.0.0"
title = "A pattern that takes for ever on some rows"
[[rule]]
id = "slow.one"
kind = "regex"
value = "slow"
pattern = '(a|aa)+(a|aa)+(a|aa)+b\b'
severity = "note"
meaning = "backtracking"
hits = ["aab aaab"]
misses = ["ccc"]
"""


def loaded(path):
    """The rows of a file as a dataset, without a cache on disk."""
    with open(path) as file:
        return datasets.Dataset.from_list([json.loads(line) for line in file])


def model_of(size=258):
    """A model that reads bytes."""
    config = transformers.GPT2Config(vocab_size=size, n_positions=32, n_embd=8, n_layer=1, n_head=1, bos_token_id=256, eos_token_id=256)
    return transformers.GPT2LMHeadModel(config)


def tokens(rows):
    """A dataset of tokens, each text as its first bytes."""

    def first(row):
        ids = list(row["text"].encode())[:8] + [256] * 8
        return {"input_ids": ids[:8], "labels": ids[:8]}

    return rows.map(first, remove_columns=rows.column_names)


def trainer_on(path, folder, callback):
    """A trainer that will make one step on the file's rows."""
    rows = tokens(loaded(path))
    args = transformers.TrainingArguments(
        str(folder / "run"), max_steps=1, per_device_train_batch_size=2, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True
    )
    return transformers.Trainer(model=model_of(), args=args, train_dataset=rows, callbacks=[callback])


def steps(trainer):
    trainer.train()
    return trainer.state.global_step


def refusal(trainer):
    """Why training did not start; no step was made."""
    with pytest.raises(leakguard.GateBlocked, match="training does not start") as caught:
        trainer.train()
    assert trainer.state.global_step == 0
    return str(caught.value)


def test_training_starts_on_a_cleaned_file_alone_and_not_after_a_byte_has_changed(leaky, tmp_path):
    """Refused on a leaky file, started on a cleaned one with its manifest, refused after one byte of the data has changed."""
    assert "rows at error or above: 1 of 3" in refusal(trainer_on(leaky, tmp_path, leakguard.trainer_callback(leaky)))
    leakguard.clean(leaky, tmp_path / "out")
    kept = tmp_path / "out/kept/leaky.jsonl"
    callback = leakguard.trainer_callback(kept, rows=loaded(kept), prepare=tokens, gate={"manifest": "required"})
    assert steps(trainer_on(kept, tmp_path, callback)) == 1
    kept.write_bytes(kept.read_bytes().replace(b"four", b"five"))
    why = refusal(trainer_on(kept, tmp_path, callback))
    assert "kept, different hash" in why and "rows that the trainer holds: 1 of 2 in the data" in why


def test_a_file_without_a_manifest_is_refused_where_one_is_required(tmp_path):
    """Nothing wrong was found in it, but nobody cleaned it."""
    clean = write(tmp_path / "clean.jsonl", [{"text": "The kettle is on."}])
    assert steps(trainer_on(clean, tmp_path, leakguard.trainer_callback(clean))) == 1
    required = leakguard.trainer_callback(clean, gate={"manifest": "required"})
    assert "no manifest" in refusal(trainer_on(clean, tmp_path, required))


def test_a_detector_that_cannot_look_keeps_the_gate_shut(tmp_path):
    """A required detector that is off, or runs out of time on a row, is no pass: with nothing found, training does not start."""
    rows = [{"text": "The kettle is on."}, {"text": "a" * 5000}]
    data = write(tmp_path / "data.jsonl", rows)
    (tmp_path / "slow.toml").write_text(CHOKING)
    off = leakguard.trainer_callback(data, gate={"detectors": ["grammar"]})
    assert "detector grammar: not enabled" in refusal(trainer_on(data, tmp_path, off))
    slow = leakguard.trainer_callback(data, rules=[str(tmp_path / "slow.toml")], gate={"detectors": ["rules"], "max-undetermined": 1.0})
    assert "detector rules: missed 1 row" in refusal(trainer_on(data, tmp_path, slow))
    on = leakguard.trainer_callback(data, gate={"detectors": ["rules"]})
    assert steps(trainer_on(data, tmp_path, on)) == 1


def test_the_answer_of_an_earlier_gate_is_held_against_the_files(leaky, tmp_path):
    """With `answer` nothing is scanned again: an answer that passed for these bytes opens, any other one does not."""
    clean = write(tmp_path / "clean.jsonl", [{"text": "The kettle is on."}])
    answers = {}
    for data in (clean, leaky):
        answers[data] = tmp_path / f"{data.stem}.json"
        answers[data].write_text(gate_document(data))
    assert steps(trainer_on(clean, tmp_path, leakguard.trainer_callback(clean, answer=answers[clean]))) == 1
    assert "about other data" in refusal(trainer_on(leaky, tmp_path, leakguard.trainer_callback(leaky, answer=answers[clean])))
    assert "refused" in refusal(trainer_on(leaky, tmp_path, leakguard.trainer_callback(leaky, answer=answers[leaky])))
    assert "cannot be read" in refusal(trainer_on(clean, tmp_path, leakguard.trainer_callback(clean, answer=tmp_path / "none.json")))


def gate_document(data):
    from leakguard.reports.gate.json_document import render
    from leakguard.reports.kit.style import Style

    return render(leakguard.gate(data), Style())


def test_a_trl_trainer_is_stopped_too(leaky, tmp_path):
    """SFTTrainer takes the same callback: one step on clean rows, none on leaky ones."""
    trl = pytest.importorskip("trl")
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({word: at for at, word in enumerate(["[UNK]", "[PAD]", "kettle", "is", "on"])}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[PAD]")
    clean = write(tmp_path / "clean.jsonl", [{"text": "The kettle is on."}, {"text": "Tea is on."}])

    def sft(data):
        args = trl.SFTConfig(
            str(tmp_path / "run"),
            max_steps=1, per_device_train_batch_size=2, report_to=[], use_cpu=True, bf16=False, save_strategy="no", max_length=16,
        )  # fmt: skip
        callback = leakguard.trainer_callback(data, rows=loaded(data))
        return trl.SFTTrainer(model_of(16), args=args, train_dataset=loaded(data), processing_class=tokenizer, callbacks=[callback])

    assert steps(sft(clean)) == 1
    assert "rows at error or above: 1 of 3" in refusal(sft(leaky))


BLIND = """
import sys
sys.modules["hyperscan"] = None
import leakguard
result = leakguard.gate([{"text": "The kettle is on."}], engine="hyperscan", gate={"detectors": ["rules"]})
print(result.exit_code, *(check.words for check in result.checks if check.kind == "detector"))
"""


def test_a_required_detector_that_is_not_installed_is_no_pass():
    """In a Python without the engine that was asked for: the gate answers, and stays shut."""
    done = subprocess.run([sys.executable, "-c", BLIND], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("3 detector rules: could not run, allowed: checked every row (the hyperscan engine is not installed")
