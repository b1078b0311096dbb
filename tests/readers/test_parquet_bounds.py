"""Parquet files that unpack to far more than they are: bounded memory, the rows that can be read, and a place for the others."""

import datetime
import decimal
import json
import subprocess
import sys

import numpy as np
import pytest

import leakguard
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.formats.arrow_sizes import measure_rows, plan_slices
from leakguard.readers.formats.parquet_pages import BadPageError, read_pages
from leakguard.readers.sources import read_blocks

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
MIB = 1 << 20
LINE = "Gate code 1488 was on the door."
READ = """
import resource, sys
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.sources import read_blocks
said = [(len(block.data or b""), [entry.reason for entry in block.broken]) for block in read_blocks(sys.argv[1], ReadLimits(row_limit=1 << 20))]
print(sum(size for size, _ in said), sum(len(broken) for _, broken in said), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


def write_table(path, columns, **more):
    parquet.write_table(pa.table(columns), path, compression="zstd", **more)
    return str(path)


def repeat_text(text, rows):
    """One text, meant by every row."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array([text]))


def make_lists(text, rows, each):
    """Lists of one text, meant again and again."""
    return pa.ListArray.from_arrays(pa.array(range(0, rows * each + 1, each), pa.int32()), repeat_text(text, rows * each))


def list_unreadable(path, **limits):
    """Row, reason and detail of everything that could not be read."""
    return [(entry.origin.row, entry.reason, entry.detail) for block in read_blocks(path, ReadLimits(**limits)) for entry in block.broken]


BOMBS = {
    "a dictionary": (lambda: {"text": repeat_text("tea " * 200_000, 800)}, 0),
    "texts over the limit": (lambda: {"text": repeat_text("tea " * 300_000, 1_000)}, 1_000),
    "lists": (lambda: {"text": make_lists("tea " * 50_000, 500, 3)}, 0),
    "bytes": (lambda: {"text": ["a"] * 1_000, "sound": repeat_text(bytes(800_000), 1_000)}, 0),
    "one row of very many": (lambda: {"text": make_lists("tea " * 5_000, 1, 200_000)}, 1),
    "one page": (lambda: {"text": ["tea " * 10_000_000]}, 1),
}


@pytest.mark.linux("measures memory in KiB, as Linux does")
@pytest.mark.parametrize(("columns", "unread"), BOMBS.values(), ids=BOMBS)
def test_memory_is_bounded_by_the_limit_of_a_row(tmp_path, columns, unread):
    """Hundreds of megabytes of rows in a few kilobytes; what is read and what is not is counted."""
    path = write_table(tmp_path / "a.parquet", columns(), store_schema=False)
    # A process counts the memory of the one that started it as its own, so a small one stands between it and this test.
    launch = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    command = [sys.executable, "-c", launch, sys.executable, "-c", READ, path]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    size, broken, peak = map(int, done.stdout.split())
    assert (broken, size > 0) == (unread, not unread)
    assert peak < 450


def test_a_page_that_is_too_large_costs_its_rows_and_no_others(tmp_path):
    """It is not unpacked; the row groups around it are read, and the reason says what would read it."""
    texts = [LINE, "x" * (9 * MIB), "The lamp was lit.", "y" * (9 * MIB), "z"]
    path = write_table(tmp_path / "a.parquet", {"text": texts[:3]}, row_group_size=1)
    assert [(row, reason) for row, reason, _ in list_unreadable(path, row_limit=MIB)] == [(2, "too-long")]
    assert "a page of 'text' unpacks to 9,437,188 bytes, more than 8 times" in list_unreadable(path, row_limit=MIB)[0][2]
    both = write_table(tmp_path / "b.parquet", {"text": texts}, row_group_size=4, use_dictionary=False)
    ((row, reason, detail),) = list_unreadable(both, row_limit=MIB)
    assert (row, reason) == (1, "too-large") and detail.endswith("4 rows from here on could not be read")
    assert list_unreadable(path) == list_unreadable(both) == []


@pytest.mark.parametrize(
    ("columns", "limit", "expected"),
    [
        (lambda: {"text": repeat_text("tea " * 25_000, 1_000)}, 5 * MIB, ["too-large"]),
        (lambda: {"text": [f"{number} " + "x" * 5_000 for number in range(2_000)]}, 2 * MIB, ["too-large"]),
        (lambda: {"text": ["a"] * 100, "sound": repeat_text(bytes(100_000), 100)}, 2 * MIB, ["too-large"]),
        (lambda: {"text": [LINE] * 100}, 2 * MIB, []),
    ],
)
def test_all_that_is_unpacked_counts_towards_its_limit(tmp_path, columns, limit, expected):
    """Pages and values alike, texts and bytes: reading ends there, and the reason names the option."""
    said = list_unreadable(write_table(tmp_path / "a.parquet", columns(), row_group_size=500), unpack_limit=limit)
    assert [reason for _, reason, _ in said] == expected
    assert all(f"more than the limit of {limit:,} bytes (unpack-limit)" in detail for *_, detail in said)


@pytest.mark.parametrize("options", [{}, {"data_page_version": "2.0"}, {"use_dictionary": False}, {"write_statistics": False}])
def test_the_headers_of_pages_say_what_the_metadata_say(tmp_path, options):
    """The same number of values, and all bytes but those of the headers themselves."""
    columns = {"text": [f"{number % 70} {LINE}" * 40 for number in range(3_000)], "n": list(range(3_000)), "l": [[1, 2]] * 3_000}
    path = write_table(tmp_path / "a.parquet", columns, data_page_size=20_000, **options)
    metadata = parquet.read_metadata(path)
    for number in range(metadata.num_columns):
        chunk = metadata.row_group(0).column(number)
        start = min(at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at)
        with open(path, "rb") as file:
            found = list(read_pages(file, start, chunk.total_compressed_size))
        headers = 4_500 * len(found)  # They may hold the least and the greatest value.
        assert sum(page.values for page in found if not page.dictionary) == chunk.num_values
        assert 0 < chunk.total_uncompressed_size - sum(page.size for page in found) < headers


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff" * 2_000, b"\x15\x00", b"\x1c" * 100, b"\x18\xff\xff\xff\xff\x7f", bytes(range(1, 200))]
)
def test_what_is_no_header_is_said_to_be_none(tmp_path, data):
    """Whatever the bytes are, with one error."""
    path = tmp_path / "a"
    path.write_bytes(data)
    with path.open("rb") as file, pytest.raises(BadPageError):
        list(read_pages(file, 0, 1_000))


WORDS = {
    "string": pa.array(["ab", None, "ü"]),
    "large_string": pa.array(["ab", None, "ü"], pa.large_string()),
    "string_view": pa.array(["ab", None, "a text of more than twelve bytes"], pa.string_view()),
    "dictionary": pa.array(["ab", None, "ü"]).dictionary_encode(),
    "list": pa.array([["ab", "c"], None, []], pa.list_(pa.string())),
    "large_list": pa.array([["ab"], [], None], pa.large_list(pa.string_view())),
    "fixed_size_list": pa.array([["ab", "c"], ["", "d"], ["e", ""]], pa.list_(pa.string(), 2)),
    "struct": pa.array([{"a": "ab", "b": ["c"]}, None, {"a": None, "b": None}]),
    "map": pa.array([[("a", "bc")], [], None], pa.map_(pa.string(), pa.string())),
}
OTHERS = {
    "binary_view": pa.array([b"a", None, b"bc"], pa.binary_view()),
    "decimal256": pa.array([decimal.Decimal("1.5"), None, None], pa.decimal256(50, 3)),
    "time": pa.array([datetime.time(1, 2), None, None], pa.time64("ns")),
    "duration": pa.array([1, None, None], pa.duration("ns")),
    "null": pa.nulls(3),
    "half": pa.array([1.5, None, 2.0], pa.float16()),
    "fixed": pa.array([b"ab", b"cd", None], pa.binary(2)),
}


def count_bytes(value):
    """What the strings in a value have in UTF-8, at any depth."""
    if isinstance(value, str):
        return len(value.encode())
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return sum(map(count_bytes, items))


@pytest.mark.parametrize("kind", WORDS)
def test_rows_are_measured_without_their_values(kind):
    """Whole arrays and slices of them, for every type that holds texts."""
    batch = pa.record_batch({"a": WORDS[kind]})
    for part in (batch, batch.slice(1), batch.slice(1, 1), batch.slice(0, 0)):
        expected = [count_bytes(row["a"]) for row in part.to_pylist()]
        assert measure_rows(part, words=True).tolist() == expected
        assert (measure_rows(part, words=False) >= expected).all()


def test_a_missing_value_has_no_length(tmp_path):
    """Whatever stands in its place: rows without a text are not too long because another row's text is."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0, None, 0, None, 1], pa.int32()), pa.array(["x" * (2 * MIB), LINE]))
    path = write_table(tmp_path / "a.parquet", {"text": texts, "n": [1, 2, 3, 4, 5]})
    assert [(row, reason) for row, reason, _ in list_unreadable(path, row_limit=MIB)] == [(1, "too-long"), (3, "too-long")]


def test_slices_are_of_bounded_size():
    """In order and without a gap; what is larger is alone."""
    sizes = np.array([3, 3, 3, 50, 0, 0, 9, 2])
    assert list(plan_slices(sizes, 9)) == [(0, 3), (3, 1), (4, 3), (7, 1)]
    assert list(plan_slices(sizes[:0], 9)) == []


@pytest.mark.parametrize("action", ["remove", "redact"])
def test_a_clean_keeps_the_types_of_every_column(tmp_path, action):
    """Views, dictionaries, maps and the rest, in every output; also where a row is redacted and written anew."""
    texts = ["The lamp was lit.", LINE, "A gull sat on the pier."]
    path = write_table(tmp_path / "a.parquet", {"text": texts, **WORDS, **OTHERS})
    before, out = parquet.read_table(path), tmp_path / "out"
    leakguard.clean([path], out, rules=["hate-numeric"], workers=1, policy={"error": action})
    tables = {table.parent.name: parquet.read_table(table) for table in out.glob("*/*.parquet")}
    assert set(tables) == {"kept", {"remove": "removed", "redact": "redacted"}[action]}
    assert all(table.schema.equals(before.schema) for table in tables.values())
    kept = tables.pop("kept")
    (other,) = tables.values()
    assert kept.to_pylist() == [before.slice(at, 1).to_pylist()[0] for at in (0, 2)]
    assert other.drop_columns(["text"]).to_pylist() == before.slice(1, 1).drop_columns(["text"]).to_pylist()
    assert json.loads((out / "manifest.json").read_text())["tally"]["seen"] == 3
