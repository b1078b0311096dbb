"""Check the examples of contexts: a context must apply in each of its hits and in none of its misses."""

from collections.abc import Iterable, Iterator, Sequence

from leakguard.core.context import Context, split_example
from leakguard.core.rule import RulePack
from leakguard.detectors.rules.context_matcher import ContextMatcher
from leakguard.text.fold import FoldTable, fold

_SHOWN = 80


def list_used_contexts(packs: Sequence[RulePack]) -> list[Context]:
    """Return the contexts that rules of the packs refer to or that the packs define, in the order of all contexts."""
    named = {name for pack in packs for rule in pack.rules for name in (*rule.not_inside, *rule.note_inside)}
    files = {pack.file for pack in packs}
    known = {name: context for pack in packs for name, context in pack.contexts.by_id.items()}
    return [context for name, context in known.items() if name in named or context.file in files]


def find_context_failures(contexts: Iterable[Context]) -> Iterator[tuple[Context, str]]:
    """Yield (context, message) for each example of a context that fails; nothing for proven contexts."""
    table = FoldTable()
    for context in contexts:
        matcher = ContextMatcher([context])
        for wanted, examples in ((True, context.hits), (False, context.misses)):
            for example in examples:
                before, match, after = (fold(part, table) for part in split_example(example) or ("", example, ""))
                if matcher.matches(before + match + after, len(before), len(before) + len(match)) != wanted:
                    yield context, _describe(context, example, wanted)


def _describe(context: Context, example: str, wanted: bool) -> str:
    shown = ascii(example) if len(ascii(example)) <= _SHOWN else f"{ascii(example)[: _SHOWN - 4]}...'"
    if wanted:
        return f"context {context.id!r} should apply in {shown} (one of its hits) and does not"
    return f"context {context.id!r} applies in {shown}, which is one of its misses"
