"""Findings: the rule, its place in the original text, the quote with the words around it, and its form. Also fingerprints of findings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from leakguard.core.rule import Profile, Rule, Severity

PLAIN = ""
CONTEXT: Mapping[Profile, int] = {"text": 60, "numbers": 16}
"""The most characters before and after a quote that a finding carries; in a list of numbers these are two or three neighbours."""
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """Rule, severity, profile and form of a hit. Hits share these objects, which are few, so that equality is object identity.

    `softened`: the severity was lowered to a note because of the text around the match, not because of its form.
    """

    rule: Rule
    severity: Severity
    profile: Profile
    form: str = PLAIN
    softened: bool = False

    @property
    def message(self) -> str:
        """The rule's meaning, with the form of the match if it is not written plainly."""
        return f"{self.rule.meaning} (written as {self.form})" if self.form else self.rule.meaning

    @property
    def lowered_by(self) -> str:
        """The reason why the severity is below the rule's highest: surrounding text, form, or profile; "" if it is not below."""
        if self.severity >= max(self.rule.severity.values(), default=self.severity):
            return ""
        if self.softened:
            return "what stands beside it is often honest"
        if self.severity < self.rule.severity.get(self.profile, self.severity):
            return f"written as {self.form}" if self.form else "weak evidence"
        return "in a list of numbers" if self.profile == "numbers" else "in a text"


@dataclass(frozen=True, slots=True)
class Span:
    """The range of characters `start` to `end` (exclusive) in the original text of one turn; `field` is the turn's path in the row."""

    turn: int
    start: int
    end: int
    field: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A match of one rule at one place of one record, with the detector that found it.

    `sealed` is the fingerprint of a finding whose quote was masked, since it can no longer be computed from the quote ("" otherwise).
    `before` and `after` are the words around the quote ("" if they are unknown); `decides`: it is the first of the highest severity in
    its row, which sets the severity of the row.
    """

    mark: Mark
    record_id: str
    file: str
    row: int
    span: Span
    quote: str
    detector: str
    sealed: str = ""
    before: str = ""
    after: str = ""
    decides: bool = False

    @property
    def fingerprint(self) -> str:
        """An id of the finding, made from its rule, record and quote; it does not depend on line numbers and file names."""
        return self.sealed or fingerprint(self.mark.rule.id, self.record_id, self.quote)


def fingerprint(rule: str, record: str, quote: str) -> str:
    """Return the fingerprint of a finding, 32 hexadecimal digits: the record's id, then a BLAKE2b hash of rule id and quote."""
    return record + quote_digest(rule, quote)


def quote_digest(rule: str, quote: str) -> str:
    """Return the second half of a fingerprint, 16 hexadecimal digits: a BLAKE2b hash of rule id and quote. Callers may cache it."""
    return blake2b(f"{rule}\0{quote}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def words_around(text: str, start: int, end: int, most: int) -> tuple[str, str]:
    """Return the words just before and after the characters `start` to `end`: at most `most` characters each, without a cut word.

    A word that is longer than that is cut, so that texts without spaces have a context too.

    >>> words_around("We lived at number 14 from May to June.", 19, 21, 10)
    ('at number ', ' from May')
    """
    # One character more than `most` shows whether the outermost word is whole; the cut is at the outermost space.
    before, after = text[max(0, start - most - 1) : start], text[end : end + most + 1]
    if len(before) > most:
        before = _SPACE.split(before, maxsplit=1)[-1] or before
        before = before[-most:]
    if len(after) > most:
        spaces = [match.start() for match in _SPACE.finditer(after)]
        after = (after[: spaces[-1]] if spaces and spaces[-1] else after)[:most]
    return before, after
