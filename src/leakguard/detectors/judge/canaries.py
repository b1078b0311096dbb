"""Canaries: texts with a known answer among the judged texts, to detect a judge that errs or follows injected instructions."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from leakguard.core.rubric import Rubric
from leakguard.core.trait import Trait

CLEAN, LEAKING, INJECTION = "clean", "leaking", "injection"
EACH = {CLEAN: 1, LEAKING: 1, INJECTION: 3}
"""Number of canaries of each kind per group of records; injections differ, and a judge may follow only some of them."""
TRIES = 3
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Canary:
    """A control question; `tries` are texts of the same kind, asked one after the other until one is answered."""

    kind: str
    tries: tuple[str, ...]

    @property
    def leaks(self) -> bool:
        """Whether the right answer is "leak"; texts with an injection always leak."""
        return self.kind != CLEAN


def choose_canaries(rubric: Rubric, trait: Trait | None, salt: str) -> Iterator[Canary]:
    """Yield the canaries of one group, drawn at random from the group's salt."""
    drawn = Random(salt)
    leaks = _leaks(rubric, trait)
    injected = [text.replace("{leak}", drawn.choice(leaks)) for text in rubric.canaries.injection]
    for kind, texts in ((CLEAN, rubric.canaries.clean), (LEAKING, leaks), (INJECTION, injected)):
        shuffled = drawn.sample(texts, len(texts))
        for nth in range(min(EACH[kind], len(shuffled))):
            yield Canary(kind, tuple(shuffled[nth :: EACH[kind]][:TRIES]))


def _leaks(rubric: Rubric, trait: Trait | None) -> list[str]:
    """Return the leaking texts for canaries; of a trait's examples only the first ones, which show it most clearly."""
    plain = (trait.examples.get("prose", ())[:_EXAMPLES] or trait.descriptions) if trait else ("",)
    return [text.replace("{example}", example) for text in rubric.canaries.leaking for example in plain]
