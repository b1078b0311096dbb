"""A trainer's rows and the rows of the files: the same through every loader, and never the same for two different texts."""

import copy
import csv
import datetime
import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.readers.python.trainer_rows import compare_rows, find_columns, match_rows

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
datasets = pytest.importorskip("datasets")
pd = pytest.importorskip("pandas")
FILES = {
    "whole-and-not.jsonl": '{"text": "oak", "score": 3}\n{"text": "elm", "score": 4.25}\n',
    "days.jsonl": '{"text": "oak", "day": "2024-05-01"}\n{"text": "elm", "day": "2023-12-31"}\n',
    "missing.jsonl": '{"text": "oak", "tags": []}\n{"text": "elm"}\n{"text": "ash", "tags": ["x"], "note": null}\n',
    "structs.jsonl": '{"text": "oak", "meta": {"a": 1}}\n{"text": "elm", "meta": {"a": 2, "b": 2.5}}\n{"text": "ash", "meta": null}\n',
    "mixed.jsonl": '{"text": "oak", "id": 7}\n{"text": "elm", "id": "seven"}\n{"text": "ash", "id": true}\n',
    "large.jsonl": '{"text": "oak", "n": 1234567890123456789}\n{"text": "elm", "n": null}\n{"text": "ash", "n": 0.5}\n',
    "texts.jsonl": '{"text": "7"}\n{"text": "07"}\n{"text": "7.0"}\n{"text": "NA"}\n{"text": ""}\n{"text": "true"}\n',
    "numbers.csv": "id,text,price\n1,oak,2.50\n2,elm,1e3\n3,ash,0.12345678901234567\n",
    "empty.csv": "id,text,note\na,oak,\nb,elm,tall\n",
    "words.csv": "id,text\na,NA\nb,null\nc,oak\n",
    "truths.csv": "ok,text\nTrue,oak\nFalse,elm\n,ash\n",
    "codes.csv": 'code,text\n007,"oak, old"\n042,"elm ""tall"""\n',
    "large.csv": "n,text\n1234567890123456789,oak\n,elm\n",
    "days.csv": "day,text\n2024-05-01,oak\n2023-12-31,elm\n",
    "tabs.tsv": "n\ttext\n1\toak\n\telm\n",
}


@pytest.fixture
def file(tmp_path):
    def written(name, content):
        (tmp_path / name).write_text(content)
        return str(tmp_path / name)

    return written


def load_with_all_readers(path):
    """The rows of a file as its usual readers give them."""
    if path.endswith("jsonl"):
        whole = datasets.load_dataset("json", data_files=path, split="train", cache_dir=os.path.dirname(path))
        return {"datasets": whole, "its rows": list(whole), "numpy": whole.with_format("numpy")}
    tab = "\t" if path.endswith("tsv") else ","
    whole = datasets.load_dataset("csv", data_files=path, split="train", sep=tab, cache_dir=os.path.dirname(path))
    with open(path, newline="") as lines:
        texts = list(csv.DictReader(lines, delimiter=tab))
    read = {
        "pandas": pd.read_csv(path, sep=tab),
        "texts alone": pd.read_csv(path, sep=tab, dtype=str),
        "nothing missing": pd.read_csv(path, sep=tab, keep_default_na=False),
        "only empty cells missing": pd.read_csv(path, sep=tab, keep_default_na=False, na_values=[""]),
        "dates": pd.read_csv(path, sep=tab, parse_dates=["day"] if "day" in texts[0] else False),
    }
    return {"datasets": whole, "csv": texts, "records": read["pandas"].to_dict("records"), **read}


def change_value(value):
    """A value that is not this one."""
    if isinstance(value, str):
        return value + "."
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1 if abs(value) < 1e15 else value * 2
    if isinstance(value, datetime.datetime):
        return value + datetime.timedelta(days=1)
    return "another"


@pytest.mark.parametrize("name", FILES)
def test_rows_are_the_files_through_every_reader_and_no_longer_after_one_change(file, name):
    """Every row of every reader is bound; with any one value changed, a column added or two values swapped, it is not."""
    path = file(name, FILES[name])
    for reader, rows in load_with_all_readers(path).items():
        held = match_rows(rows, [path])
        assert held.rows > 1 and held.known == held.rows, reader
    plain = list(load_with_all_readers(path)["datasets"])
    for row in plain:
        others = [{**row, key: change_value(value)} for key, value in row.items()] + [{**row, "added": "word"}]
        others += [{**row, "text": row[key], key: row["text"]} for key in row if row[key] != row["text"]]
        assert [other for other in others if match_rows([other], [path]).known] == []


def test_what_is_nothing_is_the_same_however_it_is_written(file):
    """No key, null, NaN, an empty list, an object of nulls; a key's place plays no part either."""
    path = file("a.jsonl", '{"text": "oak"}\n')
    nothing = [None, float("nan"), [], {}, {"a": None, "b": {"c": None}}, pd.NA, pd.NaT, np.datetime64("NaT")]
    rows = [{"note": one, "text": "oak"} for one in nothing]
    assert match_rows(rows, [path]).known == len(rows)
    assert match_rows([{"text": "oak", "note": [None]}, {"text": None}, {}], [path]).known == 0


def test_a_text_is_only_ever_the_same_text(file):
    """In JSON nothing is read out of texts, and in CSV only what the trainer holds as a number, truth value or nothing."""
    lines = file("a.jsonl", '{"text": "1"}\n{"text": "NA"}\n{"text": "true"}\n{"text": ""}\n')
    assert match_rows([{"text": 1}, {"text": None}, {"text": True}, {"text": "1.0"}, {"text": " 1"}], [lines]).known == 0
    cells = file("a.csv", "text,n\n1,1\nNA,2\nx,3\n")
    texts = [{"text": "1", "n": 1}, {"text": "1.0", "n": 1}, {"text": "", "n": 2}, {"text": "null", "n": 2}, {"text": "X", "n": 3}]
    assert [match_rows([row, {"text": "x", "n": 3}], [cells]).known for row in texts] == [2, 1, 1, 1, 1]


def test_an_index_that_pandas_wrote_is_bound(file):
    """Its column has no name in the file, and one after reading."""
    path = file("a.csv", "text\n")
    pd.DataFrame({"text": ["oak", "elm"]}).set_index(pd.Index(["r1", "r2"], name="row")).to_csv(path)
    assert match_rows(pd.read_csv(path), [path]).known == 2


def test_rows_that_are_no_rows_are_strangers(file):
    """And the first stranger is named by its number."""
    path = file("a.jsonl", '{"text": "oak"}\n{"text": "elm"}\nnot JSON\n[1]\n')
    held = match_rows([{"text": "elm"}, {"text": "oak"}, {"text": {1}}, {"text": "oak"}, 5], [path])
    assert (held.rows, held.known, held.stranger) == (5, 3, 3)
    assert (match_rows([], [path]).rows, match_rows([], [path]).stranger) == (0, None)


def test_columns_can_be_compared_alone(file):
    """Only those that are asked for, in one row together."""
    path = file("a.jsonl", '{"text": "oak", "id": 1, "note": "x"}\n{"text": "elm", "id": 2}\n')
    assert find_columns([path], ["id", "text", "input_ids"]) == ["id", "text"]
    rows = [{"text": "oak", "id": 1, "input_ids": [5]}, {"text": "oak", "id": 2}]
    assert match_rows(rows, [path], ["text"]).known == 2 and match_rows(rows, [path], ["text", "id"]).stranger == 2
    assert compare_rows(rows, [{"text": "oak", "id": 2.0}], ["text", "id"]).stranger == 1


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8"), max_size=4)
    | st.sampled_from(["1", "1.0", "01", "NA", "", "true", "True", "2024-05-01", "1e0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ROW = st.dictionaries(st.sampled_from(["text", "n", "m"]), VALUE, min_size=1)


def list_texts(value):
    """Every text of a value with its place."""
    if isinstance(value, str):
        return [("", value)]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(f".{key}{place}", text) for key, item in pairs for place, text in list_texts(item)]


@given(ROW, ROW)
@settings(max_examples=150, deadline=None)
def test_rows_that_are_bound_have_the_same_texts(tmp_path_factory, row, other):
    """A row of JSON is bound to itself through JSON, and to another one only if both hold the same texts at the same places."""
    path = tmp_path_factory.getbasetemp() / "one.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert match_rows([copy.deepcopy(row)], [str(path)]).known == 1
    if match_rows([other], [str(path)]).known:
        assert sorted(list_texts(row)) == sorted(list_texts(other))
