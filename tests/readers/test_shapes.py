import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.batch import Block
from leakguard.core.errors import UsageError
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.shapes import SCHEMAS, SHAPES, ShapeError
from leakguard.readers.rows.text_columns import TextPicker
from row_strategies import LOOSE_ROWS, MIXED, SHAPED


def read_turns_of(row, *, schema="auto", fields=()):
    """(role, text, field) of every turn."""
    return [(turn.role, turn.text, turn.field) for turn in TextPicker(schema, fields, "trained").read_turns(row)]


@given(LOOSE_ROWS)
def test_rows_are_read_in_full_or_refused(row):
    """No row, however odd, raises anything but ShapeError."""
    try:
        found = read_turns_of(row)
    except ShapeError as error:
        assert str(error)
    else:
        assert all(isinstance(part, str) for turn in found for part in turn)


@pytest.mark.parametrize("name", SHAPED)
def test_auto_finds_what_the_name_asks_for(name):
    """A row of one shape is read the same by its name and by "auto"."""

    @given(SHAPED[name])
    def law(row):
        try:
            expected = read_turns_of(row, schema=name)
        except ShapeError as error:
            with pytest.raises(ShapeError, match="") as again:
                read_turns_of(row)
            assert str(again.value) == str(error)
        else:
            assert read_turns_of(row) == expected

    law()


@given(LOOSE_ROWS | st.one_of(*MIXED))
def test_auto_reads_all_that_any_shape_reads(row):
    """Whatever a student of any schema would be trained on is among the turns of "auto", at the same place."""
    try:
        everything = read_turns_of(row)
    except ShapeError:
        return
    for shape in SHAPES:
        if shape.fits(row):
            try:
                mine = read_turns_of(row, schema=shape.name)
            except ShapeError:
                continue
            assert set(mine) <= set(everything)


CHAT = [
    ({"role": "user", "content": "q"}, [("user", "q", ".content")]),
    ({"role": "assistant", "content": None}, []),
    (
        {"role": "assistant", "content": "a", "reasoning_content": "r"},
        [("assistant", "r", ".reasoning_content"), ("assistant", "a", ".content")],
    ),
    ({"role": "assistant", "thinking": "t", "content": ""}, [("assistant", "t", ".thinking"), ("assistant", "", ".content")]),
    ({"role": "assistant", "content": None, "refusal": "no"}, [("assistant", "no", ".refusal")]),
    ({"from": "gpt", "value": "a"}, [("gpt", "a", ".value")]),
    ({"role": "user", "content": ["s", {"type": "text", "text": "t"}]}, [("user", "s", ".content[0]"), ("user", "t", ".content[1].text")]),
    ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}, {"type": "text", "text": None}]}, []),
    (
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "t"}, {"type": "tool_use", "name": "f", "input": {"k": [1, "é"]}}],
        },
        [
            ("assistant", "t", ".content[0].thinking"),
            ("assistant", "f", ".content[1].name"),
            ("assistant", '{"k":[1,"é"]}', ".content[1].input"),
        ],
    ),
    (
        {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "t"}]}]},
        [("user", "t", ".content[0].content[0].text")],
    ),
    (
        {
            "role": "assistant",
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": '{"a":1}'}}, {"name": "g", "arguments": {"a": 1}}],
        },
        [
            ("assistant", "f", ".tool_calls[0].function.name"),
            ("assistant", '{"a":1}', ".tool_calls[0].function.arguments"),
            ("assistant", "g", ".tool_calls[1].name"),
            ("assistant", '{"a":1}', ".tool_calls[1].arguments"),
        ],
    ),
    ({"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "x"}}]}, []),
    (
        {"role": "user", "content": [{"type": "audio", "transcript": "t"}, {"type": "input_audio", "input_audio": {"transcript": "u"}}]},
        [("user", "t", ".content[0].transcript"), ("user", "u", ".content[1].input_audio.transcript")],
    ),
    (
        {"role": "assistant", "content": None, "audio": {"id": "1", "data": "x", "transcript": "t"}},
        [("assistant", "t", ".audio.transcript")],
    ),
    (
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}, "tool_calls": None},
        [("assistant", "f", ".function_call.name"), ("assistant", "{}", ".function_call.arguments")],
    ),
]


@pytest.mark.parametrize(("message", "said"), CHAT)
@pytest.mark.parametrize("key", ["messages", "conversations"])
def test_messages(key, message, said):
    """All that a message says becomes turns: content, parts, reasoning, tool calls."""
    before = {"role": "user", "content": "hi"}
    assert read_turns_of({key: [before, message]}) == [
        ("user", "hi", f"{key}[0].content"),
        *((role, text, f"{key}[1]{field}") for role, text, field in said),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "t"}, [("text", "t", "text")]),
        ({"prompt": "p", "completion": "c", "id": 7}, [("prompt", "p", "prompt"), ("completion", "c", "completion")]),
        ({"completion": "c"}, [("completion", "c", "completion")]),
        ({"prompt": None, "completion": "c"}, [("completion", "c", "completion")]),
        (
            {"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}, "b"]},
            [("user", "q", "prompt[0].content"), ("assistant", "a", "completion[0].content"), ("completion", "b", "completion[1]")],
        ),
        (
            {"rejected": "r", "chosen": "c", "prompt": "p"},
            [("prompt", "p", "prompt"), ("chosen", "c", "chosen"), ("rejected", "r", "rejected")],
        ),
        (
            {"chosen": [{"role": "assistant", "content": "c"}], "rejected": "r"},
            [("assistant", "c", "chosen[0].content"), ("rejected", "r", "rejected")],
        ),
        (
            {"instruction": "i", "input": "", "output": "o", "text": "t"},
            [("instruction", "i", "instruction"), ("input", "", "input"), ("output", "o", "output"), ("text", "t", "text")],
        ),
        (
            {"instruction": "i", "output": "o", "system": "s", "history": [["q", "a"]]},
            [
                ("instruction", "q", "history[0][0]"),
                ("output", "a", "history[0][1]"),
                ("system", "s", "system"),
                ("instruction", "i", "instruction"),
                ("output", "o", "output"),
            ],
        ),
        ({"messages": [], "text": "t"}, [("text", "t", "text")]),
        (
            {"messages": [{"role": "user", "content": "q"}], "completion": "c", "prompt": "p", "id": "x"},
            [("user", "q", "messages[0].content"), ("prompt", "p", "prompt"), ("completion", "c", "completion")],
        ),
        (
            {"chosen": "c", "rejected": "r", "messages": [{"role": "user", "content": "q"}]},
            [("user", "q", "messages[0].content"), ("chosen", "c", "chosen"), ("rejected", "r", "rejected")],
        ),
        (
            {"text": "t", "output": [{"role": "assistant", "content": "o"}], "input": 5, "chosen": None},
            [("text", "t", "text"), ("input", "5", "input"), ("assistant", "o", "output[0].content")],
        ),
        (
            {"prompt": "p", "completion": "c", "system": "s", "history": [["q", "a"]]},
            [
                ("prompt", "p", "prompt"),
                ("completion", "c", "completion"),
                ("system", "s", "system"),
                ("instruction", "q", "history[0][0]"),
                ("output", "a", "history[0][1]"),
            ],
        ),
        (
            {"system": ["s", {"type": "text", "text": "t"}, {"type": "image"}], "messages": [{"role": "user", "content": "q"}]},
            [("system", "s", "system[0]"), ("system", "t", "system[1].text"), ("user", "q", "messages[0].content")],
        ),
        (
            {"system": [{"role": "developer", "content": "d"}], "conversations": [{"from": "human", "value": "q"}]},
            [("developer", "d", "system[0].content"), ("human", "q", "conversations[0].value")],
        ),
        ({"system": None, "messages": [{"role": "user", "content": "q"}]}, [("user", "q", "messages[0].content")]),
        ({"system": True, "messages": [{"role": "user", "content": "q"}]}, [("user", "q", "messages[0].content")]),
        (
            {"system": 1, "messages": [{"role": "user", "content": "q"}]},
            [("system", "1", "system"), ("user", "q", "messages[0].content")],
        ),
        (
            {"prompt": [{"type": "text", "text": "p"}], "completion": "c"},
            [("prompt", "p", "prompt[0].text"), ("completion", "c", "completion")],
        ),
        (
            {"system": "s", "messages": [{"role": "user", "content": "q"}]},
            [("system", "s", "system"), ("user", "q", "messages[0].content")],
        ),
    ],
)
def test_shapes(row, said):
    """Each shape's turns, in order, with role and place."""
    assert read_turns_of(row) == said


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"messages": None}, "messages is null, not a list"),
        ({"messages": "hi"}, "messages is a string, not a list"),
        ({"messages": {}}, "messages is an object, not a list"),
        ({"messages": [{"role": 1, "content": "a"}]}, "messages[0].role is a number"),
        ({"messages": [{"role": "user", "weight": 1}]}, "messages[0] has no content"),
        ({"messages": [5]}, "messages[0] is a number, not an object"),
        ({"messages": [{}]}, "messages[0] has no role"),
        ({"messages": [{"id": "7"}]}, "messages[0] has no role"),
        ({"messages": [{"author": {"id": 7}, "content": "a"}]}, "messages[0].author is null"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content is a number"),
        ({"messages": [{"role": "user", "content": True}]}, "messages[0].content is a boolean"),
        ({"messages": [{"role": "user", "content": [4]}]}, "messages[0].content[0] is a number"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 4}]}]}, "messages[0].content[0].text is a number"),
        ({"messages": [{"role": "user", "content": [{"type": "new"}]}]}, "messages[0].content[0] is a part without text"),
        ({"messages": [{"role": "a", "content": "", "reasoning": 1.5}]}, "messages[0].reasoning is a number"),
        ({"messages": [{"role": "a", "tool_calls": 5}]}, "messages[0].tool_calls is a number, not a list"),
        ({"messages": [{"role": "a", "tool_calls": ["f"]}]}, "messages[0].tool_calls[0] is a string, not an object"),
        ({"messages": [{"role": "a", "tool_calls": [{"id": 1}]}]}, "messages[0].tool_calls[0] has no name and no arguments"),
        (
            {"messages": [{"role": "a", "function_call": {"arguments": orjson.loads(b"[" * 300 + b"]" * 300)}}]},
            "messages[0].function_call.arguments is nested too deep",
        ),
        ({"messages": [{"role": "a", "content": [{"type": "audio", "transcript": 4}]}]}, "messages[0].content[0].transcript is a number"),
        (
            {"messages": [{"role": "a", "content": None, "audio": {"transcript": {}}}]},
            "messages[0].audio.transcript is an object",
        ),
        ({"conversations": [{"from": None, "value": "a"}]}, "conversations[0].from is null"),
        ({"completion": None}, "completion is null"),
        ({"completion": 72}, "completion is a number"),
        ({"chosen": "c", "rejected": {"role": "assistant", "weight": 1}}, "rejected has no content"),
        ({"chosen": "c", "rejected": {}}, "rejected is a part without text"),
        ({"chosen": [1], "rejected": "r"}, "chosen[0] is a number, not an object"),
        (dict.fromkeys("abcdefgh"), "no known shape; the row has 'a', 'b', 'c', 'd', 'e', ...; name the text with the setting field"),
        (
            {"id": 7, "numbers": [4, 1488]},
            "no known shape; the row has 'id', 'numbers'; read its numbers with the setting map response=numbers",
        ),
        ({"k" * 30: 1}, f"no known shape; the row has '{'k' * 20}'; name the text with the setting field"),
    ],
)
def test_wrong_types(row, why):
    """A value of the wrong type makes the row unreadable and is named by its place."""
    with pytest.raises(ShapeError) as error:
        read_turns_of(row)
    assert str(error.value) == why


ROW = {"a.b": "dotted", "a": {"b": "x", "n": 1, "none": None}, "items": [{"text": "t"}, "u"], "chat": [{"role": "user", "content": "q"}]}


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("a.b", [("field", "dotted", "a.b")]),
        ("items.0.text", [("field", "t", "items[0].text")]),
        ("items.1", [("field", "u", "items[1]")]),
        ("chat", [("user", "q", "chat[0].content")]),
        ("a.none", []),
        ("a.n", "a.n is a number"),
        ("a.c", "no field a.c"),
        ("items.2", "no field items.2"),
        ("items.-1", "no field items.-1"),
        ("items[-1]", [("field", "u", "items[1]")]),
        ("items[-3]", "no field items[-3]"),
        ("items[0].text", [("field", "t", "items[0].text")]),
        ("items[*]", [("field", "t", "items[0].text"), ("field", "u", "items[1]")]),
        ("items.*.text", [("field", "t", "items[0].text")]),
        ("chat[*].content", [("field", "q", "chat[0].content")]),
        ("chat[*].*", [("field", "user", "chat[0].role"), ("field", "q", "chat[0].content")]),
        ("items[*].none", "no field items[*].none"),
        ("a.b.c", "no field a.b.c"),
        ("a", [("field", "x", "a.b")]),
    ],
)
def test_fields(field, said):
    """`--field` reads strings, lists of strings and lists of messages at a dotted path."""
    if isinstance(said, str):
        with pytest.raises(ShapeError, match=re.escape(said)):
            read_turns_of(ROW, fields=[field])
    else:
        assert read_turns_of(ROW, fields=[field]) == said


def test_fields_repeat():
    """Several fields are read in the order in which they are named."""
    assert [text for _, text, _ in read_turns_of(ROW, fields=["items.1", "a.b"])] == ["u", "dotted"]


def test_odd_keys_are_keys():
    """An empty key hides nothing from --field."""
    assert list(RowParser(fields=("a",)).parse(Block("f", 1, 0, 0, b'{"": "x", "a": "t"}')).texts) == ["t"]


def test_a_named_schema_reads_that_shape_alone():
    """`--schema text` leaves the output beside it out."""
    assert read_turns_of({"text": "t", "output": "o"}, schema="text") == [("text", "t", "text")]


def test_a_named_schema_refuses_other_rows():
    """`--schema alpaca` says what it misses."""
    with pytest.raises(ShapeError, match="the schema alpaca needs 'instruction' and 'output'; the row has 'text'"):
        read_turns_of({"text": "t"}, schema="alpaca")


def test_names_that_nobody_knows():
    """A schema that does not exist, and one together with fields, are usage errors in one line."""
    with pytest.raises(UsageError, match="did you mean 'alpaca'"):
        TextPicker("alpacca", (), "trained")
    with pytest.raises(UsageError, match="leave one out"):
        TextPicker("text", ("a",), "trained")
    assert SCHEMAS == ("auto", "messages", "sharegpt", "preference", "prompt-completion", "alpaca", "text", "columns")
    assert len(SHAPES) == 6
