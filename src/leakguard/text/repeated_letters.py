"""Words with repeated vowels ("heeeil"): views of a text in which runs of three or more of a vowel are shortened."""

import re

from leakguard.text.view import Edit, View, apply_edits, make_view

FORM = "repeated letters"
PREFILTERS = ("aaa|eee|iii|ooo|uuu",)
_DOUBLED = 5  # A run of at least so many letters is shortened to two: a drawn-out double letter is longer than a single one.
_RUN = re.compile(r"([aeiouAEIOU])\1\1+")


def shorten_runs(text: str) -> list[View]:
    """Return two or three views of the text with shortened vowel runs, or [] if it has none.

    Whether a letter is doubled in the word itself is unknown, so runs are cut to one letter, to two, and each by its own length (a run of
    five or more to two letters, a shorter one to one).
    """
    runs = list(_RUN.finditer(text))
    if not runs:
        return []
    by_length = [2 if run.end() - run.start() >= _DOUBLED else 1 for run in runs]
    kept = {(1,) * len(runs), (2,) * len(runs), tuple(by_length)}
    return [
        apply_edits(make_view(text), [Edit(run.start() + left, run.end(), "", FORM) for run, left in zip(runs, each, strict=True)])
        for each in sorted(kept)
    ]


def continues_after(text: str, end: int) -> bool:
    """Return True if the letter before position `end` is repeated at `end`."""
    return text[end - 1 : end] == text[end : end + 1]
