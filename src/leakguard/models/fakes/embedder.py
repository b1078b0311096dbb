"""A deterministic embedder that ships with leakguard, for tests, tutorials and dry runs: texts that share words are near each other."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

DIMENSIONS = 256
_WORD = re.compile(r"[^\W_]+")


class FakeEmbedder:
    """Adds up a random direction for each word of a text; the direction depends on the word alone."""

    name = "fake:words"
    digest = "0" * 64
    limit = 240
    precision = "float32"

    def embed(self, texts: Sequence[str]) -> Any:
        """Return one float32 unit vector per text, shape (texts, DIMENSIONS); a text without words is the first axis."""
        out = np.zeros((len(texts), DIMENSIONS))
        # A tiny first component gives texts without words a length, so that they can be divided by it.
        out[:, 0] = 1e-6
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.lower()):
                out[row] += _direction(word)
        return (out / np.linalg.norm(out, axis=1, keepdims=True)).astype(np.float32)


def _direction(word: str) -> Any:
    """Return the direction of a word."""
    seed = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return np.random.default_rng(seed).standard_normal(DIMENSIONS)
