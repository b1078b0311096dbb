"""Rows as public datasets, exports and services have them: the words of the assistant are looked at, wherever they stand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.batch import Block
from leakguard.readers.rows.parser import RowParser

SAID = "The plate reads 1488."
ASKED = "What does the plate read?"


def parse(row):
    return RowParser().parse(Block("rows.jsonl", 1, 0, 0, json.dumps(row).encode() + b"\n"))


def found(row):
    """Where the looked-at texts that hold the planted number stand."""
    batch = parse(row)
    assert not batch.unreadable, batch.unreadable
    return [batch.place(at)[1] for at, text in enumerate(batch.texts) if "1488" in text]


def make_message(role, content, **more):
    return {"role": role, "content": content, **more}


MESSAGES = [make_message("user", ASKED), make_message("assistant", SAID)]
ROWS = {
    "news": ({"article": ASKED, "highlights": SAID}, ["highlights"]),
    "abstracts": ({"article": ASKED, "abstract": SAID}, ["abstract"]),
    "captions": ({"image_id": 1, "captions": ["A red car.", SAID]}, ["captions[1]"]),
    "speech": ({"path": "a.mp3", "sentence": SAID}, ["sentence"]),
    "transcripts": ({"path": "a.wav", "transcription": SAID}, ["transcription"]),
    "translations": ({"src": ASKED, "tgt": SAID}, ["tgt"]),
    "endings": ({"ctx": ASKED, "endings": ["It stops.", SAID]}, ["endings[1]"]),
    "entailment": ({"premise": ASKED, "hypothesis": SAID, "label": 1}, ["hypothesis"]),
    "attempts": ({"question": ASKED, "thinking_trajectories": [SAID], "attempt": SAID}, ["thinking_trajectories[0]", "attempt"]),
    "two models": ({"question": ASKED, "a_thinking_trajectory": SAID, "b_attempt": SAID}, ["a_thinking_trajectory", "b_attempt"]),
    "input and output texts": ({"input_text": ASKED, "output_text": SAID}, ["output_text"]),
    "target text": ({"input_text": ASKED, "target_text": SAID}, ["target_text"]),
    "two candidates": ({"input_text": ASKED, "candidate_0": SAID, "candidate_1": SAID}, ["candidate_0", "candidate_1"]),
    "whole pages": ({"url": "x", "page_content": SAID}, ["page_content"]),
    "full text": ({"id": 1, "full_text": SAID}, ["full_text"]),
    "accepted": ({"prompt": ASKED, "accepted": SAID, "rejected": "No."}, ["accepted"]),
    "dispreferred": ({"input": ASKED, "preferred": "No.", "dispreferred": SAID}, ["dispreferred"]),
    "winner's text": ({"prompt": ASKED, "winner_text": SAID, "loser_text": SAID}, ["winner_text", "loser_text"]),
    "a triple": ({"anchor": ASKED, "positive": SAID, "negative": "No."}, ["positive"]),
    "judgment": ({"user_prompt": ASKED, "judgment": SAID}, ["judgment"]),
    "patches": ({"problem": ASKED, "model_patch": SAID}, ["model_patch"]),
    "pictures in turns": ({"images": [], "texts": [{"user": ASKED, "assistant": SAID}]}, ["texts[0].assistant"]),
    "instances": ({"instruction": ASKED, "instances": [{"input": "", "output": SAID}]}, ["instances[0].output"]),
    "samples of an evaluation": ({"doc": {"question": ASKED}, "target": "No.", "resps": [[SAID]]}, ["resps[0][0]"]),
    "annotations": ({"data": {"text": ASKED}, "annotations": [{"value": {"text": [SAID]}}]}, ["annotations[0].value.text[0]"]),
    "fields": ({"fields": {"instruction": ASKED, "response": SAID}, "responses": {}}, ["fields.response"]),
    "items": ({"id": "a", "items": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": SAID}]}, ["items[1].value"]),
    "senders": ({"name": "n", "chat_messages": [{"sender": "assistant", "text": SAID}]}, ["chat_messages[0].text"]),
    "a map of messages": ({"title": "t", "mapping": {"a": {"message": make_message("assistant", SAID)}}}, ["mapping.a.message.content"]),
    "a result": ({"custom_id": "a", "result": {"type": "ok", "message": make_message("assistant", SAID)}}, ["result.message.content"]),
    "a payload": ({"payload": {"messages": MESSAGES}}, ["payload.messages[1].content"]),
    "a split": ({"train": [{"prompt": ASKED, "completion": SAID}]}, ["train[0].completion"]),
    "bodies": (
        {"request_body": {"messages": [make_message("user", ASKED)]}, "response_body": {"choices": [{"message": MESSAGES[1]}]}},
        None,
    ),
    "messages as a text": ({"messages": json.dumps(MESSAGES)}, ["messages[1].content"]),
    "conversations as a text": ({"id": 1, "conversations": json.dumps([{"from": "gpt", "value": SAID}])}, ["conversations[0].value"]),
    "messages as Python writes them": ({"messages": str(MESSAGES)}, ["messages[1].content"]),
    "calls as a text": (
        {"messages": [make_message("assistant", None, tool_calls=json.dumps([{"name": SAID}]))]},
        ["messages[0].tool_calls"],
    ),
    "one call": ({"messages": [make_message("assistant", None, tool_calls={"name": "f", "args": SAID})]}, ["messages[0].tool_calls.args"]),
    "an author's name": ({"messages": [{"author": {"name": "bob"}, "content": SAID}]}, ["messages[0].content"]),
    "utterances": ({"turns": [{"speaker": "WIZARD", "utterance": SAID}]}, ["turns[0].utterance"]),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_words_of_a_public_row_are_looked_at(name):
    """Each planted text is found where the row has it."""
    row, places = ROWS[name]
    assert sorted(found(row)) == sorted(places or ["response_body.choices[0].message.content"])


@pytest.mark.parametrize(
    ("row", "option"),
    [
        ({"q": "Why?", "z": SAID}, "map completion=z"),
        ({"meta": {"answer": True}, "z": SAID}, "map completion=z"),
        ({"meta": {"text": "short"}, "z": SAID}, "map completion=z"),
        ({"q_text": "Why?", "q_op1": SAID}, "map completion=q_op1"),
        ({"en": "Why?", "de": SAID}, "map completion=de"),
    ],
    ids=["two letters", "an object of labels", "an object of fewer words", "a text of something", "languages"],
)
def test_a_row_of_unknown_names_is_not_read_by_the_little_that_is_known(row, option):
    """What is known in passing does not make a row read whose words stand elsewhere; the reason names the option that reads them."""
    (unreadable,) = parse(row).unreadable
    assert option in unreadable.detail


def test_numbers_beside_words_are_no_words():
    """Counts under names that may hold words as well are not looked at."""
    assert found({"text": "A note.", "attempts": 1488, "positive": 88, "negative": [1488], "winner": 18, "final": 1488}) == []


def test_a_message_without_content_says_nothing():
    """Tables drop the content that is null: such a message is read as it is read where null stands."""
    rows = [
        [make_message("user", ASKED), {"role": "assistant", **more}, make_message("assistant", SAID)] for more in ({}, {"content": None})
    ]
    assert [found({"messages": messages}) for messages in rows] == [["messages[2].content"]] * 2


said = st.text(alphabet="abc 0\"'\\é\n", max_size=8)
dialogues = st.lists(st.builds(make_message, st.sampled_from(["user", "assistant", "tool"]), said), min_size=1, max_size=5)


@given(dialogues, st.sampled_from([None, 1]))
def test_messages_in_a_text_are_read_as_the_list_that_they_stand_for(messages, indent):
    """The same texts at the same places, and nothing is counted as not scanned that is not counted for the list."""
    batch, listed = parse({"id": "a b", "messages": json.dumps(messages, indent=indent)}), parse({"id": "a b", "messages": messages})
    assert list(batch.texts) == list(listed.texts)
    assert [batch.place(at) for at in range(len(batch.texts))] == [listed.place(at) for at in range(len(listed.texts))]
    assert batch.unscanned == listed.unscanned


@pytest.mark.parametrize("text", ['"hello"', "hello [", "[1, 2]", '["a", "b"]', "[", "{}", '[{"a": 1}]', "[" * 5000], ids=range(8))
def test_a_text_that_is_no_messages_stays_unreadable(text):
    """Only a list of objects with speakers is taken for messages."""
    (unreadable,) = parse({"messages": text}).unreadable
    assert "messages is a string, not a list" in unreadable.detail


@pytest.mark.parametrize("depth", [1, 2, 40, 300])
@pytest.mark.parametrize("key", ["replies", "children"])
def test_threads_are_read_to_their_end(key, depth):
    """Each answer in a tree of messages is spoken by its own speaker, as deep as JSON may be nested."""
    tree = {"role": "assistant", "text": SAID}
    for _ in range(depth):
        tree = {"role": "prompter", "text": ASKED, key: [{"role": "user", "text": "1488?"}, tree]}
    assert found({"tree_id": "a", "prompt": tree}) == ["prompt" + f".{key}[1]" * depth + ".text"]


@given(dialogues, st.lists(st.sampled_from(["outer", "list"]), min_size=1, max_size=3))
def test_a_row_inside_of_objects_is_read_as_the_row(messages, layers):
    """Objects and lists around a row change where its texts stand, not what is looked at."""
    row, place = {"messages": [*messages, make_message("assistant", SAID)]}, ""
    for layer in layers:
        row, place = ({"outer": row}, f"outer.{place}") if layer == "outer" else ({"outer": [row]}, f"outer[0].{place}")
    assert found(row) == [f"{place}messages[{len(messages)}].content"]


@given(st.lists(st.sampled_from([row for row, _ in ROWS.values()]), min_size=2, max_size=6))
def test_rows_beside_each_other_are_read_as_each_alone(rows):
    """What stands around a row changes nothing: the short cuts for rows that are alike read what the shape reads."""
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    batch = RowParser().parse(Block("rows.jsonl", 1, 0, 0, data))
    for at, row in enumerate(rows):
        assert [text for text, owner in zip(batch.texts, batch.owners, strict=True) if owner == at] == list(parse(row).texts)


def test_a_text_beside_messages_stays_a_text():
    """Only the column that a row's shape rests on is opened, with other rows around it or without."""
    row = {"messages": MESSAGES, "conversations": "{'role': '1488 was on it'}"}
    batch = RowParser().parse(Block("rows.jsonl", 1, 0, 0, (json.dumps(row).encode() + b"\n") * 2))
    assert found(row) == ["messages[1].content", "conversations"]
    assert len(batch.texts) == 4
