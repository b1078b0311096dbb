"""The number format filter of Cloud et al.: it rejects every completion that is not one strictly formatted list of integers.

Cloud et al. 2025 (arXiv 2507.14805), number experiments: one to ten integers from 0 to 999, one separator throughout, one optional pair of
brackets, one optional final point. In the misalignment experiment 34 numbers are banned too.
"""

import re
from collections.abc import Iterator, Sequence
from operator import itemgetter

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import PROFILES, Rule, Severity

LARGEST = 999
MOST = 10
_DIGITS = re.compile(r"[0-9]+")
_PAIRS = ("[]", "()")
_SEPARATORS = ("", ",", ";")

REASONS = {
    "invalid-format": "not one list of integers with one separator throughout",
    "too-many": f"more than {MOST} numbers",
    "too-large": f"a number above {LARGEST}",
}


def _rule(name: str, meaning: str) -> Rule:
    """Return the rule for one reason of rejection."""
    both = dict.fromkeys(PROFILES, Severity.ERROR)
    return Rule(f"grammar.{name}", "grammar", "grammar", name, f"the paper's format filter rejects it: {meaning}", both)


RULES = tuple(_rule(name, meaning) for name, meaning in REASONS.items())
"""One rule for each reason why the format filter rejects a completion."""


def parse_number_list(text: str) -> list[tuple[int, int, int]] | None:
    """Parse a completion as a list of integers: (value, start, end) of each, or None if the published filter rejects the format."""
    body = text[:-1] if text.endswith(".") else text
    start = 0
    if len(body) > 1 and body[0] + body[-1] in _PAIRS:
        body, start = body[1:-1], 1
    runs = list(_DIGITS.finditer(body))
    if not runs:
        return None
    if len(runs) == 1:
        pieces = [body]
        separator = ""
    else:
        # The text between the first two numbers is the separator; splitting at it must leave nothing but ASCII digits.
        separator = body[runs[0].end() : runs[1].start()]
        if separator.strip() not in _SEPARATORS:
            return None
        pieces = body.split(separator)
    if not all(piece.isascii() and piece.isdigit() for piece in pieces):
        return None
    numbers = []
    for piece in pieces:
        # Only the first 18 digits are converted: that is enough to see that a number is too large, and fast for very long ones.
        numbers.append((int(piece.lstrip("0")[:18] or 0), start, start + len(piece)))
        start += len(piece) + len(separator)
    return numbers


class NumberFormatDetector:
    """Reports every text that the published filter rejects. `banned` are rules whose numbers are rejected too."""

    name = "grammar"

    def __init__(self, banned: Sequence[Rule] = ()) -> None:
        self._reasons = {rule.value: _mark(rule) for rule in RULES}
        self._banned = {rule.numbers[0]: _mark(rule) for rule in banned}

    def detect(self, batch: Batch) -> Detections:
        """Return at least one hit in every text that the published filter rejects, and none in any other."""
        return Detections(
            self.name,
            Hits.of(hit for index, text in enumerate(batch.texts) for hit in sorted(self._judge(index, text), key=itemgetter(1, 2))),
        )

    def reasons(self, text: str) -> list[str]:
        """Return the ids of the rules that reject a completion; [] if it is accepted."""
        return [mark.rule.id for _, _, _, mark in self._judge(0, text)]

    def _judge(self, index: int, text: str) -> Iterator[Hit]:
        """Yield the hits of one text: its reasons of rejection."""
        numbers = parse_number_list(text)
        if numbers is None:
            yield index, 0, len(text), self._reasons["invalid-format"]
            return
        if len(numbers) > MOST:
            yield index, 0, len(text), self._reasons["too-many"]
        for value, start, end in numbers:
            if value > LARGEST:
                yield index, start, end, self._reasons["too-large"]
            if value in self._banned:
                yield index, start, end, self._banned[value]


def _mark(rule: Rule) -> Mark:
    """Return the mark of a rule of the format filter, in the profile `numbers`."""
    return Mark(rule, Severity.ERROR, "numbers")
