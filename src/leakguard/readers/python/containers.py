"""Iterate the rows of lists, generators, DataFrames, Arrow tables and datasets. Types are recognised by their methods, without imports."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.readers.python.json_values import get_fields

CHUNK = 1000
SHOWN = 5
ROWS = 'give rows, such as [{"text": "..."}], or a path'
# A feature of Hugging Face datasets that is decoded on reading, unlike pictures and sounds, because it contains text.
JSON = "Json"


@dataclass(frozen=True, slots=True)
class RowCollection:
    """The rows of a container. They can be iterated several times if it is `rereadable`."""

    data: Any

    @property
    def rereadable(self) -> bool:
        """Return whether the rows can be iterated more than once. Those of a generator cannot."""
        return self.data is not iter(self.data) if isinstance(self.data, Iterable) else True

    def __iter__(self) -> Iterator[Any]:
        """Return an iterator over the rows. Raises UsageError if the data are not a collection of rows."""
        rows = iter(iterate_rows(self.data))
        first = list(islice(rows, 1))
        if first and get_fields(first[0]) is None:
            raise UsageError(f"data: its first row is {_describe_type(first[0])}; {_suggest(first[0])}")
        return chain(first, rows)


def iterate_rows(data: Any) -> Iterable[Any]:
    """Return the rows of a container. Raises UsageError if it is not a container of rows, or if two columns have the same name."""
    # Each library is recognised by attributes that only its types have, in the order of the checks: pandas, datasets, polars (lazy and
    # eager), Arrow tables and arrays, Arrow datasets and readers, and anything with Arrow's C stream interface.
    if isinstance(data, Mapping):
        _refuse_mapping(data)
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return _iterate_pandas(data)
    if hasattr(data, "features") and hasattr(data, "with_format"):
        return _iterate_datasets(data)
    if hasattr(data, "collect_schema") and hasattr(data, "collect"):
        raise UsageError("data: a LazyFrame has no rows yet; give data.collect()")
    if hasattr(data, "iter_rows"):
        return data.iter_rows(named=True)  # type: ignore[no-any-return]
    if hasattr(data, "to_pylist") and hasattr(data, "slice"):
        return _iterate_arrow(data)
    if hasattr(data, "to_batches") or hasattr(data, "read_next_batch"):
        return _iterate_batches(data)
    if hasattr(data, "__arrow_c_stream__") and (hasattr(data, "columns") or not isinstance(data, Iterable)):
        return _iterate_stream(data)
    if isinstance(data, (str, bytes, bytearray)) or not (isinstance(data, Iterable) or hasattr(data, "__getitem__")):
        raise UsageError(f"data: {_describe_type(data)} holds no rows; {ROWS}")
    return data  # type: ignore[no-any-return]


def split_columns(columns: Any) -> list[Any]:
    """Return the rows of a batch that Hugging Face datasets pass to a function: a mapping of columns, a DataFrame, or an Arrow table.

    Raises UsageError for columns without names (input_columns), for a single row, and for columns of different lengths.
    """
    if not isinstance(columns, Mapping):
        if isinstance(columns, (str, list, tuple)) or not hasattr(columns, "columns"):
            raise UsageError(f"the guard got {_describe_type(columns)}, not a batch with its columns' names: leave out input_columns")
        return list(iterate_rows(columns))
    values = {name: _get_column(columns, name) for name in columns}
    if any(isinstance(column, (str, bytes)) or not hasattr(column, "__len__") for column in values.values()):
        raise UsageError("the guard got one row, not a batch of columns: use filter(guard.batch, batched=True), or filter(guard)")
    if len({len(column) for column in values.values()}) > 1:
        raise UsageError("the guard got columns of different lengths: give it a batch of columns, or rows one by one")
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def read_row(row: Any) -> Any:
    """Return one row that datasets pass to a function: a mapping, or a DataFrame or Arrow table with one row. Raises UsageError."""
    if type(row).__name__ == "LazyBatch":
        raise UsageError("the guard got a batch, not one row: use filter(guard.batch, batched=True)")
    if isinstance(row, Mapping):
        return {name: _get_cell(row, name) for name in row}
    if hasattr(row, "columns"):
        return next(iter(iterate_rows(row)))
    if get_fields(row) is None:
        raise UsageError(f"the guard got {_describe_type(row)}, not a row with the names of its columns: leave out input_columns")
    return row


def _refuse_mapping(data: Mapping[Any, Any]) -> None:
    """Raise UsageError for a mapping, which may be one row, columns, or splits of a dataset."""
    names = ", ".join(repr(name)[:20] for name in list(data)[:SHOWN])
    if data and all(hasattr(value, "with_format") for value in data.values()):
        raise UsageError(f"data: this is a dictionary of dataset splits ({names}); give one of them, such as data[{next(iter(data))!r}]")
    raise UsageError(
        f"data: this is one mapping ({names}); give a path, or an iterable of rows: [data] if it is one row, "
        "[dict(zip(data, row)) for row in zip(*data.values())] if its values are columns"
    )


def _iterate_pandas(frame: Any) -> Iterator[Any]:
    """Return the rows of a DataFrame. An index that is not plain row numbers is a column too, because its texts may be trained on."""
    if not (len(frame.index.names) == 1 and frame.index.name is None and getattr(frame.index.dtype, "kind", "O") in "iu"):
        try:
            frame = frame.reset_index()
        except ValueError as error:
            raise UsageError(f"data: the index and a column have the same name ({error}); rename one, or reset_index(drop=True)") from error
    _refuse_twice(list(frame.columns))
    return (row for at in range(0, len(frame), CHUNK) for row in frame.iloc[at : at + CHUNK].to_dict("records"))


def _iterate_arrow(data: Any) -> Iterable[Any]:
    """Return the rows of an Arrow Table or RecordBatch, or the values of an array of structs."""
    if not hasattr(data, "schema"):
        return (row for at in range(0, len(data), CHUNK) for row in data.slice(at, CHUNK).to_pylist())
    _refuse_twice(list(data.schema.names))
    return (row for at in range(0, data.num_rows, CHUNK) for row in data.slice(at, CHUNK).to_pylist())


def _iterate_batches(data: Any) -> Iterator[Any]:
    """Return the rows of a source of Arrow batches: a dataset on disk, or a reader."""
    _refuse_twice(list(data.schema.names))
    batches = data.to_batches() if hasattr(data, "to_batches") else data
    return (row for batch in batches for row in _iterate_arrow(batch))


def _iterate_stream(data: Any) -> Iterator[Any]:
    """Return the rows of any other object with Arrow's C stream interface, such as a DuckDB relation."""
    try:
        from pyarrow import RecordBatchReader
    except ImportError as error:
        raise UsageError(f"data: to read {_describe_type(data)}, install pyarrow (pip install pyarrow); or {ROWS}") from error
    return _iterate_batches(RecordBatchReader.from_stream(data))


def _iterate_datasets(data: Any) -> Iterable[Any]:
    """Return the rows of a Hugging Face dataset as Python values, whatever its format. Pictures and sounds are not decoded.

    A transform of the user stays, because a trainer gets its output.
    """
    if (getattr(data, "format", None) or {}).get("type") == "custom":
        return data  # type: ignore[no-any-return]
    plain = data.with_format(None)
    media = [name for name, feature in (data.features or {}).items() if _opens_files(feature)]
    if not media:
        return plain  # type: ignore[no-any-return]
    return plain.decode(False) if hasattr(plain, "decode") else _read_undecoded(data, media)


def _read_undecoded(data: Any, media: list[str]) -> Iterator[Any]:
    """Yield rows of a dataset with the columns `media` as they are stored and the others decoded."""
    others = [name for name in data.column_names if name not in media]
    stored = data.with_format("arrow", columns=media).iter(CHUNK)
    read = data.with_format(None, columns=others).iter(CHUNK) if others else repeat({})
    for table, columns in zip(stored, read, strict=False):
        values = {**columns, **{name: table[name].to_pylist() for name in media}}
        yield from (dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True))


def _get_column(batch: Any, name: str) -> Any:
    """Return a column of a batch; one of pictures or sounds as stored bytes, if the batch still has them."""
    return batch.pa_table[name].to_pylist() if _opens_files(_get_feature(batch, name)) else batch[name]


def _get_cell(row: Any, name: str) -> Any:
    """Return a value of a row; a picture or sound as stored bytes."""
    return row.pa_table[name].to_pylist()[0] if _opens_files(_get_feature(row, name)) else row[name]


def _get_feature(batch: Any, name: str) -> Any:
    """Return the feature of a column that is not decoded yet; None if it was decoded or is not known."""
    if name not in getattr(batch, "keys_to_format", ()) or not hasattr(batch, "pa_table"):
        return None
    return (getattr(batch.formatter, "features", None) or {}).get(name)


def _opens_files(feature: Any) -> bool:
    """Return whether a feature of datasets, or one inside it, is decoded from bytes or files."""
    return any(getattr(one, "decode", False) is True and getattr(one, "_type", "") != JSON for one in _walk_features(feature))


def _walk_features(feature: Any) -> Iterator[Any]:
    """Yield a feature and all features inside it."""
    yield feature
    inside = [getattr(feature, "feature", None)]
    if isinstance(feature, Mapping):
        inside = list(feature.values())
    elif isinstance(feature, (list, tuple)):
        inside = list(feature)
    for one in inside:
        if one is not None:
            yield from _walk_features(one)


def _refuse_twice(names: list[Any]) -> None:
    """Raise UsageError if two columns have the same name."""
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"data: two columns are called {str(twice)[:40]!r}, and a row can hold only one of them: rename one")


def _describe_type(value: Any) -> str:
    """Describe the type of a value."""
    names = {str: "a text", bytes: "bytes", type(None): "None", int: "a number", float: "a number", list: "a list", tuple: "a tuple"}
    return names.get(type(value), f"a value of type {type(value).__name__}")


def _suggest(first: Any) -> str:
    """Return advice, for an error message, about data whose first element is not a row."""
    if isinstance(first, str):
        return 'make each text a row: [{"text": text} for text in data]; a path is a str or a list of them'
    if isinstance(first, os.PathLike):
        return "give paths as a list"
    if hasattr(first, "columns") or hasattr(first, "schema"):
        return "give one table, not several of them"
    return ROWS
