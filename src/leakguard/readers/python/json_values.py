"""Convert Python values (numpy, pandas, torch, dates, pictures) to JSON values, without importing these libraries."""

import dataclasses
import datetime
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from math import isfinite
from pathlib import PurePath
from typing import Any
from uuid import UUID

ATOMS = frozenset((str, int, bool, type(None)))
AS_TEXT = (Decimal, datetime.timedelta, PurePath, UUID)
KEYS = (int, float, bool, type(None), datetime.date, datetime.datetime, UUID)
# An array of more numbers, with two dimensions or more, is a picture, a sound or an embedding: it has no text and is hashed.
LARGE_ARRAY = 4096
BYTES = "bytes"


class NotJsonError(TypeError):
    """Error: a value cannot be written as JSON. The message says what to do."""


def convert_value(value: Any) -> Any:
    """Convert a Python value to types of JSON. Keys whose value is missing (None, NaN, NaT, NA) are left out at any depth.

    numpy, pandas and torch values become numbers, texts and lists; dataclasses, named tuples and pydantic models become objects; bytes,
    pictures and large arrays become their hash under "bytes". Dates stay, because the JSON writer formats them.

    Raises NotJsonError for any other type, and for two keys that are equal in JSON.
    """
    kind = type(value)
    if kind in ATOMS:
        return value
    if kind is dict:
        return _convert_object(value)
    if kind is list:
        return [convert_value(item) for item in value]
    if kind is float:
        return value if isfinite(value) else None
    return _convert_other(value)


def get_fields(value: Any) -> Mapping[Any, Any] | None:
    """Return the fields of a mapping or a record object (named tuple, dataclass, pandas row, pydantic model); None for any other value."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type):
        return None
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return dict(value._asdict())
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    names = getattr(getattr(value, "dtype", None), "names", None)
    if names and not getattr(value, "shape", ()):
        return {name: value[name] for name in names}  # a row of a structured array of numpy
    if _is_from(value, "pandas") and hasattr(value, "index") and hasattr(value, "to_dict") and not hasattr(value, "columns"):
        return dict(value.to_dict())  # a row of a DataFrame
    if hasattr(value, "model_dump") and hasattr(type(value), "model_fields"):
        return dict(value.model_dump())
    return None


def hash_bytes(data: bytes | bytearray | memoryview) -> dict[str, str]:
    """Return the object that replaces bytes: their hash under "bytes"."""
    return {BYTES: blake2b(data, digest_size=16).hexdigest()}


def holds_media(value: Any) -> bool:
    """Return whether a converted value contains bytes, a picture or a large array."""
    if isinstance(value, dict):
        return BYTES in value or any(holds_media(item) for item in value.values())
    return isinstance(value, list) and any(holds_media(item) for item in value)


def _convert_object(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """Convert the fields of an object."""
    out: dict[str, Any] = {}
    for key, item in fields.items():
        name = key if type(key) is str else _convert_key(key)
        if name in out:
            raise NotJsonError(f"two keys are both {name[:40]!r} in JSON: rename one")
        said = convert_value(item)
        if said is not None:
            out[name] = said
    return out


def _convert_key(key: Any) -> str:
    """Return a key as JSON writes it: 1 becomes "1"."""
    if isinstance(key, str):
        return str.__str__(key)
    if hasattr(key, "item") and hasattr(key, "dtype"):
        key = key.item()
    if isinstance(key, Enum):
        return _convert_key(key.value)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, KEYS):
        return str(key)
    raise NotJsonError(f"a key of type {type(key).__name__} cannot be written as JSON: use strings as keys")


def _convert_other(value: Any) -> Any:
    """Convert a value of a type that JSON does not have. Types are recognised by their attributes, so that no library is imported."""
    # The order matters: enums and subclasses of str come before records, records before sequences, pandas' missing values before numbers.
    if isinstance(value, Enum):
        return convert_value(value.value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return hash_bytes(value)
    if (fields := get_fields(value)) is not None:
        return _convert_object(fields)
    if isinstance(value, (list, tuple)):
        return [convert_value(item) for item in value]
    if _is_from(value, "pandas") and type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, (int, float)):
        return convert_value(int(value) if isinstance(value, int) else float(value))
    if isinstance(value, AS_TEXT):
        return str(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return _convert_timestamp(value) if _is_from(value, "pandas") else value
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return _convert_array(value)
    if hasattr(value, "tobytes") and hasattr(value, "mode") and hasattr(value, "size"):
        return hash_bytes(f"{value.mode} {value.size} ".encode() + value.tobytes())  # a picture of PIL
    advice = ": give a list, which has an order" if isinstance(value, (set, frozenset)) else ""
    raise NotJsonError(f"a value of type {type(value).__name__} cannot be written as JSON{advice}")


def _convert_array(value: Any) -> Any:
    """Convert an array or array scalar of numpy, torch, jax or pandas."""
    # Times, structured arrays and large arrays are special; other arrays become lists. A float32 becomes the shortest equal decimal.
    shape = tuple(getattr(value, "shape", ()))
    kind = getattr(value.dtype, "kind", "")
    if kind and kind in "mM":
        return _convert_times(value, shape)
    if getattr(value.dtype, "names", None):
        return [convert_value(item) for item in value]
    if len(shape) > 1 and kind != "O" and _count_values(shape) > LARGE_ARRAY:
        host = value.double().numpy(force=True) if hasattr(value, "detach") else value  # a tensor of torch
        return hash_bytes(f"{value.dtype} {shape} ".encode() + host.tobytes())
    if not shape and str(value.dtype) in ("float16", "float32"):
        return convert_value(float(str(value)))  # the shortest number that is this one: 0.1, not 0.10000000149011612
    said = value.tolist()
    if type(said) is type(value):
        return convert_value(float(value))  # a long double is its own list
    return convert_value(said)


def _convert_times(value: Any, shape: tuple[int, ...]) -> Any:
    """Convert dates and durations of numpy; NaT is missing."""
    if shape:
        return [convert_value(item) for item in value]
    said = str(value)
    if said == "NaT":
        return None
    moment = value.astype("datetime64[us]") if value.dtype.kind == "M" else None
    return said if moment is None or moment != value else moment.item()


def _convert_timestamp(value: Any) -> Any:
    """Convert a pandas timestamp to datetime if no precision is lost, else to text."""
    return value.isoformat() if getattr(value, "nanosecond", 0) else value.to_pydatetime()


def _count_values(shape: tuple[int, ...]) -> int:
    """Return the number of values in an array of this shape."""
    count = 1
    for size in shape:
        count *= size
    return count


def _is_from(value: object, package: str) -> bool:
    """Return whether a value's type is defined in this package."""
    return type(value).__module__.partition(".")[0] == package
