import json

import orjson
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from leakguard.core.batch import Block
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.same_keys import match_same_keys

# What strings are made of that a reader of quotes could trip over.
HARD = st.lists(
    st.sampled_from(['"', "\\", '\\"', "\n", "\t", "é", "𝟞", "\u2028", "\x7f", "a", "6", ", ", '": "', "}\n{", "\x1e"]), max_size=6
)
STRINGS = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), HARD.map("".join))
SPACING = st.sampled_from([(", ", ": "), (",", ":"), (" ,\t", ":  ")])
# Pieces that break rows, or only make them differ.
BREAKS = [
    b'"',
    b"\\",
    b"\\\\",
    b'\\"',
    b"\n",
    b" ",
    b",",
    b"}",
    b"{",
    b"\x00",
    b"\x1f",
    b"\xff",
    b"\xc3",
    b"\\ud800",
    b"null",
    b'"b":"',
    b"a",
    b"-",
    b"0",
    b"7",
    b".5",
    b"e1",
    b"1" * 18,
]


# Whole numbers as they are read without parsing.
WHOLE = st.integers(0, 10**18 - 1) | st.integers(0, 20)


@st.composite
def rows_with_same_keys(draw):
    """Lines of objects with the same keys, all strings or whole numbers, all written by one hand."""
    keys = draw(st.lists(STRINGS, min_size=1, max_size=3, unique=True))
    kinds = draw(st.tuples(*[st.sampled_from([STRINGS, STRINGS, WHOLE])] * len(keys)))
    rows = draw(st.lists(st.tuples(*kinds), min_size=1, max_size=6))
    ascii_only, separators = draw(st.booleans()), draw(SPACING)
    lines = [json.dumps(dict(zip(keys, row, strict=True)), ensure_ascii=ascii_only, separators=separators) for row in rows]
    return "\n".join(lines).encode() + draw(st.sampled_from([b"", b"\n"]))


@st.composite
def damaged_rows(draw):
    """Such lines with a piece of them replaced."""
    data = draw(rows_with_same_keys())
    start, length = draw(st.integers(0, len(data))), draw(st.integers(0, 3))
    return data[:start] + draw(st.sampled_from([b"", *BREAKS])) + data[start + length :]


def parse_lines(data):
    """The rows as a parser reads them."""
    return list(map(orjson.loads, data.removesuffix(b"\n").split(b"\n")))


@given(rows_with_same_keys())
def test_rows_that_are_written_alike_are_read(data):
    """Rows of one hand in ASCII are read without being parsed, unless control characters stand around strings or there is but one line."""
    assume(data.isascii() and b"\t" not in data and b"\n" in data)
    assert match_same_keys(data) is not None


@given(rows_with_same_keys() | damaged_rows())
@example(b'{"a":"x"}\n{"a":"y"}\n\n')
@example(b'{"a":"x"}\n{"a":"y"},')
@example(b'{"a":"x","b":"1"}\n{"a":"y","a":"2"}\n')
@example(b'{"a":"x"}\n{"a":"\\q"}\n')
@example(b'{"a":"x"}\n{"a":"\\\\"}\n{"a":"\\\\\\""}\n')
@example(b'{"a":"x"}\n{"a":"\x01"}')
@example(b'{"a":1}\n{"a":20}')
@example(b'{"a":1}\n{"a":02}\n')
@example(b'{"a":1}\n{"a":-2}\n')
@example(b'{"a":1}\n{"a":2e1}\n')
@example(b'{"a":1}\n{"a":}\n')
@example(b'{"a":1}\n{"a":2 }\n')
@example(b'{"a":1,"b":""}\n{"a":1234567890123456789,"b":""}\n')
@example(b'{"b":"","a":1}\n{"b":"","a":[2]}\n')
@example(b'{"a":1,"a":1}\n{"a":1,"a":1}\n')
@example(b'{"a":1}\n{"a":2}        ')
def test_what_is_read_by_its_quotes_is_what_a_parser_reads(data):
    """Where rows are read without being parsed, each of them can be parsed, and says the same under every key and any two of them."""
    same = match_same_keys(data)
    if same is None:
        return
    rows = parse_lines(data)
    assert list(same) == rows
    assert all(tuple(row) == same.keys for row in rows)
    strings = [key for key in same.keys if same.has_strings(key)]
    assert {type(row[key]) for row in rows for key in strings} <= {str}
    assert {type(row[key]) for row in rows for key in same.keys if key not in strings} <= {int}
    for keys in [*([key] for key in strings), strings, strings[::-1]]:
        assert list(same.get_column(keys)) == [row[key] for row in rows for key in keys]


@given(rows_with_same_keys() | damaged_rows(), st.sampled_from(["trained", "all", "user"]))
@example(b'{"prompt":"p","completion":"c"}\n{"prompt":"p2","completion":"c2"}\n', "all")
@example(b'{"prompt":"p","completion":"c"}\n{"prompt":"","completion":"\\n"}\n', "trained")
@example(b'{"text":"p","output":"c"}\n{"text":"p2","output":"c2"}\n', "trained")
@example(b'{"id":1,"prompt":"p","completion":"c"}\n{"id":22,"prompt":"p2","completion":"c2"}\n', "trained")
@example(b'{"prompt":"p","completion":3}\n{"prompt":"p2","completion":4}\n', "trained")
@example(b'{"text":"p","label":0}\n{"text":"p2","label":12}\n', "all")
def test_a_batch_is_the_same_either_way(data, roles):
    """Texts, owners, places, rows and counts of a block do not tell whether its rows were parsed: one more row of another kind says so."""
    same, other = (
        RowParser(roles=roles).parse(Block("f", 1, 0, len(block), block)) for block in (data, data.removesuffix(b"\n") + b"\n7\n")
    )
    assert list(same.texts) == list(other.texts)
    assert list(same.owners) == list(other.owners)
    assert list(same.rows) == list(other.rows)[:-1] or not data
    assert same.unscanned == other.unscanned
    assert [*same.unreadable] == [*other.unreadable][:-1]
    assert [same.place(text) for text in range(len(same.texts))] == [other.place(text) for text in range(len(other.texts))]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"7\n7\n", b"{}\n{}\n", b'{"a":1.5}\n{"a":1.5}\n', b'{"a":"x"}', b"[]\n[]\n", b'{"a":null}\n']
)
def test_other_blocks_are_left_to_the_parser(data):
    """Nothing but objects of strings and whole numbers is read by its quotes."""
    assert match_same_keys(data) is None
