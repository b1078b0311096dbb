"""Read blocks whose rows have equal keys, an equal layout and only string values, from the positions of their quotes.

Three quarters of the time of parsing rows of numbers is used for objects that a scan does not need. If every row of a block has the
bytes of the first one around its values, only the values are cut out. Any other block is not read here.
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
    """A block of JSON lines as a sequence of its rows: objects that all have the same `keys`.

    A row is parsed when it is accessed by its index. The values of a key in all rows are cut out of the bytes without parsing.
    """

    def __init__(self, data: bytes, keys: tuple[str, ...], quotes: Ints, escaped: Ints, unescaped: Sequence[str]) -> None:
        """`quotes` are the positions of the quotes, of shape (rows, 4 * keys); `escaped` are the numbers of strings with escapes.

        `unescaped` are the values of these strings. Strings are numbered row by row, with two (key and value) for each key.
        """
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
        # The ends of a single row are near its quotes; finding the ends of all lines would take as long as a thousand rows.
        first, last = self._quotes[index, [0, -1]].tolist()
        end = self._data.find(b"\n", last)
        return orjson.loads(self._data[self._data.rfind(b"\n", 0, first) + 1 : end if end >= 0 else None])

    def __contains__(self, row: object) -> bool:
        return row is not None and super().__contains__(row)

    def get_column(self, keys: Sequence[str]) -> TextColumn:
        """Return the values of these keys as one column, row by row."""
        # Values are ranges of the data. Those with escapes are appended unescaped behind the data, and their ranges point there.
        strings = [2 * self.keys.index(key) + 1 for key in keys]
        starts = self._quotes[:, [2 * string for string in strings]] + 1
        ends = self._quotes[:, [2 * string + 1 for string in strings]]

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
        """Return the number of rows in which the value of this key is not empty."""
        string = 2 * self.keys.index(key) + 1
        return int(np.count_nonzero(self._quotes[:, 2 * string + 1] - self._quotes[:, 2 * string] > 1))

    def get_wordings(self, key: str) -> NDArray[np.int8]:
        """Classify the value of this key in each row (Wording as int8, shape (rows,))."""
        # ASCII ranges are classified together; values with escapes are classified again one by one.
        string = 2 * self.keys.index(key) + 1
        said = classify_ascii_wordings(self._data, self._quotes[:, 2 * string] + 1, self._quotes[:, 2 * string + 1])
        row, nth = np.divmod(self._escaped, 2 * len(self.keys))
        for at in np.flatnonzero(nth == string).tolist():
            said[row[at]] = classify_wording(self._unescaped[at])
        return said


def match_same_keys(data: bytes) -> SameKeys | None:
    """Match a block of lines that are objects of strings with the keys and the layout of the first; None for any other block.

    The first row is parsed. Every other one must have the bytes of the first one outside of its values. A value in ASCII without control
    characters, unescaped quotes and invalid escapes is a string (RFC 8259, section 7); so each row is an object of these strings. Blocks
    with characters beyond ASCII are not matched, because they are prose, for which parsing is a small part of the time.
    """
    line = data[: data.find(b"\n") + 1]
    keys = _get_string_keys(line) if data.isascii() else ()
    if not keys:
        return None
    block = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", np.uint8)
    escapes = np.flatnonzero(block == _ESCAPE)
    quotes = _drop_escaped(block, np.flatnonzero(block == _QUOTE), escapes)
    if len(quotes) % (4 * len(keys)):
        return None
    rows = quotes.reshape(-1, 4 * len(keys))
    if np.count_nonzero(block < _SPACE) != len(rows) or not _has_same_frame(block, rows, line):
        return None
    escaped = np.searchsorted(quotes, escapes, side="right") // 2
    escaped = escaped[np.diff(escaped, prepend=-1) > 0]
    unescaped = _parse_strings(data, quotes[2 * escaped], quotes[2 * escaped + 1])
    return None if unescaped is None else SameKeys(data, keys, rows, escaped, unescaped)


def _get_string_keys(line: bytes) -> tuple[str, ...]:
    """Return the keys of a line that is an object of strings, each key once; else ()."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ()
    return tuple(row) if type(row) is dict and set(map(type, row.values())) == {str} else ()


def _drop_escaped(block: Bytes, quotes: Ints, escapes: Ints) -> Ints:
    """Return the quotes without an odd number of backslashes right before them."""
    # Backslashes come in runs; the character after a run of odd length is escaped.
    if not len(escapes) or not (block[quotes - 1] == _ESCAPE).any():
        return quotes
    firsts = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
    lengths = np.diff(firsts, append=len(escapes))
    ends = escapes[firsts] + lengths
    return np.setdiff1d(quotes, ends[lengths % 2 == 1], assume_unique=True)


def _has_same_frame(block: Bytes, rows: Ints, first_row: bytes) -> bool:
    """Return whether every row has the bytes of the first one before, between and after its values."""
    quotes = rows[0].tolist()
    # From the end of each value to the beginning of the next one, in the last step that of the next row.
    for at in range(3, len(quotes), 4):
        between = first_row[quotes[at] : quotes[at + 3] + 1] if at + 3 < len(quotes) else b""
        if between and not _equals_at(block, rows[:, at], between, rows[:, at + 3]):
            return False
    behind = first_row[quotes[-1] :]
    last = int(rows[-1, -1])
    between = behind + first_row[: quotes[2] + 1]
    return block[last:].tobytes() == behind and _equals_at(block, rows[:-1, -1], between, rows[1:, 2])


def _equals_at(block: Bytes, starts: Ints, said: bytes, lasts: Ints) -> bool:
    """Return whether these bytes (at least six) are at each start and end at each last position."""
    # The block is viewed as overlapping words of eight bytes, which are compared with words of `said`; a shorter rest is shifted out.
    # Reading beyond the end is safe, because a string and a bracket follow in the block.
    if not (lasts - starts == len(said) - 1).all():
        return False
    words = np.ndarray(len(block) - _WORD + 1, "<u8", block.data, strides=(1,))
    for at in (*range(0, len(said) - _WORD, _WORD), max(len(said) - _WORD, 0)):
        part = said[at : at + _WORD]
        differs = words[starts + at] ^ np.uint64(int.from_bytes(part, "little"))
        if (differs << np.uint64(8 * (_WORD - len(part)))).any():
            return False
    return True


def _parse_strings(data: bytes, opened: Ints, closed: Ints) -> list[str] | None:
    """Return the strings between these quotes; None if one of them is not valid."""
    strings = [data[start : end + 1] for start, end in zip(opened.tolist(), closed.tolist(), strict=True)]
    try:
        read: list[str] = orjson.loads(b"[%b]" % b",".join(strings))
    except orjson.JSONDecodeError:
        return None
    return read
