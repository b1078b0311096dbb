"""JSON documents: every element is a row with its place, whatever the document looks like, and what is damaged is listed."""

import json
import re

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from row_strategies import VALUES, WORDS

import leakguard
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.formats.json_layout import Layout, detect_layout
from leakguard.readers.formats.json_rows import read_json_elements
from leakguard.readers.sources import read_blocks

ONE = {"rules": ["hate-numeric"], "workers": 1}
ELEMENTS = st.lists(st.dictionaries(WORDS, VALUES, max_size=3), max_size=5)
STYLES = st.sampled_from(
    [
        {},
        {"indent": 2},
        {"indent": 0},
        {"separators": (",", ":")},
        {"indent": "\t", "ensure_ascii": False},
        {"separators": (" ,\r\n", " : ")},
    ]
)
SIZES = st.sampled_from([1, 2, 3, 7, 64, 1 << 20])


def cut_chunks(data, size):
    return iter([data[at : at + size] for at in range(0, len(data), size)])


def read_document(data, size=1 << 20, limit=1 << 20, *, lines=False):
    layout = detect_layout(data, lines=lines)
    assert isinstance(layout, Layout), layout
    return list(read_json_elements(cut_chunks(data, size), layout, limit))


@given(ELEMENTS, STYLES, SIZES, st.sampled_from(["array", "key", "objects"]))
def test_every_element_is_a_row(elements, style, size, form):
    """The values in order, numbered from 1, each at the bytes that hold it; chunks of any size give the same."""
    if form == "array":
        data, layout = json.dumps(elements, **style).encode(), Layout(1, 1)
    elif form == "key":
        data = json.dumps({"version": "1", "data": elements, "by": {"name": ["a", "b"]}}, **style).encode()
        layout = Layout(2, data.index(b"[", data.index(b'"data"')) + 1, "data")
    else:
        data, layout = "\n".join(json.dumps(one, **style) for one in elements).encode(), Layout(0, 0)
    told = list(read_json_elements(cut_chunks(data, size), layout, 1 << 20))
    assert not [one.reason for one in told if one.reason]
    assert [orjson.loads(one.line) for one in told] == elements
    assert [orjson.loads(data[one.offset : one.offset + one.length]) for one in told] == elements
    assert [one.row for one in told] == list(range(1, len(elements) + 1))
    assert not any(b"\n" in one.line for one in told)


@given(st.binary(max_size=60), SIZES, st.integers(1, 100))
@example(b"\\[", 1, 20)
def test_any_bytes_give_rows_and_entries_in_order(tail, size, limit):
    """Nothing raises; rows are numbered without a gap; each stands behind the one before; one over the limit has no line.

    Where nothing is over the limit, the sizes of the chunks do not matter.
    """
    data = b'[{"text": "oak"}, ' + tail
    told = list(read_json_elements(cut_chunks(data, size), Layout(1, 1), limit))
    assert [one.row for one in told] == list(range(1, len(told) + 1))
    ends = [0, *(one.offset + one.length for one in told)]
    assert all(one.offset >= end for one, end in zip(told, ends, strict=False))
    assert all(len(one.line) <= limit for one in told)
    if limit >= len(data):
        assert told == list(read_json_elements(iter([data]), Layout(1, 1), limit))


@given(ELEMENTS.filter(bool), st.data())
def test_a_document_that_breaks_off_says_so(elements, data):
    """The elements before are rows, and the last entry is `truncated` at the element that was begun."""
    whole = json.dumps(elements).encode()
    end = data.draw(st.integers(1, len(whole) - 1))
    told = list(read_json_elements(iter([whole[:end]]), Layout(1, 1), 1 << 20))
    assert told[-1].reason == "truncated"
    assert [orjson.loads(one.line) for one in told[:-1]] == elements[: len(told) - 1]
    assert told[-1].offset + told[-1].length == end or not told[-1].length


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[]", []),
        (b" [ ] \n", []),
        (b'[{"a": 1},]', ["", "bad-json"]),
        (b'[{"a": 1} {"a": 2}]', ["", "bad-json"]),
        (b'[{"a": 1},,{"a": 2}]', ["", "bad-json", ""]),
        (b'[null, {"a": 1}, 5, "x, {y}", [1, [2]], {"b": {}}]', ["", "", "", "", "", ""]),
        (b'[{"a": 1}]{"a": 2}', ["", "bad-json"]),
        (b'[{"a": 1}]\n[{"a": 2}]', ["", "bad-json"]),
        (b'[{"a": "\n"}, {"b": 1}]', ["bad-json", ""]),
        (b'[\n{"a": 01},\n{"b": NaN\n}]', ["", "nan"]),
        (b'[{"a": "x\\\\"}, {"b": "\\"}, {"}]', ["", ""]),
        (b'\xef\xbb\xbf[{"a": 1}]', [""]),
        (b'{"data": [{"a": 1}], "data": [{"b": 1}]}', ["", "shape"]),
        (b'{"train": [{"a": 1}], "test": [{"b": 1}]}', ["", "shape"]),
        (b'{"n": 1, "data": [{"a": 1}]', ["", "bad-json"]),
        (b'{"data": [{"a": 1}]} {"data": []}', ["", "bad-json"]),
        (b'{"data": [{"a": 1}', ["", "truncated"]),
    ],
)
def test_what_becomes_of_odd_documents(data, expected):
    """The reason of each row, "" for a line; lines that are no objects are judged by whoever reads rows."""
    assert [one.reason for one in read_document(data)] == expected


def test_what_stands_around_the_list_is_said(tmp_path):
    """Its words are counted as not scanned, prose makes a gate block, and none of it is in what is kept."""
    document = {"about": {"note": "They signed it 1488."}, "version": "1.0", "data": [{"text": "oak"}, {"text": "elm"}]}
    (tmp_path / "a.json").write_text(json.dumps(document, indent=1))
    scan = leakguard.scan(tmp_path / "a.json", **ONE)
    assert dict(scan.tally.unscanned) == {"about.note (outside the list)": 1, "version (outside the list)": 1}
    assert dict(scan.tally.prose) == {"about.note (outside the list)": 1}
    assert leakguard.gate(tmp_path / "a.json", **ONE).exit_code == 3
    leakguard.clean(tmp_path / "a.json", tmp_path / "out", **ONE)
    assert json.loads((tmp_path / "out/kept/a.json").read_text()) == {"data": document["data"]}


def test_an_element_over_the_limit_is_passed_over_in_bounded_memory():
    """It has no line, and the ones around it are read, whatever the size of the chunks."""
    data = json.dumps([{"a": "x"}, {"a": "y" * 5_000, "b": [{}] * 50}, {"a": "z"}]).encode()
    for size in (1, 100, 1 << 20):
        told = read_document(data, size, 1_000)
        assert [(one.reason, one.row) for one in told] == [("", 1), ("too-long", 2), ("", 3)]
        assert json.loads(data[told[1].offset : told[1].offset + told[1].length])["a"][0] == "y"


def test_a_key_that_is_written_twice_is_counted(tmp_path):
    """Elements are the file's own bytes, so the words of an earlier value are named as in JSON Lines."""
    (tmp_path / "a.json").write_bytes(b'[{"text": "They signed it 1488.",\n "text": "oak"}]')
    scan = leakguard.scan(tmp_path / "a.json", **ONE)
    assert scan.tally.repeated == 1 and dict(scan.tally.prose) == {"text (repeated key)": 1}


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"prompt": ["a", "b"], "completion": ["c", "d"]}, "json-columns"),
        ({"prompt": {"0": "a", "1": "b"}, "completion": {"0": "c", "1": "d"}}, "json-columns"),
        ({"0": {"prompt": "a"}, "1": {"prompt": "b"}}, "json-index"),
        ({"columns": ["prompt"], "index": [0], "data": [["a"]]}, "json-split"),
        ({"lr": 1, "optimizer": {"name": "adam"}}, "json-document"),
    ],
)
def test_other_documents_are_named_with_a_command(tmp_path, document, kind):
    """Columns are no rows: the command that converts them does it right, and other documents say so."""
    from leakguard.readers.files.signatures import UNREAD

    path = tmp_path / "a.json"
    path.write_text(json.dumps(document, indent=1))
    (entry,) = leakguard.scan(path, **ONE).unreadable
    assert entry.reason == "unreadable-file" and UNREAD[kind][0] in entry.detail
    command = re.search(r'python -c "(.*?)"\)', entry.detail)
    assert bool(command) == (kind != "json-document")
    if command:
        pytest.importorskip("pandas")
        code = command[1].replace("'FILE'", repr(str(path))).replace("'rows.jsonl'", repr(str(tmp_path / "rows.jsonl")))
        exec(code)
        rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
        assert rows[0]["prompt"] == "a"


def test_rows_come_as_they_are_read(tmp_path):
    """A document is not held as a whole: the first block comes before the end of the file is looked at."""
    path = tmp_path / "a.json"
    path.write_bytes(b"[" + b",".join([b'{"text": "oak and elm"}'] * 200_000) + b" broken")
    first = next(iter(read_blocks(str(path), ReadLimits(block_size=1 << 16))))
    assert first.row == 1 and len(first.data) < 1 << 18
