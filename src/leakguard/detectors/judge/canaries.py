"""Canaries: texts whose answer is known, asked among the records, so that a judge that errs or obeys is found out."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from leakguard.core.rubric import Rubric
from leakguard.core.trait import Trait

CLEAN, LEAKING, INJECTION = "clean", "leaking", "injection"
EACH = {CLEAN: 1, LEAKING: 1, INJECTION: 3}
"""How many of each kind go with a group of records: attempts differ, and a judge may fall for one sort only."""
TRIES = 3
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Canary:
    """A text and whether it leaks; `tries` are others of its kind for when it is not answered."""

    kind: str
    tries: tuple[str, ...]

    @property
    def leaks(self) -> bool:
        """The right answer; an injection always comes with a leak."""
        return self.kind != CLEAN


def choose_canaries(rubric: Rubric, trait: Trait | None, salt: str) -> Iterator[Canary]:
    """The canaries of one group; which ones is decided by the group's salt."""
    drawn = Random(salt)
    leaks = _leaks(rubric, trait)
    injected = [text.replace("{leak}", drawn.choice(leaks)) for text in rubric.canaries.injection]
    for kind, texts in ((CLEAN, rubric.canaries.clean), (LEAKING, leaks), (INJECTION, injected)):
        shuffled = drawn.sample(texts, len(texts))
        for nth in range(min(EACH[kind], len(shuffled))):
            yield Canary(kind, tuple(shuffled[nth :: EACH[kind]][:TRIES]))


def _leaks(rubric: Rubric, trait: Trait | None) -> list[str]:
    """Leaking texts; of a trait's examples only the first, which speak most plainly."""
    plain = (trait.examples.get("prose", ())[:_EXAMPLES] or trait.descriptions) if trait else ("",)
    return [text.replace("{example}", example) for text in rubric.canaries.leaking for example in plain]
