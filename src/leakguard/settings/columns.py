"""The setting `map`: columns of the data that are read under another name, such as completion = "response"."""

from collections.abc import Mapping, Sequence

from leakguard.core.suggest import suggest_names
from leakguard.readers.rows.shapes import BESIDE
from leakguard.settings.values import InvalidValue, Pairs, Reader


def read_columns(value: object) -> Pairs:
    """Return (name, column) pairs from a table of names and columns, or from texts such as "completion=response". Raises InvalidValue.

    >>> read_columns({"completion": ["answer_a", "answer_b"]})
    (('completion', 'answer_a'), ('completion', 'answer_b'))
    """
    pairs: list[tuple[str, str]] = []
    if isinstance(value, Mapping):
        for name, columns in value.items():
            pairs += [(name, column) for column in (columns if isinstance(columns, (list, tuple)) else [columns])]
    else:
        for text in [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [None]:
            name, is_pair, column = text.partition("=") if isinstance(text, str) else ("", "", "")
            if not is_pair:
                raise InvalidValue(f"expected NAME=COLUMN, such as completion=response, not {text!r}")
            pairs.append((name.strip(), column))
    seen: dict[str, str] = {}
    for name, column in pairs:
        if not isinstance(name, str) or name not in BESIDE:
            raise InvalidValue(f"no shape has a column {name!r}; {suggest_names(str(name), BESIDE)}")
        if not isinstance(column, str) or not column or "\0" in column:
            raise InvalidValue(f"{name}: expected the name of a column, not {column!r}")
        if seen.setdefault(column, name) != name:
            raise InvalidValue(f"the column {column!r} cannot be both {seen[column]!r} and {name!r}")
    return tuple(dict.fromkeys(pairs))


def map_columns(pairs: Pairs) -> dict[str, str]:
    """Return {column of the data: name under which it is read}."""
    return {column: name for name, column in pairs}


def column_table(pairs: Sequence[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Return (name, column) pairs as a table of a settings file: {name: column or list of columns}."""
    columns: dict[str, list[str]] = {}
    for name, column in pairs:
        columns.setdefault(name, []).append(column)
    return {name: held[0] if len(held) == 1 else held for name, held in columns.items()}


COLUMNS = Reader(read_columns, "Mapping[str, str | Sequence[str]]", many=True, metavar="NAME=COLUMN")
