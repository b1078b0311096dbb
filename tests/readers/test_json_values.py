"""Values of numpy, pandas, torch and others as values of JSON: the words in them are kept, and what has no words is named as such."""

import datetime
import decimal
import enum
import pathlib
import uuid

import numpy as np
import orjson
import pytest

import leakguard
from leakguard.readers.formats.row_lines import UnwritableRowError, encode_row
from leakguard.readers.python.json_values import convert_value

HOT = "871, 1488, 305"


class Colour(enum.Enum):
    RED = "red"


PLAIN = [
    (np.str_("a"), "a"),
    (np.int64(3), 3),
    (np.bool_(True), True),
    (np.float64(0.1), 0.1),
    (np.float32(0.1), 0.1),
    (np.float32("nan"), None),
    (np.longdouble(1.5), 1.5),
    (np.datetime64("2024-05-01T10:00"), datetime.datetime(2024, 5, 1, 10)),
    (np.datetime64("NaT"), None),
    (np.array(7), 7),
    (np.array([1, 2]), [1, 2]),
    (np.array(["a", "b"]), ["a", "b"]),
    (np.array([{"a": np.array(["x"])}, None], dtype=object), [{"a": ["x"]}, None]),
    (np.array([("a", 1)], dtype=[("s", "U1"), ("n", "i4")]), [{"s": "a", "n": 1}]),
    (float("inf"), None),
    (Colour.RED, "red"),
    (decimal.Decimal("1.50"), "1.50"),
    (pathlib.PurePosixPath("a/b"), "a/b"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ((1, "a"), [1, "a"]),
    ({1: 0.5, False: "x", None: "y", 2.5: "z"}, {"1": 0.5, "false": "x", "null": "y", "2.5": "z"}),
    ({"a": None, "b": {"c": float("nan")}}, {"b": {}}),
]


@pytest.mark.parametrize(("value", "said"), PLAIN, ids=[repr(value)[:40] for value, _ in PLAIN])
def test_values_become_those_of_json(value, said):
    """And a row with them can be written."""
    assert convert_value(value) == said
    assert encode_row({"text": "a", "value": value})


def test_keys_that_are_one_key_in_json_are_refused():
    """Neither of the two values may hide the other."""
    with pytest.raises(UnwritableRowError, match="two keys are both '1' in JSON"):
        encode_row({"text": "a", "scores": {1: HOT, "1": "b"}})


@pytest.mark.parametrize("value", [{1, 2}, object(), {(1, 2): "a"}, lambda: 0, 2**70, "\ud800"], ids=lambda value: type(value).__name__)
def test_what_json_cannot_say_is_unreadable_with_the_reason(value):
    """The row is in the result, which is not ok; a gate refuses to begin."""
    scan = leakguard.scan([{"text": "fine"}, {"text": "fine", "value": value}], rules=["hate-numeric"])
    assert [one.origin.row for one in scan.unreadable] == [2] and scan.unreadable[0].detail and not scan
    with pytest.raises(leakguard.LeakguardError, match="row 2 of the data cannot be written as JSON"):
        leakguard.gate([{"text": "fine"}, {"text": "fine", "value": value}])


def pictures():
    """What has no words: a picture of PIL, raw bytes, the pixels of a picture, a sound."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.zeros((70, 70, 3), np.uint8)
    return [image.new("RGB", (8, 8)), b"\x89PNG", bytearray(b"x"), pixels, {"array": np.zeros((2, 9000)), "rate": 16000}]


def test_pictures_and_sounds_are_kept_and_counted_as_not_looked_at():
    """The texts beside them are read; `media` says under which keys nothing was."""
    for media in pictures():
        scan = leakguard.scan([{"text": "fine", "image": media}, {"text": HOT, "image": media}, {"text": "fine"}], rules=["hate-numeric"])
        assert [row.unreadable for row in scan] == [None] * 3
        assert scan.media == {"image": 2} and len(list(scan.findings())) == 1
    assert leakguard.scan([{"text": "fine"}]).media == {}


def test_another_picture_is_another_row():
    """The hash is that of its pixels."""
    lines = {encode_row({"image": picture}) for picture in pictures()}
    assert len(lines) == len(pictures()) and all(orjson.loads(line) for line in lines)


def test_tensors_are_read():
    """Numbers of torch, and large ones by their hash."""
    torch = pytest.importorskip("torch")
    assert convert_value(torch.tensor([1, 2])) == [1, 2] and convert_value(torch.tensor(0.5)) == 0.5
    assert set(convert_value(torch.zeros(70, 70, dtype=torch.bfloat16))) == {"bytes"}


def test_what_pandas_takes_for_nothing_is_nothing():
    """NA and NaT at any depth; times are times."""
    pd = pytest.importorskip("pandas")
    row = {"a": pd.NA, "b": pd.NaT, "c": [pd.NA], "d": pd.Timestamp("2024-05-01"), "e": pd.Series([1, 2]), "f": pd.Timedelta("1s")}
    assert convert_value(row) == {"c": [None], "d": datetime.datetime(2024, 5, 1), "e": {"0": 1, "1": 2}, "f": "0 days 00:00:01"}
