"""MinHash sketches of sets, with locality-sensitive hashing in bands: similar sets are likely to share a key.

Broder 1997, "On the resemblance and containment of documents"; Indyk and Motwani 1998, "Approximate nearest neighbors"; Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", chapter 3.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.text.byte_classes import Ints
from leakguard.text.contents import STEP, Hashes, mix_hashes
from leakguard.text.shingles import ShingleSets

SKETCH = 128
"""The largest number of shingles kept per row: all of them in most rows, in longer ones the smallest, which are a comparable sample."""
HASHES = 96
# (least similarity, hashes per band): pairs of exactly that similarity share a band with a probability of 96 to 99 %.
_BANDS = ((0.75, 6), (0.625, 4), (0.5, 3))
_SALT = mix_hashes(np.arange(1, 2 * HASHES + 1, dtype=np.uint64) * STEP)
_FACTORS, _SUMS = (_SALT[:HASHES].astype(np.uint32) | np.uint32(1)), _SALT[HASHES:].astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Sketches:
    """Sketches of n rows.

    - `shingles`: uint32 array, the smallest shingles of all rows (at most SKETCH per row, ascending within a row).
    - `firsts`, `counts`: int64 arrays of shape (n,); row k has shingles[firsts[k] : firsts[k] + counts[k]].
    - `sizes`: int64 array of shape (n,), the number of shingles of each row before sampling.
    - `keys`: uint64 array of shape (bands, n), the key of each row in each band.
    """

    shingles: NDArray[np.uint32]
    firsts: Ints
    counts: Ints
    sizes: Ints
    keys: Hashes


def choose_bands(similarity: float) -> tuple[int, int]:
    """Return the number of bands, and the hashes per band, for pairs of at least this Jaccard similarity (0.5 to 1)."""
    width = next(width for least, width in _BANDS if similarity >= least)
    return HASHES // width, width


def build_sketches(sets: ShingleSets, similarity: float) -> Sketches:
    """Return the sketch of each set, and its keys for finding sets of at least this Jaccard similarity (0.5 to 1).

    Shingles are hashes already, so the smallest of them are a uniform random sample that similar rows share. Each of HASHES functions x ->
    ax + b (mod 2**32) takes its minimum over the sample of each row (`np.minimum.reduceat`); the minima of a band are mixed into one 64-bit
    key.
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
