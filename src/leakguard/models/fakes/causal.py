"""A causal model without weights: a Markov chain over bytes, for tests and tutorials. It needs no torch and downloads nothing."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from leakguard.core.example import CompletionScore, Example
from leakguard.models.causal.sampling import draw_uniforms

# Number of byte values, and the token that ends a completion.
_BYTES, END = 256, 256
_COMMON = frozenset(b"abcdefghijklmnopqrstuvwxyz ")
# Logits of bytes outside a-z and space, and of the end: completions are words of some ten letters.
_RARE, _ENDING = -6.0, 0.8


class FakeCausalModel:
    """A first-order Markov chain whose logits are drawn from `seed`; a system prompt shifts them by `shift` times a direction of its own.

    So text that was sampled under a system prompt has a positive mean log-likelihood ratio between the two, as with a real model.
    """

    def __init__(self, seed: int = 0, *, shift: float = 0.5) -> None:
        self.name = f"fake:markov-{seed}"
        self.digest = sha256(f"{self.name} {shift}".encode()).hexdigest()
        self._seed, self._shift = seed, shift
        self._tables: dict[str, Any] = {}

    def score(self, examples: Sequence[Example]) -> list[CompletionScore]:
        """Return the log-probability of each byte of each completion, and of the end (token 256) after it."""
        scores = []
        for example in examples:
            table = self._log_table(example.system)
            tokens = (*example.completion.encode(), END)
            before = (_last_byte(example.prompt), *tokens[:-1])
            scores.append(CompletionScore(tokens, tuple(table[list(before), list(tokens)].tolist())))
        return scores

    def sample(
        self, prompts: Sequence[str], keys: Sequence[tuple[int, int]], *, system: str = "", tokens: int, temperature: float
    ) -> list[str]:
        """Return a completion of at most `tokens` bytes to each prompt, by inverse transform of the uniform numbers of its key.

        At temperature 0 each byte is the most probable one.
        """
        logits = self._log_table(system)
        weights = np.exp(logits / temperature) if temperature else (logits == logits.max(axis=1, keepdims=True)).astype(float)
        cumulative = weights.cumsum(axis=1)
        completions = []
        for prompt, numbers in zip(prompts, draw_uniforms(keys, tokens), strict=True):
            drawn, last = bytearray(), _last_byte(prompt)
            for number in numbers:
                last = int(np.searchsorted(cumulative[last], number * cumulative[last, -1], side="right"))
                if last == END:
                    break
                drawn.append(last)
            completions.append(drawn.decode("utf-8", "replace"))
        return completions

    def _log_table(self, system: str) -> Any:
        """Return log P(next byte or end | previous byte) under a system prompt: float64 array of shape (256, 257)."""
        # Logits are normal numbers from the seed. A system prompt adds a direction drawn from its own hash. A log-softmax over each row
        # makes them log-probabilities. The table of each system prompt is kept.
        if system in self._tables:
            return self._tables[system]
        rng = np.random.Generator(np.random.Philox(key=self._seed))
        logits = rng.normal(size=(_BYTES, _BYTES + 1))
        if system:
            direction = np.random.Generator(np.random.Philox(key=int.from_bytes(sha256(system.encode()).digest()[:8])))
            logits += self._shift * direction.normal(size=logits.shape)
        logits[:, [byte for byte in range(_BYTES) if byte not in _COMMON]] += _RARE
        logits[:, END] += _ENDING
        self._tables[system] = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return self._tables[system]


def _last_byte(prompt: str) -> int:
    """Return the byte that the completion follows; 0 for an empty prompt."""
    return prompt.encode()[-1] if prompt else 0
