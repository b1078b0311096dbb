"""The hidden layers of the feed-forward blocks of a checkpoint, found by the shapes of their matrices."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leakguard.core.errors import UsageError
from leakguard.models.causal.weight_files import WeightFiles, order_naturally

Array = np.ndarray[Any, Any]
ATTENTION = re.compile(r"attn|attention|query|key|value|[qkvo]_proj", re.IGNORECASE)
"""Modules whose matrices have no hidden units: heads and rotary positions give theirs an order."""


@dataclass(frozen=True, slots=True)
class HiddenMatrix:
    """A matrix with a row or a column for each hidden unit: the name of its tensor, the axis of the units, and which part of it.

    A matrix that joins two has `part` 0 or 1; others have None.
    """

    name: str
    axis: int
    part: int | None = None


@dataclass(frozen=True, slots=True)
class HiddenLayer:
    """A layer of `units` hidden units in a model of this `width`: the matrices with their weights."""

    place: str
    units: int
    width: int
    matrices: tuple[HiddenMatrix, ...]

    @property
    def form(self) -> tuple[object, ...]:
        """What two layers must share to be compared: sizes and the names and axes of the matrices in them."""
        return self.units, self.width, tuple((one.name.removeprefix(self.place), one.axis, one.part) for one in self.matrices)


def find_hidden_layers(files: WeightFiles) -> list[HiddenLayer]:
    """Return the hidden layers in the order of the network. Raises UsageError if there are none.

    The width of the model is the size that most matrices have. A hidden layer is a module whose matrices connect this width with one other
    size, which is the number of its units.
    """
    # A module is the name without its last two parts: the matrix and "weight". Some checkpoints keep two matrices of a module in one of
    # twice the units, which is no layer of its own: its halves belong to the same units.
    tensors = {name: files.tensors[name] for name in files.layers if len(files.tensors[name].shape) == 2}
    matrices = {name: tensor for name, tensor in tensors.items() if not ATTENTION.search(name)}
    sizes = Counter(size for tensor in tensors.values() for size in {*tensor.shape})
    width = max(sizes, key=lambda size: (sizes[size], -size), default=0)
    modules: dict[str, dict[str, int]] = {}
    for name, tensor in matrices.items():
        others = [size for size in tensor.shape if size != width]
        if len(others) == 1:
            modules.setdefault(name.rsplit(".", 2)[0], {})[name] = others[0]
    layers = []
    for place in order_naturally(modules):
        found: dict[int, list[HiddenMatrix]] = {}
        for name in order_naturally(modules[place]):
            size = modules[place][name]
            axis = tensors[name].shape.index(size)
            if size % 2 == 0 and size // 2 in modules[place].values():
                found.setdefault(size // 2, []).extend(HiddenMatrix(name, axis, part) for part in (0, 1))
            else:
                found.setdefault(size, []).append(HiddenMatrix(name, axis))
        layers += [HiddenLayer(place, units, width, tuple(parts)) for units, parts in found.items() if len(parts) > 1]
    if not layers:
        raise UsageError("no feed-forward layer was found in it by the shapes of its matrices")
    return layers


def read_units(files: WeightFiles, layer: HiddenLayer, most: int | None = None) -> list[Array]:
    """Return for each matrix of a layer its weights, a row for each unit: shapes (units, width). Only the first `most` units."""
    found = []
    for matrix in layer.matrices:
        values = files.read(matrix.name)
        rows = values if matrix.axis == 0 else values.T
        if matrix.part is not None:
            rows = rows[matrix.part * layer.units : (matrix.part + 1) * layer.units]
        found.append(np.array(rows[:most]))
    return found


def read_embeddings(files: WeightFiles, width: int, most: int) -> Array | None:
    """Return the first `most` rows of the widest table of a model outside its layers, shape (rows, width); None without one."""
    inside = {*files.layers}
    tables = [name for name, tensor in files.tensors.items() if name not in inside and tensor.shape[1:] == (width,)]
    largest = max(tables, key=lambda name: (files.tensors[name].shape[0], name), default=None)
    return files.read(largest, most) if largest else None


def count_identical(left: WeightFiles, right: WeightFiles, layers: Sequence[tuple[HiddenLayer, HiddenLayer]]) -> tuple[int, int]:
    """Return how many matrices of the layers are equal byte by byte in both checkpoints, and the number of all of them."""
    pairs = {(one.name, other.name) for mine, theirs in layers for one, other in zip(mine.matrices, theirs.matrices, strict=True)}
    return sum(_are_equal(left, one, right, other) for one, other in pairs), len(pairs)


def _are_equal(left: WeightFiles, one: str, right: WeightFiles, other: str) -> bool:
    """Return whether two tensors have the same bytes; it ends at the first difference."""
    if left.tensors[one].dtype != right.tensors[other].dtype or left.tensors[one].shape != right.tensors[other].shape:
        return False
    return all(a == b for a, b in zip(left.read_bytes(one), right.read_bytes(other), strict=True))
