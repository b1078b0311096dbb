"""Blocks whose rows are written alike: the same keys in the same places and nothing but strings, read by where their quotes stand.

Three quarters of the time of parsing number rows goes into objects that a scan throws away. Where every row of a block has the
signs of the first one around its strings, those strings are cut out and nothing else is built. Whatever differs is not read here.
"""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import orjson
from numpy.typing import NDArray

from leakguard.readers.rows.lines import Lines
from leakguard.text.byte_classes import Bytes, Ints
from leakguard.text.column import TextColumn
from leakguard.text.wording import classify_ascii_wordings, classify_wording

_QUOTE, _ESCAPE, _SPACE = ord('"'), ord("\\"), ord(" ")
_WORD = 8


class SameKeys(Sequence[Any]):
    """The rows of such a block, each parsed when someone asks for it; `keys` are those of every row."""

    def __init__(self, data: bytes, keys: tuple[str, ...], quotes: Ints, escaped: Ints, unescaped: Sequence[str]) -> None:
        """`quotes` has a line for each row and four places for each key; the strings of these numbers hold escapes."""
        self.keys = keys
        self._data = data
        self._quotes = quotes
        self._escaped = escaped
        self._unescaped = unescaped
        self._lines = Lines(data, len(quotes))

    def __len__(self) -> int:
        return len(self._quotes)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return list(map(orjson.loads, self._lines[index]))
        # Of a single row both ends are near its quotes; the bounds of all lines would take as long as a thousand rows.
        first, last = self._quotes[index, [0, -1]].tolist()
        end = self._data.find(b"\n", last)
        return orjson.loads(self._data[self._data.rfind(b"\n", 0, first) + 1 : end if end >= 0 else None])

    def __contains__(self, row: object) -> bool:
        return row is not None and super().__contains__(row)

    def get_column(self, keys: Sequence[str]) -> TextColumn:
        """What the rows say under these keys, row by row."""
        strings = [2 * self.keys.index(key) + 1 for key in keys]
        starts = self._quotes[:, [2 * string for string in strings]] + 1
        ends = self._quotes[:, [2 * string + 1 for string in strings]]
        # What was written with escapes is read from behind the data.
        row, string = np.divmod(self._escaped, 2 * len(self.keys))
        column = np.full(2 * len(self.keys), -1)
        column[strings] = range(len(strings))
        chosen = np.flatnonzero(column[string] >= 0)
        said = [self._unescaped[at].encode() for at in chosen.tolist()]
        sizes = np.fromiter(map(len, said), dtype=np.int64, count=len(said))
        behind = len(self._data) + np.cumsum(sizes + 1)
        places = row[chosen], column[string[chosen]]
        starts[places], ends[places] = behind - sizes, behind
        return TextColumn(b"\n".join((self._data, *said)), starts.ravel(), ends.ravel())

    def count_filled(self, key: str) -> int:
        """In how many rows the string under this key is not empty."""
        string = 2 * self.keys.index(key) + 1
        return int(np.count_nonzero(self._quotes[:, 2 * string + 1] - self._quotes[:, 2 * string] > 1))

    def get_wordings(self, key: str) -> NDArray[np.int8]:
        """What the string of each row under this key says, as numbers of Wording."""
        string = 2 * self.keys.index(key) + 1
        said = classify_ascii_wordings(self._data, self._quotes[:, 2 * string] + 1, self._quotes[:, 2 * string + 1])
        row, nth = np.divmod(self._escaped, 2 * len(self.keys))
        for at in np.flatnonzero(nth == string).tolist():
            said[row[at]] = classify_wording(self._unescaped[at])
        return said


def match_same_keys(data: bytes) -> SameKeys | None:
    """The rows of a block of lines, if each is an object of strings, written like the first; else None.

    The first row is parsed. Every other one has its bytes wherever no value stands; a value in ASCII that holds no sign below a space, no
    quote without its escape and no wrong escape is a string (RFC 8259, section 7); so each row is an object of these strings. Blocks
    with wider characters are text, and parsing text is not what takes the time.
    """
    line = data[: data.find(b"\n") + 1]
    keys = _keys(line) if data.isascii() else ()
    if not keys:
        return None
    block = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", np.uint8)
    escapes = np.flatnonzero(block == _ESCAPE)
    quotes = _unescaped(block, np.flatnonzero(block == _QUOTE), escapes)
    if len(quotes) % (4 * len(keys)):
        return None
    rows = quotes.reshape(-1, 4 * len(keys))
    if np.count_nonzero(block < _SPACE) != len(rows) or not _same_around(block, rows, line):
        return None
    escaped = np.searchsorted(quotes, escapes, side="right") // 2
    escaped = escaped[np.diff(escaped, prepend=-1) > 0]
    unescaped = _read(data, quotes[2 * escaped], quotes[2 * escaped + 1])
    return None if unescaped is None else SameKeys(data, keys, rows, escaped, unescaped)


def _keys(line: bytes) -> tuple[str, ...]:
    """The keys of a row that is an object of strings, each key once; else ()."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ()
    return tuple(row) if type(row) is dict and set(map(type, row.values())) == {str} else ()


def _unescaped(block: Bytes, quotes: Ints, escapes: Ints) -> Ints:
    """The quotes without an odd number of escapes right before them."""
    if not len(escapes) or not (block[quotes - 1] == _ESCAPE).any():
        return quotes
    firsts = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
    lengths = np.diff(firsts, append=len(escapes))
    ends = escapes[firsts] + lengths
    return np.setdiff1d(quotes, ends[lengths % 2 == 1], assume_unique=True)


def _same_around(block: Bytes, rows: Ints, first_row: bytes) -> bool:
    """Whether every row has the bytes of the first one before, between and behind its values."""
    quotes = rows[0].tolist()
    # From the end of each value to the beginning of the next, that of the following row too.
    for at in range(3, len(quotes), 4):
        between = first_row[quotes[at] : quotes[at + 3] + 1] if at + 3 < len(quotes) else b""
        if between and not _stands_at(block, rows[:, at], between, rows[:, at + 3]):
            return False
    behind = first_row[quotes[-1] :]
    last = int(rows[-1, -1])
    between = behind + first_row[: quotes[2] + 1]
    return block[last:].tobytes() == behind and _stands_at(block, rows[:-1, -1], between, rows[1:, 2])


def _stands_at(block: Bytes, starts: Ints, said: bytes, lasts: Ints) -> bool:
    """Whether these bytes, six at least, stand at each start and end at each last; a string and a bracket follow them in the block."""
    if not (lasts - starts == len(said) - 1).all():
        return False
    words = np.ndarray(len(block) - _WORD + 1, "<u8", block.data, strides=(1,))
    for at in (*range(0, len(said) - _WORD, _WORD), max(len(said) - _WORD, 0)):
        part = said[at : at + _WORD]
        differs = words[starts + at] ^ np.uint64(int.from_bytes(part, "little"))
        if (differs << np.uint64(8 * (_WORD - len(part)))).any():
            return False
    return True


def _read(data: bytes, opened: Ints, closed: Ints) -> list[str] | None:
    """The strings between these quotes; None if one of them cannot be read."""
    strings = [data[start : end + 1] for start, end in zip(opened.tolist(), closed.tolist(), strict=True)]
    try:
        read: list[str] = orjson.loads(b"[%b]" % b",".join(strings))
    except orjson.JSONDecodeError:
        return None
    return read
