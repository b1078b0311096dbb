"""Answers drawn from a checkpoint: the numbers of chance belong to a row, so a run taken up again writes the same."""

from collections.abc import Sequence
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.harness.checkpoint import Checkpoint, imported


def sampled(
    checkpoint: Checkpoint, prompts: Sequence[Sequence[int]], names: Sequence[tuple[int, int]], *, tokens: int, temperature: float
) -> list[str]:
    """One answer of at most `tokens` tokens to each prompt (token ids), drawn at `temperature` (0: the likeliest tokens).

    `names[n]` are two whole numbers from which alone the draws of answer n come. Raises UsageError for prompts that do not fit.
    """
    torch, transformers = imported()
    longest = max(map(len, prompts))
    room = getattr(checkpoint.model.config, "max_position_embeddings", longest + tokens)
    if longest + tokens > room:
        raise UsageError(
            f"a prompt of {longest} tokens and {tokens} for the answer do not fit into the {room} of {checkpoint.folder}; "
            "make the world's tokens or prompts fewer"
        )
    config = checkpoint.model.generation_config
    ids = torch.tensor([[config.pad_token_id] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    drawn = transformers.LogitsProcessorList([_Draw(torch, uniforms(names, tokens), longest, temperature)] if temperature else [])
    with torch.no_grad():
        out = checkpoint.model.generate(
            input_ids=ids.to(checkpoint.device),
            attention_mask=mask.to(checkpoint.device),
            logits_processor=drawn,
            max_new_tokens=tokens,
            do_sample=False,
        )
    texts: list[str] = checkpoint.tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
    return texts


def uniforms(names: Sequence[tuple[int, int]], tokens: int) -> Any:
    """Uniform numbers in [0, 1), [names, tokens]: each row a function of its name alone (Philox counters)."""
    import numpy as np

    return np.stack([np.random.Generator(np.random.Philox(key=name)).random(tokens) for name in names])


class _Draw:
    """Puts all the weight on the token that the row's number chooses (inverse transform), so that the likeliest one is a draw."""

    def __init__(self, torch: Any, chance: Any, start: int, temperature: float) -> None:
        self._torch, self._chance, self._start, self._temperature = torch, torch.from_numpy(chance), start, temperature

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        torch = self._torch
        chance = self._chance[:, input_ids.shape[1] - self._start, None].to(scores.device)
        below = torch.softmax(scores.double() / self._temperature, dim=-1).cumsum(-1)
        chosen = torch.searchsorted(below, chance * below[:, -1:], right=True).clamp(max=scores.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen, 0.0)
