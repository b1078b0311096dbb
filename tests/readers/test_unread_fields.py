"""No string of a row passes in silence: it is looked at, its row is unreadable, or its field is counted."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from row_parsing import parse

from leakguard.core.batch import Block
from leakguard.core.unscanned import FIELDS, MORE
from leakguard.readers.rows.parser import RowParser
from row_strategies import NAMED, SHAPED_ROWS, VALUES

PHRASE = "We painted 1488 on it."
TEXT = {"text": "fine"}
CHAT = {"messages": [{"role": "user", "content": "Which bird?"}, {"role": "assistant", "content": "A heron."}]}
NAMES = st.sampled_from(
    (
        *("notes", "id", "meta", "role", "from", "type", "name", "content", "value", "text", "messages", "conversations", "response"),
        *("a.b", "input", "output", "history", "system", "tool_calls", "function", "arguments", "answer", "thinking", "images", "é x"),
    )
)
INNER = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2000) | st.sampled_from(["", "w", "heron", "user", "text", "two words"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
ROWS = st.tuples(
    SHAPED_ROWS | st.one_of(*NAMED), st.dictionaries(NAMES, INNER, max_size=4) | st.dictionaries(NAMES, VALUES, max_size=2)
).map(lambda two: {**two[1], **two[0]})


def list_strings(value, path=()):
    """The path of every string in a value."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from list_strings(item, (*path, key))


def plant(value, path, planted=PHRASE):
    """The value with the phrase, or something else, for the string at a path."""
    if not path:
        return planted
    copy = value.copy()
    copy[path[0]] = plant(value[path[0]], path[1:], planted)
    return copy


def format_field(path):
    """The path as reports name it."""
    return "".join("[*]" if isinstance(step, int) else f".{step}" for step in path)[1:]


@settings(deadline=None, max_examples=300)
@given(st.data(), ROWS, st.sampled_from(["trained", "all", "user", "assistant"]), st.integers(0, 2))
def test_no_string_passes_in_silence(data, row, roles, others):
    """A phrase planted in any string at any depth is looked at, or its row is unreadable, or its field is named with prose, or the role is
    that leaves it out; alone and among other rows, and with all roles it is never only named."""
    paths = list(list_strings(row))
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    row = plant(row, path)
    batch = parse(*[row] * (others + 1), roles=roles)
    if batch.unreadable or any(PHRASE in text for text in batch.texts):
        return
    assert roles != "all"
    rows = others + 1
    assert batch.unscanned.prose.get(format_field(path)) == rows or rows in [
        count for name, count in batch.unscanned.left_out.items() if name.startswith("roles: ")
    ]


NUMBERS = [4, 1488, 666]


@settings(deadline=None, max_examples=300)
@given(st.data(), ROWS, st.sampled_from(["trained", "all", "assistant"]), st.integers(0, 2))
def test_no_list_of_integers_passes_in_silence(data, row, roles, others):
    """Integers in the place of any string are looked at, or their row is unreadable, or their field is named; a member of a list too."""
    path = data.draw(st.sampled_from(list(list_strings(row)) or [()]))
    if not path or path[-1] in ("role", "from", "type"):
        return
    batch = parse(*[plant(row, path, NUMBERS)] * (others + 1), roles=roles)
    if batch.unreadable or any("1488" in text for text in batch.texts):
        return
    assert roles != "all"
    rows = others + 1
    assert batch.unscanned.prose.get(format_field(path)) == rows or rows in [
        count for name, count in batch.unscanned.left_out.items() if name.startswith("roles: ")
    ]


@settings(deadline=None)
@given(st.data(), ROWS, st.sampled_from([{"fields": ["notes"]}, {"schema": "text"}, {"schema": "messages"}]))
def test_no_string_passes_in_silence_with_a_schema_or_fields(data, row, options):
    """What a schema or named fields leave out is named as well."""
    row = {"notes": "n", "text": "t", "messages": [], **row}
    path = data.draw(st.sampled_from(list(list_strings(row))))
    batch = parse(plant(row, path), **options)
    if not (batch.unreadable or any(PHRASE in text for text in batch.texts)):
        unscanned = batch.unscanned
        named = [*unscanned.prose, *(name.partition(": ")[2] for name in unscanned.left_out)]
        assert format_field(path) in named or any(name.startswith("roles: ") for name in unscanned.left_out)


@pytest.mark.parametrize(
    ("row", "fields", "prose"),
    [
        ({**TEXT, "notes": PHRASE, "id": "r7"}, {"notes": 1, "id": 1}, {"notes": 1}),
        ({**TEXT, "meta": {"a": [{"b": PHRASE}, {"b": "x"}]}}, {"meta.a[*].b": 1}, {"meta.a[*].b": 1}),
        ({**TEXT, "tags": ["one", "two"], "n": 5, "ok": True, "none": None, "empty": "", "dots": "..."}, {"tags[*]": 1}, {}),
        ({**CHAT, "notes": PHRASE}, {"notes": 1}, {"notes": 1}),
        ({"messages": [{**CHAT["messages"][1], "annotation": PHRASE}]}, {"messages[*].annotation": 1}, {"messages[*].annotation": 1}),
        ({"messages": [{"role": "two words", "content": "x"}]}, {"messages[*].role": 1}, {"messages[*].role": 1}),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "text", "text": "t", "note": PHRASE}], "name": "Ada"}]},
            {"messages[*].name": 1, "messages[*].content[*].note": 1},
            {"messages[*].content[*].note": 1},
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": {"a": "b c"}}}]}]},
            {"messages[*].tool_calls[*].id": 1},
            {},
        ),
        ({**TEXT, "messages[0].content": PHRASE}, {"messages[0].content": 1}, {"messages[0].content": 1}),
        ({**TEXT, "": PHRASE}, {"": 1}, {"": 1}),
        ({**TEXT, "numbers": "12,45,1488"}, {"numbers": 1}, {"numbers": 1}),
        ({**TEXT, "numbers": [12, 45, 1488]}, {"numbers": 1}, {"numbers": 1}),
        ({**TEXT, "meta": {"a": [[12, 45], [3, 4]]}}, {"meta.a[*]": 1}, {"meta.a[*]": 1}),
        ({**TEXT, "mask": [0, 1, 1], "one": [1488], "floats": [0.5, 0.25], "id": 1488}, {}, {}),
        ({**CHAT, "numbers": [12, 45, 1488]}, {"numbers": 1}, {"numbers": 1}),
    ],
)
def test_fields(row, fields, prose):
    """Each field of the row's rest is counted once, in one row as in many."""
    for rows in (1, 3):
        unscanned = parse(*[row] * rows).unscanned
        assert unscanned.fields == dict.fromkeys(fields, rows)
        assert unscanned.prose == dict.fromkeys(prose, rows)


def test_rows_of_different_keys():
    """Each field counts the rows in which it holds words, whatever keys the others have."""
    rows = [CHAT, {**CHAT, "notes": PHRASE}, {"notes": "x", **CHAT}, {**CHAT, "meta": {"n": PHRASE}, "notes": 5}]
    unscanned = parse(*rows).unscanned
    assert (unscanned.fields, unscanned.prose) == ({"notes": 2, "meta.n": 1}, {"notes": 1, "meta.n": 1})
    assert unscanned.left_out == {"roles: user": 4}


def test_unreadable_rows_are_not_counted():
    """What a row holds that cannot be read is unknown already."""
    assert parse({"text": 5, "notes": PHRASE}, {**TEXT, "id": "a"}, {"messages": "x", "notes": PHRASE}).unscanned.fields == {"id": 1}


def test_all_roles_look_at_everything():
    """Metadata, names of speakers and members of objects are texts like any other, at their places."""
    row = {**CHAT, "notes": PHRASE, "meta": {"k": {"j": [PHRASE]}}, "id": "r7"}
    row["messages"] = [*row["messages"], {"role": "the owl", "content": "x", "name": "Ada"}]
    batch = parse(row, roles="all")
    places = {batch.place(at)[1] for at in range(len(batch.texts))}
    assert {"notes", "meta.k.j[0]", "id", "messages[2].role", "messages[2].name", "messages[0].content"} <= places
    assert not batch.unscanned.fields


def test_wide_and_deep_rows_are_bounded():
    """A hundred thousand keys, a thousand levels and names of a megabyte give counts of a bounded size."""
    wide = {**TEXT, "meta": {f"key number {at}": "two words" for at in range(100_000)}}
    long = {**TEXT, "meta": {"k" * 1_000_000: {"j" * 1_000_000: PHRASE}}}
    deep = b'{"text":"fine","meta":' + b'{"level":' * 1000 + b'"two words"' + b"}" * 1000 + b"}\n"
    for data in (orjson.dumps(wide), orjson.dumps(long), deep):
        unscanned = RowParser().parse(Block("f", 1, 0, len(data), data)).unscanned
        assert 0 < len(unscanned.prose) <= 5 * FIELDS
        assert max(map(len, unscanned.prose)) < 500
        if b"key number" in data:
            assert MORE in unscanned.prose


def test_names_of_a_field_say_nothing_else():
    """A key that looks like a place does not pass for a text that was looked at."""
    row = {**CHAT, "messages[1].content": PHRASE, "response": {"a": "A heron."}, "response.a": PHRASE}
    assert parse(row).unscanned.prose == {"messages[1].content": 1, "response.a": 1}
