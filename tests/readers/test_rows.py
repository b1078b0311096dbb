import pickle

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from row_strategies import BATCHES, GOOD_LINES, HOSTILE_LINES, LINES, PACKINGS, files, physical_lines

from leakguard.core.batch import Block
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Tally
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.shapes import ShapeError
from leakguard.readers.rows.text_columns import TextPicker
from leakguard.readers.sources import read_blocks

TEXTS = TextPicker("auto", (), "trained")


def parse(data, **options):
    """The batch of one block in memory."""
    return RowParser(**options).parse(Block("f", 1, 0, len(data), data))


def read_slowly(data):
    """What a reader without any short cut makes of a file's content: readable (row, offset, turns) and unreadable (row, offset)."""
    readable, unreadable = [], []
    for row, offset, line in physical_lines(data):
        if not line.strip():
            continue
        try:
            readable.append((row, offset, TEXTS.read_turns(orjson.loads(line))))
        except (orjson.JSONDecodeError, ShapeError):
            unreadable.append((row, offset))
    return readable, unreadable


@given(files(), st.sampled_from([1, 17, 60, 1 << 18]), st.sampled_from([*PACKINGS]), st.booleans())
def test_no_row_is_lost(fresh, data, size, packing, inline):
    """Every line that is not blank is read or unreadable, at its row and offset, whatever the block size and packing."""
    readable, unreadable, texts, seen = [], [], [], 0
    rows = RowParser()
    for block in read_blocks(fresh(PACKINGS[packing](data)), ReadLimits(block_size=size), inline=inline):
        batch = rows.parse(block)
        seen += batch.seen
        unreadable += [(entry.origin.row, entry.origin.offset) for entry in batch.unreadable]
        offsets = batch.offsets()
        assert len(batch.rows) == len(batch.lines) == len(offsets)
        for i, row in enumerate(batch.rows):
            if row is not None:
                readable.append((batch.first_row + i, offsets[i], batch.turns_of(row)))
                assert orjson.loads(batch.lines[i]) == row
        texts += [(batch.first_row + owner, text) for owner, text in zip(batch.owners, batch.texts, strict=True)]
    assert (readable, unreadable) == read_slowly(data)
    assert seen == len(readable) + len(unreadable)
    assert texts == [(row, turns[turn].text) for row, _, turns in readable for turn in TEXTS.select_turns(turns)]


@given(st.lists(HOSTILE_LINES | LINES, min_size=1, max_size=8))
@example([b'{"a":[{"x":1}', b'{"y":2}]}', b'{"b":1},{"c":2}'])
@example([b'{"text":"1"},{"text":"2"}', b'{"text":["', b'"]}'])
@example([b"1],[2", b"3"])
@example([b'{"text":"a', b'b"}', b"{},{},{}"])
def test_no_line_borrows_from_its_neighbour(lines):
    """Halves of a value on two lines and two values on one line never make up for each other."""
    batch = parse(b"\n".join(lines) + b"\n")
    for line, row in zip(lines, batch.rows, strict=True):
        if row is not None:
            assert orjson.loads(line) == row
    good = [line for line in lines if _is_json(line)]
    assert sum(row is not None for row in batch.rows) <= len(good)
    bad = {number for number, line in enumerate(lines, 1) if line.strip() and not _is_json(line)}
    assert bad <= {entry.origin.row for entry in batch.unreadable}


def _is_json(line):
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


@given(BATCHES, st.sampled_from(["trained", "all", "user", "assistant,system", "chosen"]))
@example([{"": "x", "messages": [{"role": "gpt", "content": "a"}]}, {"text": "t", "messages": [{"role": "new", "content": "b"}]}], "all")
@example([{"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * 2}, {"role": "gpt", "content": "b"}]}], "trained")
@example([{"messages": [{"role": "tool", "content": None}, {"role": "gpt", "content": "b"}]}], "trained")
def test_short_cuts_change_nothing(rows, roles):
    """Texts, owners, places, errors and the counts of what is not looked at are those of reading row by row by the shape alone, in the
    first block as in later ones."""
    reader = TextPicker("auto", (), roles)
    texts, owners, places, failed = [], [], [], {}
    counts = Tally()
    for i, row in enumerate(rows):
        try:
            turns = reader.read_turns(row)
        except ShapeError as error:
            failed[i] = str(error)
            continue
        counts.leave(reader.count_unscanned(row))
        for turn in reader.select_turns(turns):
            texts.append(turns[turn].text)
            owners.append(i)
            places.append((turn, turns[turn].field))
    data = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    parser = RowParser("auto", (), roles)
    for _ in range(2):
        batch = parser.parse(Block("f", 1, 0, len(data), data))
        assert (list(batch.texts), list(batch.owners)) == (texts, owners)
        assert {entry.origin.row - 1: entry.detail for entry in batch.unreadable} == failed
        assert [batch.place(text) for text in range(len(texts))] == places
        found = batch.unscanned
        assert (found.fields, found.prose, found.left_out) == (counts.unscanned, counts.prose, counts.left_out)
    assert [reader.locate_text(rows[i], text - owners.index(i)) for text, i in enumerate(owners)] == places


@pytest.mark.parametrize("roles", ["trained", "all"])
@pytest.mark.parametrize("key", ["messages", "conversations"])
def test_a_system_prompt_in_any_form_is_read(roles, key):
    """A string, an object or a list of strings beside a list of messages, and none at all, among each other."""
    said = {key: [{"role": "assistant", "content": "a"}]}
    rows = [{"system": "s", **said}, {"system": {"text": "s"}, **said}, {"system": None, **said}, {"system": ["t"], **said}]
    data = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    batch = RowParser("auto", (), roles).parse(Block("f", 1, 0, len(data), data))
    assert not batch.unreadable
    places = [batch.place(text) for text in range(len(batch.texts))]
    heard = [(turn, f"{key}[0].content") for turn in (1, 1, 0, 1)]
    prompts = [(0, "system"), heard[0], (0, "system.text"), heard[1], heard[2], (0, "system[0]"), heard[3]]
    assert places == (prompts if roles == "all" else heard)


@given(st.lists(GOOD_LINES, min_size=1, max_size=6))
def test_blank_lines_count_as_lines_but_not_as_rows(lines):
    """Blank lines move row numbers on and nothing else."""
    plain, spaced = parse(b"\n".join(lines)), parse(b"\n \t\r\n".join(lines))
    assert spaced.seen == plain.seen == len(lines)
    assert list(spaced.texts) == list(plain.texts)
    assert [2 * owner for owner in plain.owners] == list(spaced.owners)


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b"{", "bad-json", "one JSON document over several lines"),
        (b"[\r", "bad-json", "one JSON document over several lines"),
        (b'{"text": "a"', "bad-json", "character 13"),
        (b'{"text": "a"} x', "bad-json", "character 15"),
        (b'{"text": "a"},', "bad-json", "character 14"),
        (b'{"text": "a\tb"}', "bad-json", "character 12"),
        (b"{'text': 'a'}", "bad-json", "character 2"),
        (b'{"text": "a"}\x00', "bad-json", "character 14"),
        (b'{"n": 1e999}', "bad-json", "character 7"),
        (b'\xef\xbb\xbf{"text": "a"}', "bad-json", "BOM"),
        (b'{"text": "\xff"}', "bad-utf8", "byte 11 of the row"),
        (b'{"text": "\xed\xa0\x80"}', "bad-utf8", "byte 11 of the row"),
        (b'{"text": "\xf0\x9f\x98', "bad-utf8", "byte 11 of the row"),
        (b'{"text": "\\ud83d"}', "lone-surrogate", "character 11"),
        (b'{"text": "\\ude00"}', "lone-surrogate", "character 11"),
        (b'{"text": NaN}', "nan", "character 10"),
        (b'{"text": -Infinity}', "nan", "character 11"),
        (b"[" * 2000 + b"]" * 2000, "too-deep", "character 10"),
        (b"null", "shape", "the row is null, not an object"),
        (b"[1]", "shape", "the row is a list, not an object"),
        (b'"text"', "shape", "the row is a string, not an object"),
        (b'{"q": 1, "a": 2}', "shape", "no known shape; the row has 'q', 'a'; name the text with the setting field"),
        (b"{}", "shape", "no known shape; the row has no keys; name the text with the setting field"),
        (b'{"text": 3}', "shape", "text is a number"),
    ],
)
def test_unreadable_rows(line, reason, detail):
    """A row that cannot be read is an entry with row, offset, reason and a few words; its neighbours are read."""
    batch = parse(b'{"text": "before"}\n' + line + b'\n{"text": "after"}\n')
    (entry,) = batch.unreadable
    assert (entry.origin, entry.reason) == (Origin("f", 2, 19), reason)
    assert detail in entry.detail and len(entry.detail) < 120
    assert (batch.seen, list(batch.texts), list(batch.owners)) == (3, ["before", "after"], [0, 2])
    assert batch.rows[1] is None and batch.lines[1] == line


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b'{"text": "a"}\r\n{"text": "b"}\r\n', ["a", "b"]),
        (b'{"text": "a"}\n{"text": "b"}', ["a", "b"]),
        (b'\n\n{"text": "a"}\n \n\x0c\n', ["a"]),
        (b"\n", []),
        (b"", []),
        (b'{"text": "a", "text": "b"}\n', ["b"]),
        ('{"text": "a\u2028b\u0085c\x7f"}\n'.encode(), ["a\u2028b\u0085c\x7f"]),
        (b'{"text": "a\\f\\u000b\\u0000"}\n', ["a\x0c\x0b\x00"]),
        (b'{"text": "\\ud83d\\ude00"}\n', ["\U0001f600"]),
        (b'{"text": ""}\n', [""]),
        (b'{"text": "a"}\n{"messages": []}\n{"output": "b", "instruction": "i"}\n', ["a", "b"]),
        (b'{"text": "a", "deep": ' + b"[" * 1023 + b"]" * 1023 + b"}\n", ["a"]),
    ],
)
def test_decided(data, texts):
    """Line ends, blank lines, duplicate keys (the last one counts), separators inside strings, empty strings, mixed shapes."""
    batch = parse(data)
    assert (list(batch.texts), list(batch.unreadable)) == (texts, [])


def test_broken_entries_of_the_block_are_rows_seen():
    """What the source could not read is counted with the batch."""
    lost = Unreadable(Origin("f", 7, 90), "too-long", "")
    batch = RowParser().parse(Block("f", 7, 90, 0, b"", (lost,)))
    assert (batch.seen, list(batch.unreadable), list(batch.texts), len(batch.lines)) == (1, [lost], [], 0)


def test_a_block_that_is_gone_is_unreadable(tmp_path):
    """A file that vanishes before its block is loaded is one entry, not a crash."""
    path = str(tmp_path / "gone")
    batch = RowParser().parse(Block(path, 5, 80, 10))
    (entry,) = batch.unreadable
    assert (batch.seen, entry.origin, entry.reason) == (1, Origin(path, 5, 80), "unreadable-file")


def test_batches_speak_of_the_file():
    """A record has its row, offset, turns and an id that does not depend on the line's end or place."""
    batch = RowParser().parse(Block("f", 10, 100, 0, b'{"text": "a"}\n\n{"prompt": "p", "completion": "c"}\r\n'))
    record = batch.record(2)
    assert (record.origin, [turn.role for turn in record.turns]) == (Origin("f", 12, 115), ["prompt", "completion"])
    assert record.id == parse(b'{"prompt": "p", "completion": "c"}').record(0).id
    assert batch.place(1) == (1, "completion")
    assert list(batch.lines) == [b'{"text": "a"}', b"", b'{"prompt": "p", "completion": "c"}\r']
    assert batch.lines[-1] == batch.lines[2] and batch.lines[1:] == [b"", batch.lines[2]]
    with pytest.raises(IndexError):
        batch.lines[3]


def test_travels_to_workers():
    """A parser can be pickled and reads the same afterwards."""
    rows = pickle.loads(pickle.dumps(RowParser("auto", ("a.b",), "all")))
    assert list(rows.parse(Block("f", 1, 0, 0, b'{"a": {"b": "x"}}\n')).texts) == ["x"]
