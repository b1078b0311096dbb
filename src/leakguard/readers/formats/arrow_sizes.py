"""Compute the size in bytes of each row of an Arrow batch from its offsets, before any value is converted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow

Sizes = NDArray[np.int64]
_OTHER = 8
"""The size that is assumed for a value of fixed size, such as a number or a date."""


def measure_rows(batch: "pyarrow.RecordBatch", *, words: bool) -> Sizes:
    """Return the size in bytes of each row of a batch, as an array of shape (rows,): of its texts alone (`words`), or of all values.

    A dictionary value counts once for each row that refers to it, because each row in memory holds a copy.
    """
    total = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        total += _sizes(column, words)
    return total


def plan_slices(sizes: Sizes, most: int) -> Iterator[tuple[int, int]]:
    """Yield (first row, number of rows) of slices of about `most` bytes, in order. A larger row is a slice of its own."""
    # A slice ends before the first row whose cumulated size exceeds that at the start of the slice by more than `most`.
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + most, side="right")), start + 1)
        yield start, stop - start
        start = stop


def _sizes(array: Any, words: bool) -> Sizes:
    """Return the size in bytes of each value of an Arrow array, as an array of shape (len(array),)."""
    # Nested types: the sizes of the inner values are cumulated, and a list is the difference of the sums at its two ends. Texts and
    # binary values are differences of their offsets (or, for views, the length field); anything else has a fixed size.
    from pyarrow import types

    kind, count = array.type, len(array)
    if hasattr(kind, "storage_type"):
        return _sizes(array.storage, words)
    if types.is_dictionary(kind):
        return _size_of_indexed(_sizes(array.dictionary, words), array.indices)
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


def _size_of_indexed(sizes: Sizes, indices: Any) -> Sizes:
    """Return the size of the dictionary value of each index; 0 for null, whose index may be any number."""
    # Indices are clipped to the dictionary first, because the index of a null may be outside of it.
    if not len(sizes):
        return np.zeros(len(indices), dtype=np.int64)
    numbers = _numbers(indices, 1, np.dtype(str(indices.type)), 0).astype(np.int64)
    meant: Sizes = sizes[np.clip(numbers, 0, len(sizes) - 1)]
    if indices.null_count:
        meant[indices.is_null().to_numpy(zero_copy_only=False)] = 0
    return meant


def _numbers(array: Any, buffer: int, kind: Any, more: int) -> NDArray[Any]:
    """Return the numbers of buffer number `buffer` that belong to an array, and the `more` numbers after them."""
    # An array may be a slice: its numbers begin at array.offset in the shared buffer.
    held = array.buffers()[buffer]
    if held is None or not len(array):
        return np.zeros(len(array) + more, dtype=kind)
    return np.frombuffer(held, dtype=kind)[array.offset : array.offset + len(array) + more]


def _sums(sizes: Sizes) -> Sizes:
    """Return the cumulated sums, beginning with 0."""
    return np.concatenate([[0], np.cumsum(sizes)])


def _between(sums: Sizes, first: Sizes, last: Sizes) -> Sizes:
    """Return the differences of cumulated sums between two positions."""
    return sums[last] - sums[first]
