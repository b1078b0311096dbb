"""Take whole columns from parsed rows with the same keys. Other rows raise an error and are read one by one."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

FEW_KEYS = 5


def collect_strings(values: dict[str, list[Any]], others: Sequence[tuple[str, str, bool]]) -> list[tuple[str, ...]]:
    """Return for each row the scanned strings of these columns. Raises TypeError if a column has values other than strings."""
    for key, _, _ in others:
        if set(map(type, values[key])) != {str}:
            raise TypeError
    count = len(values[others[0][0]])
    return list(zip(*(values[key] for key, _, wanted in others if wanted), strict=True)) or [()] * count


def collect_columns(rows: Sequence[Any], keys: tuple[str, ...], columns: Sequence[str], *, ordered: bool = False) -> dict[str, list[Any]]:
    """Return these columns of rows that all have exactly `keys`; if `ordered`, in this order.

    Raises LookupError or TypeError for any other row.
    """
    if len(keys) <= FEW_KEYS and not ordered:
        # For few keys, comparing their number and looking each one up is cheaper than a tuple of keys for every row.
        if set(map(len, rows)) != {len(keys)}:
            raise LookupError
        return {key: list(map(itemgetter(key), rows)) for key in keys}
    if set(map(type, rows)) != {dict} or list(map(tuple, rows)).count(keys) != len(rows):
        raise LookupError
    return {key: list(map(itemgetter(key), rows)) for key in columns}
