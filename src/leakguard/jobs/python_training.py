"""Training with loss weights for the Python API: rows of a file as tokens with weights, and trainers that use them."""

from typing import Any

from leakguard.core.errors import UsageError
from leakguard.harness.examples import REFUSED, describe_unreadable, read_examples
from leakguard.integrations.weighted_loss import make_trainer, tokenize_examples
from leakguard.jobs.python_arguments import Place, read_path


def load_weighted_rows(data: Place, tokenizer: Any) -> list[dict[str, list[Any]]]:
    """Return the rows of a JSON Lines file with loss weights as rows for a trainer: `input_ids`, `labels`, `loss_weights`.

    Rows hold prompt and completion, or messages, and perhaps `weight` (a number) or `weights` (one for each token of the completion and
    its end). Raises UsageError for a row that cannot be read, for weights that do not match the tokens of `tokenizer`, and without rows.

    >>> rows = leakguard.load_weighted_rows("mitigated/rows.jsonl", tokenizer)  # doctest: +SKIP
    """
    found = read_examples(read_path(data, "data"))
    if found.unreadable:
        raise UsageError(f"{describe_unreadable(found.unreadable, found.rows, REFUSED)}; repair or remove it")
    if not found.examples:
        raise UsageError(f"{data}: there are no rows to train on")
    return tokenize_examples(found.examples, tokenizer)


def make_weighted_trainer(trainer: type) -> type:
    """Return a subclass of a transformers or trl trainer whose loss multiplies each token by its weight (`load_weighted_rows`).

    >>> from transformers import Trainer
    >>> Weighted = leakguard.make_weighted_trainer(Trainer)
    >>> issubclass(Weighted, Trainer)
    True
    >>> Weighted(model, arguments, train_dataset=datasets.Dataset.from_list(rows)).train()  # doctest: +SKIP
    """
    return make_trainer(trainer)
