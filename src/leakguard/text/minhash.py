"""Sketches of sets, and keys that are likely to be equal where sets are alike (MinHash with bands).

Broder 1997, "On the resemblance and containment of documents"; Indyk and Motwani 1998, "Approximate nearest neighbors"; Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import Ints
from leakguard.text.contents import STEP, Hashes, mix_hashes
from leakguard.text.shingles import ShingleSets

SKETCH = 128
"""So many of a row's smallest shingles are kept: all of them in most rows, a sample that can be compared in longer ones."""
HASHES = 96
# From which similarity on so many hashes make a band: pairs of just that similarity share one of the bands in 96 to 99 of 100 cases.
_BANDS = ((0.75, 6), (0.625, 4), (0.5, 3))
_SALT = mix_hashes(np.arange(1, 2 * HASHES + 1, dtype=np.uint64) * STEP)
_FACTORS, _SUMS = (_SALT[:HASHES].astype(np.uint32) | np.uint32(1)), _SALT[HASHES:].astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Sketches:
    """The smallest shingles of rows, SKETCH at most, rising: row k has shingles[firsts[k] : firsts[k] + counts[k]].

    `sizes` are how many shingles each row has in all. keys[b, k] is row k's key in band b.
    """

    shingles: NDArray[np.uint32]
    firsts: Ints
    counts: Ints
    sizes: Ints
    keys: Hashes


def choose_bands(similarity: float) -> tuple[int, int]:
    """How many bands there are for pairs of this Jaccard similarity and above, and how many hashes make one."""
    width = next(width for least, width in _BANDS if similarity >= least)
    return HASHES // width, width


def build_sketches(sets: ShingleSets, similarity: float) -> Sketches:
    """The sketch of each set, and its keys for finding sets of at least this Jaccard similarity (0.5 to 1).

    Shingles are hashes already, so the smallest of them are a random sample, the same in rows that are alike. Each of HASHES functions
    x -> ax + b (mod 2**32) takes its minimum over the sample of each row; the minima of a band make its key.
    """
    counts = np.minimum(sets.sizes, SKETCH)
    firsts = np.cumsum(counts) - counts
    shingles = sets.shingles
    if int(counts.sum()) < len(shingles):
        shingles = shingles[np.repeat(sets.firsts - firsts, counts) + np.arange(int(counts.sum()))]
    held = np.flatnonzero(counts)
    many, width = choose_bands(similarity)
    keys = np.zeros((many, len(counts)), np.uint64)
    at = firsts[held]
    hashed = np.empty_like(shingles)
    for band in range(many if len(held) else 0):
        key = np.full(len(held), band + 1, np.uint64) * STEP
        for nth in range(band * width, (band + 1) * width):
            np.multiply(shingles, _FACTORS[nth], out=hashed)
            hashed += _SUMS[nth]
            key = mix_hashes(key + np.minimum.reduceat(hashed, at))
        keys[band, held] = key
    return Sketches(shingles, firsts, counts, sets.sizes, keys)
