"""Headers of safetensors files: names, types and shapes of tensors, checked against the size of the file."""

import json
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError

LONGEST_HEADER = 64 << 20
AGAIN = "copy the checkpoint again"
# Bits of one number. Four-bit types are stored two to a byte.
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64,
    "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of a header: `begin` and `end` are byte offsets into the data after the header."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def count(self) -> int:
        """The number of weights: a packed integer may stand for eight weights of four bits."""
        return prod(self.shape) * (1 if self.dtype.startswith(("F", "BF")) else 8)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return name -> tensor of a safetensors file. The data themselves are not read.

    The format: eight bytes with the length of the header (little endian), the header (a JSON object), the data. Every byte of the data
    belongs to exactly one tensor. Raises UsageError, with the tensor's name where one is at fault.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8:
            raise UsageError(f"{path}: damaged weights: the file has {size} bytes and no header; {AGAIN}")
        (length,) = struct.unpack("<Q", start)
        if length > min(size - 8, LONGEST_HEADER):
            raise UsageError(
                f"{path}: damaged weights: the header should have {length:,} bytes, and the file has {size:,} "
                f"(headers of more than {LONGEST_HEADER:,} bytes are not read); {AGAIN}"
            )
        tensors = {tensor.name: tensor for tensor in _read_entries(path, _parse_header(path, file.read(length)))}
    _check_places(path, tensors.values(), size - 8 - length)
    return tensors


def _parse_header(path: Path, text: bytes) -> list[tuple[str, Any]]:
    """Return the header's entries in their order. Raises UsageError."""
    try:
        found = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: damaged weights: the header is not JSON ({type(error).__name__}); {AGAIN}") from error
    if not isinstance(found, _Pairs):
        raise UsageError(f"{path}: damaged weights: the header is not a JSON object; {AGAIN}")
    return list(found)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as a list of pairs, so that a repeated key is visible."""


def _read_entries(path: Path, pairs: Iterable[tuple[str, Any]]) -> Iterator[Tensor]:
    """Yield the tensors of a header. Raises UsageError for an invalid entry or a repeated name."""
    seen = set()
    for name, entry in pairs:
        if name in seen:
            raise UsageError(f"{path}: damaged weights: the header names {name!r} twice; {AGAIN}")
        seen.add(name)
        if name == "__metadata__":
            continue
        said: Mapping[str, Any] = dict(entry) if isinstance(entry, _Pairs) else {}
        shape, offsets, dtype = _read_sizes(said.get("shape")), _read_sizes(said.get("data_offsets")), said.get("dtype")
        if shape is None or offsets is None or len(offsets) != 2 or not isinstance(dtype, str) or dtype not in BITS:
            raise UsageError(f"{path}: damaged weights: the header's entry for {name!r} is no tensor; {AGAIN}")
        yield Tensor(name, dtype, shape, *offsets)


def _read_sizes(value: object) -> tuple[int, ...] | None:
    """Return a list of whole numbers from 0 as a tuple; None for anything else."""
    if isinstance(value, list) and not isinstance(value, _Pairs) and all(type(item) is int and 0 <= item < 1 << 63 for item in value):
        return tuple(value)
    return None


def _check_places(path: Path, tensors: Iterable[Tensor], size: int) -> None:
    """Raise UsageError unless the tensors are adjacent and fill the data of the file to its last byte."""
    at, before = 0, "the header"
    for tensor in sorted(tensors, key=lambda one: (one.begin, one.end)):
        name, needed = tensor.name, (prod(tensor.shape) * BITS[tensor.dtype] + 7) // 8
        if tensor.end - tensor.begin != needed:
            raise UsageError(
                f"{path}: damaged weights: the tensor {name!r} of shape {list(tensor.shape)} ({tensor.dtype}) needs {needed:,} bytes, "
                f"and has those from {tensor.begin:,} to {tensor.end:,}; {AGAIN}"
            )
        if tensor.end > size:
            raise UsageError(
                f"{path}: damaged weights: the tensor {name!r} ends at byte {tensor.end:,} of the data, and the file has {size:,}; {AGAIN}"
            )
        if tensor.begin != at:
            how = "overlaps with" if tensor.begin < at else "does not follow"
            raise UsageError(f"{path}: damaged weights: the tensor {name!r} {how} {before}; {AGAIN}")
        at, before = tensor.end, f"{name!r}"
    if at != size:
        raise UsageError(f"{path}: damaged weights: {size - at:,} bytes behind {before} belong to no tensor; {AGAIN}")
