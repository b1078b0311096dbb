"""Take characters out of a row's texts without touching another byte of the row."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson
from numpy.typing import NDArray

# All that decides about structure in JSON that is known to be good: strings (mostly skipped) and brackets, commas, colons.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]', re.DOTALL)
_LETTERS = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)
Spans = Sequence[tuple[int, int]]


def redact_line(line: bytes, texts: Mapping[str, tuple[str, Spans | NDArray[np.int64]]], replacement: str) -> bytes | None:
    """The row with `replacement` for the characters of each span; all other bytes stay. `texts`: field path -> (text, its spans).

    None if a path does not hold its text: one that was put together from an object cannot be cut where it stands.
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
    """The same characters in spans that neither overlap nor touch, in order: an array of starts and ends.

    A span begins a new one where its start lies beyond all ends before it.
    """
    rows = np.asarray(spans, dtype=np.int64).reshape(-1, 2)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    ends = np.maximum.accumulate(rows[:, 1])
    firsts = np.flatnonzero(np.append(True, rows[1:, 0] > ends[:-1])) if len(rows) else np.zeros(0, np.int64)
    lasts = np.append(firsts[1:], len(rows))[: len(firsts)] - 1
    return np.column_stack((rows[firsts, 0], ends[lasts]))


def _cut(token: bytes, spans: NDArray[np.int64], said: bytes) -> bytes:
    """A string token (quotes included) with its characters at `spans` replaced."""
    raw = token[1:-1].decode()
    # Where each character begins, and where the last one ends; a row of many findings has no room for a list of them.
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
    """Path, start and end (in bytes, quotes included) of the wanted string values, in order; of equal keys the last one is read."""
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
            # Paths that lead to no wanted one are not spelled out: they could be as long as the row, at every depth.
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
    """Where the next value stands inside an object or a list at path `home`; None is the row itself."""

    home: str | None
    in_object: bool
    path: str = field(init=False)
    expects_key: bool = field(init=False)
    index: int = 0

    def __post_init__(self) -> None:
        self.expects_key = self.in_object
        self.path = f"{self.home}[0]"

    def name(self, key: str) -> None:
        """The next value is that of `key`."""
        self.path = key if self.home is None else f"{self.home}.{key}"
        self.expects_key = False

    def next(self) -> None:
        """A comma: the next entry of an object or a list."""
        self.index += 1
        self.expects_key = self.in_object
        self.path = f"{self.home}[{self.index}]"
