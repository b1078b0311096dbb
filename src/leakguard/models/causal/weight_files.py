"""Weights of a checkpoint, read from its safetensors files one tensor at a time, without torch."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from leakguard.core.errors import UsageError
from leakguard.models.causal.files import WEIGHTS, inspect_checkpoint
from leakguard.models.causal.tensors import read_tensors

Array = np.ndarray[Any, Any]
FLOATS = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "BF16": "<u2"}
"""Types of weights that can be compared -> type of numpy; the others are quantised."""
LENGTH = 8
PIECE = 8 << 20
_NUMBER = re.compile(r"(\d+)")


class WeightFiles:
    """The tensors of a checkpoint: `tensors` has name -> entry of the header, and `layers` the names of those that belong to a layer.

    Names lack the prefix that all layers share ("0.mlp.up_proj.weight"), because it differs between files of one architecture. Raises
    UsageError for a checkpoint that must not be loaded.
    """

    def __init__(self, folder: Path) -> None:
        known = inspect_checkpoint(folder)
        paths = [folder / WEIGHTS] if (folder / WEIGHTS).is_file() else sorted(folder.glob("*.safetensors"))
        found = {name: (path, tensor) for path in paths for name, tensor in read_tensors(path).items() if known.get(name) == tensor}
        start = len(find_prefix(name for name in found if _has_number(name)))
        short = {name: name[start:] if _has_number(name) else name for name in found}
        self.tensors = {short[name]: tensor for name, (_, tensor) in found.items()}
        self.layers = [short[name] for name in found if _has_number(name)]
        self._places = {short[name]: (path, _find_data(path) + tensor.begin) for name, (path, tensor) in found.items()}
        self._folder = folder

    def read(self, name: str, most: int | None = None) -> Array:
        """Return a tensor (or its first `most` rows) as 32-bit floats in its shape. Raises UsageError for a quantised one."""
        # A 16-bit brain float is the upper half of a 32-bit float.
        tensor = self.tensors[name]
        if tensor.dtype not in FLOATS:
            raise UsageError(f"{self._folder}: {tensor.name} is quantised ({tensor.dtype}): give the checkpoint that it was made from")
        rows, *others = tensor.shape
        shape = (rows if most is None else min(rows, most), *others)
        path, at = self._places[name]
        with path.open("rb") as file:
            file.seek(at)
            raw = np.fromfile(file, dtype=FLOATS[tensor.dtype], count=prod(shape))
        values = (raw.astype(np.uint32) << 16).view(np.float32) if tensor.dtype == "BF16" else raw.astype(np.float32, copy=False)
        return values.reshape(shape)

    def read_bytes(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a tensor in pieces."""
        path, at = self._places[name]
        left = self.tensors[name].end - self.tensors[name].begin
        with path.open("rb") as file:
            file.seek(at)
            while left > 0 and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece


def find_prefix(names: Iterable[str]) -> str:
    """Return the parts that all names begin with, up to a number, with the dot after them.

    >>> find_prefix(["model.layers.0.mlp.weight", "model.layers.1.mlp.weight"])
    'model.layers.'
    """
    columns = zip(*(name.split(".") for name in names), strict=False)
    kept = takewhile(lambda parts: len({*parts}) == 1 and not parts[0].isdecimal(), columns)
    return "".join(f"{parts[0]}." for parts in kept)


def _has_number(name: str) -> bool:
    return any(part.isdecimal() for part in name.split("."))


def order_naturally(names: Iterable[str]) -> list[str]:
    """Return names in order, numbers in them by their value."""
    return sorted(names, key=lambda name: [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(name)])


def _find_data(path: Path) -> int:
    """Return the offset of the data in a safetensors file: after the length of the header, and the header."""
    with path.open("rb") as file:
        return LENGTH + int.from_bytes(file.read(LENGTH), "little")
