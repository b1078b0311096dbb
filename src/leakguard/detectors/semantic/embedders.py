"""The embedding models of a run, and the vectors of shipped texts, which a cache keeps between runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from leakguard.core.ports import Cache, Embedder
from leakguard.core.similarity import Depth
from leakguard.detectors.semantic.contrast import Vectors


@dataclass(frozen=True, slots=True)
class Embedders:
    """The embedding models of a run: the word pieces alone, the whole model, or both in this order, as the depth needs them."""

    depth: Depth
    models: tuple[Embedder, ...]

    @property
    def limit(self) -> int:
        """The most bytes of a window that all of them read whole."""
        return min(one.limit for one in self.models)

    @property
    def precision(self) -> str:
        """The precision of the vectors, and what computed them."""
        return self.models[-1].precision


class CachedEmbedder:
    """An embedder that keeps the vectors of texts in memory, and those of whole groups of texts in a cache under the model's digest."""

    def __init__(self, embedder: Embedder, cache: Cache | None = None, groups: Sequence[Sequence[str]] = ()) -> None:
        """Compute or recall the vectors of the groups."""
        self.name, self.digest, self.limit, self.precision = embedder.name, embedder.digest, embedder.limit, embedder.precision
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        for group in groups:
            new = [text for text in dict.fromkeys(group) if text not in self._known]
            if new:
                self._known.update(zip(new, self._recall(new, cache) if cache else embedder.embed(new), strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the unit vectors of texts, an array of shape (texts, dimensions)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def _recall(self, texts: Sequence[str], cache: Cache) -> Vectors:
        """Return the vectors of texts from the cache; its key is made of the model, the precision and the texts."""
        said = "\0".join((type(self._embedder).__name__, self.digest, self.precision, *texts))
        key = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        raw = cache.recall(key, lambda: bytes(self._embedder.embed(texts).tobytes()))
        return np.frombuffer(raw, dtype=np.float32).reshape(len(texts), -1)
