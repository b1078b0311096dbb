"""A key that is written twice in a row is a note, because trainers read such a row differently."""

from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.batch import Block
from leakguard.core.rule import Severity
from leakguard.detectors.repeated_keys import RepeatedKeyDetector
from leakguard.readers.rows.parser import RowParser

ROWS = {
    b'{"text":"plain"}': None,
    b'{"text":"first","text":"last"}': "text",
    b'{"text":1,"text":"last"}': "text",
    b'{"id":7,"text":"plain"}': None,
    b'{"messages":[{"role":"assistant","content":"a","content":"b"}]}': "messages[*].content",
    b'{"text":"plain","meta":{"k":1,"k":2}}': "meta.k",
}


def find_notes(data):
    """(text, start, end, severity, dropped field) of each hit."""
    hits = RepeatedKeyDetector().detect(RowParser().parse(Block("f", 1, 0, len(data), data))).hits
    return [(text, start, end, mark.severity, mark.rule.value) for text, start, end, mark in hits]


@given(st.lists(st.sampled_from(list(ROWS)), min_size=1, max_size=8))
def test_each_row_with_a_repeated_key_has_one_note(rows):
    """The hit is at the beginning of the row's text, in any mixture of rows."""
    wanted = [(at, 0, 0, Severity.NOTE, ROWS[row]) for at, row in enumerate(rows) if ROWS[row]]
    assert find_notes(b"\n".join(rows)) == wanted
