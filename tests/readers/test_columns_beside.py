"""What trainers read beside a row's shape is looked at, under whatever name."""

import pytest
from row_parsing import parse

from leakguard.core.batch import Block
from leakguard.readers.rows.column_names import TRAINED
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.text_columns import TextPicker

SAID = "We painted 1488 on it."
USER = {"role": "user", "content": "Which bird?"}
HERON = {"role": "assistant", "content": "A heron."}


def find_places(row, **options):
    """Where the looked-at texts that hold the planted number stand."""
    batch = parse(row, **options)
    assert not batch.unreadable
    return [batch.place(at)[1] for at, text in enumerate(batch.texts) if "1488" in text]


CHAT = {"messages": [USER, HERON]}


@pytest.mark.parametrize(
    ("beside", "where"),
    [
        ({"rejected_response": SAID}, ["rejected_response"]),
        ({"rejected_response": ["No idea.", SAID]}, ["rejected_response[1]"]),
        ({"rejected_response": [USER, {"role": "assistant", "content": SAID}]}, ["rejected_response[1].content"]),
        ({"rejected_messages": [USER, {"role": "assistant", "content": SAID}]}, ["rejected_messages[1].content"]),
        ({"chosen_messages": [{"role": "assistant", "content": SAID}]}, ["chosen_messages[0].content"]),
        ({"response": SAID}, ["response"]),
        ({"responses": [{"model": "m", "text": SAID}]}, ["responses[0].text"]),
        ({"generations": [["a"], [SAID]]}, ["generations[1][0]"]),
        ({"generation": {"output": {"final": SAID}}}, ["generation.output.final"]),
        ({"answers": {"text": [SAID], "answer_start": [0]}}, ["answers.text[0]"]),
        ({"solution": 1488}, ["solution"]),
        ({"answers": [7, 1488]}, ["answers"]),
        ({"answer": ["a", 1488]}, ["answer[1]"]),
        ({"output": 1488}, ["output"]),
        ({"output": 1488.5}, ["output"]),
        ({"reasoning": SAID, "reflection": SAID}, ["reasoning", "reflection"]),
        ({"tool_calls": [{"function": {"name": "f", "arguments": {"note": SAID}}}]}, ["tool_calls[0].function.arguments.note"]),
        (
            {"preferred_output": [{"role": "assistant", "content": [{"type": "text", "text": SAID}]}]},
            ["preferred_output[0].content[0].text"],
        ),
    ],
)
def test_columns(beside, where):
    """Strings, lists, messages, objects and numbers under a trained column are looked at, each at its place."""
    assert find_places({**CHAT, **beside}) == where
    assert find_places({**beside, "text": "fine"}) == where


@pytest.mark.parametrize("key", TRAINED)
def test_every_column_is_read_beside_every_shape(key):
    """A plain string under each of the names is found beside a dialogue, a text and an instruction."""
    for shape in (CHAT, {"text": "t"}, {"instruction": "i", "output": "o"}, {"prompt": "p", "chosen": "c", "rejected": "r"}):
        assert find_places({**shape, key: SAID}) == [key]


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"thought": SAID}, "thought"),
        ({"tool_plan": SAID}, "tool_plan"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": SAID, "signature": "1488"}]}, "reasoning_details[0].text"),
        ({"reasoning_details": [{"type": "reasoning.summary", "summary": SAID}]}, "reasoning_details[0].summary"),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": SAID}]}]}, "content[0].thinking[0].text"),
        ({"content": [{"type": "text", "value": SAID}]}, "content[0].value"),
        ({"content": [{"type": "text", "content": SAID}]}, "content[0].content"),
        ({"content": [{"type": "server_tool_use", "name": "f", "input": {"q": SAID}}]}, "content[0].input"),
        ({"content": [{"type": "web_tool_result", "content": SAID}]}, "content[0].content"),
        ({"tool_calls": [{"name": "f", "args": {"note": SAID}, "id": "1"}]}, "tool_calls[0].args"),
        ({"tool_calls": [{"name": "f", "parameters": {"note": SAID}}]}, "tool_calls[0].parameters"),
        ({"tool_calls": [{"type": "custom", "custom": {"name": "f", "input": SAID}}]}, "tool_calls[0].custom.input"),
        ({"tool_calls": [{"function": {"name": "f", "parameters": SAID}}]}, "tool_calls[0].function.parameters"),
        ({"content": "", "rejected_response": SAID}, "rejected_response"),
        ({"content": "", "rejected": {"role": "assistant", "content": SAID}}, "rejected.content"),
        ({"content": "", "response": 1488}, "response"),
    ],
)
@pytest.mark.parametrize("key", ["messages", "conversations"])
def test_messages(key, said, where):
    """Of a message, what common trainers name is looked at, in the first row of a block as among other rows."""
    row = {key: [USER, {"role": "assistant", **said}]}
    assert find_places(row) == [f"{key}[1].{where}"]
    batch = parse({key: [USER, HERON]}, row, {key: [USER, HERON]})
    assert [text for text in batch.texts if "1488" in text] and not batch.unreadable


@pytest.mark.parametrize("key", ["question", "query", "problem", "context", "system_prompt", "tools", "documents"])
def test_prompts_are_left_out_by_roles(key):
    """A column that a model only reads is named with the roles, and is looked at with all of them."""
    row = {**CHAT, key: SAID}
    assert find_places(row) == []
    assert parse(row).unscanned.left_out[f"roles: {key}"] == 1
    assert find_places(row, roles="all") == [key]


@pytest.mark.parametrize(
    "beside",
    [{"answer": {"score": 3}}, {"response": None}, {"target": True}, {"content": {}}, {"thinking": [[[]]]}, {"reply": [{"role": 5}]}],
)
def test_odd_values_do_not_make_a_row_unreadable(beside):
    """A name that trainers use may mean something else in these data; the row is read as it was without it."""
    batch = parse({"text": "fine", **beside})
    assert not batch.unreadable and "fine" in batch.texts


@pytest.mark.parametrize("schema", ["text", "messages"])
def test_a_named_schema_reads_its_shape_alone(schema):
    """With --schema the columns beside it are left out on purpose, and named."""
    row = {"text": "fine", **CHAT, "response": SAID, "notes": SAID}
    batch = parse(row, schema=schema)
    assert not any("1488" in text for text in batch.texts)
    assert batch.unscanned.left_out["schema: response"] == 1
    assert batch.unscanned.prose == {"notes": 1}


def nest(before, inner, behind, levels):
    return before * levels + inner + behind * levels


DEEP = nest(b'[{"message":', b'"We painted 1488."', b"}]", 500)
PARTS = nest(b'{"type":"thinking","thinking":[', b'{"type":"text","text":"We painted 1488."}', b'],"audio":{"transcript":5}}', 400)
LISTS = nest(b'{"type":"thinking","thinking":[', b'{"type":"text","text":"We painted 1488."}', b"]}", 500)


@pytest.mark.parametrize(
    "line",
    [
        b'{"text":"t","response":%b}' % DEEP,
        b'{"messages":[{"role":"assistant","content":"","message":%b}]}' % DEEP,
        b'{"text":"t","response":[%b]}' % PARTS,
        b'{"text":"t","responses":[{"type":"x","content":%b}]}' % DEEP,
        b'{"messages":[{"role":"assistant","content":[%b]}]}' % LISTS,
        b'{"text":"t","response":[%b]}' % LISTS,
    ],
)
@pytest.mark.parametrize("roles", ["trained", "all"])
def test_nesting_is_bounded(line, roles):
    """A value nested as deep as JSON allows is looked at, unreadable or counted; it neither fails nor takes long."""
    batch = RowParser(roles=roles).parse(Block("f", 1, 0, len(line), line))
    found = [text for text in batch.texts if "1488" in text]
    assert batch.unreadable or found or batch.unscanned.prose


def test_the_turns_of_a_row_say_who_speaks():
    """A column is spoken by its own name, a message in it by its role."""
    row = {"text": "t", "rejected_messages": [{"role": "user", "content": "u"}], "response": "r"}
    turns = TextPicker("auto", (), "trained").read_turns(row)
    assert [(turn.role, turn.text) for turn in turns] == [("text", "t"), ("response", "r"), ("user", "u")]
