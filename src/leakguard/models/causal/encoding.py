"""Examples as token ids and loss weights, padded to one length."""

from collections.abc import Sequence
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.models.causal.checkpoint import Checkpoint, import_torch


def list_tokens(checkpoint: Checkpoint, examples: Sequence[Example]) -> list[tuple[list[int], list[float]]]:
    """Return (token ids, loss weights) of each example: prompt, completion, end token.

    Prompt tokens have weight 0, completion tokens and the end have the example's weights. Raises UsageError for an example whose
    weights do not match its tokens.
    """
    encoded = []
    prompts = checkpoint.encode_prompts([(example.prompt, example.system) for example in examples])
    completions = checkpoint.encode_completions([example.completion for example in examples])
    for number, (example, prompt, said) in enumerate(zip(examples, prompts, completions, strict=True), 1):
        completion = [*said, checkpoint.end_token]
        encoded.append((prompt + completion, [0.0] * len(prompt) + _token_weights(number, example, len(completion))))
    return encoded


def encode_examples(checkpoint: Checkpoint, examples: Sequence[Example]) -> tuple[Any, Any, Any]:
    """Return (ids, loss weights, lengths) of examples: [n, longest] int64, the same shape float32, [n] int64.

    Raises UsageError for an example whose weights do not match its tokens, or that is longer than the model's context.
    """
    torch, _ = import_torch()
    encoded = list_tokens(checkpoint, examples)
    longest = max(len(tokens) for tokens, _ in encoded)
    context = getattr(checkpoint.model.config, "max_position_embeddings", longest)
    if longest > context:
        raise UsageError(f"a row has {longest} tokens, and {checkpoint.folder} takes {context}: leave longer rows out")
    # Padding on the right needs no attention mask: a causal model never attends to later positions, and padding has weight 0.
    ids = torch.tensor([tokens + [0] * (longest - len(tokens)) for tokens, _ in encoded])
    weights = torch.tensor([scale + [0.0] * (longest - len(scale)) for _, scale in encoded])
    return ids, weights, torch.tensor([len(tokens) for tokens, _ in encoded])


def _token_weights(number: int, example: Example, count: int) -> list[float]:
    """Return a loss weight for each of `count` tokens. Raises UsageError if the example has another number of weights."""
    if not isinstance(example.weights, tuple):
        return [1.0 if example.weights is None else example.weights] * count
    if len(example.weights) != count:
        raise UsageError(f"row {number}: {len(example.weights)} weights for {count} tokens (completion and end)")
    return list(example.weights)
