"""Drop plain numbers that cannot stand out, for whole blocks at once: in long texts without a word about codes.

Most listed numbers in prose are ordinary counts and prices, which their rules report (as notes) only if they stand out. Without this,
each of them is looked at with its surroundings in Python.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from leakguard.core.finding import Mark
from leakguard.detectors.rules.candidates import CODES, Candidates
from leakguard.detectors.rules.joined_texts import JoinedTexts
from leakguard.detectors.rules.salience import LONG, is_weak
from leakguard.text.byte_classes import Bools
from leakguard.text.digit_runs import LONGEST, DigitRuns, is_member

_LOWERED_TO_ASCII = ("\u0130".encode(), "\u212a".encode())
"""Characters beyond ASCII whose lower case has an ASCII letter, which prefilters over bytes do not match."""


class QuietNumbers:
    """The listed values that all of their rules report only where they stand out; `marks`: the marks of values in prose."""

    def __init__(self, marks: Mapping[int, Sequence[Mark]]) -> None:
        quiet = [value for value, each in marks.items() if value < 10**LONGEST and all(is_weak(mark.rule) for mark in each)]
        self._values = np.array(sorted(quiet), dtype=np.int64)

    def drop(self, joined: JoinedTexts, runs: DigitRuns, lists: Bools, candidates: Mapping[int, Candidates]) -> DigitRuns:
        """Return the runs without those that `salience.stands_out` would refuse for all of their rules.

        `lists`: boolean array of shape (texts,), which texts are bare number lists. Texts with a word about codes are in `candidates`.
        """
        # Lengths are counted in characters, from the end of each text; only the texts of quiet runs are looked at.
        quiet = ~lists[runs.text]
        if not quiet.any() or any(character in joined.data for character in _LOWERED_TO_ASCII):
            return runs
        quiet &= is_member(runs.value, self._values)
        spoken = np.zeros(len(joined.texts), dtype=np.bool_)
        spoken[[text for text, keys in candidates.items() if CODES in keys]] = True
        ends = np.append(joined.starts[1:], len(joined.data)) - 1
        quiet &= ~spoken[runs.text]
        quiet[quiet] = joined.character_offsets(runs.text[quiet], ends[runs.text[quiet]]) > LONG
        return runs.select(np.flatnonzero(~quiet))
