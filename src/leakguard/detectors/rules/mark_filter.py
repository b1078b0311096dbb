"""Decide which rules apply to a match, by checking their conditions on the surrounding text."""

from collections.abc import Iterable
from typing import NamedTuple

from leakguard.core.context import Contexts
from leakguard.core.errors import PackError
from leakguard.core.finding import Mark
from leakguard.core.rule import Profile, Rule, Severity
from leakguard.core.suggest import suggest_names
from leakguard.detectors.rules.context_matcher import MOST_AROUND, ContextMatcher
from leakguard.detectors.rules.marks import RuleTable
from leakguard.detectors.rules.phrase_contexts import NEAR, UNLESS, AllowedPhrase, is_near, is_within, prepare_phrases
from leakguard.detectors.rules.salience import LONG, is_enumerated, is_row_number, is_weak, stands_out
from leakguard.text.coordinates import is_coordinate
from leakguard.text.fold import FoldTable
from leakguard.text.opaque import is_opaque
from leakguard.text.progressions import is_in_order

_WINDOW = max(NEAR, UNLESS, MOST_AROUND)
_REMEMBERED = 4_096
_MOST_BY_CHANCE = 7


class MatchPlace(NamedTuple):
    """A mark at characters `start` to `end` of a folded text."""

    start: int
    end: int
    mark: Mark


class _Conditions(NamedTuple):
    """When a rule applies in a profile.

    - `weak`: only to prominent numbers in prose (salience.py).
    - `silent`, `soft`: contexts in which the rule does not apply, or makes only notes.
    - `near`: words of which one must be near. `unless`: phrases of which the match must not be a part.
    """

    weak: bool
    silent: ContextMatcher | None
    soft: ContextMatcher | None
    near: tuple[str, ...]
    unless: tuple[AllowedPhrase, ...]


class MarkFilter:
    """Decides which rules apply to a match, by the conditions that they set on its surroundings."""

    def __init__(self, lookup: RuleTable, contexts: Contexts, table: FoldTable) -> None:
        self._lookup = lookup
        self._contexts = contexts
        self._table = table
        self._quantities = tuple(name for name, context in contexts.by_id.items() if context.quantity)
        self._matchers: dict[tuple[str, ...], ContextMatcher] = {}
        self._conditions: dict[tuple[str, Profile], _Conditions] = {}
        self._judged: dict[tuple[int, str, int, int, bool], tuple[Mark, Mark | None]] = {}

    def is_quantity(self, text: str, start: int, end: int) -> bool:
        """Return True if the match is an amount, a measurement, a score or a version."""
        matcher = self._get_matcher(self._quantities)
        return matcher is not None and matcher.matches(text, start, end)

    def filter_marks(self, marks: Iterable[Mark], text: str, start: int, end: int) -> list[MatchPlace]:
        """Return the marks whose rules apply at this place, lowered to notes where the match is often harmless.

        The decision depends on the match and on a few characters around it. The same surroundings recur in lists, tables and code, so
        decisions are cached by the surrounding window.
        """
        low = max(start - _WINDOW, 0)
        window = text[low : end + _WINDOW]
        held: dict[ContextMatcher, bool] = {}
        places = []
        for mark in marks:
            key = id(mark), window, start - low, end - start, len(text) > LONG
            known = self._judged.get(key)
            if known is None:
                if len(self._judged) >= _REMEMBERED:
                    self._judged.clear()
                # The mark is kept with the result, so that no other object can get its id.
                known = self._judged[key] = mark, self._judge(mark, held, text, start, end)
            kept = known[1] and self._check_position(known[1], text, start, end)
            if kept:
                places.append(MatchPlace(start, end, kept))
        return places

    def _check_position(self, mark: Mark, text: str, start: int, end: int) -> Mark | None:
        """Return a note for a coordinate or a row number, None for the number of a list item, else the mark.

        These checks read more text than the window by which decisions are cached, so they are repeated each time.
        """
        if mark.profile != "text" or mark.rule.kind not in ("number", "sequence"):
            return mark
        if mark.severity is not Severity.NOTE:
            placed = is_coordinate(text, start, end) or is_row_number(text, start, end)
            return self._lookup.soften(mark) if placed else mark
        return None if is_weak(mark.rule) and is_enumerated(text, start, end) else mark

    def _judge(self, mark: Mark, held: dict[ContextMatcher, bool], text: str, start: int, end: int) -> Mark | None:
        """Return the mark as it applies at this place, or None. `held` caches the answers of contexts at the same place.

        The checks are ordered by cost: prominence, contexts in which the rule does not apply, words near, phrases, and last the contexts
        in which it is a note.
        """
        conditions = self._conditions.get((mark.rule.id, mark.profile)) or self._prepare_conditions(mark)
        if conditions.weak and not stands_out(text, start, end):
            return None
        if silent := conditions.silent:
            if silent not in held:
                held[silent] = silent.matches(text, start, end)
            if held[silent]:
                return None
        if (conditions.near and not is_near(conditions.near, text, start, end)) or (
            conditions.unless and is_within(conditions.unless, text, start, end)
        ):
            return None
        if mark.severity is Severity.NOTE:
            return mark
        soft = (
            (conditions.soft and conditions.soft.matches(text, start, end))
            or (_is_short(text, start, end) and is_opaque(text, start, end))
            or (mark.profile == "text" and mark.rule.kind == "number" and is_in_order(text, start, end))
        )
        return self._lookup.soften(mark) if soft else mark

    def _prepare_conditions(self, mark: Mark) -> _Conditions:
        """Return the conditions of a mark's rule in its profile; computed once per rule and profile.

        In number lists a context never drops a match but makes it a note, because there is no sentence around the number, only signs.
        """
        rule = mark.rule
        silent, soft = rule.not_inside, rule.note_inside
        if mark.profile == "numbers":
            silent, soft = (), tuple(name for name in (*silent, *soft) if name in self._contexts.in_lists)
        unless = prepare_phrases(rule.unless, self._table)
        weak = mark.profile == "text" and is_weak(rule)
        conditions = _Conditions(weak, self._get_matcher(silent), self._get_matcher(soft), rule.near, unless)
        self._conditions[rule.id, mark.profile] = conditions
        return conditions

    def _get_matcher(self, names: tuple[str, ...]) -> ContextMatcher | None:
        """Return the matcher for these contexts; None for none."""
        if names and names not in self._matchers:
            self._matchers[names] = ContextMatcher([self._contexts.by_id[name] for name in names])
        return self._matchers.get(names)


def _is_short(text: str, start: int, end: int) -> bool:
    """Return True for a match of so few characters that a hash or base64 may contain it by chance."""
    return end - start <= _MOST_BY_CHANCE and text[start:end].isascii()


def refuse_unknown_contexts(rules: Iterable[Rule], contexts: Contexts) -> None:
    """Raise PackError if a rule refers to a context that does not exist, because its matches there would be reported in error."""
    for rule in rules:
        for name in (*rule.not_inside, *rule.note_inside):
            if name not in contexts.by_id:
                raise PackError(f"rule {rule.id!r}: there is no context {name!r}; {suggest_names(name, contexts.by_id)}")
