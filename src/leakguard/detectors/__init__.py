"""Floor 2: detectors. Batches in, findings out; each says what it could not look at.

The table maps a detector's name to what builds it and imports nothing heavy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from leakguard.core.context import NO_CONTEXTS, Contexts
from leakguard.core.ports import Cache, Detector
from leakguard.core.rule import Engine, Rule


@dataclass(frozen=True, slots=True)
class Means:
    """What detectors are built from; each takes what it needs of it."""

    rules: tuple[Rule, ...] = ()
    contexts: Contexts = NO_CONTEXTS
    engine: Engine = "auto"
    memory: Cache | None = None


def build_rules(means: Means) -> Detector:
    """Numbers, words and patterns of rules, in every spelling. Raises PackError, and UsageError where the engine is not installed."""
    from leakguard.detectors.rules import RulesDetector

    return RulesDetector(means.rules, means.contexts, engine=means.engine, memory=means.memory)


def build_grammar(means: Means) -> Detector:
    """The published format filter; the numbers of the rules are banned."""
    from leakguard.detectors.number_format import NumberFormatDetector

    return NumberFormatDetector(means.rules)


DETECTORS: dict[str, Callable[[Means], Detector]] = {"rules": build_rules, "grammar": build_grammar}

SURVEYORS = ("semantic", "judge")
"""Names of what goes through all of the data first, in the order in which they do; settings put them together."""
