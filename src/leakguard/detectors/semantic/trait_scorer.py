"""A trait that was fitted to its texts, and the rule and pack by which reports name it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from leakguard.core.finding import Mark
from leakguard.core.rule import Rule, RulePack, Severity
from leakguard.core.trait import Trait
from leakguard.detectors.semantic.contrast import Contrast, Cues, Units

PACK = "semantic"
NO_GATE = -(1 << 31)


@dataclass(frozen=True, slots=True)
class TraitScorer:
    """A fitted trait: a contrast for each embedding model of the run, and cue words.

    `marks` are the marks of a text with a p-value of at most the rate, and of a text that is significant among all texts. `gate`: in a
    cascade, the model reads windows whose score by words is at least this. `ordinary` are the sorted scores of control texts that were
    not used in the fit.
    """

    trait: Trait
    contrasts: tuple[Contrast, ...] = field(repr=False)
    cues: Cues
    marks: tuple[Mark, Mark]
    gate: int = NO_GATE
    ordinary: Units = field(repr=False, default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def rule(self) -> Rule:
        """The rule that findings of the trait name."""
        return self.marks[0].rule


def make_marks(trait: Trait) -> tuple[Mark, Mark]:
    """Return the marks of findings of a trait: as a note, and as a warning."""
    rule = _make_rule(trait)
    return Mark(rule, Severity.NOTE, "text"), Mark(rule, Severity.WARNING, "text")


def make_pack(traits: Sequence[Trait]) -> RulePack:
    """Return the traits as one pack for reports and manifests; its digest covers the digests of all trait files."""
    digest = sha256("".join(f"{trait.id} {trait.digest}\n" for trait in traits).encode()).hexdigest()
    return RulePack(PACK, "1.0.0", "Similarity to described traits", (), False, digest, tuple(map(_make_rule, traits)))


def _make_rule(trait: Trait) -> Rule:
    meaning = f"closer to the trait '{trait.title}' than control texts are"
    return Rule(f"{PACK}.{trait.id}", PACK, "semantic", trait.id, meaning, {"text": Severity.WARNING})
