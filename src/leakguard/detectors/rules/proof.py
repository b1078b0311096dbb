"""Check rules by their examples when a pack is loaded: a rule must match each of its hits and none of its misses."""

from collections.abc import Iterator, Sequence

from leakguard.core.batch import Batch
from leakguard.core.context import NO_CONTEXTS
from leakguard.core.errors import PackError
from leakguard.core.ports import Cache, Detector
from leakguard.core.rule import Engine, Rule, RulePack
from leakguard.detectors.rules import RulesDetector
from leakguard.detectors.rules.context_proof import find_context_failures, list_used_contexts

_SHOWN = 80
_GROUP = 20


def prove(packs: Sequence[RulePack], detector: Detector | None = None, memory: Cache | None = None, engine: Engine = "auto") -> Detector:
    """Check the examples of every rule of the packs in one batch; return the detector that was used.

    `detector`: one that was built from the rules of the packs, on `engine`, if there is one. The result depends only on packs, contexts and
    code, so a proof that is cached in `memory` is not repeated. Raises PackError with file, rule and example.
    """
    contexts = packs[0].contexts if packs else NO_CONTEXTS
    looks = detector or RulesDetector([rule for pack in packs for rule in pack.rules], contexts, engine=engine)

    def proof() -> bytes:
        for context, problem in find_context_failures(list_used_contexts(packs)):
            raise PackError(f"{context.file}: {problem}")
        for pack, problem in _find_problems(packs, looks):
            raise PackError(f"{pack.file}: {problem}")
        return b"proven"

    if memory is None:
        proof()
    else:
        rules = [rule.id for pack in packs for rule in pack.rules]
        memory.recall(f"proof {engine} {[pack.digest for pack in packs]} {contexts.digest} {rules}", proof)
    return looks


def find_failures(pack: RulePack, memory: Cache | None = None) -> list[str]:
    """Return a line for every example of the pack that fails; [] if all pass. `memory` keeps what is compiled, never the answer."""
    contexts = [problem for _, problem in find_context_failures(list_used_contexts([pack]))]
    looks = RulesDetector(pack.rules, pack.contexts, memory=memory)
    return [*contexts, *(problem for _, problem in _find_problems([pack], looks))]


def _find_problems(packs: Sequence[RulePack], detector: Detector) -> Iterator[tuple[RulePack, str]]:
    """Yield each failed example with its pack. Examples run in groups of rules, so that a user pattern only sees the examples of
    its group.
    """
    rules = [(pack, rule) for pack in packs for rule in pack.rules]
    plain, patterns = [entry for entry in rules if entry[1].kind != "regex"], [entry for entry in rules if entry[1].kind == "regex"]
    groups = [plain, *(patterns[start : start + _GROUP] for start in range(0, len(patterns), _GROUP))]
    for group in filter(None, groups):
        restricted = detector.restrict(rule for _, rule in group) if isinstance(detector, RulesDetector) else detector
        yield from _check_rules(group, restricted)


def _check_rules(rules: Sequence[tuple[RulePack, Rule]], detector: Detector) -> Iterator[tuple[RulePack, str]]:
    """Yield the failed examples of these rules."""
    examples = [
        (pack, rule, text, wanted) for pack, rule in rules for wanted, texts in ((True, rule.hits), (False, rule.misses)) for text in texts
    ]
    fired, missed = run_examples([text for _, _, text, _ in examples], detector)
    for index, (pack, rule, text, wanted) in enumerate(examples):
        if index in missed:
            yield pack, f"rule {rule.id!r}: {_shorten(text)} could not be checked: {missed[index]}"
        elif (rule.id in fired.get(index, ())) != wanted:
            yield pack, _describe(rule, text, wanted)


def run_examples(texts: Sequence[str], detector: Detector) -> tuple[dict[int, set[str]], dict[int, str]]:
    """Return the ids of the rules that match in each text (by index), and the reason for each text that could not be checked."""
    batch = Batch.of_texts(texts, "examples")
    answer = detector.detect(batch)
    fired: dict[int, set[str]] = {}
    for text, _, _, mark in answer.hits:
        fired.setdefault(text, set()).add(mark.rule.id)
    return fired, dict(answer.missed)


def _describe(rule: Rule, text: str, wanted: bool) -> str:
    """Return the message for a failed example."""
    if wanted:
        return f"rule {rule.id!r} should fire in {_shorten(text)} (one of its hits) and does not"
    return f"rule {rule.id!r} fires in {_shorten(text)}, which is one of its misses"


def _shorten(text: str) -> str:
    """Return a text for a message: shortened, with characters outside ASCII escaped."""
    shown = ascii(text)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 4] + "...'"
