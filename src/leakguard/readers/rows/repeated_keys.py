"""Find rows in which an object has a duplicate key. JSON parsers keep the last value; text in the others is counted as not scanned."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from leakguard.readers.rows.picked_texts import PickedTexts
from leakguard.readers.rows.unscanned import UnscannedCounter, count_quotes, find_strings, shorten_key

REPEATED = " (repeated key)"
_QUOTE, _ESCAPE = ord('"'), ord("\\")


def count_repeats(rows: Sequence[Any], live: Sequence[int], lines: Sequence[bytes], data: bytes, picked: PickedTexts) -> None:
    """Note the rows with a duplicate key in `picked`, and count the fields whose dropped values contain text.

    `rows` are the parsed rows, one for each of `lines`; those at the indices `live` are readable. `data` are all lines in one.
    """
    # Cheap test first: JSON has quotes only around keys and strings, so if the lines have as many quotes as the parsed rows account for,
    # no key was dropped. Only where the numbers differ are rows compared one by one.
    quotes, found = picked.quotes, picked.unscanned
    if len(live) < len(rows):
        data = b"\n".join(lines[i] for i in live)
    if count_written_quotes(data) == (sum(count_quotes(rows[i]) for i in live) if quotes is None else quotes):
        return
    for i in live:
        if count_written_quotes(lines[i]) != count_quotes(rows[i]):
            rest = UnscannedCounter(lambda _: "")
            if dropped := _count_dropped(lines[i], rest):
                found.repeated += 1
                picked.repeated[i] = dropped.removesuffix(REPEATED)
            for counts, more in ((found.fields, rest.counts.fields), (found.prose, rest.counts.prose)):
                for field, number in more.items():
                    counts[field] = counts.get(field, 0) + number


def count_written_quotes(data: bytes) -> int:
    """Return the number of quotes in lines of JSON that are not escaped."""
    # Backslashes come in runs; the last one of a run of odd length escapes the character after it.
    block = np.frombuffer(data, np.uint8)
    quotes = int(np.count_nonzero(block == _QUOTE))
    escapes = np.flatnonzero(block == _ESCAPE)
    if not len(escapes):
        return quotes

    firsts = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
    lengths = np.diff(firsts, append=len(escapes))
    behind = (escapes[firsts] + lengths)[lengths % 2 == 1]
    return quotes - int(np.count_nonzero(block[behind[behind < len(block)]] == _QUOTE))


class _Pairs(list[tuple[str, Any]]):
    """The members of an object as they are written, with duplicate keys."""


def _count_dropped(line: bytes, rest: UnscannedCounter) -> str:
    """Return the field of the first dropped value of the row, "" if no key is repeated; text in dropped values is counted in `rest`."""
    try:
        row = json.loads(line, object_pairs_hook=_Pairs)
    except (RecursionError, ValueError):
        # Python's parser supports less depth and shorter numbers than orjson: such a row counts as one with a duplicate key.
        rest.add_fields("", {f"row{REPEATED}": True})
        return f"row{REPEATED}"
    hidden = list(_find_dropped(row))
    for field, value in hidden:
        fields: dict[str, bool] = {}
        rest.note_fields(find_strings(_flatten(value), field, field, {}), fields)
        rest.add_fields(field, fields)
    return hidden[0][0] if hidden else ""


def _find_dropped(row: Any) -> Iterator[tuple[str, Any]]:
    """Yield the dropped values with their fields."""
    todo: list[tuple[str, Any]] = [("", row)]
    while todo:
        field, value = todo.pop()
        if type(value) is list:
            todo += [(f"{field}[*]", item) for item in value]
        elif type(value) is _Pairs:
            last = {key: at for at, (key, _) in enumerate(value)}
            for at, (key, item) in enumerate(value):
                name = f"{field}.{shorten_key(key)}" if field else shorten_key(key)
                if last[key] == at:
                    todo.append((name, item))
                else:
                    yield f"{name}{REPEATED}", item


def _flatten(value: Any) -> Any:
    """Return a dropped value with objects as lists of their values, so that all strings in it are found."""
    if type(value) is _Pairs:
        return [_flatten(item) for _, item in value]
    return [_flatten(item) for item in value] if type(value) is list else value
