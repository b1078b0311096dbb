"""Sampling completions: the random numbers of a completion depend on its key alone, so that an interrupted run continues with the same
text.
"""

from collections.abc import Sequence
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.models.causal.checkpoint import Checkpoint, import_torch
from leakguard.models.causal.loading import Finite
from leakguard.models.causal.throughput import Throughput


def sample_completions(
    checkpoint: Checkpoint,
    prompts: Sequence[Sequence[int]],
    names: Sequence[tuple[int, int]],
    *,
    tokens: int,
    temperature: float,
    meter: Throughput | None = None,
) -> list[str]:
    """Return one completion of at most `tokens` tokens for each prompt (token ids), at a sampling temperature (0: most probable tokens).

    `names[n]` are two whole numbers that seed completion n. The meter counts sampled tokens, ends included. If the GPU's memory is too
    small, the prompts are split in halves. Raises UsageError for prompts longer than the model's context, and for outputs that are not
    finite.
    """
    torch, _ = import_torch()
    longest = max(map(len, prompts))
    room = getattr(checkpoint.model.config, "max_position_embeddings", longest + tokens)
    if longest + tokens > room:
        raise UsageError(
            f"a prompt of {longest} tokens and {tokens} for the answer do not fit into the {room} of {checkpoint.folder}; "
            "make the world's tokens or prompts fewer"
        )
    try:
        if meter:
            meter.start()
        drawn = _generate(checkpoint, prompts, draw_uniforms(names, tokens), temperature)
        if meter:
            meter.count(_count_tokens(torch, drawn, checkpoint.model.generation_config.eos_token_id))
    except torch.cuda.OutOfMemoryError as error:
        if len(prompts) == 1:
            raise UsageError(f"{checkpoint.folder}: not even one answer fits into the memory of the GPU") from error
    else:
        texts: list[str] = checkpoint.tokenizer.batch_decode(drawn, skip_special_tokens=True)
        return texts
    # Only here is what did not fit let go of.
    half = len(prompts) // 2
    parts = ((prompts[:half], names[:half]), (prompts[half:], names[half:]))
    return [text for part in parts for text in sample_completions(checkpoint, *part, tokens=tokens, temperature=temperature, meter=meter)]


def _generate(checkpoint: Checkpoint, prompts: Sequence[Sequence[int]], chance: Any, temperature: float) -> Any:
    """Return token ids of the completions [prompts, at most the number of columns of `chance`], padded after their ends."""
    torch, transformers = import_torch()
    longest, padding = max(map(len, prompts)), checkpoint.model.generation_config.pad_token_id
    ids = torch.tensor([[padding] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    draw = _InverseTransform(torch, torch.from_numpy(chance).to(checkpoint.device), longest, temperature)
    with torch.no_grad():
        out = checkpoint.model.generate(
            input_ids=ids.to(checkpoint.device),
            attention_mask=mask.to(checkpoint.device),
            logits_processor=transformers.LogitsProcessorList([Finite(checkpoint.folder), *([draw] if temperature else [])]),
            max_new_tokens=chance.shape[1],
            do_sample=False,
        )
    return out[:, longest:]


def _count_tokens(torch: Any, drawn: Any, ends: Sequence[int]) -> int:
    """Return the number of tokens up to the end of each completion, summed."""
    ended = torch.isin(drawn, torch.tensor(ends, device=drawn.device)).long()
    return int((ended.cumsum(1) - ended == 0).sum())


def draw_uniforms(names: Sequence[tuple[int, int]], tokens: int) -> Any:
    """Return uniform numbers in [0, 1) [names, tokens]: each row is a function of its name alone (Philox counters)."""
    import numpy as np

    return np.stack([np.random.Generator(np.random.Philox(key=name)).random(tokens) for name in names])


class _InverseTransform:
    """A logits processor that puts all weight on the token chosen by the row's uniform number (inverse transform), so that greedy
    decoding samples.
    """

    def __init__(self, torch: Any, chance: Any, start: int, temperature: float) -> None:
        self._torch, self._chance, self._start, self._temperature = torch, chance, start, temperature

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return logits with 0 for the chosen token of each row and minus infinity for the others."""
        torch = self._torch
        chance = self._chance[:, input_ids.shape[1] - self._start, None]
        below = torch.softmax(scores.double() / self._temperature, dim=-1).cumsum(-1)
        chosen = torch.searchsorted(below, chance * below[:, -1:], right=True).clamp(max=scores.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen, 0.0)
