"""Attempts to steer a judge: the families of the injection pack, and characters that a reader does not see and a model does."""

import re
from collections.abc import Iterator, Sequence

from leakguard.core.batch import Batch, Hit
from leakguard.core.finding import Mark
from leakguard.core.rule import PROFILES, Rule, RulePack, Severity
from leakguard.detectors.rules import RulesDetector

PACK = "injection"
_HIDDEN: tuple[tuple[str, str], ...] = (
    ("direction overrides", "[\u202d\u202e]+"),
    ("tag characters outside a flag", "(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]+"),
    ("a run of variation selectors", "[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}"),
    ("invisible characters inside words", r"(?<=\w)[\u200b\u2060-\u2064\ufeff\u00ad]+(?=\w)"),
    ("a stretch of white space with words behind it", r"(?<=\S)[^\S\n]{120,}(?=\S)|(?<=\S)\n{60,}(?=\S)"),
)
_FORMS = tuple((form, re.compile(pattern)) for form, pattern in _HIDDEN)
# Soft hyphens and joiners turn up singly in honest texts; twice is a habit that somebody has.
_LEAST = {"invisible characters inside words": 2}


def _rule(name: str, meaning: str) -> Rule:
    return Rule(f"{PACK}.{name}", PACK, "judge", name, meaning, dict.fromkeys(PROFILES, Severity.WARNING))


HIDDEN = _rule("hidden", "holds text that a reader does not see")
REPORTED = _rule("reported", "the judge says that it tries to steer the judge")


class InjectionFinder:
    """Finds attempts in texts without asking anybody."""

    def __init__(self, pack: RulePack) -> None:
        self._rules = RulesDetector(pack.rules, pack.contexts)
        self._hidden = {form: Mark(HIDDEN, Severity.WARNING, "text", form) for form, _ in _FORMS}
        self.pack = pack

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Everything that it or a judge may report."""
        return (*self.pack.rules, HIDDEN, REPORTED)

    def find(self, batch: Batch) -> tuple[list[Hit], dict[int, str]]:
        """Hits, sorted, and the texts in which a pattern ran out of time (index -> why)."""
        answer = self._rules.detect(batch)
        hits = [*answer.hits, *(hit for at, text in enumerate(batch.texts) for hit in self._unseen(at, text))]
        return sorted(hits, key=lambda hit: hit[:3]), dict(answer.missed)

    def suspects(self, texts: Sequence[str]) -> list[bool]:
        """For each text: was an attempt found in it, or could it not be looked at?"""
        count = len(texts)
        batch = Batch("", 1, 0, [b""] * count, [None] * count, texts, range(count), (), count, lambda row: (), lambda row, nth: (0, ""))
        hits, missed = self.find(batch)
        found = {hit[0] for hit in hits} | set(missed)
        return [at in found for at in range(count)]

    def _unseen(self, at: int, text: str) -> Iterator[Hit]:
        if text.isascii() and len(text) < 60:
            return
        for form, pattern in _FORMS:
            found = [match.span() for match in pattern.finditer(text)]
            if len(found) >= _LEAST.get(form, 1):
                yield from ((at, start, end, self._hidden[form]) for start, end in found)
