"""Normalise the texts of rows in one byte buffer, and hash the contents of each row to 64 bits, with array operations only."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import Bytes, Ints
from leakguard.text.column import TextColumn

Hashes = NDArray[np.uint64]
WORD = 8
# Constants of splitmix64 (Steele, Lea and Flood 2014): the golden ratio, and the two multipliers of its finaliser.
STEP, FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], dtype=np.uint64)
_BETWEEN = "\0"
_SPACE = ord(" ")
_SPACES = b"\t\n\v\f\r\x1c\x1d\x1e\x1f"
# The white space beyond ASCII that NFKC leaves as it is.
_WIDE_SPACES = "\x85\u1680\u2028\u2029"
_PLAIN = bytes.maketrans(bytes(range(65, 91)) + _SPACES, bytes(range(97, 123)) + b" " * len(_SPACES))


@dataclass(frozen=True, slots=True)
class Contents:
    """Normalised, non-empty texts of the rows of a batch.

    - `data`: UTF-8 bytes with WORD zero bytes behind the last text.
    - `starts`, `ends`: int64 arrays of shape (texts,); text k is the bytes from starts[k] to ends[k] of `data`.
    - `owners`: int64 array of shape (texts,), ascending; owners[k] is the row of text k, as an index of `lines`.
    - `lines`: int64 array of shape (rows,), ascending: the line of each row in its batch.
    - `ascii`: whether `data` is ASCII.
    """

    data: bytes
    starts: Ints
    ends: Ints
    owners: Ints
    lines: Ints
    ascii: bool

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def words(self) -> Hashes:
        """For each position of `data`, the eight bytes from it on as one integer: uint64 array, a view without a copy."""
        return np.ndarray(len(self.data) - WORD + 1, "<u8", self.data, strides=(1,))


def normalise(texts: Sequence[str], owners: Sequence[int]) -> Contents:
    """Return the texts in Unicode NFKC, case-folded, with each run of white space as one space and none at the ends.

    `owners`: the line of each text, ascending. Empty texts are left out. ASCII text is lower-cased with a byte table all at once; only
    texts with other characters are normalised one by one.
    """
    data, starts, ends, plain = _join(texts)
    data = data.translate(_PLAIN)
    if b"  " in data:
        data, starts, ends = _collapse_spaces(data, starts, ends)
    data += bytes(WORD)
    block = np.frombuffer(data, np.uint8)
    starts = starts + ((block[starts] == _SPACE) & (starts < ends))
    ends = ends - ((block[ends - 1] == _SPACE) & (starts < ends))
    held = starts < ends
    of = np.asarray(owners, dtype=np.int64)
    if not held.all():
        starts, ends, of = starts[held], ends[held], of[held]
    first = np.diff(of, prepend=-1) != 0
    return Contents(data, starts, ends, np.cumsum(first) - 1, of[first], plain)


def hash_rows(contents: Contents) -> Hashes:
    """Return a 64-bit hash of each row: uint64 array of shape (rows,). Rows with the same normalised texts in the same order have equal
    hashes.

    Each text is hashed, then the hashes of a row's texts are summed, each mixed with its index in the row.
    """
    if not len(contents):
        return np.zeros(0, np.uint64)
    hashes = hash_spans(contents.words, contents.starts, contents.ends - contents.starts)
    firsts = np.flatnonzero(np.diff(contents.owners, prepend=-1))
    if len(firsts) == len(hashes):
        return mix_hashes(hashes + STEP)
    place = np.arange(1, len(hashes) + 1) - firsts[contents.owners]
    return np.add.reduceat(mix_hashes(hashes + place.astype(np.uint64) * STEP), firsts)


def hash_spans(words: Hashes, starts: Ints, sizes: Ints) -> Hashes:
    """Return a 64-bit hash of each span of bytes: uint64 array of shape (n,).

    `words`: eight bytes from each position on (`Contents.words`). `starts`, `sizes`: int64 arrays of shape (n,), sizes at least 1. A span
    is read as integers of eight bytes, the last one masked to its size; each is mixed with its index, and they are summed with the size.
    """
    counts = (sizes + (WORD - 1)) >> 3
    firsts = np.cumsum(counts) - counts
    nth = np.arange(int(counts.sum()))
    nth -= np.repeat(firsts, counts)
    read = words[np.repeat(starts, counts) + (nth << 3)]
    lasts = firsts + counts - 1
    read[lasts] &= _MASKS[sizes - ((counts - 1) << 3)]
    place = nth.view(np.uint64)
    place *= STEP
    read += place
    hashed: Hashes = np.add.reduceat(mix_hashes(read), firsts)
    hashed += sizes.astype(np.uint64) * SECOND
    return hashed


def mix_hashes(numbers: Hashes) -> Hashes:
    """Apply the finaliser of splitmix64 to each number, in place: every bit of the result depends on every bit of the input.

    Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
    """
    numbers ^= numbers >> np.uint64(30)
    numbers *= FIRST
    numbers ^= numbers >> np.uint64(27)
    numbers *= SECOND
    numbers ^= numbers >> np.uint64(31)
    return numbers


def _join(texts: Sequence[str]) -> tuple[bytes, Ints, Ints, bool]:
    """Return the texts as one byte string, where each starts and ends, and whether it is ASCII."""
    if isinstance(texts, TextColumn):
        data, starts, ends = texts.parts
        if data.isascii():
            return data, starts, ends, True
        texts = list(texts)
    # A zero byte separates the texts. In ASCII, characters are bytes, so the lengths of the texts give the offsets; of other texts the
    # encoded length is computed.
    joined = _BETWEEN.join(texts)
    if plain := joined.isascii():
        data = joined.encode()
        sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    else:
        folded = [text if text.isascii() else _fold_text(text) for text in texts]
        data = _BETWEEN.join(folded).encode(errors="surrogatepass")
        sizes = np.fromiter(map(len, folded), dtype=np.int64, count=len(folded))
        wide = [at for at, text in enumerate(folded) if not text.isascii()]
        sizes[wide] = [len(folded[at].encode(errors="surrogatepass")) for at in wide]
    ends = np.cumsum(sizes + 1) - 1
    return data + bytes(1), ends - sizes, ends, plain


def _fold_text(text: str) -> str:
    """Normalise a text: NFKC, case folding, NFKC again (folding may undo it: Unicode 3.13, D147), and white space as ASCII."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    for space in _WIDE_SPACES:
        text = text.replace(space, " ")
    return text


def _collapse_spaces(data: bytes, starts: Ints, ends: Ints) -> tuple[bytes, Ints, Ints]:
    """Replace each run of spaces by one, and return the new buffer with the new starts and ends."""
    block: Bytes = np.frombuffer(data, np.uint8)
    # A space behind a space is dropped. Each offset moves back by the number of dropped bytes before it.
    space = block == _SPACE
    space[1:] &= space[:-1]
    space[0] = False
    more = np.flatnonzero(space)
    single = block[~space].tobytes()
    return single, starts - np.searchsorted(more, starts), ends - np.searchsorted(more, ends)
