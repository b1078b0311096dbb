"""Parquet: what a table holds is read, row by row, and what cannot be read is listed."""

import datetime
import decimal
import subprocess
import sys

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.version import install
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.python.json_values import convert_value
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import read_blocks

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
MESSAGE = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": TEXT})
ROW = st.fixed_dictionaries(
    {"text": st.none() | TEXT, "messages": st.none() | st.lists(MESSAGE, max_size=2), "n": st.none() | st.integers(0, 99)}
)


def read_rows(path, **more):
    found = [(block, line) for block in read_blocks(path, ReadLimits(**more)) for line in (block.data or b"").split(b"\n") if line]
    return [orjson.loads(line) for _, line in found]


def write_table(path, table, **more):
    parquet.write_table(table, path, **more)
    return str(path)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(ROW, max_size=8), size=st.sampled_from([16, 1 << 20]))
def test_a_table_is_read_as_it_is(fresh, rows, size):
    """Every row, in order, without the nulls that a table fills up with."""
    schema = pa.schema(
        {"text": pa.string(), "messages": pa.list_(pa.struct({"role": pa.string(), "content": pa.string()})), "n": pa.int64()}
    )
    path = write_table(fresh(b"").replace(".jsonl", ".parquet"), pa.Table.from_pylist(rows, schema))
    assert read_rows(path, block_size=size) == [convert_value(row) for row in rows]


def test_values_that_json_does_not_know(tmp_path):
    """Dates and decimals are written as text, bytes are hashed and have no words: under a key of text they make the row unreadable."""
    row = {"text": "1488", "when": datetime.datetime(2026, 1, 2), "price": decimal.Decimal("1.50"), "sound": b"\xffabc", "map": [("a", 1)]}
    schema = pa.schema(
        {
            "text": pa.string(),
            "when": pa.timestamp("ns"),
            "price": pa.decimal128(5, 2),
            "sound": pa.binary(),
            "map": pa.map_(pa.string(), pa.int64()),
        }
    )
    (found,) = read_rows(write_table(tmp_path / "a.parquet", pa.Table.from_pylist([row], schema)))
    assert (found["text"], found["when"][:10], found["price"], list(found["sound"]), found["map"]) == (
        "1488",
        "2026-01-02",
        "1.50",
        ["bytes"],
        [["a", 1]],
    )
    (block,) = read_blocks(write_table(tmp_path / "b.parquet", pa.table({"text": [b"\xff1488"]})))
    assert [entry.detail for entry in RowParser().parse(block).unreadable] == ["text holds bytes, not text"]


def test_a_text_that_is_no_utf8_is_one_unreadable_row(tmp_path):
    """The rows around it are read."""
    raw = pa.array([b"one", b"\xff1488", b"two"]).view(pa.string())
    found = [
        (block.row, [entry.reason for entry in block.broken])
        for block in read_blocks(write_table(tmp_path / "a.parquet", pa.table({"text": raw})))
    ]
    assert found == [(1, []), (2, ["bad-utf8"]), (3, [])]


def test_two_columns_of_one_name_hide_nothing(tmp_path):
    """A file in which one column would shadow another is not read at all."""
    table = pa.Table.from_arrays([pa.array(["1488"]), pa.array(["fine"])], ["text", "text"])
    (block,) = read_blocks(write_table(tmp_path / "a.parquet", table))
    assert (block.broken[0].reason, block.broken[0].origin.row) == (
        "unreadable-file",
        0,
    ) and "two columns are called 'text'" in block.broken[0].detail


def test_a_damaged_file_says_how_many_rows_are_lost(tmp_path):
    """What comes before is read; a file without its end is unreadable as a whole."""
    path = tmp_path / "a.parquet"
    write_table(
        path,
        pa.table({"text": [f"row {number} " + "x" * 50 for number in range(5000)]}),
        row_group_size=1000,
        compression="none",
        use_dictionary=False,
    )
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 70_000] = bytes(70_000)
    path.write_bytes(data)
    read = list(read_blocks(str(path)))
    (lost,) = [entry for block in read for entry in block.broken]
    assert (
        lost.reason in ("corrupt", "bad-utf8") and "rows of it could not be read" in lost.detail and sum(block.length for block in read) > 0
    )
    path.write_bytes(data[:middle])
    ((entry,),) = [block.broken for block in read_blocks(str(path))]
    assert entry.reason == "unreadable-file"


def test_without_pyarrow_the_file_is_unreadable_and_says_what_to_install(tmp_path):
    """In a Python where pyarrow cannot be imported."""
    path = write_table(tmp_path / "a.parquet", pa.table({"text": ["a"]}))
    code = f"import sys; sys.modules['pyarrow'] = None\nfrom leakguard.readers.sources import read_blocks\nprint(next(iter(read_blocks({path!r}))).broken[0].detail)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == f"Parquet needs pyarrow: {install('parquet')}\n"
