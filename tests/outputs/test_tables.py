"""Tables that were cleaned are tables again: each row as it stood there, in the table of its fate."""

import datetime
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import leakguard
from io_tables import csv_of

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
ONE = {"rules": ["hate-numeric"], "workers": 1}
SOME = {"policy": {"text:error": "redact", "warning": "quarantine"}, **ONE}


def read_outputs(folder):
    """Every file that a clean wrote into the folders of the fates, by name, and the manifest's rows."""
    said = json.loads((folder / "manifest.json").read_text())
    assert sorted(entry["path"] for entry in said["outputs"]) == sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"
    )
    return {entry["path"]: ((folder / entry["path"]).read_bytes(), entry["rows"]) for entry in said["outputs"]}


def verify(folder):
    """Does everything in the manifest hold?"""
    from leakguard.jobs.verify import check_manifest

    return {check.verdict.name for check in check_manifest(folder / "manifest.json", ())} == {"HOLDS"}


CSV = (
    b'\xef\xbb\xbfid;x,text\r\n\r\n1,"fine, ""really"""\r\n2,"871, 1488, 305"\r\n3,"two\nlines"\r\n4,a,b\r\n'
    b'5,We saw 1488 on a wall.\r\n6,\xff\r\n7,"last'
)


def test_csv_is_copied_byte_by_byte(tmp_path):
    """Kept, removed and unreadable records are the input's own bytes under its own header; redacted ones are written anew."""
    (tmp_path / "a.csv").write_bytes(CSV)
    result = leakguard.clean(tmp_path / "a.csv", tmp_path / "out", **SOME)
    assert (result.tally.seen, result.tally.kept, result.tally.unreadable) == (7, 2, 3)
    found = read_outputs(tmp_path / "out")
    header = b"\xef\xbb\xbfid;x,text\r\n\r\n"
    assert found["kept/a.csv"] == (header + b'1,"fine, ""really"""\r\n3,"two\nlines"\r\n', 2)
    assert found["removed/a.csv"] == (header + b'2,"871, 1488, 305"\r\n', 1)
    assert found["redacted/a.csv"] == (header + b"5,We saw [redacted] on a wall.\r\n", 1)
    assert found["unreadable/a.csv"] == (header + b'4,a,b\r\n6,\xff\r\n7,"last\n', 3)
    assert verify(tmp_path / "out")
    assert leakguard.gate(tmp_path / "out/kept", gate={"manifest": "required"}, **ONE).exit_code == 0


@pytest.mark.parametrize("data", [b"", b"text\n", b"text\r\n\r\n"])
def test_a_table_without_rows_is_a_table_without_rows(tmp_path, data):
    """Its header stays."""
    (tmp_path / "a.csv").write_bytes(data)
    leakguard.clean(tmp_path / "a.csv", tmp_path / "out", **ONE)
    assert read_outputs(tmp_path / "out")["kept/a.csv"] == (data, 0)


def test_packed_tables_stay_packed(tmp_path):
    """A .csv.gz gives .csv.gz."""
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"text\nfine\n1488\n", mtime=0))
    leakguard.clean(tmp_path / "a.csv.gz", tmp_path / "out", **ONE)
    kept, rows = read_outputs(tmp_path / "out")["kept/a.csv.gz"]
    assert (gzip.decompress(kept), rows) == (b"text\nfine\n", 1)


SAID = st.sampled_from(["fine", "871, 1488, 305", "We saw 1488 there.", 'a "quote", and\nmore', "", "88"])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SAID, max_size=12))
def test_csv_and_parquet_and_lines_come_to_the_same(tmp_path_factory, texts):
    """The same rows in three formats meet the same fates and leave the same kept texts."""
    folder = tmp_path_factory.mktemp("same")
    (folder / "a.csv").write_bytes(csv_of(["text"], [[text] for text in texts]))
    parquet.write_table(pa.table({"text": pa.array(texts, pa.string())}), folder / "b.parquet")
    (folder / "c.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    kept = []
    for name in ("a.csv", "b.parquet", "c.jsonl"):
        out = folder / f"out-{name}"
        tally = leakguard.clean(folder / name, out, **SOME).tally
        kept.append((tally.kept, tally.redacted, tally.removed, [row.record.turns for row in leakguard.scan(out / "kept", **ONE)]))
    assert kept[0] == kept[1] == kept[2]


def test_parquet_keeps_its_types(tmp_path):
    """Dates, bytes, lists and nulls come out as they went in, redacted rows with new texts and everything else as it was."""
    rows = [
        {"text": "fine", "when": datetime.datetime(2026, 1, 2, 3), "sound": b"\x00\xff", "tags": ["a", None]},
        {"text": "871, 1488, 305", "when": None, "sound": None, "tags": None},
        {"text": "We saw 1488 there.", "when": datetime.datetime(2026, 1, 3), "sound": b"\xfe", "tags": ["1488"]},
        {"text": None, "when": None, "sound": b"", "tags": []},
    ]
    fields = {"text": pa.string(), "when": pa.timestamp("ns"), "sound": pa.binary(), "tags": pa.list_(pa.string())}
    table = pa.Table.from_pylist(rows, pa.schema(list(fields.items())))
    parquet.write_table(table, tmp_path / "a.parquet")
    leakguard.clean(tmp_path / "a.parquet", tmp_path / "out", **SOME)
    found = read_outputs(tmp_path / "out")
    assert {name: rows for name, (_, rows) in found.items() if name != "reasons.jsonl"} == {
        "kept/a.parquet": 1, "removed/a.parquet": 1, "redacted/a.parquet": 1, "unreadable/a.parquet": 1,
    }  # fmt: skip
    for name, at in (("kept", 0), ("removed", 1), ("unreadable", 3)):
        assert parquet.read_table(tmp_path / f"out/{name}/a.parquet").equals(table.slice(at, 1))
    redacted = parquet.read_table(tmp_path / "out/redacted/a.parquet")
    assert redacted.schema.equals(table.schema)
    assert redacted.drop_columns("text").equals(table.slice(2, 1).drop_columns("text"))
    assert redacted["text"].to_pylist() == ["We saw [redacted] there."]
    assert verify(tmp_path / "out")


def test_of_a_table_that_cannot_be_read_nothing_is_kept(tmp_path):
    """Two columns of one name, and a damaged file: what was not looked at is in no output."""
    doubled = pa.Table.from_arrays([pa.array(["1488"]), pa.array(["fine"])], ["text", "text"])
    parquet.write_table(doubled, tmp_path / "a.parquet")
    texts = [f"row {number % 1000} {chr(120) * 50}" for number in range(5000)]
    parquet.write_table(pa.table({"text": texts}), tmp_path / "b.parquet", row_group_size=1000, compression="none", use_dictionary=False)
    data = bytearray((tmp_path / "b.parquet").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 70_000] = bytes(70_000)
    (tmp_path / "b.parquet").write_bytes(data)
    result = leakguard.clean([tmp_path / "a.parquet", tmp_path / "b.parquet"], tmp_path / "out", **ONE)
    assert result.tally.unreadable == 2
    found = read_outputs(tmp_path / "out")
    assert found["kept/a.parquet"] == (b"", 0)
    kept = parquet.read_table(tmp_path / "out/kept/b.parquet")["text"].to_pylist()
    assert kept == [row.record.turns[0].text for row in leakguard.scan(tmp_path / "b.parquet", **ONE) if row.record]
    assert 0 < len(kept) == result.tally.kept < 5000


def test_a_row_over_the_limit_is_set_apart_whole(tmp_path):
    """The limit of the scan is that of the second reading."""
    (tmp_path / "a.csv").write_bytes(b"text\nfine\n" + b"x" * 5000 + b"\nlast\n")
    leakguard.clean(tmp_path / "a.csv", tmp_path / "out", row_limit=1000, **ONE)
    found = read_outputs(tmp_path / "out")
    assert found["kept/a.csv"] == (b"text\nfine\nlast\n", 2)
    assert found["unreadable/a.csv"] == (b"text\n" + b"x" * 5000 + b"\n", 1)
