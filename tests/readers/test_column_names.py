"""Columns are known by their names, and rows are read by them where no shape fits."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from row_parsing import found, parse

from leakguard.readers.files.non_data import is_non_data
from leakguard.readers.rows.column_names import resolve_name
from leakguard.readers.rows.shapes import KNOWN

SAID = "We painted 1488 on it."


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("response", "response"),
        ("Response", "response"),
        ("RESPONSE", "response"),
        ("systemInstruction", "system_instruction"),
        ("final answer", "response"),
        ("Complex_CoT", "response"),
        ("answer_2", "answer"),
        ("answer2", "answer"),
        ("response_j", "response"),
        ("deepseek_response", "response"),
        ("chosen-text", "response"),
        ("user_message", "question"),
        ("original_question", "question"),
        ("questions", "question"),
        ("negative_system_prompt", "system_prompt"),
        ("num_completions", None),
        ("n_responses", None),
        ("answer_type", None),
        ("question_id", None),
        ("chosen_model", None),
        ("notes", None),
        ("", None),
        ("_", None),
        ("9", None),
        ("response" * 20, None),
    ],
)
def test_a_column_is_known_by_its_name(column, name):
    """Capitals, spaces, numbers and words before the last one play no part; names of counts, ids and the like are not known."""
    assert resolve_name(column, KNOWN) == name


@given(st.text(max_size=70))
def test_any_name_is_told(column):
    """Whatever a column is called, it means one of the known names or nothing."""
    assert resolve_name(column, KNOWN) in (*KNOWN, None)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"problem": "Two boats?", "solution": SAID}, ["solution"]),
        ({"Question": "Which?", "Complex_CoT": SAID, "Response": SAID}, ["Complex_CoT", "Response"]),
        ({"human": "Which?", "gpt": SAID}, ["gpt"]),
        ({"user": "Which?", "assistant": SAID}, ["assistant"]),
        ({"prompt": "Which?", "responses": ["A heron.", SAID], "scores": [0.1, 0.9]}, ["responses[1]"]),
        ({"prompt": "Which?", "completions": [{"text": SAID, "rank": 1}]}, ["completions[0].text"]),
        ({"question": "Which?", "options": ["a", SAID], "answer": "b"}, ["options[1]"]),
        ({"dialog": ["Hello.", SAID]}, ["dialog[1]"]),
        ({"dialogue": SAID}, ["dialogue"]),
        ({"turns": [{"speaker": "gpt", "text": SAID}]}, ["turns[0].text"]),
        ({"chat": [{"user": "Which?", "bot": SAID}]}, ["chat[0].bot"]),
        ({"thread": [{"author": {"role": "assistant"}, "content": {"content_type": "text", "parts": [SAID]}}]}, ["thread[0].content.parts[0]"]),
        ({"data": [["Which?", SAID]]}, ["data[0][1]"]),
        ({"history": [["Which?", SAID]], "question": "And?"}, ["history[0][1]"]),
        ({"row": {"question": "Which?", "answer": SAID}}, ["row.answer"]),
        ({"body": {"model": "m", "messages": [{"role": "assistant", "content": SAID}]}}, ["body.messages[0].content"]),
        ({"conversations": [{"human": "Which?", "gpt": SAID}]}, ["conversations[0].gpt"]),
        ({"conversations": ["Which?", SAID]}, ["conversations[1]"]),
        ({"messages": [{"content": SAID}]}, ["messages[0].content"]),
        ({"messages": [{"role": "assistant", "content": {"type": "text", "text": SAID}}]}, ["messages[0].content.text"]),
        ({"messages": [{"role": "assistant", "content": [{"type": "poem", "verse": {"first": SAID}}]}]}, ["messages[0].content[0].verse.first"]),
        ({"messages": [{"role": "assistant", "content": [{"guardContent": {"text": {"text": SAID}}}]}]}, ["messages[0].content[0].guardContent.text.text"]),
        ({"messages": {"role": ["user", "assistant"], "content": ["Which?", SAID]}}, ["messages.content[1]"]),
        ({"conversation": {"from": ["human", "gpt"], "value": ["Which?", SAID]}}, ["conversation.value[1]"]),
        ({"messages": [{"type": "human", "content": "Which?"}, {"type": "ai", "content": SAID}]}, ["messages[1].content"]),
        ({"messages": [{"type": "ai", "data": {"content": SAID}}]}, ["messages[0].data.content"]),
        ({"conversations": [{"from": "gpt", "utterance": SAID}]}, ["conversations[0].utterance"]),
        ({"messages": [[{"role": "assistant", "content": SAID}]]}, ["messages[0][0].content"]),
        ({"completion": [["A heron."], [SAID]]}, ["completion[1][0]"]),
        ({"custom_id": "r1", "params": {"messages": [{"role": "assistant", "content": SAID}]}}, ["params.messages[0].content"]),
        ({"request": {"contents": [{"role": "model", "parts": [{"text": SAID}]}]}}, ["request.contents[0].parts[0].text"]),
        ({"inputs": "Which?", "targets": SAID}, ["targets"]),
        ({"trajectory": [{"action": {"tool": "search", "query": SAID}}]}, ["trajectory[0].action.query"]),
        ({"trajectory": [{"action": {"data": {"query": SAID}}}]}, ["trajectory[0].action.data.query"]),
        ({"turns": [{"step": {"messages": [{"role": "assistant", "content": SAID}]}}]}, ["turns[0].step.messages[0].content"]),
        ({"prompt": {"text": "Which?"}, "completion": {"text": SAID}}, ["completion.text"]),
        ({"chosen": {"text": "A heron."}, "rejected": {"messages": [{"role": "assistant", "content": SAID}]}}, ["rejected.messages[0].content"]),
        ({"chosen": {"role": "assistant", "content": SAID}, "rejected": {"role": "assistant", "content": "no"}}, ["chosen.content"]),
        ({"text": {"en": SAID, "de": "Ein Reiher."}}, ["text.en"]),
        ({"input": SAID}, ["input"]),
        ({"document": SAID, "id": 7}, ["document"]),
        ({"history": [{"role": "assistant", "content": SAID}], "query": "Which?", "response": "A heron."}, ["history[0].content"]),
    ],
)  # fmt: skip
def test_rows_of_known_columns(row, where):
    """Rows that no shape fits are read by the names of their columns, alone and among others."""
    assert found(row) == where
    batch = parse({"text": "A heron."}, row, row)
    assert sum("1488" in text for text in batch.texts) == 2 * len(where)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": [{"role": "user", "content": SAID}]},
        {"question": SAID},
        {"instruction": SAID, "level": "hard"},
        {"prompt": SAID, "images": ["a.png"]},
        {"query": SAID, "context": "A lake."},
        {"system": "You name birds.", "prompt": SAID},
    ],
)
def test_rows_of_prompts_alone(row):
    """A row without trained words is read and nothing of it is looked at; with all roles it is."""
    batch = parse(row)
    assert not batch.unreadable and not batch.texts and batch.unscanned.left_out
    assert len(found(row, roles="all")) == 1


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"messages": None, "prompt": "Which?", "completion": SAID}, ["completion"]),
        ({"completion": None, "question": "Which?", "answer": SAID}, ["answer"]),
        ({"text": None, "content": SAID}, ["content"]),
        ({"chosen": SAID, "rejected": None}, ["chosen"]),
        ({"instruction": "Which?", "output": None, "response": SAID}, ["response"]),
        ({"conversations": None, "messages": None, "text": SAID}, ["text"]),
    ],
)
def test_nulls_choose_no_shape(row, where):
    """Where a column is null, the row is read as one without it, as it is in a table; a row with nothing else stays unreadable."""
    assert found(row) == where
    batch = parse({**row, "id": 1}, row, {"text": None})
    assert sum("1488" in text for text in batch.texts) == 2
    assert [entry.origin.row for entry in batch.unreadable] == [3]


@pytest.mark.parametrize(
    ("row", "advice"),
    [
        ({"q": "Which bird?", "a": "A heron of some age."}, "read it with the setting map completion=a or field a"),
        ({"my text": "A heron stands."}, "read it with the setting map 'completion=my text' or field 'my text'"),
        ({"id": "r7", "label": 3}, "read it with the setting map completion=id or field id"),
        ({"id": 7, "blob": {"x": ["A heron."]}}, "read it with the setting map conversation=blob"),
        ({"name": "A boat", "talk": [{"who": "gpt", "said": "A heron of some age."}]}, "read it with the setting map conversation=talk"),
        ({"token_ids": [1, 2]}, "'token_ids' holds tokens, not text: scan the text that was tokenized"),
        ({"id": 7}, "name the text with the setting field"),
    ],
)
def test_a_row_of_no_known_columns_says_what_to_do(row, advice):
    """It names its columns and the options that would read it; following them reads it."""
    (entry,) = parse(row).unreadable
    assert entry.reason == "shape" and entry.detail.endswith(advice)
    if "conversation=" in advice:
        column = advice.rsplit("=")[-1]
        assert any("heron" in text for text in parse(row, names={column: "conversation"}).texts)
    elif "--map" in advice:
        column = advice.split(" or --field ")[1].strip("'")
        assert list(parse(row, names={column: "completion"}).texts) == list(parse(row, fields=(column,)).texts) == [row[column]]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Which?", "completion": {"bytes": "aGVyb24="}},
        {"question": "Which?", "answer": {"bytes": "aGVyb24=", "path": None}},
        {"text": [{"bytes": "aGVyb24="}]},
    ],
)
def test_bytes_are_no_text(row):
    """Bytes where text is expected make the row unreadable, because they may say something."""
    (entry,) = parse(row).unreadable
    assert entry.detail.endswith("holds bytes, not text")


@pytest.mark.parametrize(
    ("content", "empty"),
    [
        ({"question": "Which?", "answer": SAID}, False),
        ({"contents": [], "conversations": []}, False),
        ({"citation": "", "description": "Boats.", "features": {"answer": {"dtype": "string"}}}, True),
        ({"_data_files": [{"filename": "a.arrow"}], "_output_all_columns": False, "_split": "train"}, True),
    ],
)
def test_a_description_with_the_columns_of_a_row_is_data(content, empty, tmp_path):
    """What is called dataset_info.json and holds a question and an answer is a row."""
    path = tmp_path / "dataset_info.json"
    path.write_bytes(orjson.dumps(content))
    assert is_non_data(str(path), "lines") is empty
