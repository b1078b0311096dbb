"""The files of an embedding model that was checked: its tokenizer, its safetensors, and their digest."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.version import install
from leakguard.models.embedding.folder import WEIGHTS

PRECISION = "float32"
"""The precision of all vectors: lower ones were measured, and were slower or changed what is flagged (docs/log.md)."""
# A wordpiece has a byte at least; two places of the 256 go to the marks at both ends. Shorter windows than the most blur less.
WINDOW = 240
"""Bytes of the longest window: a model that reads 256 tokens reads all of it."""
TOKENIZER = "tokenizer.json"
Forward = Callable[[Any, Any], Any]
"""(token ids int64 (texts, tokens), mask float32 of the same shape) -> float32 unit vectors (texts, dimensions)."""


def need_packages() -> MissingExtra:
    """Return the error of a search by meaning without the packages of its extra."""
    return MissingExtra(f"a search by meaning needs packages that are not installed: {install('semantic')}")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The folder of a model, the name that reports give it, and the SHA-256 of its weights."""

    folder: Path
    name: str
    digest: str

    def fail(self, problem: str) -> UsageError:
        """Return the error for a model that cannot be loaded."""
        return UsageError(f"`semantic-model` {self.name}: this model cannot be loaded: {' '.join(problem.split())[:300]}")


@dataclass(frozen=True, slots=True)
class BertShape:
    """What the configuration says: numbers of layers and heads, the epsilon of layer norms, and the most tokens."""

    layers: int
    heads: int
    epsilon: float
    tokens: int


def digest_weights(folder: Path) -> str:
    """Return the SHA-256 of the weights in a folder."""
    total = sha256()
    with (folder / WEIGHTS).open("rb") as file:
        while piece := file.read(1 << 20):
            total.update(piece)
    return total.hexdigest()


@contextmanager
def open_weights(files: ModelFiles) -> Iterator[Any]:
    """Context manager with the tensors of a model, which are read when they are asked for. Raises MissingExtra, UsageError."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise need_packages() from error
    try:
        with safe_open(files.folder / WEIGHTS, "np") as tensors:
            yield tensors
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise files.fail(f"{type(error).__name__}: {error}") from error


def read_tokenizer(folder: Path, longest: int | None = None) -> Any:
    """Return the tokenizer in a folder, without padding; it truncates to `longest` tokens, marks included.

    Raises MissingExtra, UsageError.
    """
    # The library reads this at its first use. Its threads would cost more than they save, and must not exist when workers are forked.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise need_packages() from error
    try:
        found = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:
        raise UsageError(f"{folder / TOKENIZER}: this is no tokenizer: {' '.join(str(error).split())[:200]}") from error
    found.no_padding()
    if longest is None:
        found.no_truncation()
    else:
        found.enable_truncation(longest)
    return found
