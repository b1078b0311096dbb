"""Compute the shingles of rows: 32-bit hashes of three consecutive words (or characters, in scripts without spaces)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import Bytes, Ints
from leakguard.text.contents import Contents, Hashes, hash_spans, mix_hashes

WORDS = 3
"""Number of words per shingle; a row with fewer words has one shingle of all of them."""
_ODD = tuple(np.uint64(number) for number in (0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB))
_OUT, _IN, _ALONE = 0, 1, 2
_ASCII = bytes(int(chr(byte).isalnum() or byte == ord("_")) if byte < 0x80 else _OUT for byte in range(256))
# Class of a character by its first byte; for the blocks in _BY_SECOND the second byte decides.
_LEAD = np.array([_ASCII[byte] if byte < 0x80 else _ALONE if byte >= 0xE3 else _IN for byte in range(256)], dtype=np.uint8)
_BY_SECOND = (
    (0xC2, 0xA0, 0xBF, _OUT),  # Latin-1 signs
    (0xE0, 0xB8, 0xBB, _ALONE),  # Thai, Lao
    (0xE1, 0x80, 0x82, _ALONE),  # Myanmar
    (0xE1, 0x9E, 0x9F, _ALONE),  # Khmer
    (0xE2, 0x80, 0x81, _OUT),  # general punctuation
    (0xE2, 0x82, 0xAF, _ALONE),  # currency, arrows, mathematics, symbols
    (0xE3, 0x80, 0x80, _OUT),  # punctuation of Chinese, Japanese and Korean
    (0xEA, 0x80, 0xAF, _IN),  # Yi, Vai and other scripts with spaces
)
_CONTINUES = 0xC0, 0x80


@dataclass(frozen=True, slots=True)
class ShingleSets:
    """The distinct shingles of n rows.

    `shingles`: uint32 array, ascending within a row. `firsts`, `sizes`: int64 arrays of shape (n,); row k has shingles[firsts[k] :
    firsts[k] + sizes[k]].
    """

    shingles: NDArray[np.uint32]
    firsts: Ints
    sizes: Ints


def build_shingles(contents: Contents) -> ShingleSets:
    """Return the set of shingles of each row; a row without words has none.

    The texts of a row are read as one sequence of words. The hashes of three words in a row are multiplied by three odd constants, added
    and mixed. Row number (upper 32 bits) and shingle (lower 32 bits) are packed into one key, so one sort gives the sets of all rows.
    """
    hashes, words = _words(contents)
    rows = len(contents)
    begins = np.cumsum(words) - words
    counts = np.where(words > 0, np.maximum(words - (WORDS - 1), 1), 0)
    firsts = np.cumsum(counts) - counts
    total = int(counts.sum())
    at = np.repeat(begins - firsts, counts) + np.arange(total)
    padded = np.concatenate((hashes, np.zeros(WORDS - 1, np.uint64)))
    joined: Hashes = padded[at] * _ODD[0]
    for nth in range(1, WORDS):
        joined += padded[at + nth] * _ODD[nth]
    for few in range(1, WORDS):
        # In rows with fewer than three words, the words that follow belong to the next row.
        short = np.flatnonzero(words == few)
        joined[firsts[short]] = sum(padded[begins[short] + nth] * _ODD[nth] for nth in range(few))
    key = mix_hashes(joined) >> np.uint64(32)
    key |= np.repeat(np.arange(rows, dtype=np.uint64) << np.uint64(32), counts)
    key.sort()
    distinct = np.ones(total, dtype=bool)
    distinct[1:] = key[1:] != key[:-1]
    key = key[distinct]
    sizes = np.bincount((key >> np.uint64(32)).astype(np.int64), minlength=rows)
    return ShingleSets(key.astype(np.uint32), np.cumsum(sizes) - sizes, sizes)


def _words(contents: Contents) -> tuple[Hashes, Ints]:
    """Return the hash of each word of the texts in order (uint64), and the number of words of each row (int64, shape (rows,)).

    Words of up to eight bytes are read as one integer each; longer ones are hashed in steps of eight bytes.
    """
    begins, ends = _bounds(contents)
    low, high = (np.searchsorted(begins, bounds) for bounds in (contents.starts, contents.ends))
    counts = high - low
    total = int(counts.sum())
    if total != len(begins):
        chosen = np.repeat(low - (np.cumsum(counts) - counts), counts) + np.arange(total)
        begins, ends = begins[chosen], ends[chosen]
    sizes = ends - begins
    words = contents.words
    hashes = words[begins]
    short = sizes < 8
    hashes[short] &= (np.uint64(1) << (sizes[short].astype(np.uint64) << np.uint64(3))) - np.uint64(1)
    hashes = mix_hashes(hashes)
    long = np.flatnonzero(sizes > 8)
    if len(long):
        hashes[long] = hash_spans(words, begins[long], sizes[long])
    return hashes, np.bincount(contents.owners, weights=counts, minlength=len(contents)).astype(np.int64)


def _bounds(contents: Contents) -> tuple[Ints, Ints]:
    """Return the byte offsets at which words begin and end in the normalised texts, as two int64 arrays.

    For ASCII, a table maps bytes to inside or outside of a word, and differences mark the bounds. Otherwise the first byte of each UTF-8
    sequence, and in some blocks the second, decides whether a character is in a word, outside, or a word of its own.
    """
    if contents.ascii:
        inside = np.frombuffer(b"\0" + contents.data.translate(_ASCII), np.int8)
        change = np.diff(inside)
        return np.flatnonzero(change > 0), np.flatnonzero(change < 0)
    block: Bytes = np.frombuffer(contents.data, np.uint8)
    begins = np.flatnonzero((block & _CONTINUES[0]) != _CONTINUES[1])
    kinds = _LEAD[block[begins]]
    wide = np.flatnonzero(block[begins] >= 0x80)
    leads, seconds = block[begins[wide]], block[begins[wide] + 1]
    for lead, low, high, kind in _BY_SECOND:
        kinds[wide[(leads == lead) & (seconds >= low) & (seconds <= high)]] = kind
    before = np.concatenate(([np.uint8(_OUT)], kinds[:-1]))
    starts = (kinds == _ALONE) | ((kinds == _IN) & (before != _IN))
    stops = (before == _ALONE) | ((before == _IN) & (kinds != _IN))
    return begins[starts], begins[stops]
