"""Arrow's own format: streams, files and what datasets writes; bounded, checked, and damaged data are named."""

import io
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leakguard
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import read_blocks

pa = pytest.importorskip("pyarrow")
from pyarrow import ipc, parquet  # noqa: E402

ONE = {"rules": ["hate-numeric"], "workers": 1}
CHAT = [{"role": "user", "content": "Name a boat."}, {"role": "assistant", "content": "They signed it 1488."}]


def encode_table(table, new=ipc.new_stream, size=3, codec=None):
    out = io.BytesIO()
    with new(out, table.schema, options=ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table, max_chunksize=size)
    return out.getvalue()


def read_rows(path, **more):
    """Rows (None: unreadable) and the reasons."""
    rows, lost = [], []
    for block in read_blocks(str(path), ReadLimits(**more)):
        batch = RowParser().parse(block)
        rows += [row for row in batch.rows if row is not None]
        lost += [(one.origin.row, one.reason) for one in batch.unreadable]
    return rows, lost


TEXTS = pa.table({"text": [f"row {number}" for number in range(10)]})


@pytest.mark.parametrize("new", [ipc.new_stream, ipc.new_file], ids=["stream", "file"])
@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
def test_rows_come_in_order_of_the_batches(tmp_path, new, codec):
    """Every batch, compressed or not."""
    (tmp_path / "a").write_bytes(encode_table(TEXTS, new, codec=codec))
    assert read_rows(tmp_path / "a") == (TEXTS.to_pylist(), [])


COLUMNS = {
    "large": pa.array(["They signed it 1488."], pa.large_string()),
    "view": pa.array(["They signed it 1488."], pa.string_view()),
    "binary": pa.array([b"They signed it 1488."], pa.binary()),
    "large-binary": pa.array([b"They signed it 1488."], pa.large_binary()),
    "binary-view": pa.array([b"They signed it 1488."], pa.binary_view()),
    "dictionary": pa.array(["They signed it 1488."]).dictionary_encode(),
    "binary-dictionary": pa.array([b"They signed it 1488."]).dictionary_encode(),
}


@pytest.mark.parametrize("kind", [*COLUMNS])
@pytest.mark.parametrize("format", ["arrow", "parquet"])
def test_texts_of_every_type_are_texts(tmp_path, kind, format):
    """Bytes that are UTF-8 are the text that they hold; the clean keeps the type of the column."""
    table = pa.table({"text": COLUMNS[kind]})
    path = tmp_path / f"a.{format}"
    if format == "arrow":
        path.write_bytes(encode_table(table))
    else:
        parquet.write_table(table, path)
        table = parquet.read_table(path)
    assert [one.quote for one in leakguard.scan(path, **ONE).findings()] == ["1488"]
    leakguard.clean(path, tmp_path / "out", policy={"error": "redact"}, **ONE)
    out = tmp_path / f"out/redacted/a.{format}"
    found = ipc.open_stream(out).read_all() if format == "arrow" else parquet.read_table(out)
    assert found.schema.equals(table.schema)
    assert found["text"].to_pylist() in (["They signed it [redacted]."], [b"They signed it [redacted]."])


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list, pa.list_view, pa.large_list_view], ids=["list", "large", "view", "large-view"])
def test_lists_of_messages_are_rows_of_messages(tmp_path, kind):
    """Whatever the type of the list; values that stand in several places count in each."""
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    (tmp_path / "a.arrow").write_bytes(encode_table(pa.table({"messages": pa.array([CHAT, CHAT[:1], [], CHAT], kind(message))})))
    assert [one.row for one in leakguard.scan(tmp_path / "a.arrow", **ONE).findings()] == [1, 4]


def test_json_in_columns_is_what_it_stands_for(tmp_path):
    """The type arrow.json, and texts under the name of messages."""
    said = pa.array([json.dumps(CHAT), json.dumps(CHAT[:1])])
    for number, column in enumerate([pa.ExtensionArray.from_storage(pa.json_(), said), said]):
        path = tmp_path / f"{number}.arrow"
        path.write_bytes(encode_table(pa.table({"messages": column})))
        assert [(one.row, one.span.field) for one in leakguard.scan(path, **ONE).findings()] == [(1, "messages[1].content")]
        leakguard.clean(path, tmp_path / f"out{number}", policy={"error": "redact"}, **ONE)
        redacted = ipc.open_stream(tmp_path / f"out{number}/redacted/{number}.arrow").read_all()
        assert redacted.schema.field("messages").type == column.type
        assert json.loads(redacted["messages"].to_pylist()[0])[1]["content"] == "They signed it [redacted]."


def test_pictures_stay_bytes(tmp_path):
    """Bytes that are no text have no words."""
    table = pa.table({"text": ["oak"], "image": pa.array([{"bytes": b"\x89PNG\r\n\x1a\n", "path": "a.png"}])})
    (tmp_path / "a.arrow").write_bytes(encode_table(table))
    ((row,), lost) = read_rows(tmp_path / "a.arrow")
    assert not lost and list(row["image"]["bytes"]) == ["bytes"]


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 255), st.sampled_from([ipc.new_stream, ipc.new_file]))
def test_a_changed_byte_never_crashes(tmp_path_factory, place, byte, new):
    """Rows or entries, and every row that the file promises is one of them unless the damage took the promise."""
    data = bytearray(encode_table(TEXTS, new))
    data[place % len(data)] = byte
    path = tmp_path_factory.mktemp("changed") / "a.arrow"
    path.write_bytes(data)
    scan = leakguard.scan(path, schema="text", **ONE)
    assert scan.tally.seen == scan.tally.kept + scan.tally.unreadable


@pytest.mark.parametrize("new", [ipc.new_stream, ipc.new_file], ids=["stream", "file"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_data_that_break_off_say_so(tmp_path, new, share):
    """At any place, and also between two messages, where a stream has no end mark."""
    data = encode_table(TEXTS, new)
    (tmp_path / "a.arrow").write_bytes(data[: int(len(data) * share)])
    rows, lost = read_rows(tmp_path / "a.arrow")
    assert rows == TEXTS.to_pylist()[: len(rows)]
    assert [reason for _, reason in lost] in (["truncated"], ["unreadable-file"])


def test_a_batch_that_is_too_large_is_passed_over(tmp_path):
    """Compressed batches say what they unpack to before they are: the rows around one are read, its own are named."""
    batches = [["oak"], ["x" * 100_000] * 4, ["elm"]]
    schema = pa.schema({"text": pa.string()})
    for codec in (None, "zstd"):
        out = io.BytesIO()
        with ipc.new_stream(out, schema, options=ipc.IpcWriteOptions(compression=codec)) as writer:
            for texts in batches:
                writer.write_batch(pa.record_batch({"text": texts}, schema))
        (tmp_path / "a.arrow").write_bytes(out.getvalue())
        rows, lost = read_rows(tmp_path / "a.arrow", row_limit=5_000)
        assert ([row["text"] for row in rows], lost) == (["oak", "elm"], [(2, "too-large")])


def test_a_footer_must_name_the_batches_that_were_read(tmp_path):
    """Another reader goes by the footer: one that leads elsewhere could hide rows."""
    data = bytearray(encode_table(TEXTS, ipc.new_file))
    first = data.index(b"\xff\xff\xff\xff", 16)
    second = data.index(b"\xff\xff\xff\xff", first + 8)
    at = data.rindex(struct.pack("<q", first))
    data[at : at + 8] = struct.pack("<q", second)
    (tmp_path / "a.arrow").write_bytes(data)
    _, lost = read_rows(tmp_path / "a.arrow")
    assert [reason for _, reason in lost] == ["corrupt"]


def test_a_text_that_is_not_utf8_is_one_row(tmp_path):
    """The rows around it are read."""
    column = pa.Array.from_buffers(pa.string(), 3, [None, pa.py_buffer(struct.pack("<4i", 0, 3, 4, 7)), pa.py_buffer(b"oak\xffelm")])
    (tmp_path / "a.arrow").write_bytes(encode_table(pa.table({"text": column}), size=10))
    rows, lost = read_rows(tmp_path / "a.arrow")
    assert ([row["text"] for row in rows], lost) == (["oak", "elm"], [(2, "bad-utf8")])


def test_a_folder_of_datasets_is_read(tmp_path):
    """What save_to_disk writes: shards in order, and the descriptions beside them are no data."""
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict({"text": [f"row {number}" for number in range(9)]})
    datasets.disable_progress_bars()
    datasets.DatasetDict({"train": data, "test": data.select([0])}).save_to_disk(tmp_path / "d", num_shards={"train": 3, "test": 1})
    scan = leakguard.scan(tmp_path / "d", **ONE)
    texts = [row.record.turns[0].text for row in scan]
    assert texts == ["row 0", *(f"row {number}" for number in range(9))] and [one.files for one in scan.result.ignored] == [5]


def test_row_numbers_that_datasets_keeps_are_no_rows(tmp_path):
    """Its cache holds files that say which rows of another one are meant."""
    (tmp_path / "cache-0af1.arrow").write_bytes(encode_table(pa.table({"indices": pa.array([1, 0], pa.uint64())})))
    (tmp_path / "a.arrow").write_bytes(encode_table(TEXTS))
    scan = leakguard.scan(tmp_path, **ONE)
    assert (scan.tally.seen, [one.first for one in scan.result.ignored]) == (10, [("cache-0af1.arrow",)])
