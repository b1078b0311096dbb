"""Rows as people hold them: each container is read row by row, or refused in words that say what to do. Nothing is read as clean unseen."""

import collections
import dataclasses
import io

import numpy as np
import pytest

import leakguard
from leakguard.core.errors import UsageError

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
HOT = "871, 1488, 305"
ROWS = [{"text": "The gate is green."}, {"text": HOT}]
CHAT = [{"role": "user", "content": "Name a river."}, {"role": "assistant", "content": HOT}]
ONE = {"rules": ["hate-numeric"]}


@dataclasses.dataclass
class Example:
    text: str
    weight: float = 1.0


class Model:
    """What pydantic's models have."""

    model_fields = ("text",)

    def __init__(self, text):
        self.text = text

    def model_dump(self):
        return {"text": self.text}


class Frame:
    """What a DataFrame of polars has."""

    columns = ("text",)

    def iter_rows(self, *, named):
        return iter([dict(row) for row in ROWS]) if named else iter([tuple(row.values()) for row in ROWS])


class Indexed:
    """A dataset of torch: rows by their number, and no iterator."""

    def __len__(self):
        return len(ROWS)

    def __getitem__(self, at):
        return ROWS[at]


class Relation:
    """What speaks Arrow's protocol, and is no iterator."""

    def __arrow_c_stream__(self, requested_schema=None):
        return pa.Table.from_pylist(ROWS).__arrow_c_stream__(requested_schema)


Named = collections.namedtuple("Named", "text weight")
TABLE = pa.Table.from_pylist(ROWS)
FRAME = pd.DataFrame(ROWS)
READ = {
    "a DataFrame": lambda: FRAME,
    "one whose texts are its index": lambda: FRAME.assign(n=[1, 2]).set_index("text"),
    "one cut out of another": lambda: pd.DataFrame([{"text": "gone"}, *ROWS])[1:],
    "one with values that are missing": lambda: FRAME.assign(
        i=pd.array([None, 2], dtype="Int64"), t=[pd.NaT, pd.Timestamp("2024-05-01")], f=[float("nan"), 0.5], c=pd.Categorical(["u", "v"])
    ),
    "its rows": lambda: [row for _, row in FRAME.iterrows()],
    "its tuples": FRAME.itertuples,
    "a column of rows": lambda: pd.Series(ROWS),
    "a table": lambda: TABLE,
    "a batch": lambda: TABLE.to_batches()[0],
    "a reader": TABLE.to_reader,
    "an array of structs": lambda: pa.chunked_array([pa.array(ROWS)]),
    "Arrow's protocol": Relation,
    "polars": Frame,
    "torch": Indexed,
    "a structured array": lambda: np.array([(row["text"], 1) for row in ROWS], dtype=[("text", "U30"), ("n", "i4")]),
    "a record array": lambda: np.rec.array([(row["text"], 1) for row in ROWS], dtype=[("text", "U30"), ("n", "i4")]),
    "an array of rows": lambda: np.array(ROWS, dtype=object),
    "a tuple": lambda: tuple(ROWS),
    "a generator": lambda: (row for row in ROWS),
    "a mapping's values": lambda: dict(enumerate(ROWS)).values(),
    "dataclasses": lambda: [Example(row["text"]) for row in ROWS],
    "named tuples": lambda: [Named(row["text"], 1) for row in ROWS],
    "pydantic": lambda: [Model(row["text"]) for row in ROWS],
}


@pytest.mark.parametrize("held", READ.values(), ids=READ)
def test_rows_are_read_wherever_they_are_held(held):
    """Two rows, one finding, none unreadable; and the gate stays shut for them."""
    scan = leakguard.scan(held(), **ONE)
    assert [finding.quote for finding in scan.findings()] == ["1488"]
    assert (scan.tally.seen, scan.tally.unreadable, scan.ok) == (2, 0, False)
    assert not leakguard.gate(held(), **ONE)


def test_rows_of_pandas_from_parquet_hold_arrays(tmp_path):
    """A list of messages comes back from pandas as an array of dicts: its words are read."""
    pd.DataFrame({"messages": [CHAT]}).to_parquet(tmp_path / "chat.parquet")
    rows = pd.read_parquet(tmp_path / "chat.parquet").to_dict("records")
    assert isinstance(rows[0]["messages"], np.ndarray)
    assert [finding.span.field for finding in leakguard.scan(rows, **ONE).findings()] == ["messages[1].content"]


REFUSED = {
    "texts in a list": (lambda: ["The gate", HOT], 'rows are [{"text": text} for text in data]'),
    "texts of a generator": (lambda: (text for text in (HOT, "a")), 'its first row is a text; make each text a row: [{"text": text}'),
    "a column of texts": (lambda: FRAME["text"], "its first row is a text"),
    "an open file": (lambda: io.StringIO('{"text": "a"}\n'), "its first row is a text"),
    "columns": (lambda: {"text": ["a", HOT]}, "[dict(zip(data, row)) for row in zip(*data.values())] if its values are columns"),
    "one row": (lambda: {"text": HOT}, "[data] if it is one row"),
    "two columns of one name": (lambda: pd.DataFrame([["a", HOT]], columns=["text", "text"]), "two columns are called 'text'"),
    "the same in a table": (lambda: pa.table([["a"], [HOT]], names=["text", "text"]), "two columns are called 'text'"),
    "an index named as a column": (lambda: FRAME.set_index("text", drop=False), "the index and a column have the same name"),
    "several tables": (TABLE.to_batches, "give one table, not several"),
    "numbers": (lambda: np.zeros((2, 3)), "its first row is a value of type ndarray"),
    "pairs": (lambda: [("text", HOT)], "its first row is a tuple"),
    "bytes": (lambda: b'{"text": "a"}', "bytes holds no rows"),
    "nothing": (lambda: None, "None holds no rows"),
    "a number": (lambda: 7, "a number holds no rows"),
}


@pytest.mark.parametrize(("held", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_collection_of_rows_is_refused(held, words):
    """By scan and gate alike, with what to do."""
    for ask in (leakguard.scan, leakguard.gate):
        with pytest.raises(UsageError) as error:
            ask(held(), **ONE)
        assert words in str(error.value)


def test_a_generator_can_be_asked_again():
    """Rows that come only once are kept in a file, unreadable ones too, so a scan answers as often as it is asked."""
    scan = leakguard.scan((row for row in [*ROWS, {"text": {1}}, 5, {"text": "x" * 3_000_000}] * 4), **ONE)
    first, second = list(scan), list(scan)
    assert first == second and len(first) == 20
    assert [row.unreadable and row.unreadable.reason for row in second][:5] == [None, None, "no-json", "shape", None]
    assert (scan.tally.seen, scan.tally.unreadable) == (20, 8)


@pytest.mark.parametrize("held", [lambda: FRAME, lambda: TABLE, lambda: (row for row in ROWS)], ids=["pandas", "arrow", "generator"])
def test_rows_in_memory_are_cleaned(held, tmp_path):
    """Wherever they are held; a row that JSON cannot say stops the clean before anything is written."""
    result = leakguard.clean(held(), tmp_path / "out", **ONE)
    assert (result.tally.kept, result.tally.removed) == (1, 1)
    with pytest.raises(UsageError, match="row 2 of the data cannot be written as JSON: a value of type set"):
        leakguard.clean([ROWS[0], {"text": {1}}], tmp_path / "other", **ONE)
    assert not (tmp_path / "other").exists()
