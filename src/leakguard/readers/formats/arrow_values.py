"""Convert Arrow values to Python values, with UTF-8 bytes and JSON columns decoded."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from leakguard.readers.formats.json_cells import parse_cells, select_json_columns

if TYPE_CHECKING:
    import pyarrow

JSON_TYPE = "arrow.json"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Convert = Callable[[Any], Any]


def convert_rows(batch: "pyarrow.RecordBatch") -> list[dict[str, Any]]:
    """Return the rows of a batch as dictionaries, with binary text as text and JSON parsed. Raises any error of pyarrow."""
    rows: list[dict[str, Any]] = batch.to_pylist()
    convert = {field.name: found for field in batch.schema if (found := _convert(field))}
    cells = select_json_columns(batch.schema.names)
    if convert or cells:
        for row in rows:
            for name, turn in convert.items():
                row[name] = turn(row[name])
            parse_cells(row, cells)
    return rows


def _convert(field: "pyarrow.Field") -> Convert | None:
    """Return the function that converts values of a column; None if they stay as they are."""
    if (field.metadata or {}).get(b"ARROW:extension:name") == JSON_TYPE.encode():
        return _json
    return _by_type(field.type)


def _by_type(kind: Any) -> Convert | None:
    """Return the function that converts values of this Arrow type; None if they stay as they are."""
    # Lists and structs get a function if one of their inner types has one.
    from pyarrow import types

    if getattr(kind, "extension_name", "") == JSON_TYPE:
        return _json
    if hasattr(kind, "storage_type"):
        return _by_type(kind.storage_type)
    if types.is_dictionary(kind):
        return _by_type(kind.value_type)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return _text
    if types.is_struct(kind):
        inside = {field.name: found for field in kind if (found := _convert(field))}
        return (lambda value: value and {**value, **{name: turn(value[name]) for name, turn in inside.items()}}) if inside else None
    if types.is_nested(kind) and hasattr(kind, "value_field") and not types.is_map(kind):
        turn = _convert(kind.value_field)
        return (lambda value: value and [turn(item) for item in value]) if turn else None
    return None


def _text(value: Any) -> Any:
    """Return bytes that are UTF-8 text as a str, other bytes (pictures, sounds) unchanged."""
    if not isinstance(value, bytes) or not value:
        return value
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value
    return value if _CONTROL.search(text) else text


def _json(value: Any) -> Any:
    """Return the parsed value of a text of JSON; other values unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
