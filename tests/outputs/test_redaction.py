"""Spans are cut out of rows, and no other byte of a row is touched."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.record import Turn
from leakguard.outputs.redaction import merge_spans, redact_line
from leakguard.readers.rows.text_columns import TextPicker
from row_strategies import SHAPED_ROWS

TEXTS = TextPicker("auto", (), "trained")
PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda two: (min(two), max(two))), min_size=1, max_size=4)
REPLACEMENTS = st.sampled_from(["", "[redacted]", '"\\', "\u2028é🦉"])
WRITERS = [
    lambda row: json.dumps(row).encode(),
    lambda row: json.dumps(row, ensure_ascii=False, indent=None, separators=(" , ", " : ")).encode(),
    lambda row: orjson.dumps(row) + b" \r",
]


def replace_spans(text, spans, replacement):
    """The same cut, made in the decoded text."""
    out, done = [], 0
    for start, end in merge_spans(spans):
        out += [text[done:start], replacement]
        done = end
    return "".join([*out, text[done:]])


@given(st.data(), SHAPED_ROWS, st.sampled_from(WRITERS), REPLACEMENTS)
def test_only_the_spans_of_the_texts_change(data, row, write, replacement):
    """After a cut the row has the same shape and turns; the cut texts lack their spans, all others are what they were."""
    line = write(row)
    turns = TEXTS.read_turns(orjson.loads(line))
    stored = [turn for turn in turns if ".arguments" not in turn.field and not isinstance(row.get(turn.field), (int, float))]
    chosen = data.draw(st.lists(st.sampled_from(stored), max_size=3, unique_by=lambda turn: turn.field)) if stored else []
    spans = {turn.field: [(min(a, len(turn.text)), min(b, len(turn.text))) for a, b in data.draw(PLACES)] for turn in chosen}
    cut = redact_line(line, {turn.field: (turn.text, spans[turn.field]) for turn in chosen}, replacement)
    expected = [
        Turn(turn.role, replace_spans(turn.text, spans[turn.field], replacement) if turn.field in spans else turn.text, turn.field)
        for turn in turns
    ]
    assert list(TEXTS.read_turns(orjson.loads(cut))) == expected


@given(SHAPED_ROWS, st.sampled_from(WRITERS))
def test_without_spans_not_a_byte_changes(row, write):
    """Cutting nothing gives the row back, however it was written."""
    assert redact_line(write(row), {}, "x") == write(row)


EXACT = [
    (b'{"text" : "a\\u0036\\ud83d\\ude00z\\n"}', {"text": ("a6\U0001f600z\n", [(1, 3)])}, b'{"text" : "a[x]z\\n"}'),
    (b'{"text":"666","text":"1 666"}', {"text": ("1 666", [(2, 5)])}, b'{"text":"666","text":"1 [x]"}'),
    (b'{"":{"text":"666"},"text":"666"}', {"text": ("666", [(0, 3)])}, b'{"":{"text":"666"},"text":"[x]"}'),
    (b'{"text":"666","":{"text":"666"}}', {"text": ("666", [(0, 3)])}, b'{"text":"[x]","":{"text":"666"}}'),
    (b'{"a.b":"q","a":{"b":"666"}}', {"a.b": ("q", [(0, 1)])}, b'{"a.b":"[x]","a":{"b":"666"}}'),
    (b'{"m":[["666",{"k":["1","666"]}]]}', {"m[0][1].k[1]": ("666", [(0, 3)])}, b'{"m":[["666",{"k":["1","[x]"]}]]}'),
    (b'{"text":"one two","x":[1,{"y":"}{]["}]}', {"text": ("one two", [(4, 7), (0, 3)])}, b'{"text":"[x] [x]","x":[1,{"y":"}{]["}]}'),
]  # fmt: skip


@pytest.mark.parametrize("line, texts, cut", EXACT)
def test_cuts_byte_by_byte(line, texts, cut):
    """Escapes, doubled keys, keys that look like paths, lists in lists, strings full of brackets."""
    assert redact_line(line, texts, "[x]") == cut


@pytest.mark.parametrize("line", [b'{"arguments":{"a":"666"}}', b'{"text":"other"}', b"{}", b'{"text":7}'])
def test_a_text_that_stands_nowhere_is_not_cut(line):
    """None, rather than a cut in the wrong place."""
    assert redact_line(line, {"text": ("666", [(0, 3)]), "arguments": ('{"a":"666"}', [(6, 9)])}, "x") is None
