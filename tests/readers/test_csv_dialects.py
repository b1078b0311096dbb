"""Tables in text: delimiters, line ends and encodings as people's programs write them, and JSON in a cell."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import leakguard
from leakguard.readers.files.encodings import FileEncoding, decode_pieces, detect_encoding
from leakguard.readers.formats.csv_dialects import Dialect, detect_dialect
from leakguard.readers.formats.json_cells import parse_cells
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import read_blocks

ONE = {"rules": ["hate-numeric"], "workers": 1}
CHAT = [{"role": "user", "content": 'Name a boat, isn\'t it "x"?'}, {"role": "assistant", "content": "They signed it 1488."}]


def write_csv(rows, delimiter=",", end="\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode()


CELLS = st.text(st.sampled_from('ab;,|\t" é\n'), max_size=8)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
    whole=st.booleans(),
)
def test_the_header_says_the_delimiter(rows, delimiter, end, whole):
    """Whatever stands in the cells: the names hold none of the delimiters, so only one of them parts the header."""
    data = write_csv([("prompt", "completion"), *rows], delimiter, end)
    assert detect_dialect(",", data, whole=whole).delimiter == delimiter


@pytest.mark.parametrize(
    ("data", "named", "expected"),
    [
        (b"text\nOne; two\nthree; four\n", ",", Dialect(",")),
        (b"a;b,c\n1,2\n", ",", Dialect(",")),
        (b"a,b;c,d\n1,2;3,4\n", ",", Dialect(",")),
        (b"a,b;c\n1;2\n3;4\n", ",", Dialect(";")),
        (b"a\tb\n1\t2\n", ",", Dialect("\t")),
        (b"a,b\n1,2\n", "\t", Dialect(",")),
        (b"a|b\n1|2\n3\n", ",", Dialect(",")),
        (b"a;b\r1;2\r", ",", Dialect(";", cr_only=True)),
        (b'a;b\n"x\ny";2\n', ",", Dialect(";")),
        (b"", ",", Dialect(",")),
        (b"a;b", ",", Dialect(";")),
        (b'a;b\n"never closed', ",", Dialect(",")),
    ],
)
def test_a_delimiter_that_does_not_fit_all_records_is_none(data, named, expected):
    """The one that the name stands for stays where it fits, and where none fits."""
    assert detect_dialect(named, data, whole=True) == expected


@given(st.text(max_size=40), st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]), st.integers(1, 9))
def test_texts_come_back_byte_for_byte(text, encoding, size):
    """Decoded in pieces of any size, and encoded again, pairs and halves of pairs alike."""
    stored = text.encode(encoding, "surrogatepass")
    pieces = list(decode_pieces(encoding, iter([stored[at : at + size] for at in range(0, len(stored), size)])))
    assert b"".join(map(FileEncoding("", encoding).encode, pieces)) == stored
    assert b"".join(pieces) == text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("id".encode("utf-16"), ("utf-16-le", True)),
        (b"\xfe\xff\0i", ("utf-16-be", True)),
        ("id".encode("utf-32"), ("utf-32-le", True)),
        ("id,text".encode("utf-16-le"), ("utf-16-le", False)),
        ('{"te'.encode("utf-16-be"), ("utf-16-be", False)),
        (b"id,text\n", ("", False)),
        (b"\0\0\0\0\0\0\0\0", ("", False)),
        (b"II*\0a\0b\0", ("", False)),
        (b"", ("", False)),
    ],
)
def test_an_encoding_shows_in_the_first_bytes(head, expected):
    """By its mark, or by zeros in every second place between ASCII."""
    assert detect_encoding(head) == expected


def test_half_a_character_at_the_end_is_a_file_that_breaks_off(tmp_path):
    """Rows before are read; half of a surrogate pair is a row that is not UTF-8, and the next row is read."""
    rows = ['{"text": "oak"}\n', '{"text": "\ud83e"}\n', '{"text": "elm"}\n']
    data = b"\xff\xfe" + "".join(rows).encode("utf-16-le", "surrogatepass")
    (tmp_path / "a.jsonl").write_bytes(data + b"{")
    scan = leakguard.scan(tmp_path / "a.jsonl", **ONE)
    assert [(one.origin.row, one.reason) for one in scan.unreadable] == [(2, "bad-utf8"), (4, "truncated")]
    assert scan.tally.seen == 4


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (json.dumps(CHAT), CHAT),
        (json.dumps(CHAT, indent=1), CHAT),
        (repr(CHAT), CHAT),
        (repr(CHAT).replace("}, {", "}\n {"), CHAT),
        (repr([{"role": "user", "content": "x", "name": None, "n": 1.5, "ok": True}]), None),
        ("The Heron.", "The Heron."),
        ("[1, 2", "[1, 2"),
        ("[" * 5_000, "[" * 5_000),
        ("[__import__('os').getcwd()]", "[__import__('os').getcwd()]"),
        ("['a' * 9]", "['a' * 9]"),
    ],
)
def test_a_list_in_a_cell_is_a_list(cell, value):
    """JSON and what Python writes for it; anything else stays the text that it is, and nothing is evaluated."""
    value = [{"role": "user", "content": "x", "name": None, "n": 1.5, "ok": True}] if value is None else value
    assert parse_cells({"messages": cell}, ["messages"])["messages"] == value


@pytest.mark.parametrize("cell", ["[1488, 2, 3]", '["a", "b"]', '{"a": 1}', "[]"])
def test_an_answer_that_is_a_list_stays_an_answer(cell):
    """Where a text may stand, only messages are more than a text."""
    assert parse_cells({"completion": cell, "messages": cell}, ["completion"]) == {"completion": cell, "messages": cell}
    chat = parse_cells({"completion": json.dumps(CHAT)}, ["completion"])
    assert chat["completion"] == CHAT


def test_messages_in_tables_are_looked_at(tmp_path):
    """CSV and Parquet alike, and a redacted row is a cell of JSON again, under the columns in their order."""
    data = write_csv([("source", "messages"), ("a", json.dumps(CHAT)), ("b", repr(CHAT[:1]))])
    (tmp_path / "a.csv").write_bytes(data)
    scan = leakguard.scan(tmp_path / "a.csv", **ONE)
    assert [(one.row, one.span.field) for one in scan.findings()] == [(2, "messages[1].content")] and not scan.unreadable
    leakguard.clean(tmp_path / "a.csv", tmp_path / "out", policy={"error": "redact"}, **ONE)
    (header, (source, cell)) = csv.reader(io.StringIO((tmp_path / "out/redacted/a.csv").read_text()))
    assert (header, source) == (["source", "messages"], "a")
    assert json.loads(cell) == [CHAT[0], {"role": "assistant", "content": "They signed it [redacted]."}]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (",text", ["Unnamed: 0", "text"]),
        (",Unnamed: 0,text", ["Unnamed: 0.1", "Unnamed: 0", "text"]),
        ('"",text', ["Unnamed: 0", "text"]),
    ],
)
def test_the_index_of_pandas_is_a_column(tmp_path, header, names):
    """It has the name that pandas gives it, its labels are no words, and what is kept has the header that it had."""
    cells = ",".join(str(at) for at in range(len(names) - 1))
    (tmp_path / "a.csv").write_text(f"{header}\n{cells},oak\n{cells},They signed it 1488.\n")
    (block,) = read_blocks(str(tmp_path / "a.csv"))
    _, first, _ = RowParser().parse(block).rows
    assert list(first) == sorted(names)
    leakguard.clean(tmp_path / "a.csv", tmp_path / "out", policy={"error": "redact"}, **ONE)
    assert (tmp_path / "out/kept/a.csv").read_text() == f"{header}\n{cells},oak\n"
    assert (tmp_path / "out/redacted/a.csv").read_text() == f"{header}\n{cells},They signed it [redacted].\n"
