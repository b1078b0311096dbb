"""Training with loss weights in transformers and trl: rows as tokens with weights, and a trainer whose loss uses them."""

from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.core.suggest import shorten
from leakguard.models.causal.checkpoint import Checkpoint, import_torch
from leakguard.models.causal.encoding import list_tokens

IGNORED = -100
"""The label of tokens without a loss, as everywhere in transformers."""
COLUMN = "loss_weights"
PACKED = ("position_ids", "seq_lengths")
SHOWN = 60
_LISTS = ("input_ids", "labels", COLUMN)


def tokenize_examples(examples: Sequence[Example], tokenizer: Any) -> list[dict[str, list[Any]]]:
    """Return the examples as rows of a trainer: `input_ids`, `labels` and `loss_weights`, lists of one length.

    Prompts have the label -100. Raises UsageError for weights that do not match the tokenizer's tokens: they were computed with
    another one; and for anything but a tokenizer.
    """
    if not hasattr(tokenizer, "eos_token_id") or not callable(tokenizer):
        given = shorten(repr(tokenizer), SHOWN)
        raise UsageError(f"tokenizer: give a tokenizer, such as transformers.AutoTokenizer.from_pretrained(folder), not {given}")
    checkpoint = Checkpoint(None, tokenizer, Path(str(getattr(tokenizer, "name_or_path", "") or "tokenizer")))
    if tokenizer.eos_token_id is None:
        raise UsageError("the tokenizer has no end token (eos_token), so that no answer could ever end")
    rows: list[dict[str, list[Any]]] = []
    encoded = list_tokens(checkpoint, examples)
    for (ids, weights), example in zip(encoded, examples, strict=True):
        answer = len(checkpoint.encode_completion(example.completion)) + 1
        rows.append({"input_ids": ids, "labels": [IGNORED] * (len(ids) - answer) + ids[-answer:], COLUMN: weights})
    return rows


class WeightedCollator:
    """Pads rows of `tokenize_examples` to the longest of a batch, on the right.

    Raises UsageError for rows without weights, for those whose lists differ in length, for weights that are negative or not finite, and
    for packed rows, in which several examples share one sequence.
    """

    def __init__(self, padding: int) -> None:
        """`padding` is the token id to pad with; its loss is ignored."""
        self._padding = padding

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return a batch: `input_ids`, `attention_mask`, `labels` as int64 and `loss_weights` as float32, each of shape (rows, longest)."""
        torch, _ = import_torch()
        if any(name in row for row in rows for name in PACKED):
            raise UsageError("these rows are packed: loss weights belong to one row each; train with packing=False")
        if any(COLUMN not in row for row in rows):
            raise UsageError(f"these rows have no {COLUMN}: give rows of leakguard.load_weighted_rows, and no other dataset beside them")
        for row in rows:
            _check_row(row)
        longest = max(len(row["input_ids"]) for row in rows)

        def pad(name: str, filler: float, kind: Any) -> Any:
            return torch.tensor([[*row[name], *[filler] * (longest - len(row[name]))] for row in rows], dtype=kind)

        mask = [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows]
        return {
            "input_ids": pad("input_ids", self._padding, torch.long),
            "attention_mask": torch.tensor(mask, dtype=torch.long),
            "labels": pad("labels", IGNORED, torch.long),
            COLUMN: pad(COLUMN, 0.0, torch.float32),
        }


def make_trainer(trainer: type) -> type:
    """Return a subclass of a transformers or trl trainer whose loss is the weighted cross-entropy.

    The loss is sum(w_t * -log p_t) over all tokens with a label, divided by their number: weights of 1 give the loss of the trainer
    itself. Without a collator, rows are padded by WeightedCollator. Raises UsageError for arguments that would lose or mix the weights,
    and for anything but the class of a trainer.
    """
    if not isinstance(trainer, type) or not hasattr(trainer, "compute_loss"):
        raise UsageError(f"trainer: give the class of a trainer, such as transformers.Trainer, not {shorten(repr(trainer), SHOWN)}")

    class Weighted(trainer):  # type: ignore[misc]
        """The trainer with a loss that uses `loss_weights`."""

        def __init__(self, *positional: Any, **named: Any) -> None:
            if len(positional) > 2:
                raise UsageError("give a weighted trainer all but model and args by name, such as data_collator= and train_dataset=")
            arguments = named.get("args", positional[1] if len(positional) > 1 else None)
            _refuse(arguments, named)
            if arguments is not None:
                # Otherwise the trainer drops the column, because no model takes it as an argument.
                arguments.remove_unused_columns = False
            if named.get("data_collator") is None:
                named["data_collator"] = WeightedCollator(_find_padding(named.get("processing_class")))
            super().__init__(*positional, **named)

        def compute_loss(
            self, model: Any, inputs: Mapping[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None, **_: Any
        ) -> Any:
            """Return the weighted loss of a batch, with the model's outputs if asked for."""
            # Divided by the tokens of all accumulated batches, if the trainer counts them; it then leaves the scale alone.
            outputs = model(**{name: value for name, value in inputs.items() if name not in (COLUMN, "labels")})
            loss = weigh_loss(outputs.logits, inputs["labels"], inputs[COLUMN], num_items_in_batch)
            self.loss_is_scaled_for_ga = num_items_in_batch is not None
            if num_items_in_batch is not None and self.args.average_tokens_across_devices:
                # The count is over all devices, and gradients are averaged over them.
                loss = loss * (self.accelerator.num_processes if self.args.n_gpu <= 1 else self.args.n_gpu)
            return (loss, outputs) if return_outputs else loss

    return Weighted


def weigh_loss(logits: Any, labels: Any, weights: Any, counted: Any = None) -> Any:
    """Return the weighted cross-entropy in nats per token, a scalar.

    `logits` (rows, tokens, vocabulary), `labels` and `weights` (rows, tokens); `counted` is the number of tokens with a label to divide
    by, by default those of these rows.
    """
    # Position t predicts token t + 1, so logits and labels are shifted against each other; tokens without a label count nothing.
    torch, _ = import_torch()
    labels, weights = labels[:, 1:], weights[:, 1:]
    each = torch.nn.functional.cross_entropy(logits[:, :-1].float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none")
    return (each * weights.flatten()).sum() / ((labels != IGNORED).sum() if counted is None else counted)


def _check_row(row: Mapping[str, Any]) -> None:
    """Raise UsageError for a row whose lists have different lengths, or with a weight that is negative or not finite."""
    lengths = [len(row[name]) for name in _LISTS]
    if len(set(lengths)) > 1:
        sizes = ", ".join(f"{size:,} {name}" for name, size in zip(_LISTS, lengths, strict=True))
        raise UsageError(f"a row has {sizes}: they must be as many, one for each token; change none of them alone")
    odd = [weight for weight in row[COLUMN] if not 0 <= weight < inf]
    if odd:
        raise UsageError(f"{COLUMN}: a weight must be a number, 0 or more, not {float(odd[0])}")


def _find_padding(tokenizer: Any) -> int:
    """Return the token id to pad with: padding has no loss and no attention, so that any id will do."""
    known = (getattr(tokenizer, name, None) for name in ("pad_token_id", "eos_token_id"))
    return next((one for one in known if one is not None), 0)


def _refuse(arguments: Any, named: Mapping[str, Any]) -> None:
    """Raise UsageError for arguments of the trainer under which the weights would not reach the loss."""
    if named.get("compute_loss_func") is not None:
        raise UsageError("compute_loss_func: the loss of a weighted trainer is the weighted cross-entropy; leave it out")
    if getattr(arguments, "label_smoothing_factor", 0):
        raise UsageError("label_smoothing_factor: the loss of a weighted trainer is the weighted cross-entropy; set it to 0")
    for name in ("packing", "padding_free"):
        if getattr(arguments, name, False):
            raise UsageError(f"{name}=True joins several rows in one sequence, where loss weights would be lost; train with {name}=False")
