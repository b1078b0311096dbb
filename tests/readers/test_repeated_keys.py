"""A key that is written twice is noticed, and the words of the value that parsers drop are named."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from row_strategies import BATCHES

from leakguard.core.batch import Block
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.repeated_keys import count_written_quotes
from leakguard.readers.rows.unscanned import count_quotes

VALUES = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('"\\:a \n{'), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.sampled_from('"\\:a'), max_size=3), inner, max_size=3),
    max_leaves=8,
)


def parse(*lines):
    data = b"\n".join(lines) + b"\n"
    return RowParser().parse(Block("f", 1, 0, len(data), data)).unscanned


@settings(deadline=None)
@given(VALUES, st.sampled_from([None, (" , ", " : "), (",", ":")]))
def test_quotes_are_those_of_keys_and_strings(value, separators):
    """As many quotes without escapes are written as the keys and strings of the parsed value need."""
    assert count_written_quotes(json.dumps(value, separators=separators).encode()) == count_quotes(value)


@settings(deadline=None)
@given(BATCHES)
def test_rows_without_repeats_are_never_counted(rows):
    """Whatever the rows hold, no key is called repeated that is not."""
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    assert RowParser().parse(Block("f", 1, 0, len(data), data)).unscanned.repeated == 0


HIDDEN = [
    (rb'{"text":"It says 1488.","text":"ok"}', {"text (repeated key)": 1}),
    (rb'{"text" : "It says 1488.", "text": "ok", "n": ": \": :"}', {"text (repeated key)": 1}),
    (rb'{"\u0074ext":"It says 1488.","text":"ok"}', {"text (repeated key)": 1}),
    (rb'{"text":{"a":["It says 1488."]},"text":"ok"}', {"text (repeated key)[*][*]": 1}),
    (
        rb'{"messages":[{"role":"assistant","content":"It says 1488.","content":"ok"}]}',
        {"messages[*].content (repeated key)": 1},
    ),
    (rb'{"text":"ok","meta":{"k\\":1,"a":{"k":"It says 1488.","k":2}}}', {"meta.a.k (repeated key)": 1}),
    (rb'{"messages":[{"role":"user","content":"It says 1488."}],"messages":[]}', {"messages (repeated key)[*][*]": 1}),
]


@pytest.mark.parametrize(("line", "prose"), HIDDEN)
def test_hidden_words_are_named(line, prose):
    """The row counts once, and the dropped value's field is one with prose, alone and among rows without a repeated key."""
    for lines in ([line], [rb'{"text":"a"}', line, rb'{"text":"b: \" : c\\"}'], [b"not json", line]):
        unscanned = parse(*lines)
        assert unscanned.repeated == 1
        assert unscanned.prose == prose


def test_equal_values_are_a_note_as_well():
    """A key twice with numbers hides no words and is counted."""
    unscanned = parse(b'{"text":"a","n":1,"n":1}')
    assert (unscanned.repeated, unscanned.fields) == (1, {})


def test_a_row_that_cannot_be_compared_is_counted():
    """Where Python's own parser gives up, the row counts as one with a repeated key."""
    line = b'{"text":"a","text":"b","x":' + b"[" * 1000 + b"]" * 1000 + b"}"
    unscanned = parse(line)
    assert unscanned.repeated == 1
