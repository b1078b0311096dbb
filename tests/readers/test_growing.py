"""Lines of a growing file: read once each, whole, and as they are in the finished file."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.errors import Stopped
from leakguard.readers.files.growing import is_plain_lines, read_arriving_lines, read_growing_lines
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.line_blocks import split_lines

LIMITS = ReadLimits(block_size=16, row_limit=30)
CONTENT = st.lists(st.binary(max_size=6) | st.sampled_from([b"\n", b"\xef\xbb\xbf", b"x" * 40]), max_size=12)


def describe(blocks):
    """The bytes of all blocks, and the place and length of each line over the limit."""
    blocks = [block for block in blocks if block]
    lost = [(one.origin.row, one.origin.offset, one.length) for block in blocks for one in block.broken]
    return b"".join(block.data for block in blocks), lost, [block.offset for block in blocks if block.data and block.row == 1]


@given(pieces=CONTENT)
def test_a_growing_file_is_read_as_its_whole_lines_at_once(tmp_path_factory, pieces):
    """However it grows: the lines up to the last line feed, with their rows and offsets; the rest waits."""
    path = tmp_path_factory.mktemp("growing") / "rows.jsonl"
    path.write_bytes(b"")
    blocks, found = read_growing_lines(str(path), LIMITS), []
    for piece in [*pieces, b""]:
        with path.open("ab") as file:
            file.write(piece)
        while block := next(blocks):
            found.append(block)
    content = b"".join(pieces)
    whole = content[: content.rfind(b"\n") + 1]
    assert describe(found) == describe(split_lines(str(path), iter([whole]), LIMITS.row_limit))


@given(pieces=CONTENT)
def test_a_pipe_is_read_to_its_end(pieces):
    """The last line needs no line feed."""
    content = b"".join(pieces)
    found = describe(read_arriving_lines(io.BytesIO(content), "-", LIMITS))
    assert found == describe(split_lines("-", iter([content]), LIMITS.row_limit))


def replace_file(path):
    other = path.with_name("other.jsonl")
    other.write_bytes(path.read_bytes() * 2)
    other.replace(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: os.truncate(path, 3), "became shorter"),
        (replace_file, "was replaced"),
        (lambda path: path.unlink(), "cannot be read any more"),
    ],
    ids=["cut", "replaced", "deleted"],
)
def test_a_file_that_does_not_only_grow_stops_the_reading(tmp_path, change, said):
    """Its name and what happened are in the message."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"1\n2\n3\n")
    blocks = read_growing_lines(str(path), ReadLimits())
    assert next(blocks).data == b"1\n2\n3\n" and next(blocks) is None
    change(path)
    with pytest.raises(Stopped, match=f"rows.jsonl: {said}"):
        next(blocks)


@pytest.mark.parametrize(
    ("name", "content", "plain"),
    [
        ("rows.jsonl", b"", True),
        ("rows.jsonl", b'{"text": "a"}\n', True),
        ("rows.json", b'[\n{"text": "a"},\n{"text": "b"}\n]', False),
        ("rows.jsonl", b"\x1f\x8b\x08\x00aaaa", False),
        ("rows.csv", b"text\na\n", False),
        ("rows.jsonl", '{"text": "a"}\n'.encode("utf-16"), False),
    ],
    ids=["empty", "lines", "array", "gzip", "csv", "utf-16"],
)
def test_only_plain_lines_can_be_followed(tmp_path, name, content, plain):
    """An empty file may become one; other formats have no end of a row that can be seen while they grow."""
    (tmp_path / name).write_bytes(content)
    assert is_plain_lines(str(tmp_path / name)) is plain
