"""Paths into a row, as `--field` and reports write them: `meta.notes[1]`, `contents[*].parts[*].text`, `messages[-1].content`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

EVERY = "*"
_STEP = re.compile(r"\[(\*|-?\d+)\]|\.?([^.\[]*(?:\[(?!(?:\*|-?\d+)\])[^.\[]*)*)")
PLACES = 100_000
"""As many places of one path are read in one row; a list of lists of lists could have more than memory."""


@lru_cache
def parse_path(path: str) -> tuple[str | int, ...]:
    """The keys and positions on the way; EVERY stands for each position of a list or each key of an object.

    >>> steps_of("messages[-1].content")
    ('messages', -1, 'content')
    """
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        assert found
        position, key = found.groups()
        if position is not None:
            steps.append(position if position == EVERY else int(position))
        elif key or found.end() > at:
            steps.append(key)
        at = max(found.end(), at + 1)
    return tuple(steps)


def find_values(row: Mapping[str, Any], path: str) -> list[tuple[Any, str]]:
    """The values at a path with their places, in order; [] if there is none. A key that is spelled like the whole path is taken first."""
    if path in row:
        return [(row[path], path)]
    found: list[tuple[Any, str]] = [(row, "")]
    for step in parse_path(path):
        found = [pair for value, place in found for pair in _below(value, place, step)]
        if not found or len(found) > PLACES:
            return []
    return found


def _below(value: Any, place: str, step: str | int) -> Iterator[tuple[Any, str]]:
    """What stands one step further on; a position may also be written as a key (`items.0`), and negative ones count from the end."""
    if isinstance(value, dict):
        keys = list(value) if step == EVERY and EVERY not in value else [str(step)]
        for key in keys:
            if key in value:
                yield value[key], f"{place}.{key}" if place else key
    elif isinstance(value, list):
        if step == EVERY:
            yield from ((item, f"{place}[{at}]") for at, item in enumerate(value))
            return
        position = int(step) if isinstance(step, int) or step.isdecimal() else None
        if position is not None and -len(value) <= position < len(value):
            position %= len(value)
            yield value[position], f"{place}[{position}]"


def count_absent(fields: Sequence[str], names: Mapping[str, str], rows: Sequence[Mapping[str, Any]], times: int = 1) -> dict[str, int]:
    """How many of these rows have no value at a field, or no column that a map (column -> name) names; each row stands for `times` rows."""
    counts = {f"field: {path}": sum(not find_values(row, path) for row in rows) for path in fields}
    counts |= {f"map: {name}={key}": sum(key not in row for row in rows) for key, name in names.items()}
    return {name: count * times for name, count in counts.items() if count}
