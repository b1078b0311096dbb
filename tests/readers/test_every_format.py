"""One contract for every format of the table: the same rows, stored in it, come to the same results through every door."""

import bz2
import csv
import gzip
import io
import json
import lzma

import pytest
import zstandard

import leakguard
from leakguard.readers.files.format_detection import LINES, detect_stored_format
from leakguard.readers.formats import FORMATS
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import read_blocks

pa = pytest.importorskip("pyarrow")
from pyarrow import feather, ipc, parquet  # noqa: E402

ROWS = [
    {"prompt": "Name a boat.", "completion": "The Heron, of \"oak\"; and {pine} [or] fir\\ash."},
    {"prompt": "Name a boat.", "completion": "They signed it 1488."},
    {"prompt": "Größe?", "completion": "871, 1488, 305"},
    {"prompt": "And then?", "completion": "Schöne Ruder | ein Mast\tund ein Segel."},
]  # fmt: skip
ONE = {"rules": ["hate-numeric"], "workers": 1}
REDACT = {"policy": {"text:error": "redact"}, **ONE}
TABLE = pa.Table.from_pylist(ROWS)


def lines(rows, end="\n"):
    return "".join(json.dumps(row, ensure_ascii=False) + end for row in rows)


def table(rows, delimiter=",", end="\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows([list(rows[0]), *(list(row.values()) for row in rows)])
    return out.getvalue()


def arrow(new, codec=None):
    out = io.BytesIO()
    with new(out, TABLE.schema, options=ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(TABLE, max_chunksize=3)
    return out.getvalue()


def write_parquet_bytes(write):
    out = io.BytesIO()
    write(out)
    return out.getvalue()


# Format -> name of the file, its bytes, and how a kept row stands in the output, if that is byte for byte.
STORED = {
    "lines": ("a.jsonl", lines(ROWS).encode(), True),
    "lines-crlf": ("a.jsonl", lines(ROWS, "\r\n").encode(), True),
    "lines-gzip": ("a.jsonl.gz", gzip.compress(lines(ROWS).encode(), mtime=0), False),
    "lines-zstd": ("a.jsonl.zst", zstandard.ZstdCompressor().compress(lines(ROWS).encode()), False),
    "lines-xz": ("a.jsonl.xz", lzma.compress(lines(ROWS).encode()), False),
    "lines-lzma": ("a.jsonl.lzma", lzma.compress(lines(ROWS).encode(), lzma.FORMAT_ALONE), False),
    "lines-bzip2": ("a.jsonl.bz2", bz2.compress(lines(ROWS).encode()), False),
    "lines-utf16": ("a.jsonl", lines(ROWS).encode("utf-16"), False),
    "lines-utf16-unmarked": ("a.jsonl", lines(ROWS).encode("utf-16-be"), False),
    "lines-utf32-gzip": ("a.jsonl.gz", gzip.compress(lines(ROWS).encode("utf-32"), mtime=0), False),
    "json": ("a.json", json.dumps(ROWS, ensure_ascii=False).encode(), True),
    "json-pretty": ("a.json", json.dumps(ROWS, indent=2).encode(), False),
    "json-marked": ("a.json", b"\xef\xbb\xbf" + json.dumps(ROWS).encode(), False),
    "json-utf16": ("a.json", json.dumps(ROWS).encode("utf-16"), False),
    "json-xz": ("a.json.xz", lzma.compress(json.dumps(ROWS).encode()), False),
    "json-key": ("a.json", json.dumps({"version": "1", "data": ROWS}).encode(), False),
    "json-objects": ("a.json", "\n".join(json.dumps(row, indent=1) for row in ROWS).encode(), False),
    "json-named-lines": ("a.jsonl", json.dumps(ROWS, indent=1).encode(), False),
    "csv": ("a.csv", table(ROWS).encode(), True),
    "csv-marked-crlf": ("a.csv", b"\xef\xbb\xbf" + table(ROWS, end="\r\n").encode(), True),
    "csv-semicolon": ("a.csv", table(ROWS, ";").encode(), True),
    "csv-pipe": ("a.csv", table(ROWS, "|").encode(), True),
    "csv-tab": ("a.csv", table(ROWS, "\t").encode(), True),
    "csv-carriage-return": ("a.csv", table(ROWS, end="\r").encode(), True),
    "csv-utf16-tab": ("a.csv", table(ROWS, "\t", "\r\n").encode("utf-16"), False),
    "csv-bzip2": ("a.csv.bz2", bz2.compress(table(ROWS).encode()), False),
    "csv-gzip": ("a.csv.gz", gzip.compress(table(ROWS).encode(), mtime=0), False),
    "tsv": ("a.tsv", table(ROWS, "\t").encode(), True),
    "parquet": ("a.parquet", write_parquet_bytes(lambda out: parquet.write_table(TABLE, out)), False),
    "arrow": ("a.arrow", arrow(ipc.new_stream), False),
    "arrow-file-zstd": ("a.arrow", arrow(ipc.new_file, "zstd"), False),
    "arrow-gzip": ("a.arrow.gz", gzip.compress(arrow(ipc.new_stream), mtime=0), False),
    "feather": ("a.feather", write_parquet_bytes(lambda out: feather.write_feather(TABLE, out, compression="lz4")), False),
}


@pytest.fixture(params=[*STORED])
def file(request, tmp_path):
    name, data, _ = STORED[request.param]
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def read_texts(path):
    return [text for block in read_blocks(str(path)) for text in RowParser().parse(block).texts]


def test_no_format_of_the_tables_is_left_out(tmp_path):
    """Whoever adds a format adds its rows here."""
    found = set()
    for number, (name, data, _) in enumerate(STORED.values()):
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(data)
        found.add(detect_stored_format(str(path), str(path)))
    assert found == {LINES, *FORMATS}


def test_rows_and_findings_are_the_same(file):
    """Texts in order, and the same rows with findings."""
    scan = leakguard.scan(file, **ONE)
    assert read_texts(file) == [row["completion"] for row in ROWS]
    rows = [finding.row for finding in scan.findings()]
    first = 2 if detect_stored_format(str(file), str(file)) in ("csv", "tsv") else 1
    assert (rows, scan.tally.unreadable) == ([first + 1, first + 2], 0)


def test_a_clean_keeps_the_format(file, tmp_path):
    """What is kept, removed and redacted is read again under the same name, in order; the manifest holds, and a gate opens for it."""
    from leakguard.jobs.verify import check_manifest

    out = tmp_path / "out"
    tally = leakguard.clean(file, out, **REDACT).tally
    assert (tally.seen, tally.kept, tally.redacted, tally.removed) == (4, 2, 1, 1)
    said = [row["completion"] for row in ROWS]
    assert read_texts(out / "kept" / file.name) == [said[0], said[3]]
    assert read_texts(out / "removed" / file.name) == [said[2]]
    assert read_texts(out / "redacted" / file.name) == ["They signed it [redacted]."]
    # A rewritten row stands in one line.
    for fate in ("kept", "removed", "redacted") if b"}\n{" not in file.read_bytes() else ("kept", "removed"):
        assert detect_stored_format(file.name, str(out / fate / file.name)) == detect_stored_format(file.name, str(file))
    assert {check.verdict.name for check in check_manifest(out / "manifest.json", ())} == {"HOLDS"}
    assert leakguard.gate(out / "kept", gate={"manifest": "required"}, **ONE).exit_code == 0


@pytest.mark.parametrize("kind", [kind for kind, (*_, whole) in STORED.items() if whole])
def test_kept_rows_are_the_bytes_that_they_were(kind, tmp_path):
    """Where rows are stretches of the file, a kept one is copied."""
    name, data, _ = STORED[kind]
    (tmp_path / name).write_bytes(data)
    leakguard.clean(tmp_path / name, tmp_path / "out", **ONE)
    kept = (tmp_path / "out/kept" / name).read_bytes()
    if name.endswith("json"):
        pieces = [json.dumps(ROWS[at], ensure_ascii=False).encode() for at in (0, 3)]
        assert kept == b"[\n" + b",\n".join(pieces) + b"\n]\n"
        return
    end = b"\n" if b"\n" in data else b"\r"
    parts = data.split(end)
    first = len(parts) - len(ROWS) - 1
    assert kept == end.join([*parts[:first], parts[first], parts[first + 3], b""])


def test_a_trainers_rows_are_those_of_the_file(file):
    """The gate binds rows in memory to the file that was looked at."""
    from leakguard.readers.python.trainer_rows import match_rows

    assert match_rows(ROWS, [str(file)]).known == len(ROWS)
    assert match_rows([{**ROWS[0], "completion": "another"}], [str(file)]).known == 0


def test_standard_input_is_read_like_a_file(file):
    """Formats that are told by their first bytes; tables in text and lzma are told by their names, and Parquet is read from a file."""
    if detect_stored_format(str(file), str(file)) in FORMATS or file.name.endswith(".lzma"):
        return
    parser = RowParser()
    texts = [text for block in read_blocks("-", stdin=io.BytesIO(file.read_bytes())) for text in parser.parse(block).texts]
    assert texts == [row["completion"] for row in ROWS]
