"""How many bytes the rows of Arrow data say, worked out from their offsets before any value is made."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow

Sizes = NDArray[np.int64]
_OTHER = 8
"""What a value without a length of its own is taken for: a number, a date."""


def measure_rows(batch: "pyarrow.RecordBatch", *, words: bool) -> Sizes:
    """Bytes of each row of a batch: of its texts alone (`words`), or of all it holds.

    A value of a dictionary counts as often as it is meant: a row in memory has it in full.
    """
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        total += _sizes(column, words)
    return total


def plan_slices(sizes: Sizes, most: int) -> Iterator[tuple[int, int]]:
    """First row and number of rows of slices of about `most` bytes, in order; a row that is larger is alone in its slice."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + most, side="right")), start + 1)
        yield start, stop - start
        start = stop


def _sizes(array: Any, words: bool) -> Sizes:
    """Bytes of each value of an array."""
    from pyarrow import types

    kind, count = array.type, len(array)
    if hasattr(kind, "storage_type"):
        return _sizes(array.storage, words)
    if types.is_dictionary(kind):
        return _meant(_sizes(array.dictionary, words), array.indices)
    if types.is_struct(kind):
        fields = [_sizes(array.field(number), words) for number in range(kind.num_fields)]
        return np.sum(fields, axis=0, dtype=np.int64) if fields else np.zeros(count, dtype=np.int64)
    if types.is_fixed_size_list(kind):
        inner = _sums(_sizes(array.values, words))
        first = (array.offset + np.arange(count)) * kind.list_size
        return _between(inner, first, first + kind.list_size)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_map(kind):
        bounds = _numbers(array, 1, np.int64 if types.is_large_list(kind) else np.int32, 1)
        return _between(_sums(_sizes(array.values, words)), bounds[:-1], bounds[1:])
    if types.is_list_view(kind) or types.is_large_list_view(kind):
        wide = np.int64 if types.is_large_list_view(kind) else np.int32
        sums = _sums(_sizes(array.values, words))
        start, held = (np.clip(_numbers(array, buffer, wide, 0).astype(np.int64), 0, len(sums) - 1) for buffer in (1, 2))
        return _between(sums, start, np.minimum(start + held, len(sums) - 1))
    text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    if words and not text:
        return np.zeros(count, dtype=np.int64)
    if types.is_string_view(kind) or types.is_binary_view(kind):
        return np.frombuffer(array.buffers()[1], dtype=np.int32).reshape(-1, 4)[array.offset : array.offset + count, 0].astype(np.int64)
    if text or types.is_binary(kind) or types.is_large_binary(kind):
        wide = types.is_large_string(kind) or types.is_large_binary(kind)
        ends: Sizes = _numbers(array, 1, np.int64 if wide else np.int32, 1).astype(np.int64)
        lengths: Sizes = ends[1:] - ends[:-1]
        return lengths
    return np.full(count, getattr(kind, "byte_width", _OTHER) if types.is_fixed_size_binary(kind) else _OTHER, dtype=np.int64)


def _meant(sizes: Sizes, indices: Any) -> Sizes:
    """The sizes that the indices mean, 0 where a value is missing: what stands there may be any index."""
    if not len(sizes):
        return np.zeros(len(indices), dtype=np.int64)
    numbers = _numbers(indices, 1, np.dtype(str(indices.type)), 0).astype(np.int64)
    meant: Sizes = sizes[np.clip(numbers, 0, len(sizes) - 1)]
    if indices.null_count:
        meant[indices.is_null().to_numpy(zero_copy_only=False)] = 0
    return meant


def _numbers(array: Any, buffer: int, kind: Any, more: int) -> NDArray[Any]:
    """The numbers of a buffer that belong to an array, and `more` of them behind."""
    held = array.buffers()[buffer]
    if held is None or not len(array):
        return np.zeros(len(array) + more, dtype=kind)
    return np.frombuffer(held, dtype=kind)[array.offset : array.offset + len(array) + more]


def _sums(sizes: Sizes) -> Sizes:
    return np.concatenate([[0], np.cumsum(sizes)])


def _between(sums: Sizes, first: Sizes, last: Sizes) -> Sizes:
    return sums[last] - sums[first]
