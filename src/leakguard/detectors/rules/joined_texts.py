"""Many texts as one byte string: the input of the automaton and of the digit run reader."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import LIST_BYTES, SEPARATOR, Bools, Bytes, Ints
from leakguard.text.column import TextColumn
from leakguard.text.digit_runs import DigitRuns, is_member
from leakguard.text.fold import FoldTable, fold, map_offsets
from leakguard.text.number_lists import find_number_lists, is_number_list
from leakguard.text.view import OffsetMap


@dataclass(frozen=True, slots=True)
class JoinedTexts:
    """Texts in UTF-8, each followed by a separator, the whole preceded by one. Texts with disguised characters are folded.

    - `texts`: the original texts. `data`: the joined bytes. `starts`: int64 array of shape (texts,), byte offsets of the texts in `data`.
    - `folded`: folded texts by index, of those that differ from the original in more than punctuation; their hits need an offset map.
    - `wide`: indices of all texts that are not ASCII. `soft`: what single characters of those that are not in `folded` are folded to.
    - `bare`: all texts contain only digits and list punctuation.
    - `reads`, `offset_maps`, `inner`: results that are computed once.
    """

    texts: Sequence[str]
    data: bytes
    starts: Ints
    folded: dict[int, str]
    wide: frozenset[int]
    soft: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    reads: dict[int, str] = field(default_factory=dict)
    offset_maps: dict[int, OffsetMap] = field(default_factory=dict)
    inner: list[Ints] = field(default_factory=list)

    @property
    def array(self) -> Bytes:
        """The bytes as a uint8 array, without a copy."""
        return np.frombuffer(self.data, dtype=np.uint8)

    def folded_text(self, text: int, table: FoldTable) -> str:
        """Return text number `text` folded; it has the character positions of the original unless it is in `folded`."""
        known = self.reads.get(text)
        if known is None:
            known = self.folded.get(text)
            if known is None:
                known = self._fold_soft(self.texts[text], table) if text in self.wide else self.texts[text]
            # Cached, because a text of a column is decoded at each access, and a long one is accessed at each of its findings.
            self.reads[text] = known
        return known

    def _fold_soft(self, text: str, table: FoldTable) -> str:
        """Return the folded form of a text whose characters outside ASCII are all known: replacing these is faster than `fold`."""
        if len(self.soft) > _FEW:
            return fold(text, table)
        for character, folded in self.soft.items():
            text = text.replace(character, folded)
        return text

    def find_number_lists(self, tokens: DigitRuns, bounds: Ints, table: FoldTable) -> tuple[Bools, list[int]]:
        """Return which texts are bare number lists (boolean array), and the indices of those that contain other characters."""
        lists, lettered, dense = find_number_lists(self.data, self.starts, tokens, bounds, bare=self.bare)
        # ASCII texts are classified by their bytes. Others are folded and tested one by one, if the share of digits among their bytes
        # allows a list.
        wide = np.zeros(len(lists), dtype=np.bool_)
        wide[list(self.wide)] = True
        lists &= ~wide
        for text in np.flatnonzero(wide & dense).tolist():
            lists[text] = is_number_list(self.folded_text(text, table))
        return lists, np.flatnonzero((lettered | wide) & lists).tolist()

    def character_offsets(self, texts: Ints, offsets: Ints) -> Ints:
        """Return character positions in `folded_text(text)` of byte offsets in the block: int64 array of shape (n,).

        Counts the continuation bytes before each offset by a binary search in their positions, which are found once per block.
        """
        starts = self.starts[texts]
        if not self.wide or not len(texts):
            return offsets - starts
        if not self.inner:
            self.inner.append(np.flatnonzero((self.array & 0xC0) == 0x80))
        inside = self.inner[0]
        return offsets - starts - (np.searchsorted(inside, offsets, side="right") - np.searchsorted(inside, starts))

    def offset_map(self, text: int, table: FoldTable) -> OffsetMap:
        """Return the map from `folded_text(text)` to the original text; computed once per text."""
        if text not in self.offset_maps:
            self.offset_maps[text] = map_offsets(self.texts[text], table)
        return self.offset_maps[text]


def join_texts(texts: Sequence[str], table: FoldTable) -> JoinedTexts:
    """Join the texts and fold those that need it. Lone surrogates become question marks.

    Plain ASCII without control characters is joined at once. Otherwise the distinct characters of the block are decoded from its bytes and
    looked up in the fold table; only texts that contain one that can hide something are folded.
    """
    if isinstance(texts, TextColumn) and (block := _join_column(texts)):
        return block
    texts = list(texts)
    ascii_only = all(map(str.isascii, texts))
    # ASCII texts are joined first and encoded at once; otherwise encoding one by one is faster, because most texts are ASCII.
    parts = [] if ascii_only else [text.encode("utf-8", "replace") for text in texts]
    inner = SEPARATOR.join(texts).encode() if ascii_only else _SEPARATOR.join(parts)
    data = b"%b%b%b" % (_SEPARATOR, inner, _SEPARATOR)
    controls = _find_controls(data)
    controlled = len(controls) != len(texts) + 1
    if ascii_only and not controlled:
        return _join_plain(texts, data, np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    parts = parts or [text.encode() for text in texts]
    sizes = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
    array, starts = np.frombuffer(data, dtype=np.uint8), _starts(sizes)
    leads = np.flatnonzero(array >= 0xC0)
    characters = _decode_codepoints(array, leads)
    soft, hiding = _classify_characters(characters, table)
    hidden = [leads[is_member(characters, hiding)]]
    if controlled:
        hidden.append(np.setdiff1d(controls, np.append(starts, len(data)) - 1, assume_unique=True))
    wide = _find_texts(leads, starts)
    folded = {index: fold(texts[index], table) for index in _find_texts(np.concatenate(hidden), starts)}
    for index, text in folded.items():
        parts[index] = text.encode("utf-8", "replace")
        sizes[index] = len(parts[index])
    if folded:
        data = b"%b%b%b" % (_SEPARATOR, _SEPARATOR.join(parts), _SEPARATOR)
    return JoinedTexts(texts, data, _starts(sizes), folded, frozenset(wide) | folded.keys(), soft)


def _join_column(texts: TextColumn) -> JoinedTexts | None:
    """Return the joined texts of a column if it is ASCII without control characters, else None."""
    data = texts.join(_SEPARATOR[0])
    if not data.isascii() or len(_find_controls(data)) != len(texts) + 1:
        return None
    return _join_plain(texts, data, texts.sizes)


def _join_plain(texts: Sequence[str], data: bytes, sizes: Ints) -> JoinedTexts:
    """Return joined texts of plain ASCII, which need no folding."""
    return JoinedTexts(texts, data, _starts(sizes), {}, frozenset(), bare=not data.translate(None, LIST_BYTES))


def _find_controls(data: bytes) -> Ints:
    """Return the offsets of control characters other than white space; separators are among them."""
    block = np.frombuffer(data, dtype=np.uint8)
    # One comparison of the whole block finds the few bytes below a space; only these are compared with white space.
    low = np.flatnonzero(block < ord(" "))
    signs = block[low]
    controls: Ints = low[(signs != ord("\t")) & (signs != ord("\n")) & (signs != ord("\r"))]
    return np.append(controls, np.flatnonzero(block == _DELETE)) if bytes([_DELETE]) in data else controls


def _classify_characters(characters: NDArray[np.int32], table: FoldTable) -> tuple[dict[str, str], NDArray[np.int32]]:
    """Return what harmless characters fold to (if not to themselves), and the codepoints that may hide something."""
    # Sorting and dropping equal neighbours leaves each codepoint once, so each is looked up in the table once per block.
    distinct = np.sort(characters)
    distinct = distinct[np.diff(distinct, prepend=-1) > 0]
    hiding = [code for code in distinct.tolist() if not table.harmless({chr(code)})]
    soft = {chr(code): table[code] for code in set(distinct.tolist()).difference(hiding) if table[code] != chr(code)}
    return soft, np.array(hiding, dtype=np.int32)


def _find_texts(offsets: Ints, starts: Ints) -> list[int]:
    """Return the indices of the texts that contain these byte offsets, each once.

    A binary search in the starts of the texts gives the text of each offset.
    """
    holds = np.zeros(len(starts), dtype=np.bool_)
    holds[np.searchsorted(starts, offsets, side="right") - 1] = True
    return np.flatnonzero(holds).tolist()


def _decode_codepoints(block: Bytes, leads: Ints) -> NDArray[np.int32]:
    """Return the codepoints of the characters that begin at these offsets: int32 array. All must be two to four bytes of valid
    UTF-8 (RFC 3629).
    """
    first, last = block[leads].astype(np.int32), len(block) - 1
    one, two, three = (block[np.minimum(leads + at, last)] & np.int32(0x3F) for at in (1, 2, 3))
    wider = np.where(first < 0xF0, (first & 0x0F) << 12 | one << 6 | two, (first & 0x07) << 18 | one << 12 | two << 6 | three)
    return np.where(first < 0xE0, (first & 0x1F) << 6 | one, wider)


def _starts(lengths: NDArray[np.int64]) -> Ints:
    """Return byte offsets of joined texts of these lengths."""
    return np.cumsum(lengths + 1) - lengths


def find_starts(data: bytes) -> Ints:
    """Return byte offsets of the texts of a block; also of a block from which bytes were deleted.

    Each text begins behind a separator, except behind the last one, which ends the block.
    """
    separators: Ints = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(SEPARATOR))
    return separators[:-1] + 1


_SEPARATOR = SEPARATOR.encode()
_DELETE = 0x7F
_FEW = 12
