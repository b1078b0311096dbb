"""Letters drawn out for looks (heeeil): the same text with every run of three or more of a vowel cut short."""

import re

from leakguard.text.view import Edit, View, plain, rewrite

FORM = "repeated letters"
GATES = ("aaa|eee|iii|ooo|uuu",)
_RUN = re.compile(r"([aeiouAEIOU])\1\1+")


def shrink(text: str) -> list[View]:
    """Two views: runs cut to one letter and to two (a double letter may be part of the word)."""
    runs = list(_RUN.finditer(text))
    if not runs:
        return []
    return [rewrite(plain(text), [Edit(run.start() + kept, run.end(), "", FORM) for run in runs]) for kept in (1, 2)]


def goes_on(text: str, end: int) -> bool:
    """Whether the letter before `end` is drawn out beyond it."""
    return text[end - 1 : end] == text[end : end + 1]
