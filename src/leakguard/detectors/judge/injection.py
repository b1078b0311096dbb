"""Find texts with instructions to a judge: by patterns of the injection pack, and by invisible characters, which models read."""

import re
from collections.abc import Iterator, Sequence

from leakguard.core.batch import Batch, Hit
from leakguard.core.finding import Mark
from leakguard.core.ports import Cache
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
# Single soft hyphens and joiners occur in normal texts; two of them are suspicious.
_LEAST = {"invisible characters inside words": 2}


def _rule(name: str, meaning: str) -> Rule:
    return Rule(f"{PACK}.{name}", PACK, "judge", name, meaning, dict.fromkeys(PROFILES, Severity.WARNING))


HIDDEN = _rule("hidden", "holds text that a reader does not see")
REPORTED = _rule("reported", "the judge says that it tries to steer the judge")


class InjectionFinder:
    """Finds instructions to a judge (injections) in texts by rules, without a model."""

    def __init__(self, pack: RulePack, memory: Cache | None = None) -> None:
        self._rules = RulesDetector(pack.rules, pack.contexts, memory=memory)
        self._hidden = {form: Mark(HIDDEN, Severity.WARNING, "text", form) for form, _ in _FORMS}
        self.pack = pack

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules of injections that this class or a judge may report."""
        return (*self.pack.rules, HIDDEN, REPORTED)

    def find(self, batch: Batch) -> tuple[list[Hit], dict[int, str]]:
        """Return the injections in a batch as sorted hits, and the texts in which a pattern ran out of time (index -> reason)."""
        answer = self._rules.detect(batch)
        hits = [*answer.hits, *(hit for at, text in enumerate(batch.texts) for hit in self._find_hidden(at, text))]
        return sorted(hits, key=lambda hit: hit[:3]), dict(answer.missed)

    def suspects(self, texts: Sequence[str]) -> list[bool]:
        """Return for each text whether an injection was found in it or it could not be checked."""
        hits, missed = self.find(Batch.of_texts(texts))
        found = {hit[0] for hit in hits} | set(missed)
        return [at in found for at in range(len(texts))]

    def _find_hidden(self, at: int, text: str) -> Iterator[Hit]:
        if text.isascii() and len(text) < 60:
            return
        for form, pattern in _FORMS:
            found = [match.span() for match in pattern.finditer(text)]
            if len(found) >= _LEAST.get(form, 1):
                yield from ((at, start, end, self._hidden[form]) for start, end in found)
