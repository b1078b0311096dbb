"""Redact spans of a row's texts, without changing another byte of the row."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson
from numpy.typing import NDArray

# The tokens that give valid JSON its structure: strings, brackets, commas and colons.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]', re.DOTALL)
_LETTERS = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)
Spans = Sequence[tuple[int, int]]


def redact_line(line: bytes, texts: Mapping[str, tuple[str, Spans | NDArray[np.int64]]], replacement: str) -> bytes | None:
    """Return the row with `replacement` in place of each span, or None if a text is not a string value of the row.

    `line`: a row as JSON. `texts`: field path -> (text, spans of its characters). A text that was assembled from an object has no place of
    its own in the row, so it cannot be redacted.
    """
    strings = ((path, start, end) for path, start, end in _strings(line, texts) if orjson.loads(line[start:end]) == texts[path][0])
    found = {path: (start, end) for path, start, end in strings}
    if len(found) < len(texts):
        return None
    said = orjson.dumps(replacement)[1:-1]
    out: list[bytes] = []
    done = 0
    for path, (start, end) in sorted(found.items(), key=lambda entry: entry[1]):
        out += (line[done:start], _cut(line[start:end], merge_spans(texts[path][1]), said))
        done = end
    return b"".join((*out, line[done:]))


def merge_spans(spans: Spans | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return spans of the same characters that neither overlap nor touch, in order: int64 array of shape (n, 2), starts and ends.

    Spans are sorted by their start; one begins a new span if its start is greater than all ends before it.
    """
    rows = np.asarray(spans, dtype=np.int64).reshape(-1, 2)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    ends = np.maximum.accumulate(rows[:, 1])
    firsts = np.flatnonzero(np.append(True, rows[1:, 0] > ends[:-1])) if len(rows) else np.zeros(0, np.int64)
    lasts = np.append(firsts[1:], len(rows))[: len(firsts)] - 1
    return np.column_stack((rows[firsts, 0], ends[lasts]))


def _cut(token: bytes, spans: NDArray[np.int64], said: bytes) -> bytes:
    """Return a JSON string (quotes included) with `said` in place of each span of its characters."""
    raw = token[1:-1].decode()
    # Offsets of the characters in the escaped string, and its end. An array, because a list would take much more memory for a long row.
    starts = np.fromiter((letter.start() for letter in _LETTERS.finditer(raw)), np.int64)
    places = np.append(starts, len(raw))[spans]
    out = bytearray(b'"')
    done = 0
    for start, end in places:
        out += raw[done:start].encode() + said
        done = end
    out += raw[done:].encode() + b'"'
    return bytes(out)


def _strings(line: bytes, wanted: Collection[str]) -> Iterator[tuple[str, int, int]]:
    """Yield path, start and end (in bytes, quotes included) of each wanted string value, in order; a repeated key gives its path again."""
    above: list[_JsonPath] = []
    here = _JsonPath(UNWANTED, False)
    for token in _TOKENS.finditer(line):
        kind = token[0][:1]
        if kind == b'"' and here.expects_key:
            here.name(orjson.loads(token[0]))
        elif kind == b'"':
            if here.path in wanted:
                yield here.path, *token.span()
        elif kind in b"{[":
            # Paths that lead to no wanted value are not built: at every depth they could be as long as the row.
            home = here.path if any(path.startswith(here.path) for path in wanted) else UNWANTED
            above.append(here)
            here = _JsonPath(home if len(above) > 1 else None, kind == b"{")
        elif kind in b"}]":
            here = above.pop()
        elif kind == b",":
            here.next()


UNWANTED = "\0"


@dataclass(slots=True)
class _JsonPath:
    """The path of the next value in an object or list; `home` is the path of that object or list, None for the row itself."""

    home: str | None
    in_object: bool
    path: str = field(init=False)
    expects_key: bool = field(init=False)
    index: int = 0

    def __post_init__(self) -> None:
        self.expects_key = self.in_object
        self.path = f"{self.home}[0]"

    def name(self, key: str) -> None:
        """Set the key of the next value."""
        self.path = key if self.home is None else f"{self.home}.{key}"
        self.expects_key = False

    def next(self) -> None:
        """Go to the next entry of the object or list, after a comma."""
        self.index += 1
        self.expects_key = self.in_object
        self.path = f"{self.home}[{self.index}]"
