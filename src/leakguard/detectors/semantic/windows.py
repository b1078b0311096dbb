"""Split a text into overlapping windows of whole sentences, each short enough that the embedding model does not truncate it."""

import re
from itertools import pairwise

MOST = 4096
_WORD = re.compile(r"[^\W\d_]{2,}")
_END = re.compile(r"(?<=[.!?…;])\s+|(?<=[。！？])|\n+")
_SPACE = re.compile(r"\s")
_OVERLAP = 4

Window = tuple[int, int]


def has_no_words(text: str) -> bool:
    """Return whether a text has no word (two adjacent letters), as number lists do."""
    return not _WORD.search(text)


def split_windows(text: str, limit: int) -> list[Window]:
    """Return character ranges (start, end) of at most `limit` bytes of UTF-8, in order, each with a word in it.

    Neighbours share a sentence if both have more than one. A sentence that is too long is cut at spaces; its parts overlap by about a
    quarter. A token has at least one byte, so a model that reads `limit` tokens reads all of a window.
    """
    parts = [part for sentence in _sentences(text) for part in _cut(text, *sentence, limit)]
    found: list[Window] = []
    first = 0
    while first < len(parts):
        after = first + 1
        while after < len(parts) and _bytes(text[parts[first][0] : parts[after][1]]) <= limit:
            after += 1
        found.append((parts[first][0], parts[after - 1][1]))
        if after == len(parts):
            break
        first = max(first + 1, after - 1)
    return [(start, end) for start, end in found if not has_no_words(text[start:end])]


def _sentences(text: str) -> list[Window]:
    """Return the ranges of sentences and lines, without surrounding white space."""
    bounds = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    ranges = []
    for start, end in pairwise(bounds):
        piece = text[start:end]
        inner = piece.strip()
        if inner:
            begin = start + len(piece) - len(piece.lstrip())
            ranges.append((begin, begin + len(inner)))
    return ranges


def _cut(text: str, start: int, end: int, limit: int) -> list[Window]:
    """Split a range of characters into overlapping parts of at most `limit` bytes; return the range itself if it is short enough."""
    parts = []
    while _bytes(text[start : start + limit + 1]) > limit or end - start > limit:
        stop = _fitting(text, start, min(end, start + limit), limit)
        parts.append((start, stop))
        if stop == end:
            return parts
        again = _SPACE.search(text, max(start + 1, stop - (stop - start) // _OVERLAP), stop)
        # A cut inside a word leaves a letter on either side, and neither alone is a word: the parts share one.
        start = again.end() if again else max(start + 1, stop - 1)
    return [*parts, (start, end)]


def _fitting(text: str, start: int, end: int, limit: int) -> int:
    """Return the last index, at a space if there is one, up to which the text from `start` fits into `limit` bytes."""
    raw = text[start:end].encode("utf-8", "replace")[:limit]
    fits = start + max(1, len(raw.decode("utf-8", "ignore")))
    space = max(text.rfind(" ", start + 1, fits), text.rfind("\n", start + 1, fits))
    return space if fits < end and space > start else fits


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
