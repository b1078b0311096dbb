"""Rows in which an object has the same key twice: a parser keeps the last value, and what the others say is counted as not scanned."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from leakguard.core.unscanned import Unscanned
from leakguard.io.rest import Rest, shown, strings

REPEATED = " (repeated key)"
LONGEST_RUN = 64
_COLON, _QUOTE, _ESCAPE = ord(":"), ord('"'), ord("\\")
_BLANK = np.isin(np.arange(256), list(b" \t\r\n"))
Field = str


def count_repeats(data: bytes, rows: Sequence[Any], live: Sequence[int], keys: int | None, lines: Sequence[bytes], found: Unscanned) -> None:
    """Count in `found` the rows of a block of lines that have a key twice, and the fields whose earlier values hold words.

    `rows` are the parsed rows (those at `live`), one for each of `lines`; `keys` is how many keys their objects have, if that is
    known. As many keys as are written in the block must be in the parsed rows; only where that is not so each line is looked at.
    """
    if keys is None:
        keys = sum(keys_in(rows[i]) for i in live)
    if keys_written(data) == keys:
        return
    for i in live:
        if keys_written(lines[i]) == keys_in(rows[i]):
            continue
        rest = Rest(lambda _: "")
        if _count(lines[i], rest):
            found.repeated += 1
            for counts, more in ((found.fields, rest.counts.fields), (found.prose, rest.counts.prose)):
                for field, number in more.items():
                    counts[field] = counts.get(field, 0) + number


def keys_in(value: Any) -> int:
    """How many keys all objects in a parsed value have."""
    count, todo = 0, [value]
    while todo:
        value = todo.pop()
        if type(value) is dict:
            count += len(value)
            todo += [item for item in value.values() if type(item) in (dict, list)]
        elif type(value) is list:
            todo += [item for item in value if type(item) in (dict, list)]
    return count


def keys_written(data: bytes) -> int:
    """How many strings are followed by a colon in these lines of JSON; -1 where that is not easily told.

    Each key is one. A value that begins with a colon looks like one too, so the number may be too large, and never too small: a colon
    behind a quote (white space between them aside) that has no odd number of escapes before it ends a key, or follows the quote that
    opens a string.
    """
    block = np.frombuffer(data, np.uint8)
    at = np.maximum(np.flatnonzero(block == _COLON) - 1, 0)
    for _ in range(LONGEST_RUN):
        blank = _BLANK[block[at]]
        if not blank.any():
            break
        at = np.maximum(at - blank, 0)
    else:
        return -1
    at = at[block[at] == _QUOTE]
    odd = np.zeros(len(at), dtype=bool)
    before = np.maximum(at - 1, 0)
    for _ in range(LONGEST_RUN):
        escape = block[before] == _ESCAPE
        if not escape.any():
            return int(np.count_nonzero(~odd))
        odd ^= escape
        before = np.where(escape, np.maximum(before - 1, 0), 0)
    return -1


class _Pairs(list[tuple[str, Any]]):
    """The members of an object as they are written."""


def _count(line: bytes, rest: Rest) -> bool:
    """Whether an object of the row has a key twice; the words of values that are not the last are counted in `rest`."""
    try:
        row = json.loads(line, object_pairs_hook=_Pairs)
    except (RecursionError, ValueError):
        # Python's own parser does not go as deep, and its numbers are not as long: such a row is not compared.
        rest.enter("", {f"row{REPEATED}": True})
        return True
    hidden = list(_hidden(row))
    for field, value in hidden:
        fields: dict[str, bool] = {}
        rest.find(strings(_plain(value), field, field, {}), fields)
        rest.enter(field, fields)
    return bool(hidden)


def _hidden(row: Any) -> Iterator[tuple[Field, Any]]:
    """The values that a parser drops, with their fields."""
    todo: list[tuple[Field, Any]] = [("", row)]
    while todo:
        field, value = todo.pop()
        if type(value) is list:
            todo += [(f"{field}[*]", item) for item in value]
        elif type(value) is _Pairs:
            last = {key: at for at, (key, _) in enumerate(value)}
            for at, (key, item) in enumerate(value):
                name = f"{field}.{shown(key)}" if field else shown(key)
                if last[key] == at:
                    todo.append((name, item))
                else:
                    yield f"{name}{REPEATED}", item


def _plain(value: Any) -> Any:
    """A value without pairs: objects with their last values, and the others as members of a list beside them."""
    if type(value) is _Pairs:
        return [_plain(item) for _, item in value]
    return [_plain(item) for item in value] if type(value) is list else value
