"""Parse paths of fields, in the notation of the setting `field` and of reports: `meta.notes[1]`, `contents[*].parts[*].text`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

EVERY = "*"
_STEP = re.compile(r"\[(\*|-?\d+)\]|\.?([^.\[]*(?:\[(?!(?:\*|-?\d+)\])[^.\[]*)*)")
PLACES = 100_000
"""The largest number of values of one path in a row; nested lists could have more than fit in memory."""


@lru_cache
def parse_path(path: str) -> tuple[str | int, ...]:
    """Return the steps of a path: keys, positions, and EVERY for each position of a list or each key of an object.

    >>> parse_path("messages[-1].content")
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
    """Return the values at a path with their places, in order; [] if there are none. A key equal to the whole path has precedence."""
    if path in row:
        return [(row[path], path)]
    found: list[tuple[Any, str]] = [(row, "")]
    for step in parse_path(path):
        found = [pair for value, place in found for pair in _step_into(value, place, step)]
        if not found or len(found) > PLACES:
            return []
    return found


def _step_into(value: Any, place: str, step: str | int) -> Iterator[tuple[Any, str]]:
    """Yield the values one step further down. A position may also be written as a key (`items.0`); negative ones count from the end."""
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
    """Count the rows without a value at a field, and those without a column of the map (column -> name). Each row counts `times` times."""
    counts = {f"field: {path}": sum(not find_values(row, path) for row in rows) for path in fields}
    counts |= {f"map: {name}={key}": sum(key not in row for row in rows) for key, name in names.items()}
    return {name: count * times for name, count in counts.items() if count}
