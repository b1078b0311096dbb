"""Columns are named with a map and fields reached with wildcards; short cuts and places stay the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from row_parsing import found, parse
from row_strategies import BATCHES, MIXED, NAMED, SHAPED, WORDS

from leakguard.core.errors import UsageError
from leakguard.readers.rows.field_paths import find_values, parse_path
from leakguard.readers.rows.messages import ShapeError
from leakguard.readers.rows.shapes import KNOWN
from leakguard.readers.rows.text_columns import TextPicker

SAID = "We painted 1488 on it."


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
    read = TextPicker("auto", (), "trained", names).read_turns(row)
    assert [(turn.role, turn.field) for turn in read] == turns
    assert len(found(row, names=names)) == 1


ANY_NAMES = st.dictionaries(
    st.sampled_from(["q", "a", "id", "prompt", "text", "response", "messages", "conversation", "system", "note"]),
    st.sampled_from(["prompt", "completion", "text", "chosen", "rejected", "system", "messages", "instruction", "output", "question", "answer", "history"]),
    max_size=3,
)  # fmt: skip
MAPPED = st.fixed_dictionaries({"q": WORDS, "a": WORDS}, optional={"id": WORDS, "note": WORDS})


@given(BATCHES | st.lists(MAPPED, max_size=4), ANY_NAMES, st.sampled_from(["trained", "all", "user"]))
@example(
    [{"conversations": [], "output": "", "prompt": ""}, {"conversations": [], "prompt": "0", "output": ""}], {"prompt": "output"}, "trained"
)
@example([{"id": "a", "note": "b", "text": "c"}, {"note": "b", "id": "a", "text": "c"}], {}, "all")
@example([{"a_answer": "a", "b_answer": "b"}, {"b_answer": "b", "a_answer": "a"}], {}, "trained")
def test_short_cuts_change_nothing_with_a_map(rows, names, roles):
    """Texts, owners, places and errors are those of reading row by row, whatever is mapped to whatever."""
    reader = TextPicker("auto", (), roles, names)
    texts, owners, places, failed = [], [], [], {}
    for i, row in enumerate(rows):
        try:
            turns = reader.read_turns(row)
        except ShapeError as error:
            failed[i] = str(error)
            continue
        for turn in reader.select_turns(turns):
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
        expected = TextPicker("auto", (), "trained").read_turns(row)
    except ShapeError as error:
        with pytest.raises(ShapeError) as again:
            TextPicker("auto", (), "trained", names).read_turns(row)
        assert str(again.value) == str(error)
    else:
        assert TextPicker("auto", (), "trained", names).read_turns(row) == expected


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
        TextPicker("auto", (), "trained", {"a": "compleation"})
    with pytest.raises(UsageError, match="leave one out"):
        TextPicker("auto", ("a",), "trained", {"a": "completion"})


KEYS = st.text(st.characters(exclude_characters=".[]*", exclude_categories=["Cs"]), min_size=1, max_size=4)
TREES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)


def list_leaves(value, place=""):
    """Every string with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from list_leaves(item, f"{place}.{key}" if place else key)
    else:
        for at, item in enumerate(value):
            yield from list_leaves(item, f"{place}[{at}]")


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=3))
def test_a_place_is_its_own_path(row):
    """Every place that a report names leads back to its value, and with [*] for its positions to that value among others."""
    for place, text in list_leaves(row):
        assert find_values(row, place) == [(text, place)]
        every = "".join(
            f"[{step}]" if step == "*" else f".{step}" for step in ("*" if isinstance(s, int) else s for s in parse_path(place))
        )
        assert (text, place) in find_values(row, every[1:])


@given(st.text(st.sampled_from("ab.[]*-01"), max_size=12), st.dictionaries(KEYS | st.just("a"), TREES, max_size=3))
def test_any_path_is_read(path, row):
    """No path, however odd, fails."""
    assert all(isinstance(place, str) for _, place in find_values(row, path))
