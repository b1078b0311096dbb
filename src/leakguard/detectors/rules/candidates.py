"""Candidates from prefilters and array look-ups: the texts to check exactly, by which reader, and where.

A key identifies the reader: a small number for readers of numbers, FIRST_PHRASE + n for listed phrase n, -1 - n for user pattern n. CODES
has no reader: it marks texts with a word about codes, near which any number is prominent.
"""

from itertools import pairwise

import numpy as np

from leakguard.detectors.rules.automaton import PrefilterMatches
from leakguard.text.byte_classes import Ints
from leakguard.text.packed_pairs import pack_pairs, sort_distinct, unpack_pairs

NUMBERS, JOINED, SEQUENCES, WORDS, ROMAN, LAYERED, ENCODED, REPEATED_LETTERS, CODES, FIRST_PHRASE = range(10)
Candidates = dict[int, list[int]]
"""The keys of the readers for one text, each with the character positions at which to read; [] to read the whole text."""


def add_keys(candidates: dict[int, Candidates], matches: PrefilterMatches) -> None:
    """Add the key of each match to its text in `candidates` (text index -> keys), in the order in which they were found.

    Text and key are packed in one integer, so that `np.unique` removes repeats.
    """
    if not len(matches.key):
        return
    first_key = int(matches.key.min())
    width = int(matches.key.max()) - first_key + 1
    distinct, first = np.unique(pack_pairs(matches.text, matches.key - first_key, width), return_index=True)
    texts, keys = unpack_pairs(distinct[np.argsort(first)], width)
    for text, key in zip(texts.tolist(), (keys + first_key).tolist(), strict=True):
        candidates.setdefault(text, {}).setdefault(key, [])


def add_places(candidates: dict[int, Candidates], key: int, texts: Ints, places: Ints) -> None:
    """Set the positions of a key in each text, ascending and without repeats.

    `texts`, `places`: int64 arrays of shape (n,), text indices and character positions.
    """
    if not len(texts):
        return
    width = int(places.max()) + 1
    text, place = unpack_pairs(sort_distinct(pack_pairs(texts, places, width)), width)
    ends = np.append(np.flatnonzero(np.diff(text)) + 1, len(text)).tolist()
    for start, end in pairwise([0, *ends]):
        candidates.setdefault(int(text[start]), {})[key] = place[start:end].tolist()
