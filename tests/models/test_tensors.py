"""Headers of safetensors files: what a header says must fit the file, and the tensor that does not is named."""

import json
import struct

import pytest

from leakguard.core.errors import UsageError
from leakguard.models.causal.tensors import read_tensors

FIRST = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
SECOND = {"dtype": "BF16", "shape": [3], "data_offsets": [16, 22]}


def written(path, header, data=bytes(22), length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def test_a_whole_file_says_what_it_holds(tmp_path):
    path = written(tmp_path / "w.safetensors", {"__metadata__": {"format": "pt"}, "left": FIRST, "right": SECOND})
    assert {name: (one.dtype, one.shape, one.count) for name, one in read_tensors(path).items()} == {
        "left": ("F32", (2, 2), 4),
        "right": ("BF16", (3,), 3),
    }


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"left": FIRST, "right": {**SECOND, "data_offsets": [16, 400]}}, "'right' of shape [3] (BF16) needs 6 bytes"),
        ({"left": FIRST, "right": {"dtype": "F32", "shape": [300], "data_offsets": [16, 1216]}}, "'right' ends at byte 1,216 of the data"),
        ({"left": FIRST, "right": {**SECOND, "data_offsets": [10, 16]}}, "'right' overlaps with 'left'"),
        ({"left": FIRST, "right": {**SECOND, "data_offsets": [0, 6]}}, "overlaps with"),
        ({"left": FIRST}, "6 bytes behind 'left' belong to no tensor"),
        ({"right": SECOND}, "'right' does not follow the header"),
        ({"left": FIRST, "right": {**SECOND, "shape": [2**40, 2**40]}}, "'right' of shape"),
        ({"left": {**FIRST, "dtype": "P64"}, "right": SECOND}, "the header's entry for 'left' is no tensor"),
        ({"left": {**FIRST, "shape": [-2, -2]}, "right": SECOND}, "the header's entry for 'left' is no tensor"),
        ({"left": {**FIRST, "shape": [True, 4]}, "right": SECOND}, "the header's entry for 'left' is no tensor"),
        ({"left": 5, "right": SECOND}, "the header's entry for 'left' is no tensor"),
        ([FIRST], "the header is not a JSON object"),
        (b'{"left": ', "the header is not JSON"),
        (b"[" * 50_000, "the header is not JSON"),
        (b"\xff\xfe{}", "the header is not JSON"),
        (json.dumps({"left": FIRST}).encode()[:-1] + b', "left": ' + json.dumps(SECOND).encode() + b"}", "names 'left' twice"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, header, said):
    path = written(tmp_path / "w.safetensors", header)
    with pytest.raises(UsageError) as error:
        read_tensors(path)
    assert str(error.value).startswith(f"{path}: damaged weights: ") and said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("length", [0, 10**6, 2**40, 2**64 - 1])
def test_the_length_of_a_header_is_not_believed(tmp_path, length):
    """Nothing of that size is asked for; a header of no bytes is no JSON."""
    with pytest.raises(UsageError, match=r"the header (should have|is not JSON)"):
        read_tensors(written(tmp_path / "w.safetensors", {"left": FIRST, "right": SECOND}, length=length))


@pytest.mark.parametrize("size", [0, 1, 7, 8, 20, 150])
def test_a_file_that_was_cut_off_is_refused(tmp_path, size):
    path = written(tmp_path / "w.safetensors", {"left": FIRST, "right": SECOND})
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UsageError, match="damaged weights"):
        read_tensors(path)
