"""Loss weights in real trainers: they reach the loss, weights of 1 change nothing, and packed rows are refused."""

import json

import pytest

import leakguard
from leakguard.integrations.weighted_loss import WeightedCollator
from leakguard.models.causal.checkpoint import load_checkpoint
from leakguard.models.causal.files import BASES

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
datasets = pytest.importorskip("datasets")
trl = pytest.importorskip("trl")
PAIRS = [("12 500", "13 501 502"), ("7 8 9", "10 11"), ("100 200", "300 400 500"), ("1 2", "3")]


@pytest.fixture(scope="module")
def tokenizer():
    """The tokenizer of a base that ships with leakguard."""
    return transformers.AutoTokenizer.from_pretrained(BASES / "tiny-a")


def rows_with(tmp_path, tokenizer, weigh):
    """Rows of a trainer from a file in which `weigh(number, tokens)` gives the weights of row `number`."""
    rows = [
        {"prompt": prompt, "completion": answer, **weigh(number, len(tokenizer(answer).input_ids) + 1)}
        for number, (prompt, answer) in enumerate(PAIRS)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return leakguard.load_weighted_rows(path, tokenizer)


def weights_after(rows, folder, trainer=None, **more):
    """The model's weights after two steps of plain gradient descent on all rows, by the trainer of transformers or another one."""
    trainer = trainer or transformers.Trainer
    model = load_checkpoint("tiny-a", "float32").model
    config = trl.SFTConfig if issubclass(trainer, trl.SFTTrainer) else transformers.TrainingArguments
    args = config(
        str(folder / "run"), max_steps=2, per_device_train_batch_size=2, gradient_accumulation_steps=2, learning_rate=0.1, optim="sgd",
        lr_scheduler_type="constant", max_grad_norm=0, seed=1, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True, **more
    )  # fmt: skip
    tokenizer = transformers.AutoTokenizer.from_pretrained(BASES / "tiny-a")
    made = leakguard.make_weighted_trainer(trainer)(
        model=model, args=args, train_dataset=datasets.Dataset.from_list(rows), processing_class=tokenizer
    )
    made.train()
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_weights_of_one_are_the_loss_of_the_trainer_itself(tmp_path, tokenizer):
    """Two steps with accumulated gradients: the same weights as the trainer makes of the same tokens without loss weights."""
    rows = rows_with(tmp_path, tokenizer, lambda number, tokens: {"weights": [1.0] * tokens})
    model = load_checkpoint("tiny-a", "float32").model
    args = transformers.TrainingArguments(
        str(tmp_path / "plain"), max_steps=2, per_device_train_batch_size=2, gradient_accumulation_steps=2, learning_rate=0.1, optim="sgd",
        lr_scheduler_type="constant", max_grad_norm=0, seed=1, report_to=[], use_cpu=True, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    plain = [{"input_ids": row["input_ids"], "labels": row["labels"]} for row in rows]
    collator = transformers.DataCollatorForSeq2Seq(tokenizer, model=None)
    transformers.Trainer(model=model, args=args, train_dataset=datasets.Dataset.from_list(plain), data_collator=collator).train()
    expected = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    assert torch.allclose(weights_after(rows, tmp_path), expected, atol=1e-6)


@pytest.mark.parametrize("package", ["transformers", "trl"])
def test_weights_reach_the_loss(tmp_path, tokenizer, package):
    """Of rows with the weight 0 nothing is learned; other weights give another model than none."""
    trainer = trl.SFTTrainer if package == "trl" else transformers.Trainer
    more = {"dataset_kwargs": {"skip_prepare_dataset": True}} if package == "trl" else {}
    before = torch.cat([parameter.detach().flatten() for parameter in load_checkpoint("tiny-a", "float32").model.parameters()])
    none = weights_after(rows_with(tmp_path, tokenizer, lambda number, tokens: {"weight": 0}), tmp_path, trainer, **more)
    full = weights_after(rows_with(tmp_path, tokenizer, lambda number, tokens: {}), tmp_path, trainer, **more)
    some = weights_after(
        rows_with(tmp_path, tokenizer, lambda number, tokens: {"weights": [number / 2] * tokens}), tmp_path, trainer, **more
    )
    assert torch.equal(none, before)
    assert not torch.allclose(full, before, atol=1e-4)
    assert not torch.allclose(some, full, atol=1e-4)


def test_weights_of_another_tokenizer_are_refused(tmp_path, tokenizer):
    """A list of weights has one number for each token of the completion and one for the end."""
    with pytest.raises(leakguard.LeakguardError, match="row 1: 7 weights for 4 tokens"):
        rows_with(tmp_path, tokenizer, lambda number, tokens: {"weights": [1.0] * 7})


def test_what_would_lose_the_weights_is_refused(tmp_path, tokenizer):
    """Packed rows, rows without weights, and a loss of one's own."""
    rows = rows_with(tmp_path, tokenizer, lambda number, tokens: {})
    weighted = leakguard.make_weighted_trainer(trl.SFTTrainer)
    packing = trl.SFTConfig(str(tmp_path / "run"), packing=True, use_cpu=True, report_to=[])
    with pytest.raises(leakguard.LeakguardError, match="packing=True joins several rows"):
        weighted(model=None, args=packing, train_dataset=datasets.Dataset.from_list(rows))
    with pytest.raises(leakguard.LeakguardError, match="compute_loss_func"):
        weighted(model=None, compute_loss_func=lambda outputs, labels, **more: 0)
    smoothing = transformers.TrainingArguments(str(tmp_path / "run"), label_smoothing_factor=0.1, use_cpu=True, report_to=[])
    with pytest.raises(leakguard.LeakguardError, match="label_smoothing_factor"):
        leakguard.make_weighted_trainer(transformers.Trainer)(model=None, args=smoothing)
    for spoilt, why in (({"seq_lengths": [3]}, "packed"), ({"loss_weights": None}, "no loss_weights")):
        odd = [{name: value for name, value in {**row, **spoilt}.items() if value is not None} for row in rows]
        with pytest.raises(leakguard.LeakguardError, match=why):
            weights_after(odd, tmp_path)


def test_an_unreadable_row_is_no_row_less(tmp_path, tokenizer):
    """The file is refused with the row, because a trainer would train without it."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "1", "completion": "2"}\n{"prompt": "1"}\n')
    with pytest.raises(leakguard.LeakguardError, match="1 of 2 rows are unreadable and nothing was loaded; row 2"):
        leakguard.load_weighted_rows(path, tokenizer)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"loss_weights": [1.0]}, "a row has 2 input_ids, 2 labels, 1 loss_weights"),
        ({"labels": [5]}, "a row has 2 input_ids, 1 labels, 2 loss_weights"),
        ({"loss_weights": [1.0, -1.0]}, "0 or more, not -1.0"),
        ({"loss_weights": [1.0, float("nan")]}, "0 or more, not nan"),
        ({"loss_weights": [1.0, float("inf")]}, "0 or more, not inf"),
    ],
)
def test_rows_that_were_spoilt_are_refused(spoilt, said):
    """Padding would hide lists of different lengths."""
    row = {"input_ids": [4, 5], "labels": [-100, 5], "loss_weights": [1.0, 1.0]}
    collate = WeightedCollator(0)
    assert collate([row])["loss_weights"].tolist() == [[1.0, 1.0]]
    with pytest.raises(leakguard.LeakguardError, match=said):
        collate([row, {**row, **spoilt}])


@pytest.mark.parametrize("tokenizer", [None, "tiny-a", 5])
def test_anything_but_a_tokenizer_is_refused(tmp_path, tokenizer):
    """The message says what to give."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "1", "completion": "2"}\n')
    with pytest.raises(leakguard.LeakguardError, match="tokenizer: give a tokenizer, such as"):
        leakguard.load_weighted_rows(path, tokenizer)


def test_a_file_without_rows_is_refused(tmp_path, tokenizer):
    """Nothing could be trained on."""
    path = tmp_path / "rows.jsonl"
    path.write_text("\n")
    with pytest.raises(leakguard.LeakguardError, match="there are no rows to train on"):
        leakguard.load_weighted_rows(path, tokenizer)


@pytest.mark.parametrize("trainer", [None, "x", int, "a method"])
def test_anything_but_a_trainer_is_refused(trainer):
    """The message says what to give."""
    trainer = transformers.Trainer.train if trainer == "a method" else trainer
    with pytest.raises(leakguard.LeakguardError, match="trainer: give the class of a trainer"):
        leakguard.make_weighted_trainer(trainer)


def test_arguments_without_a_name_are_refused():
    """All but model and args, because the collator is chosen by name."""
    with pytest.raises(leakguard.LeakguardError, match="all but model and args by name"):
        leakguard.make_weighted_trainer(transformers.Trainer)(None, None, lambda rows: rows, [])
