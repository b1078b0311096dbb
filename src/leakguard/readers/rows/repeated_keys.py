"""Rows in which an object has the same key twice: a parser keeps the last value, and what the others say is counted as not scanned."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from leakguard.readers.rows.picked_texts import PickedTexts
from leakguard.readers.rows.unscanned import UnscannedCounter, count_quotes, find_strings, shorten_key

REPEATED = " (repeated key)"
_QUOTE, _ESCAPE = ord('"'), ord("\\")


def count_repeats(rows: Sequence[Any], live: Sequence[int], lines: Sequence[bytes], data: bytes, picked: PickedTexts) -> None:
    """Count in what was picked the rows of a block that have a key twice, and the fields whose earlier values hold words.

    `rows` are the parsed rows, one for each of `lines`; those at `live` can be read. `data` are the lines in one. As many quotes as
    stand around the keys and strings of the rows must stand in the lines: then no key was dropped, because JSON has no other quotes.
    Only where that is not so each row is compared.
    """
    quotes, found = picked.quotes, picked.unscanned
    if len(live) < len(rows):
        data = b"\n".join(lines[i] for i in live)
    if count_written_quotes(data) == (sum(count_quotes(rows[i]) for i in live) if quotes is None else quotes):
        return
    for i in live:
        if count_written_quotes(lines[i]) != count_quotes(rows[i]):
            rest = UnscannedCounter(lambda _: "")
            found.repeated += _count(lines[i], rest)
            for counts, more in ((found.fields, rest.counts.fields), (found.prose, rest.counts.prose)):
                for field, number in more.items():
                    counts[field] = counts.get(field, 0) + number


def count_written_quotes(data: bytes) -> int:
    """How many quotes stand in these lines of JSON without an odd number of escapes before them."""
    block = np.frombuffer(data, np.uint8)
    quotes = int(np.count_nonzero(block == _QUOTE))
    escapes = np.flatnonzero(block == _ESCAPE)
    if not len(escapes):
        return quotes
    # Escapes come in runs; the last of an odd run belongs to the character behind it.
    firsts = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
    lengths = np.diff(firsts, append=len(escapes))
    behind = (escapes[firsts] + lengths)[lengths % 2 == 1]
    return quotes - int(np.count_nonzero(block[behind[behind < len(block)]] == _QUOTE))


class _Pairs(list[tuple[str, Any]]):
    """The members of an object as they are written."""


def _count(line: bytes, rest: UnscannedCounter) -> bool:
    """Whether an object of the row has a key twice; the words of values that are not the last are counted in `rest`."""
    try:
        row = json.loads(line, object_pairs_hook=_Pairs)
    except (RecursionError, ValueError):
        # Python's own parser does not go as deep, and its numbers are not as long: such a row is not compared.
        rest.add_fields("", {f"row{REPEATED}": True})
        return True
    hidden = list(_hidden(row))
    for field, value in hidden:
        fields: dict[str, bool] = {}
        rest.note_fields(find_strings(_plain(value), field, field, {}), fields)
        rest.add_fields(field, fields)
    return bool(hidden)


def _hidden(row: Any) -> Iterator[tuple[str, Any]]:
    """The values that a parser drops, with their fields."""
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


def _plain(value: Any) -> Any:
    """A value without pairs: objects with their last values, and the others as members of a list beside them."""
    if type(value) is _Pairs:
        return [_plain(item) for _, item in value]
    return [_plain(item) for item in value] if type(value) is list else value
