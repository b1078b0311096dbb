"""Read blocks whose rows have equal keys, an equal layout, and strings and whole numbers as values, from the positions of their quotes.

Three quarters of the time of parsing rows of numbers is used for objects that a scan does not need. If every row of a block has the
bytes of the first one around its values, only the values are cut out. Any other block is not read here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, overload

import numpy as np
import orjson
from numpy.typing import NDArray

from leakguard.readers.rows.lines import Lines
from leakguard.text.byte_classes import Bytes, Ints
from leakguard.text.column import TextColumn
from leakguard.text.wording import classify_ascii_wordings, classify_wording

_QUOTE, _ESCAPE, _SPACE, _ZERO = ord('"'), ord("\\"), ord(" "), ord("0")
_WORD = 8
_DIGITS = b"0123456789"
_NO_DIGITS = bytes(byte for byte in range(256) if byte not in _DIGITS)
_MOST_DIGITS = 18
_NONE = np.zeros(0, dtype=np.int64)


class SameKeys(Sequence[Any]):
    """A block of JSON lines as a sequence of its rows: objects that all have the same `keys`.

    A row is parsed when it is accessed by its index. The values of a key in all rows are cut out of the bytes without parsing.
    """

    def __init__(self, data: bytes, layout: "_Layout", quotes: Ints, escaped: Ints, unescaped: Sequence[str]) -> None:
        """`quotes` are the positions of the quotes, of shape (rows, layout.quotes); `escaped` are the numbers of strings with escapes.

        `unescaped` are the values of these strings. Strings are numbered row by row, keys and values alike.
        """
        self.keys = tuple(layout.strings)
        self._layout = layout
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

    def has_strings(self, key: str) -> bool:
        """Return whether the values of this key are strings; else they are whole numbers."""
        return self._layout.strings[key] is not None

    def _find_string(self, key: str) -> int:
        """Return the number of a key's value among the strings of a row."""
        string = self._layout.strings[key]
        assert string is not None, "the values of this key are numbers"
        return string

    def get_column(self, keys: Sequence[str]) -> TextColumn:
        """Return the values of these keys, all of them strings, as one column, row by row."""
        # Values are ranges of the data. Those with escapes are appended unescaped behind the data, and their ranges point there.
        strings = list(map(self._find_string, keys))
        starts = self._quotes[:, [2 * string for string in strings]] + 1
        ends = self._quotes[:, [2 * string + 1 for string in strings]]
        if not len(self._escaped):
            return TextColumn(self._data, starts.ravel(), ends.ravel())

        row, string = np.divmod(self._escaped, self._layout.quotes // 2)
        column = np.full(self._layout.quotes // 2, -1)
        column[strings] = range(len(strings))
        chosen = np.flatnonzero(column[string] >= 0)
        said = [self._unescaped[at].encode() for at in chosen.tolist()]
        sizes = np.fromiter(map(len, said), dtype=np.int64, count=len(said))
        behind = len(self._data) + np.cumsum(sizes + 1)
        places = row[chosen], column[string[chosen]]
        starts[places], ends[places] = behind - sizes, behind
        return TextColumn(b"\n".join((self._data, *said)), starts.ravel(), ends.ravel())

    def count_filled(self, key: str) -> int:
        """Return the number of rows in which the value of this key, a string, is not empty."""
        string = self._find_string(key)
        return int(np.count_nonzero(self._quotes[:, 2 * string + 1] - self._quotes[:, 2 * string] > 1))

    def get_wordings(self, key: str) -> NDArray[np.int8]:
        """Classify the value of this key, a string, in each row (Wording as int8, shape (rows,))."""
        # ASCII ranges are classified together; values with escapes are classified again one by one.
        string = self._find_string(key)
        said = classify_ascii_wordings(self._data, self._quotes[:, 2 * string] + 1, self._quotes[:, 2 * string + 1])
        row, nth = np.divmod(self._escaped, self._layout.quotes // 2)
        for at in np.flatnonzero(nth == string).tolist():
            said[row[at]] = classify_wording(self._unescaped[at])
        return said


class _Layout(NamedTuple):
    """How every row of a block is written.

    - `strings`: for each key the number of its value among the strings of a row (keys and values alike), None for a whole number.
    - `quotes`: quotes in a row. `values`: the quote right before each value: one that opens a string, or closes the key of a number.
    - `numbers`: those of `values` before whole numbers.
    """

    strings: Mapping[str, int | None]
    quotes: int
    values: Sequence[int]
    numbers: Sequence[int]


def match_same_keys(data: bytes) -> SameKeys | None:
    """Match a block of lines that are objects of strings and whole numbers with the keys and the layout of the first, else return None.

    The first row is parsed. Every other one must have the bytes of the first one outside of its values. A value in ASCII without control
    characters, unescaped quotes and invalid escapes is a string (RFC 8259, section 7), and up to 18 digits without a leading zero are a
    whole number (section 6); so each row is an object of these values. Blocks with characters beyond ASCII are not matched, because they
    are prose, for which parsing is a small part of the time.
    """
    line = data[: data.find(b"\n") + 1]
    layout = _find_layout(line) if data.isascii() else None
    if not layout:
        return None
    whole = data if data.endswith(b"\n") else data + b"\n"
    # Behind a number at the end of the last row, words of eight bytes are read beyond the end.
    block = np.frombuffer(whole + b" " * _WORD if layout.numbers else whole, np.uint8)
    escapes = np.flatnonzero(block == _ESCAPE) if b"\\" in data else _NONE
    quotes = _drop_escaped(block, np.flatnonzero(block == _QUOTE), escapes)
    if len(quotes) % layout.quotes:
        return None
    rows = quotes.reshape(-1, layout.quotes)
    if np.count_nonzero(block < _SPACE) != len(rows) or not _has_same_frame(block, rows, line, layout):
        return None
    if not len(escapes):
        return SameKeys(data, layout, rows, _NONE, ())
    escaped = np.searchsorted(quotes, escapes, side="right") // 2
    escaped = escaped[np.diff(escaped, prepend=-1) > 0]
    unescaped = _parse_strings(data, quotes[2 * escaped], quotes[2 * escaped + 1])
    return None if unescaped is None else SameKeys(data, layout, rows, escaped, unescaped)


def _find_layout(line: bytes) -> _Layout | None:
    """Return the layout of a line that is an object of strings and integers; None for any other line.

    An integer that is not read here (with a sign, or too long) is found when the frames are compared.
    """
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if type(row) is not dict or not row or not set(map(type, row.values())) <= {str, int}:
        return None
    strings: dict[str, int | None] = {}
    values: list[int] = []
    numbers: list[int] = []
    quotes = 0
    for key, value in row.items():
        if type(value) is str:
            strings[key] = quotes // 2 + 1
            values.append(quotes + 2)
            quotes += 4
        else:
            strings[key] = None
            values.append(quotes + 1)
            numbers.append(quotes + 1)
            quotes += 2
    return _Layout(strings, quotes, values, numbers)


def _drop_escaped(block: Bytes, quotes: Ints, escapes: Ints) -> Ints:
    """Return the quotes without an odd number of backslashes right before them."""
    # Backslashes come in runs; the character after a run of odd length is escaped.
    if not len(escapes) or not (block[quotes - 1] == _ESCAPE).any():
        return quotes
    firsts = np.flatnonzero(np.diff(escapes, prepend=-2) != 1)
    lengths = np.diff(firsts, append=len(escapes))
    ends = escapes[firsts] + lengths
    return np.setdiff1d(quotes, ends[lengths % 2 == 1], assume_unique=True)


def _has_same_frame(block: Bytes, rows: Ints, first_row: bytes, layout: _Layout) -> bool:
    """Return whether every row has the bytes of the first one before, between and after its values, and digits for its numbers."""
    # Quotes are numbered on into the next row, and `twice` has two rows, so that the bytes between two rows are compared like all others.
    width, quotes, twice = layout.quotes, rows.ravel(), first_row * 2
    first = [*rows[0].tolist(), *(rows[0] + len(first_row)).tolist()]
    if first[width - 1] >= len(first_row):
        return False
    # From the quote behind each value to the one before the next value.
    for value, following in zip(layout.values, (*layout.values[1:], layout.values[0] + width), strict=True):
        between = twice[first[value + 1] : first[following] + 1]
        lasts = quotes[following::width]
        if not _equals_at(block, quotes[value + 1 :: width][: len(lasts)], between, lasts):
            return False
    for number in layout.numbers:
        before, after = _split_number(twice[first[number] : first[number + 1] + 1])
        lasts = quotes[number + 1 :: width]
        if not _are_whole_numbers(block, quotes[number::width][: len(lasts)], before, after, lasts):
            return False
    # The last row, from its last quote to its end.
    behind, end = first_row[first[width - 1] :], block[int(quotes[-1]) :].tobytes()
    if layout.values[-1] < width - 1:
        return end.startswith(behind) and not end[len(behind) :].strip(b" ")
    before, after = _split_number(behind)
    digits = end.removeprefix(before).rstrip(b" ").removesuffix(after)
    return end.rstrip(b" ") == before + digits + after and _is_whole_number(digits)


def _split_number(gap: bytes) -> tuple[bytes, bytes]:
    """Return what is written before and after the only number between two quotes."""
    return gap[: len(gap) - len(gap.lstrip(_NO_DIGITS))], gap[len(gap.rstrip(_NO_DIGITS)) :]


def _is_whole_number(digits: bytes) -> bool:
    """Return whether these bytes are a whole number."""
    return 0 < len(digits) <= _MOST_DIGITS and not digits.strip(_DIGITS) and (digits[0] != _ZERO or len(digits) == 1)


def _are_whole_numbers(block: Bytes, starts: Ints, before: bytes, after: bytes, lasts: Ints) -> bool:
    """Return whether `before`, a whole number and `after` are between each start and last position."""
    # Only the bytes that are digits of some number are read: the second digits of all numbers that have one, and so on.
    firsts, ends = starts + len(before), lasts - len(after) + 1
    sizes = ends - firsts
    if not len(sizes):
        return True
    if sizes.min() < 1 or sizes.max() > _MOST_DIGITS or (block[firsts[sizes > 1]] == _ZERO).any():
        return False
    for at in range(int(sizes.max())):
        if (block[firsts[sizes > at] + at] - np.uint8(_ZERO) > 9).any():
            return False
    return _equals_at(block, starts, before, firsts - 1) and _equals_at(block, ends, after, lasts)


def _equals_at(block: Bytes, starts: Ints, said: bytes, lasts: Ints) -> bool:
    """Return whether these bytes are at each start and end at each last position; there must be eight bytes from each start on."""
    # The block is viewed as overlapping words of eight bytes, which are compared with words of `said`; a shorter rest is shifted out.
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
