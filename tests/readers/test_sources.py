import gzip
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from row_strategies import PACKINGS, files, physical_lines

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.line_blocks import BLOCK_ROWS, load_block
from leakguard.readers.sources import FileSource, read_blocks

SIZES = st.sampled_from([1, 16, 17, 50, 1 << 18])
THREE = b'{"text":"one"}\n{"text":"two"}\n{"text":"three"}\n'


def collect_lines(found):
    """(row, offset, line) of every line in the blocks, and everything broken."""
    lines, broken = [], []
    for block in found:
        data = load_block(block)
        assert block.length == len(data)
        assert len(block.broken) <= 1 and not (block.broken and data)
        broken += block.broken
        offset = block.offset
        for nth, line in enumerate(data.splitlines(keepends=True) if b"\r" not in data else _split(data)):
            lines.append((block.row + nth, offset, line.removesuffix(b"\n")))
            offset += len(line)
    return lines, broken


def _split(data):
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


@given(files(), SIZES, st.sampled_from([*PACKINGS]), st.booleans())
def test_every_line_stands_in_one_block(fresh, data, size, packing, inline):
    """Row numbers, offsets and bytes are those of the file's content for any packing, block size and way of reading."""
    path = fresh(PACKINGS[packing](data))
    assert collect_lines(read_blocks(path, ReadLimits(block_size=size), inline=inline)) == (list(physical_lines(data)), [])


@given(files(), SIZES, st.integers(1, 30), st.booleans())
@example(b"1234\n12345\n1234", 16, 4, True)
def test_long_rows_are_named_and_the_rest_is_read(fresh, data, size, limit, inline):
    """A row over the limit becomes one entry at its place, whatever the block size; its neighbours are read."""
    expected = list(physical_lines(data))
    lines, broken = collect_lines(read_blocks(fresh(data), ReadLimits(block_size=size, row_limit=limit), inline=inline))
    assert lines == [line for line in expected if len(line[2]) <= limit]
    assert [(b.origin.row, b.origin.offset, b.reason) for b in broken] == [
        (row, at, "too-long") for row, at, line in expected if len(line) > limit
    ]


@pytest.mark.parametrize("long", [0, 1, BLOCK_ROWS, 2 * BLOCK_ROWS - 1, 2 * BLOCK_ROWS + 9])
@pytest.mark.parametrize("inline", [True, False])
def test_a_block_holds_only_so_many_rows(write, long, inline):
    """Rows of a byte come in several blocks, on both sides of a row over the limit too, and none is lost."""
    data = b"x\n" * long + b"too long\n" + b"y\n" * (2 * BLOCK_ROWS + 9 - long)
    found = list(read_blocks(write(data), ReadLimits(row_limit=5, block_size=len(data)), inline=inline))
    lines, broken = collect_lines(found)
    expected = list(physical_lines(data))
    assert lines == [line for line in expected if line[2] != b"too long"]
    assert [one.origin.row for one in broken] == [long + 1]
    assert max(load_block(block).count(b"\n") for block in found) <= BLOCK_ROWS
    assert len(found) <= 5


@given(files(max_size=20), st.sampled_from([*PACKINGS][1:]), st.floats(0, 1), SIZES)
def test_truncated_files_give_what_they_hold(fresh, data, packing, share, size):
    """Whole lines before the break are read, and one entry names the place where it broke off."""
    whole = PACKINGS[packing](data)
    lines, broken = collect_lines(read_blocks(fresh(whole[: 5 + int(share * (len(whole) - 6))]), ReadLimits(block_size=size)))
    if packing.startswith("two") and not broken:
        # Cut exactly between the halves, where an archive may end.
        data = data[: len(data) // 2]
    expected = list(physical_lines(data))
    assert lines == expected[: len(lines)]
    if broken:
        end = lines[-1][1] + len(lines[-1][2]) + 1 if lines else broken[0].origin.offset
        assert [(b.reason, b.origin.row, b.origin.offset) for b in broken] == [("truncated", len(lines) + 1, end)]
    else:
        assert lines == expected


@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_content_decides_not_the_name(write, name, packing):
    """A wrong suffix does no harm."""
    lines, broken = collect_lines(read_blocks(write(PACKINGS[packing](THREE), name)))
    assert ([line for _, _, line in lines], broken) == (THREE.splitlines(), [])


@pytest.mark.parametrize(
    ("data", "reason", "rows", "entry"),
    [
        (gzip.compress(THREE, mtime=0)[:-9], "truncated", 3, 4),
        (gzip.compress(THREE, mtime=0)[:-8] + bytes(8), "corrupt", 3, 4),
        (gzip.compress(THREE, mtime=0) + b"tail", "corrupt", 3, 4),
        (gzip.compress(THREE, mtime=0)[:3], "truncated", 0, 1),
        (zstandard.compress(THREE)[:-3], "truncated", 0, 1),
        (zstandard.compress(THREE) + b"tail", "corrupt", 3, 4),
        (zstandard.ZstdCompressor(write_checksum=True).compress(THREE)[:-1], "truncated", 3, 4),
        (zstandard.compress(THREE)[:6] + b"\xff" * 20, "corrupt", 0, 1),
    ],
)
def test_broken_archives(write, data, reason, rows, entry):
    """What comes before the break is read; the break is one entry."""
    lines, broken = collect_lines(read_blocks(write(data)))
    assert (len(lines), [(b.reason, b.origin.row) for b in broken]) == (rows, [(reason, entry)])


def test_the_partial_line_belongs_to_the_break(write):
    """Half a row at the place where a file breaks off is not taken for a row."""
    packed = gzip.compress(os.urandom(100_000).hex().encode() + b"\n" + b'{"text": 1}\n', 0, mtime=0)
    lines, broken = collect_lines(read_blocks(write(packed[:-20])))
    assert len(lines) == 1
    assert broken == [Unreadable(Origin(broken[0].origin.file, 2, 200_001), "truncated", "gzip data ends before its end mark")]


@pytest.mark.parametrize(
    "data", [gzip.compress(THREE, mtime=0) + bytes(600), b"\x50\x2a\x4d\x18\x04\0\0\0skip" + zstandard.compress(THREE)]
)
def test_padding_is_skipped(write, data):
    """Zeros after gzip data and skippable zstd frames hold no rows."""
    lines, broken = collect_lines(read_blocks(write(data)))
    assert (len(lines), broken) == (3, [])


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0), zstandard.compress(b"")])
def test_nothing_in_a_file_is_no_row(write, data):
    """An empty file has no blocks."""
    assert list(read_blocks(write(data))) == []


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.jsonl.zst"])
def test_an_empty_archive_is_truncated(write, name):
    """Nothing at all under the name of an archive is a failed download, not an empty data set."""
    (block,) = read_blocks(write(b"", name))
    assert block.broken[0].reason == "truncated"


@pytest.mark.parametrize(
    ("head", "word"),
    [(b"PAR1\x15", "Parquet"), (b"PK\x03\x04", "zip"), (b"ARROW1\0\0", "Arrow")],
)
def test_other_formats_are_named(write, head, word):
    """A file of another format is one entry that says so, not a thousand bad rows."""
    (block,) = read_blocks(write(head + os.urandom(2000)))
    (entry,) = block.broken
    assert (entry.reason, entry.origin.row) == ("unreadable-file", 0) and word in entry.detail


def test_files_that_cannot_be_opened(tmp_path):
    """A folder, a vanished file and a file without permission are entries, not exceptions."""
    locked = tmp_path / "locked.jsonl"
    locked.write_bytes(THREE)
    locked.chmod(0)
    paths = [tmp_path, tmp_path / "gone", *([locked] if not os.access(locked, os.R_OK) else [])]
    for path in paths:
        (block,) = read_blocks(str(path))
        (entry,) = block.broken
        assert (entry.reason, entry.origin) == ("unreadable-file", Origin(str(path), 0, 0)) and entry.detail


def test_a_file_that_shrinks_is_noticed(write):
    """Whoever loads a block later learns that its bytes are gone."""
    path = write(THREE)
    (block,) = read_blocks(path, inline=False)
    assert block == Block(path, 1, 0, len(THREE), None)
    os.truncate(path, 20)
    with pytest.raises(OSError, match="changed"):
        load_block(block)


def test_stdin_and_pipes_stream(tmp_path):
    """`-` reads the stream it is handed, packed or not; a named pipe is read once, from front to back."""
    for data in (THREE, gzip.compress(THREE, mtime=0), zstandard.compress(THREE)):
        lines, broken = collect_lines(read_blocks("-", stdin=io.BytesIO(data), inline=False))
        assert ([line for _, _, line in lines], broken) == (THREE.splitlines(), [])
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    writer = threading.Thread(target=Path(pipe).write_bytes, args=(THREE,))
    writer.start()
    assert len(collect_lines(read_blocks(pipe, inline=False))[0]) == 3
    writer.join()


class Failing(io.BytesIO):
    """A stream that breaks off with an input/output error after `good` reads."""

    good = 2

    def read(self, size=-1):
        self.good -= 1
        if self.good < 0:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_stream_that_fails_gives_what_it_gave():
    """An error in the middle of reading is an entry at the row where it struck, with the bytes of it that came; what came before is read."""
    lines, broken = collect_lines(read_blocks("-", ReadLimits(block_size=20), stdin=Failing(THREE)))
    assert [row for row, _, _ in lines] == [1, 2]
    assert broken == [Unreadable(Origin("-", 3, 30), "unreadable-file", "Input/output error", 6)]


def test_one_source_for_many_files(write):
    """Files come one after the other, each with row numbers of its own."""
    paths = (write(THREE, "a.jsonl"), write(THREE[:15], "b.jsonl"))
    assert [(block.file, block.row, block.length) for block in FileSource(paths, block_size=16).blocks()] == [
        (paths[0], 1, 15), (paths[0], 2, 15), (paths[0], 3, 17), (paths[1], 1, 15)
    ]  # fmt: skip


@pytest.mark.linux("measures memory in KiB, as Linux does")
@pytest.mark.parametrize("packing", ["gzip", "zstd", "plain"])
def test_a_bomb_stays_small(write, packing):
    """200 MB of zeros in one row are skipped in bounded memory, and the row after them is read."""
    path = write(PACKINGS[packing](bytes(200 << 20) + b"\n{}\n"))
    script = (
        "import resource, sys\nfrom leakguard.readers.files.limits import ReadLimits\nfrom leakguard.readers.sources import read_blocks\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "found = list(read_blocks(sys.argv[1], ReadLimits(row_limit=1 << 20)))\n"
        "print([b.broken[0].reason if b.broken else b.data for b in found], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    out = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True).stdout
    kinds, grown = out.rsplit(" ", 1)
    assert kinds == "['too-long', b'{}\\n']"
    assert int(grown) < 100 << 10
