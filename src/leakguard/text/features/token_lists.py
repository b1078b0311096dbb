"""The words and marks of many texts as flat arrays."""

from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

LONGEST = 40
"""Bytes of a word that its hash is made of."""
# Classes of bytes. Every byte of a multi-byte UTF-8 character counts as a letter: words of any script are kept whole.
BLANK, LETTER, CAPITAL, DIGIT, MARK, LINE_END = range(6)
_CLASSES = np.full(256, MARK, np.uint8)
_CLASSES[[ord(" "), ord("\t"), ord("\r"), 0]] = BLANK
_CLASSES[ord("\n")] = LINE_END
_CLASSES[ord("a") : ord("z") + 1] = LETTER
_CLASSES[128:] = LETTER
_CLASSES[ord("A") : ord("Z") + 1] = CAPITAL
_CLASSES[ord("0") : ord("9") + 1] = DIGIT
_CLASSES[ord("'")] = LETTER
_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[ord("A") : ord("Z") + 1] += 32
_BASE = 0x100000001B3
_POWERS = np.array([pow(_BASE, power, 1 << 64) for power in range(LONGEST)], np.uint64)


@lru_cache(maxsize=1 << 14)
def hash_word(word: str) -> int:
    """Return the hash that TokenLists gives to a word in lower case, to look it up there."""
    # The same polynomial as TokenLists.hashes: (byte + 1) * base^place, summed modulo 2^64.
    data = np.frombuffer(word.encode()[:LONGEST], np.uint8)
    return int(((data.astype(np.uint64) + np.uint64(1)) * _POWERS[: len(data)]).sum())


class TokenLists:
    """All tokens of n texts: words (letters and digits together), single marks, and line ends, as flat arrays with one entry per token.

    `hashes` (uint64) are the same for the same word in lower case in every process; `rows` (int64) says which text; `starts`, `ends`
    are byte offsets into `data`, the UTF-8 bytes of all texts with a NUL after each; `is_word`, `is_line_end` are masks; `counts` and
    `firsts` (int64, shape (n,)) are the number of tokens and the index of the first token of every text.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Cut the texts into tokens."""
        joined = "".join(text.replace("\0", " ") + "\0" for text in texts).encode("utf-8", "replace")
        self.data = np.frombuffer(joined, np.uint8)
        self.size = len(texts)
        self.classes = _CLASSES[self.data]
        self.lower = _LOWER[self.data]
        wordy = (self.classes >= LETTER) & (self.classes <= DIGIT)
        # A token begins at the first byte of a run of word bytes, and at every mark and line end.
        single = self.classes >= MARK
        begins = single | (wordy & ~np.concatenate(([False], wordy[:-1])))
        ends = single | (wordy & ~np.concatenate((wordy[1:], [False])))
        self.starts, self.ends = np.flatnonzero(begins), np.flatnonzero(ends) + 1
        self.text_ends = np.flatnonzero(self.data == 0)
        self.rows = np.searchsorted(self.text_ends, self.starts)
        self.is_word = wordy[self.starts]
        self.is_line_end = self.classes[self.starts] == LINE_END
        self.lengths = self.ends - self.starts
        self.counts = np.bincount(self.rows, minlength=self.size)
        self.firsts = np.concatenate(([0], np.cumsum(self.counts)))[:-1]

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """A polynomial hash of every token's bytes in lower case, modulo 2**64."""
        used = np.minimum(self.lengths, LONGEST)
        token = np.repeat(np.arange(len(used)), used)
        offset = np.arange(len(token)) - np.repeat(np.cumsum(used) - used, used)
        letters = self.lower[self.starts[token] + offset].astype(np.uint64) + np.uint64(1)
        # Tokens have at least one byte, so every segment of the sum is non-empty.
        return np.add.reduceat(letters * _POWERS[offset], np.cumsum(used) - used) if len(used) else np.zeros(0, np.uint64)

    @cached_property
    def followed(self) -> NDArray[np.int64]:
        """Indices of the tokens that another token of the same text follows."""
        return np.flatnonzero(self.rows[1:] == self.rows[:-1])

    def pick(self, offset: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the texts that have a token at `offset` (0: first, 1: second, -1: last), and its index among all tokens."""
        found = np.flatnonzero(self.counts > (offset if offset >= 0 else -offset - 1))
        bounds = self.firsts if offset >= 0 else self.firsts + self.counts
        return found, (bounds + offset)[found]

    def suffixes(self, length: int) -> NDArray[np.int64]:
        """Return the last `length` bytes of every token in lower case as one integer; fewer where the token is shorter."""
        result = np.zeros(len(self.starts), np.int64)
        for back in range(1, length + 1):
            inside = self.lengths >= back
            result[inside] = result[inside] * 256 + self.lower[self.ends[inside] - back]
        return result

    def mean_length(self) -> NDArray[np.float64]:
        """Return the mean length of the words of every text in bytes; 0 for a text without words."""
        words = self.is_word
        total = np.bincount(self.rows[words], self.lengths[words], minlength=self.size)
        return total / np.maximum(self.count(words), 1)

    def count(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return how many tokens of every text the mask (over tokens) holds."""
        return np.bincount(self.rows[mask], minlength=self.size).astype(np.float64)

    def count_bytes(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return how many bytes of every text the mask (over bytes of `data`) holds."""
        # Differences of a running sum at the ends of the texts.
        sums = np.concatenate(([0], np.cumsum(mask)))
        return np.diff(np.concatenate(([0], sums[self.text_ends]))).astype(np.float64)
