"""Log-probabilities of given completions, and the loss on examples, in batches bounded by the size of their logits."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.models.causal.checkpoint import Checkpoint, import_torch, silence_warnings
from leakguard.models.causal.encoding import encode_examples
from leakguard.models.causal.loading import describe_nonfinite

# Most inputs in one batch.
MOST_ROWS = 128
# Logits of one batch: 2**28 float32 are a gigabyte.
MOST_LOGITS = 1 << 28
# Fewest tokens that inputs begin with for which they are read once for all inputs.
LEAST_SHARED = 8
Pair = tuple[Sequence[int], Sequence[int]]
"""Token ids of a prompt and of its continuation."""


def score_tokens(checkpoint: Checkpoint, pairs: Sequence[Pair], *, share_prefix: bool = False) -> list[list[float]]:
    """Return log P(token | prompt, earlier tokens) in nats for each token of the second part of each pair.

    `share_prefix`: the tokens with which all prompts begin, such as a system prompt, go through the model once; values then differ by
    rounding alone. Raises UsageError for a second part without tokens, an input longer than the model's context, and outputs that are
    not finite.
    """
    torch, _ = import_torch()
    _check(checkpoint, pairs)
    # Each distinct input goes through the model once: completions of one prompt that differ in their last token share it. Inputs are
    # sorted by length, so that a batch has little padding.
    by_input: dict[tuple[int, ...], list[int]] = {}
    for number, (prompt, answer) in enumerate(pairs):
        by_input.setdefault((*prompt, *answer[:-1]), []).append(number)
    inputs = sorted(by_input, key=len)
    found: list[list[float]] = [[] for _ in pairs]
    step = count_batch_rows(checkpoint, len(inputs[-1])) if inputs else 1
    prefix = _read_prefix(torch, checkpoint, [prompt for prompt, _ in pairs]) if share_prefix and len(inputs) > 1 else None
    for start in range(0, len(inputs), step):
        part = inputs[start : start + step]
        # (pair, row, position, token) of every token whose probability is asked for; the logits at a position are for the next one.
        wanted = [
            (number, row, len(pairs[number][0]) - 1 + nth, token)
            for row, tokens in enumerate(part)
            for number in by_input[tokens]
            for nth, token in enumerate(pairs[number][1])
        ]
        values = _score_batch(torch, checkpoint, part, [place for _, *place in wanted], prefix)
        for (number, *_), value in zip(wanted, values, strict=True):
            found[number].append(value)
    if any(isnan(value) for values in found for value in values):
        raise UsageError(describe_nonfinite(checkpoint.folder))
    return found


def measure_loss(checkpoint: Checkpoint, examples: Sequence[Example]) -> float:
    """Return the mean loss on the completions of examples, in nats per token.

    Raises UsageError if all loss weights are 0, and for a model whose outputs are not finite.
    """
    torch, _ = import_torch()
    ids, weights, _ = encode_examples(checkpoint, examples)
    total = 0.0
    for part in torch.arange(len(examples)).split(count_batch_rows(checkpoint, ids.shape[1])):
        batch, scale = ids[part].to(checkpoint.device), weights[part, 1:].to(checkpoint.device)
        with torch.no_grad():
            logits = checkpoint.model(input_ids=batch[:, :-1], use_cache=False).logits.float()
        each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten(), reduction="none")
        total += float((each * scale.flatten()).sum())
    tokens = float(weights.sum())
    if not tokens:
        raise UsageError("held-out rows: all of their loss weights are 0, so that there is no loss to measure")
    if not isfinite(total / tokens):
        raise UsageError(describe_nonfinite(checkpoint.folder))
    return total / tokens


def count_batch_rows(checkpoint: Checkpoint, longest: int) -> int:
    """Return how many inputs of `longest` tokens go through the model at once: their logits must fit into MOST_LOGITS."""
    return max(1, min(MOST_ROWS, MOST_LOGITS // (longest * len(checkpoint.tokenizer))))


def _check(checkpoint: Checkpoint, pairs: Sequence[Pair]) -> None:
    """Raise UsageError for a pair without an answer, or longer than the model's context."""
    if not all(answer for _, answer in pairs):
        raise UsageError(f"{checkpoint.folder}: the tokenizer finds no token in an answer of the world: it has no probability")
    longest = max((len(prompt) + len(answer) for prompt, answer in pairs), default=0)
    context = getattr(checkpoint.model.config, "max_position_embeddings", longest)
    if longest - 1 > context:
        raise UsageError(f"a question of {longest - 1} tokens, its answer included, does not fit into the {context} of {checkpoint.folder}")


@dataclass(frozen=True, slots=True)
class _Prefix:
    """The number of tokens with which all inputs begin, and the model's keys and values after them."""

    length: int
    cache: Any


def _read_prefix(torch: Any, checkpoint: Checkpoint, prompts: Sequence[Sequence[int]]) -> _Prefix | None:
    """Return the shared beginning of prompts, read by the model; None if it is short, or the model's cache cannot be repeated."""
    # The last token of a prompt is never shared, because its logits are those of the first token after it.
    first, last = min(map(tuple, prompts)), max(map(tuple, prompts))
    length = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    length = min(length, *(len(prompt) - 1 for prompt in prompts))
    if length < LEAST_SHARED:
        return None
    with torch.no_grad():
        ids = torch.tensor([list(first[:length])], device=checkpoint.device)
        cache = checkpoint.model(input_ids=ids, use_cache=True).past_key_values
    return _Prefix(length, cache) if hasattr(cache, "batch_repeat_interleave") else None


def _score_batch(
    torch: Any, checkpoint: Checkpoint, inputs: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]], prefix: _Prefix | None
) -> list[float]:
    """Return the log-probability of each wanted (row, position, token) after these inputs; only these numbers leave the device."""
    skipped = prefix.length if prefix else 0
    ids = torch.zeros(len(inputs), len(inputs[-1]) - skipped, dtype=torch.long)
    for row, tokens in enumerate(inputs):
        ids[row, : len(tokens) - skipped] = torch.tensor(tokens[skipped:])
    # The softmax is taken once for each (row, position), however many tokens are asked for there.
    places = {place: nth for nth, place in enumerate(dict.fromkeys((row, position - skipped) for row, position, _ in wanted))}
    rows, positions = torch.tensor(list(places)).T.to(checkpoint.device)
    picked = torch.tensor([(places[row, position - skipped], token) for row, position, token in wanted]).T.to(checkpoint.device)
    options: dict[str, Any] = {"use_cache": False}
    if prefix:
        options = {"use_cache": True, "past_key_values": deepcopy(prefix.cache)}
        options["past_key_values"].batch_repeat_interleave(len(inputs))
    # Newer versions of transformers warn about the name of the argument.
    with torch.no_grad(), silence_warnings():
        logits = checkpoint.model(input_ids=ids.to(checkpoint.device), **options).logits
    values: list[float] = torch.log_softmax(logits[rows, positions].double(), dim=-1)[picked[0], picked[1]].tolist()
    return values
