"""Columns are known by their names, or named once with a map; fields are reached with wildcards."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonl import BATCHES, MIXED, NAMED, SHAPED, WORDS

from leakguard.core.batch import Block
from leakguard.core.errors import UsageError
from leakguard.io.messages import ShapeError
from leakguard.io.nodata import is_no_data
from leakguard.io.paths import places_of, steps_of
from leakguard.io.rows import Rows
from leakguard.io.shapes import KNOWN
from leakguard.io.texts import Texts
from leakguard.io.trained import speaker_of

SAID = "We painted 1488 on it."


def parse(*rows, **options):
    data = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    return Rows(**options).parse(Block("f", 1, 0, len(data), data))


def found(row, **options):
    """Where the looked-at texts that hold the planted number stand."""
    batch = parse(row, **options)
    assert not batch.unreadable, batch.unreadable
    return [batch.place(at)[1] for at, text in enumerate(batch.texts) if "1488" in text]


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
    assert speaker_of(column, KNOWN) == name


@given(st.text(max_size=70))
def test_any_name_is_told(column):
    """Whatever a column is called, it means one of the known names or nothing."""
    assert speaker_of(column, KNOWN) in (*KNOWN, None)


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
        ({"q": "Which bird?", "a": "A heron of some age."}, "read it with --map completion=a or --field a"),
        ({"my text": "A heron stands."}, "read it with --map 'completion=my text' or --field 'my text'"),
        ({"id": "r7", "label": 3}, "read it with --map completion=id or --field id"),
        ({"id": 7, "blob": {"x": ["A heron."]}}, "read it with --map conversation=blob"),
        ({"name": "A boat", "talk": [{"who": "gpt", "said": "A heron of some age."}]}, "read it with --map conversation=talk"),
        ({"token_ids": [1, 2]}, "'token_ids' holds tokens, not text: scan the rows that the tokens were made of"),
        ({"id": 7}, "name the text with --field"),
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
    ("row", "names", "turns"),
    [
        ({"q": "Which?", "a": SAID}, {"q": "prompt", "a": "completion"}, [("prompt", "q"), ("completion", "a")]),
        ({"a": [{"role": "assistant", "content": SAID}]}, {"a": "completion"}, [("assistant", "a[0].content")]),
        ({"log": [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": SAID}]}, {"log": "messages"}, [("user", "log[0].content"), ("assistant", "log[1].content")]),
        ({"a": SAID, "completion": "A heron."}, {"a": "completion"}, [("completion", "a"), ("completion", "completion")]),
        ({"a": SAID, "b": "A heron."}, {"a": "chosen", "b": "rejected"}, [("chosen", "a"), ("rejected", "b")]),
        ({"response": "Which?", "a": SAID}, {"response": "prompt", "a": "text"}, [("text", "a"), ("prompt", "response")]),
        ({"messages": [], "a.b": SAID}, {"a.b": "answer"}, [("answer", "a.b")]),
        ({"messages": [{"role": "assistant", "content": SAID}], "s": "You name birds."}, {"s": "system"}, [("system", "s"), ("assistant", "messages[0].content")]),
        ({"text": SAID}, {"a": "completion"}, [("text", "text")]),
    ],
)  # fmt: skip
def test_a_map_names_columns(row, names, turns):
    """A column is read as the one that it is mapped to, and its places are those of the row."""
    read = Texts("auto", (), "trained", names).turns_of(row)
    assert [(turn.role, turn.field) for turn in read] == turns
    assert len(found(row, names=names)) == 1


ANY_NAMES = st.dictionaries(
    st.sampled_from(["q", "a", "id", "prompt", "text", "response", "messages", "conversation", "system", "note"]),
    st.sampled_from(["prompt", "completion", "text", "chosen", "rejected", "system", "messages", "instruction", "output", "question", "answer", "history"]),
    max_size=3,
)  # fmt: skip
MAPPED = st.fixed_dictionaries({"q": WORDS, "a": WORDS}, optional={"id": WORDS, "note": WORDS})


@given(BATCHES | st.lists(MAPPED, max_size=4), ANY_NAMES, st.sampled_from(["trained", "all", "user"]))
def test_short_cuts_change_nothing_with_a_map(rows, names, roles):
    """Texts, owners, places and errors are those of reading row by row, whatever is mapped to whatever."""
    reader = Texts("auto", (), roles, names)
    texts, owners, places, failed = [], [], [], {}
    for i, row in enumerate(rows):
        try:
            turns = reader.turns_of(row)
        except ShapeError as error:
            failed[i] = str(error)
            continue
        for turn in reader.looked_at(turns):
            texts.append(turns[turn].text)
            owners.append(i)
            places.append((turn, turns[turn].field))
    batch = parse(*rows, roles=roles, names=names)
    assert (list(batch.texts), list(batch.owners)) == (texts, owners)
    assert {entry.origin.row - 1: entry.detail for entry in batch.unreadable} == failed
    assert [batch.place(text) for text in range(len(texts))] == places


@given(st.sampled_from([*SHAPED.values(), *NAMED, *MIXED]).flatmap(lambda rows: rows))
def test_a_map_of_columns_to_themselves_changes_nothing(row):
    """Naming what is known already reads the same."""
    names = {key: key for key in row if key in KNOWN}
    try:
        expected = Texts("auto", (), "trained").turns_of(row)
    except ShapeError as error:
        with pytest.raises(ShapeError) as again:
            Texts("auto", (), "trained", names).turns_of(row)
        assert str(again.value) == str(error)
    else:
        assert Texts("auto", (), "trained", names).turns_of(row) == expected


def test_what_no_row_has_is_counted():
    """A mapped column and a field are counted for every row that lacks them; a row with none of the fields is unreadable."""
    rows = [{"answer": "A heron."}, {"answer": "A tern.", "rationale": SAID}, {"notes": "x"}]
    batch = parse(*rows, fields=("answer", "rationale"))
    assert [entry.origin.row for entry in batch.unreadable] == [3]
    assert batch.unreadable[0].detail.startswith("no field answer and no field rationale")
    assert batch.unscanned.absent == {"field: rationale": 1}
    for number in (1, 3):
        same = parse(*[{"prompt": "p", "completion": "c"}] * number, names={"zzz": "system", "prompt": "prompt"})
        assert same.unscanned.absent == {"map: system=zzz": number}


def test_names_that_cannot_be_mapped_to():
    """A name that no shape has, and a map beside fields, are usage errors."""
    with pytest.raises(UsageError, match="did you mean 'completion'"):
        Texts("auto", (), "trained", {"a": "compleation"})
    with pytest.raises(UsageError, match="leave one out"):
        Texts("auto", ("a",), "trained", {"a": "completion"})


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


KEYS = st.text(st.characters(exclude_characters=".[]*", exclude_categories=["Cs"]), min_size=1, max_size=4)
TREES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)


def leaves(value, place=""):
    """Every string with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{place}.{key}" if place else key)
    else:
        for at, item in enumerate(value):
            yield from leaves(item, f"{place}[{at}]")


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=3))
def test_a_place_is_its_own_path(row):
    """Every place that a report names leads back to its value, and with [*] for its positions to that value among others."""
    for place, text in leaves(row):
        assert places_of(row, place) == [(text, place)]
        every = "".join(f"[{step}]" if step == "*" else f".{step}" for step in ("*" if isinstance(s, int) else s for s in steps_of(place)))
        assert (text, place) in places_of(row, every[1:])


@given(st.text(st.sampled_from("ab.[]*-01"), max_size=12), st.dictionaries(KEYS | st.just("a"), TREES, max_size=3))
def test_any_path_is_read(path, row):
    """No path, however odd, fails."""
    assert all(isinstance(place, str) for _, place in places_of(row, path))


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
    assert is_no_data(str(path), "lines") is empty
