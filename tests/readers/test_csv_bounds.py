"""CSV files that were made to fill memory or take for ever: bounded by the limit of a row, and every record has its place."""

import pytest

from call_counts import count_calls
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.line_blocks import BLOCK_ROWS
from leakguard.readers.formats.row_lines import RowLine, build_blocks, find_duplicate
from leakguard.readers.sources import read_blocks

LIMIT = 2_000


@pytest.fixture
def read(tmp_path):
    """Numbers of the rows that can be read and (row, reason, detail) of the others, with a small limit of a row."""

    def read(data):
        path = tmp_path / "data.csv"
        path.write_bytes(data)
        found = list(read_blocks(str(path), ReadLimits(row_limit=LIMIT)))
        lines = ((block.row + at, line) for block in found for at, line in enumerate((block.data or b"").split(b"\n")))
        good = [row for row, line in lines if line]
        return good, [(entry.origin.row, entry.reason, entry.detail) for block in found for entry in block.broken]

    return read


def test_a_quote_that_is_never_closed_takes_along_no_more_than_the_limit(read):
    """The record is named where it begins, with the number of lines that it took; the lines behind are read."""
    lines = [b"%d,a boat on the lake\n" % number for number in range(1_000)]
    good, lost = read(b'id,text\n1,fine\n2,"never closed\n' + b"".join(lines))
    ((row, reason, detail),) = lost
    assert (row, reason) == (
        3,
        "bad-csv",
    ) and "longer than the limit of 2,000 bytes (row-limit); possibly a quote is not closed" in detail
    taken = int(detail.rpartition("it spans ")[2].split()[0])
    assert 80 < taken < 100 and len(good) >= 1_000 - taken


@pytest.mark.parametrize("record", [b'1,"' + b"a\n" * 900 + b'"\n', b"1," + b"a" * 1_900 + b"\n", b'1,"' + b'""' * 900 + b'"\n'])
def test_a_record_within_the_limit_is_read(read, record):
    """Also one of very many lines or quotes."""
    assert read(b"id,text\n" + record + b"2,b\n") == ([2, 3], [])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x" * 5_000 + b",text\n1,1488\n", "the header: the row is longer than the limit of 2,000 bytes"),
        (b'"' + b"x\n" * 2_500 + b'",text\n1,1488\n', "the header: the record is longer than the limit of 2,000 bytes"),
        (b"id,text\r1,a\n2,1488\n", "the header: a carriage return without a line feed outside quotes, in a file with line feeds"),
    ],
)
def test_a_header_that_cannot_be_read_is_no_header(read, data, said):
    """The record behind it is not taken for one: then its words would be names, and nothing would be looked at."""
    good, ((row, reason, detail),) = read(data)
    assert not good and (row, reason) == (1, "unreadable-file") and detail.startswith(said)


def test_odd_bytes_in_records(read):
    """NUL is a character like any other; a carriage return inside quotes is one too."""
    assert read(b'id,text\n1,a\0b\n2,"x\ry"\n3,c\n') == ([2, 3, 4], [])
    good, ((row, _, detail),) = read(b"id,text\n1,a\n\0\0\n2,b\n")
    assert good == [2, 4] and (row, detail) == (3, "1 fields, but the header has 2")


def test_names_are_compared_once():
    """Twice as many columns are twice the work."""
    names = [f"column {number}" for number in range(4_000)]
    few, many = count_calls(lambda: find_duplicate(names[:2_000])), count_calls(lambda: find_duplicate([*names[:-1], "column 7"]))
    assert find_duplicate([*names[:-1], "column 7"]) == "column 7" and find_duplicate(names) is None
    assert many < 50 * few


def test_a_block_of_short_rows_has_a_bounded_number_of_them():
    """What is kept beside each row's bytes can be far more than they are."""
    rows = (RowLine(row, row, 1, b"1") for row in range(1, 2 * BLOCK_ROWS + 11))
    found = list(build_blocks("made", rows))
    assert [len(block.offsets) for block in found] == [BLOCK_ROWS, BLOCK_ROWS, 10]
    assert [(block.row, block.offset) for block in found] == [
        (1, 1),
        (BLOCK_ROWS + 1, BLOCK_ROWS + 1),
        (2 * BLOCK_ROWS + 1, 2 * BLOCK_ROWS + 1),
    ]
