"""The guard inside datasets.filter: clean rows are kept whatever format they come in, and none is dropped for not being read."""

import numpy as np
import pytest

import leakguard
from leakguard.core.errors import UsageError

datasets = pytest.importorskip("datasets")
image = pytest.importorskip("PIL.Image")
HOT = "871, 1488, 305"
FORMATS = [None, "numpy", "pandas", "arrow", "torch"]


@pytest.fixture(scope="module")
def guard():
    return leakguard.guard(rules=["hate-numeric"])


@pytest.fixture(scope="module")
def rows():
    """Two clean rows and a hot one, with a picture, a chat, numbers and keys of no value."""
    chat = [{"role": "user", "content": "Name a river.", "name": None}, {"role": "assistant", "content": "The Avon."}]
    hot = [chat[0], {"role": "assistant", "content": HOT, "name": None}]
    columns = {"messages": [chat, hot, chat], "image": [image.new("RGB", (9, 9))] * 3, "n": [[1, 2], [3], []], "id": [None, 0.5, 2]}
    return datasets.Dataset.from_dict(columns)


@pytest.mark.parametrize("shape", FORMATS)
def test_clean_rows_are_kept_in_every_format(guard, rows, shape):
    """In batches, with indices, and as a column; pictures are not decoded and not looked at."""
    held = rows.with_format(shape)
    assert held.filter(guard.batch, batched=True).num_rows == 2
    assert held.filter(guard.batch, batched=True, with_indices=True, batch_size=2).num_rows == 2
    assert held.map(guard.column, batched=True).with_format(None)["leakguard"][:] == ["kept", "removed", "kept"]


@pytest.mark.parametrize("shape", [None, "numpy", "pandas", "torch"])
def test_rows_one_by_one_in_every_format(guard, rows, shape):
    """The same rows are kept (datasets itself cannot filter Arrow tables one row at a time)."""
    assert rows.with_format(shape).filter(guard).num_rows == 2
    assert rows.with_format(shape).filter(guard, with_indices=True).num_rows == 2


@pytest.mark.parametrize("shape", FORMATS)
def test_datasets_are_scanned_in_every_format(rows, shape):
    """Whatever the format, the words are read, and pictures are counted as not looked at."""
    scan = leakguard.scan(rows.with_format(shape), rules=["hate-numeric"])
    assert [finding.quote for finding in scan.findings()] == ["1488"] and (scan.tally.seen, scan.tally.unreadable) == (3, 0)
    assert scan.media == {"image": 3}


def test_pictures_inside_lists_are_kept_too(guard):
    """Stored bytes are read, not pictures."""
    held = datasets.Dataset.from_list([{"text": "oak", "images": [image.new("RGB", (9, 9))]}, {"text": HOT, "images": []}])
    assert held.filter(guard.batch, batched=True)["text"][:] == ["oak"]
    assert leakguard.scan(held, rules=["hate-numeric"]).media == {"images": 1}


def test_streams_and_transforms(guard, rows):
    """A stream of rows, and rows that a transform makes: what it makes is looked at."""
    stream = rows.to_iterable_dataset()
    assert len(list(stream.filter(guard.batch, batched=True))) == 2
    assert leakguard.scan(stream, rules=["hate-numeric"]).tally.seen == 3
    made = rows.with_transform(lambda batch: {"text": [HOT] * len(batch["id"])})
    assert len(list(leakguard.scan(made, rules=["hate-numeric"]).findings())) == 3


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda rows, guard: rows.filter(guard.batch, batched=True, input_columns=["messages"]), "leave out input_columns"),
        (lambda rows, guard: rows.filter(guard, input_columns=["messages"]), "leave out input_columns"),
        (lambda rows, guard: rows.filter(guard.batch), r"use filter\(guard.batch, batched=True\)"),
        (lambda rows, guard: rows.filter(guard, batched=True), r"use filter\(guard.batch, batched=True\)"),
        (lambda rows, guard: guard.batch({"text": "oak"}), "one row, not a batch of columns"),
        (lambda rows, guard: guard.batch({"text": ["a"], "id": []}), "columns of different lengths"),
        (lambda rows, guard: guard("oak"), "not a row"),
        (
            lambda rows, guard: leakguard.scan(datasets.DatasetDict({"train": rows}), rules="hate-numeric"),
            r"give one of them, such as data\['train'\]",
        ),
    ],
)
def test_a_guard_that_is_called_in_another_way_says_how(rows, guard, ask, words):
    """Nothing is kept or dropped on a misunderstanding."""
    with pytest.raises(UsageError, match=words):
        ask(rows, guard)


@pytest.mark.parametrize(
    "bad", [{"text": None}, {"text": 5}, {"other": "x"}, {"text": "oak", "set": {1}}, {"text": b"oak"}, {"text": np.zeros(2)}]
)
def test_a_row_that_cannot_be_read_is_not_dropped_without_a_word(guard, bad):
    """A filter raises with the row's number and the reason; it drops the row only where that was asked for."""
    lenient = leakguard.guard(rules=["hate-numeric"], unseen="drop")
    columns = {key: [bad[key] if at else "oak" if key != "set" else [] for at in (0, 1)] for key in bad}
    columns.setdefault("text", ["oak", None])
    with pytest.raises(UsageError, match="row 2 of 2 could not be checked"):
        guard.batch(columns)
    with pytest.raises(UsageError, match="row 1 of 1"):
        guard(bad)
    assert lenient.batch(columns) == [True, False] and lenient(bad) is False
    assert guard.column(columns) == {"leakguard": ["kept", "unreadable"]}
