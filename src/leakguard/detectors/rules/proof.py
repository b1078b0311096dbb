"""Rules carry their proof: every hit must fire its rule and no miss may, whenever a pack loads."""

from collections.abc import Iterator, Sequence

from leakguard.core.batch import Batch
from leakguard.core.errors import PackError
from leakguard.core.ports import Cache, Detector
from leakguard.core.rule import Engine, Rule, RulePack
from leakguard.detectors.rules import RulesDetector

_SHOWN = 80
_GROUP = 20


def prove(packs: Sequence[RulePack], detector: Detector | None = None, memory: Cache | None = None, engine: Engine = "auto") -> Detector:
    """Check the examples of every rule of the packs, all in one batch; returns the detector that was used.

    Raises PackError naming file, rule and example. A `detector` may be given if it was built from the rules of the packs, on
    `engine`. Whether examples hold depends on the packs and the code alone, so a proof that `memory` knows of is not repeated.
    """
    looks = detector or RulesDetector([rule for pack in packs for rule in pack.rules], engine=engine)

    def proof() -> bytes:
        for pack, problem in _problems(packs, looks):
            raise PackError(f"{pack.file}: {problem}")
        return b"proven"

    if memory is None:
        proof()
    else:
        rules = [rule.id for pack in packs for rule in pack.rules]
        memory.recall(f"proof {engine} {[pack.digest for pack in packs]} {rules}", proof)
    return looks


def failures(pack: RulePack) -> list[str]:
    """A line for every example of the pack that does not hold; [] if the pack is proven."""
    return [problem for _, problem in _problems([pack], RulesDetector(pack.rules))]


def _problems(packs: Sequence[RulePack], detector: Detector) -> Iterator[tuple[RulePack, str]]:
    """What is wrong with the examples, a group of rules at a time: a pattern looks at the examples of its group alone."""
    rules = [(pack, rule) for pack in packs for rule in pack.rules]
    plain, patterns = [entry for entry in rules if entry[1].kind != "regex"], [entry for entry in rules if entry[1].kind == "regex"]
    groups = [plain, *(patterns[start : start + _GROUP] for start in range(0, len(patterns), _GROUP))]
    for group in filter(None, groups):
        asked = detector.asking(rule for _, rule in group) if isinstance(detector, RulesDetector) else detector
        yield from _problems_of(group, asked)


def _problems_of(rules: Sequence[tuple[RulePack, Rule]], detector: Detector) -> Iterator[tuple[RulePack, str]]:
    examples = [
        (pack, rule, text, wanted) for pack, rule in rules for wanted, texts in ((True, rule.hits), (False, rule.misses)) for text in texts
    ]
    fired, missed = fire([text for _, _, text, _ in examples], detector)
    for index, (pack, rule, text, wanted) in enumerate(examples):
        if index in missed:
            yield pack, f"rule {rule.id!r}: {_short(text)} could not be looked at: {missed[index]}"
        elif (rule.id in fired.get(index, ())) != wanted:
            yield pack, _problem(rule, text, wanted)


def fire(texts: Sequence[str], detector: Detector) -> tuple[dict[int, set[str]], dict[int, str]]:
    """Ids of the rules that fire in each text, and why a text could not be looked at."""
    batch = Batch.of_texts(texts, "examples")
    answer = detector.detect(batch)
    fired: dict[int, set[str]] = {}
    for text, _, _, mark in answer.hits:
        fired.setdefault(text, set()).add(mark.rule.id)
    return fired, dict(answer.missed)


def _problem(rule: Rule, text: str, wanted: bool) -> str:
    if wanted:
        return f"rule {rule.id!r} should fire in {_short(text)} (one of its hits) and does not"
    return f"rule {rule.id!r} fires in {_short(text)}, which is one of its misses"


def _short(text: str) -> str:
    said = ascii(text)
    return said if len(said) <= _SHOWN else said[: _SHOWN - 4] + "...'"
