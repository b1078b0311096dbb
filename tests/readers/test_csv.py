"""CSV: what a writer wrote is read back, every byte belongs to a record, and what is no CSV is listed."""

import csv
import gzip
import io
import itertools

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.formats.csv import CsvRecords, read_csv
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import read_blocks

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=12) | st.sampled_from(
    ['"', ",", "\n", '""', " ", "1488", '",\n"']
)
NAMES = ["id", "text"]
LIMITS = ReadLimits(1 << 20, 1 << 20, 1 << 30)


def write_csv(rows, quoting, end, bom=b""):
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator=end).writerows([NAMES, *rows])
    return bom + out.getvalue().encode()


def read_rows(path, **more):
    """The rows of a file as (row, offset, object), and the entries that could not be read."""
    good, lost = [], []
    for block in read_csv(path, ReadLimits(**more)):
        lost += block.broken
        for at, line in enumerate(block.data.split(b"\n")[:-1] if block.data else ()):
            if line:
                good.append((block.row + at, block.offsets[at], orjson.loads(line)))
    return good, lost


@given(
    rows=st.lists(st.tuples(CELL, CELL), max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    size=st.sampled_from([16, 50, 1 << 20]),
)
def test_what_was_written_is_read_back(fresh, rows, quoting, end, bom, size):
    """Quotes, commas and line feeds inside a field; rows count from 2; each offset is where the record begins."""
    data = write_csv(rows, quoting, end, bom)
    good, lost = read_rows(fresh(data), block_size=size)
    assert (lost, [value for *_, value in good]) == ([], [dict(zip(NAMES, row, strict=True)) for row in rows])
    assert [row for row, *_ in good] == list(range(2, len(rows) + 2))
    for _, offset, value in good:
        record = next(csv.reader(io.StringIO(data[offset:].decode(), newline="")))
        assert record == list(value.values())


@given(st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"\xff", b"a", b"666", b'""', b"\xc3\xa9", b"\0"]), max_size=30).map(b"".join))
def test_every_byte_belongs_to_a_record(fresh, body):
    """Whatever stands under the header: records follow each other without a gap, to the end of the file, and each is read or has a reason."""
    data = b"id,text\n" + body
    path = fresh(data)
    told = list(CsvRecords(path, LIMITS))
    ends = [0, *(one.offset + one.length for one in told)]
    assert [one.offset for one in told] == ends[:-1]
    assert ends[-1] == len(data)
    assert [one.row for one in told] == list(range(1, len(told) + 1))
    assert all(bool(one.line) + bool(one.reason) <= 1 for one in told)
    assert all(one.line or one.reason or not data[one.offset : one.offset + one.length].strip(b"\r\n") for one in told[1:])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"id,text\n", []),
        (b"\n\nid,text\n1,a\n", [(4, None, "")]),
        (b"id,text\n1,a\n\n2,b", [(2, None, ""), (4, None, "")]),
        (b"id,text\n1,a,b\n2,b\n", [(2, "bad-csv", "3 fields, but the header has 2"), (3, None, "")]),
        (b"id,text\n1\n", [(2, "bad-csv", "1 fields, but the header has 2")]),
        (b'id,text\n1,"a\n2,b\n3,c\n', [(2, "bad-csv", "a quote is not closed; it spans 3 lines")]),
        (b'id,text\n1,"a"b\n2,c\n', [(2, "bad-csv", "',' expected after '\"'"), (3, None, "")]),
        (b"id,text\n1,a\rb\n2,c\n", [(2, "bad-csv", "a carriage return without a line feed outside quotes"), (3, None, "")]),
        (b"id,text\n1,\xff\n2,c\n", [(2, "bad-utf8", "bytes of the record are not UTF-8"), (3, None, "")]),
        (b"text,text\n1,2\n", [(1, "unreadable-file", "the header: two columns are called 'text'")]),
        (b"text,\n1,2\n", [(1, "unreadable-file", "the header: column 2 has no name")]),
        ("id,text\n1,a\n".encode("utf-16"), [(2, None, "")]),
        (b",id,text\n0,1,a\n", [(2, None, "")]),
        (b",,text\n0,1,a\n", [(1, "unreadable-file", "the header: column 1 has no name")]),
        (b'"id,text\n1,a\n', [(1, "unreadable-file", "the header: a quote is not closed")]),
    ],
)
def test_what_becomes_of_odd_records(write, data, expected):
    """Row, reason and detail; the rows after a broken one are read."""
    good, lost = read_rows(write(data, "data.csv"))
    found = sorted([*((row, None, "") for row, *_ in good), *((entry.origin.row, entry.reason, entry.detail) for entry in lost)])
    assert [(row, reason) for row, reason, _ in found] == [(row, reason) for row, reason, _ in expected]
    assert all(detail in said for (*_, said), (*_, detail) in zip(found, expected, strict=True))


def test_fields_may_be_as_long_as_a_row(write):
    """More than the module's own limit, which is left as it was; over the row limit a record is unreadable and the next one is read."""
    before = csv.field_size_limit()
    path = write(b"text\n" + b"x" * 300_000 + b"\nshort\n", "data.csv")
    good, lost = read_rows(path)
    assert ([len(value["text"]) for *_, value in good], lost) == ([300_000, 5], [])
    good, lost = read_rows(path, row_limit=1000)
    assert ([row for row, *_ in good], [entry.reason for entry in lost]) == ([3], ["too-long"])
    assert csv.field_size_limit() == before


def test_names_say_what_is_csv(write):
    """.csv and .tsv, packed or not; found in a folder like any data, and read through the same door."""
    rows = b"text\n871, 1488\n".replace(b", ", b" ")
    paths = [write(rows, "a.csv"), write(gzip.compress(rows, mtime=0), "b.CSV.gz"), write(b"id\ttext\n1\t871, 1488\n", "c.tsv")]
    batches = list(itertools.chain.from_iterable(map(RowParser().parse, read_blocks(path)) for path in paths))
    assert [text for batch in batches for text in batch.texts] == ["871 1488", "871 1488", "871, 1488"]


def test_a_broken_archive_breaks_off_where_it_breaks(write):
    """The rows before are read, the torn record is listed."""
    rows = b"id,text\n" + b"".join(b"%d,%d\n" % (number, number * 7919 % 10007) for number in range(20_000))
    good, lost = read_rows(write(gzip.compress(rows, mtime=0)[:-3000], "a.csv.gz"))
    assert [entry.reason for entry in lost][:1] == ["truncated"]
    assert 0 < len(good) < 20_000 and good == [
        (n + 2, offset, {"id": str(n), "text": str(n * 7919 % 10007)}) for n, (_, offset, _) in enumerate(good)
    ]
