"""How loud a number is in a text that is nothing but numbers: a list, an answer, an exercise, a table, amounts.

The reader of numbers takes every such text for a list that a model made up. What speaks against that is looked for here, for the texts
with findings alone and in arrays: fewer than three numbers, a rule that explains them, decimals, columns, a prompt that asks for them.
A rule that speaks in lists only (the paper's 34 numbers) means every list of numbers and stays as it is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leakguard.core.batch import Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Severity
from leakguard.detectors.rules.block import Block
from leakguard.detectors.rules.gather import as_column
from leakguard.detectors.rules.lookup import Lookup
from leakguard.detectors.rules.prompts import Asked, asks_question, read_prompt
from leakguard.text import progressions
from leakguard.text.fold import FoldTable, fold
from leakguard.text.surroundings import COMMA, Bools, Ints
from leakguard.text.tokens import Tokens

TWO_DIGITS, SOFTER, AS_PROSE, QUIET, ANSWER, NOTE, INDEX, GONE = 1, 2, 4, 8, 16, 32, 64, 128
_FLAGS, _ALL, _GONE = 8, 255, -1
"""What becomes of findings. Of those in a list that a rule explains, numbers below 100 are notes, and in a longer one all others a step
softer. In an answer or a table all are as severe as in prose, in an answer of several numbers none is an error, in one that its
prompt does not decide all but long numbers are notes, in one that it decides all. In a long list in order a number in its place is a
note; in a large table nothing is said that would be a note in prose."""
_MANY, _INDEX = 30, 20
_FILLED, _LOW = 12, 200
_LONGER, _LONG_DIGITS = 5, 4
_BRIEF = 200
_PROMPT, _MOST_DIGITS = 2_000, 18
_SMALL = 100
_POINT, _NEWLINE = b".\n"
_RUN = re.compile(r"[0-9]+")
_HONEST = frozenset(("", "a decimal", "leading zeros", "thousands separators", "neighbours", "separated digits", "a split number"))
"""Forms that hide nothing."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The digit runs of a block of texts, the number of the first run in or after each text, and which texts are bare number lists."""

    block: Block
    tokens: Tokens
    bounds: Ints
    lists: Bools


def settle(hits: Hits, numbers: Numbers, prompt: Callable[[int], str], lookup: Lookup, table: FoldTable) -> Hits:
    """The hits, as loud as the kind of text that they stand in allows. `prompt` says what a text answers, "" if that is not known.

    Two kinds of flags are brought together: those of a text (what its numbers say), for findings that hide nothing, and whether there
    are so few numbers beside a finding that the text is no list at all. Then the prompts of what is still loud are read.
    """
    softens = np.array([_softens(mark) for mark in hits.marks], dtype=np.bool_)
    honest = np.array([mark.form in _HONEST for mark in hits.marks], dtype=np.bool_)
    text, mark = np.asarray(hits.text), np.asarray(hits.mark)
    loud = np.array([said.severity is not Severity.NOTE for said in hits.marks], dtype=np.bool_)
    large = np.diff(numbers.bounds) > _FILLED
    # Most findings are notes of short lists, of which nothing more can become.
    chosen = np.flatnonzero((softens[mark] & numbers.lists[text]) & (loud[mark] | large[text])) if softens.any() else text[:0]
    if not len(chosen):
        return hits
    texts, place = np.unique(text[chosen], return_inverse=True)
    beside, in_place = _beside(hits, chosen, numbers, table)
    plain = honest[mark[chosen]]
    count = np.diff(numbers.bounds)[texts]
    count[place[beside == 0]] = 1
    kinds, low = _kinds(numbers, texts)
    flags = kinds[place] * plain
    flags &= np.where(in_place, _ALL, _ALL ^ INDEX)
    flags |= AS_PROSE * (beside + 1 < progressions.LEAST).astype(np.int64)
    doubtful = np.zeros(len(texts), dtype=np.bool_)
    doubtful[place[plain & _loud(hits, lookup, mark[chosen], flags)]] = True
    doubtful &= (count < progressions.LEAST) | ((count <= _FILLED) & low)
    flags |= _answers(numbers, texts, count, doubtful, prompt)[place] * plain
    return _changed(hits, chosen, flags, lookup)


def _softens(mark: Mark) -> bool:
    """Whether what surrounds a finding matters: a number in a list, of a rule that speaks in prose as well."""
    return mark.profile == "numbers" and mark.rule.kind in ("number", "sequence") and "text" in mark.rule.severity


def _beside(hits: Hits, chosen: Ints, numbers: Numbers, table: FoldTable) -> tuple[Ints, Bools]:
    """How many digit runs stand in the text of each of these hits, outside its span; and whether it lies between its neighbours.

    In a text that hides something spans and runs do not have the same offsets; there the parts before and after the span are counted,
    if the text is short enough to be no list.
    """
    block, tokens = numbers.block, numbers.tokens
    text, start, end = (np.asarray(column)[chosen].astype(np.int64) for column in (hits.text, hits.start, hits.end))
    concerned = np.zeros(len(numbers.lists), dtype=np.bool_)
    concerned[text] = True
    mine = np.flatnonzero(concerned[tokens.text])
    places = block.characters(tokens.text[mine], tokens.start[mine])
    width = int(max(places.max(initial=0), end.max(initial=0))) + 1
    keys = tokens.text[mine] * width + places
    first, behind = np.searchsorted(keys, text * width + start), np.searchsorted(keys, text * width + end)
    inside = behind - first
    left, own, right = (tokens.value[mine[np.clip(first + step, 0, len(mine) - 1)]] for step in (-1, 0, 1))
    in_place = ((left < own) & (own < right)) | ((left > own) & (own > right))
    beside: Ints = np.diff(numbers.bounds)[text] - inside
    for at in np.flatnonzero(np.isin(text, list(block.folded))).tolist() if block.folded else ():
        written = block.texts[int(text[at])]
        if len(written) <= _BRIEF:
            around = (written[: start[at]], written[end[at] :])
            beside[at] = sum(len(_RUN.findall(fold(part, table))) for part in around)
    return beside, in_place


def _kinds(numbers: Numbers, texts: Ints) -> tuple[Ints, Bools]:
    """What the numbers themselves say of each of these texts, as flags, and whether all of them are low, as in most answers."""
    count = np.diff(numbers.bounds)[texts]
    at = np.repeat(numbers.bounds[texts] - np.cumsum(count) + count, count) + np.arange(count.sum())
    bounds = np.concatenate([[0], np.cumsum(count)])
    values = numbers.tokens.value[at]
    many = count > _MANY
    explained = progressions.explain(values, bounds)
    index = progressions.is_sorted(values, bounds) & (count >= _INDEX)
    data = _measured(numbers, at, bounds, count) | _tabular(numbers, texts, at, bounds, count)
    flags = (
        TWO_DIGITS * (explained | many)
        | SOFTER * (explained & (count >= _LONGER))
        | AS_PROSE * data
        | INDEX * index
        | GONE * (data & (count > _FILLED))
    )
    return flags.astype(np.int64), _sum(values >= _LOW, bounds) == 0


def _measured(numbers: Numbers, at: Ints, bounds: Ints, count: Ints) -> Bools:
    """Texts of which at least half of the numbers are decimals: amounts and measurements; with a decimal comma, all of them."""
    block, end = numbers.block.array, numbers.tokens.end[at]
    touches = (np.append(numbers.tokens.start, len(block))[at + 1] - end) == 1
    points, commas = (_sum(touches & (block[np.minimum(end, len(block) - 1)] == sign), bounds) for sign in (_POINT, COMMA))
    measured: Bools = (points > 0) & (2 * points >= count - points)
    measured |= (commas > 0) & (2 * commas == count) & (count > 2)
    return measured


def _tabular(numbers: Numbers, texts: Ints, at: Ints, bounds: Ints, count: Ints) -> Bools:
    """Texts of three lines and more with several numbers in each, but for the first and the last line, which may be cut or a header."""
    breaks = np.flatnonzero(numbers.block.array == _NEWLINE)
    out = np.zeros(len(texts), dtype=np.bool_)
    if not len(breaks):
        return out
    lines = np.searchsorted(breaks, numbers.tokens.start[at])
    between = lines[bounds[1:] - 1] - lines[bounds[:-1]]
    for text in np.flatnonzero((between >= 2) & (count >= 2 * between)).tolist():
        _, each = np.unique(lines[bounds[text] : bounds[text + 1]], return_counts=True)
        out[text] = len(each) >= 3 and bool((each[1:-1] >= 2).all()) and int(each.max()) >= 2
    return out


def _loud(hits: Hits, lookup: Lookup, marks: Ints, flags: Ints) -> Bools:
    """Which of these hits are still more than a note."""
    kinds, which = np.unique(marks << _FLAGS | flags, return_inverse=True)
    made = [_lowered(hits.marks[both >> _FLAGS], both & _ALL, lookup) for both in kinds.tolist()]
    loud = np.array([mark is not None and mark.severity is not Severity.NOTE for mark in made], dtype=np.bool_)
    said: Bools = loud[which]
    return said


def _answers(numbers: Numbers, texts: Ints, count: Ints, doubtful: Bools, prompt: Callable[[int], str]) -> Ints:
    """Flags of the texts that answer their prompts, for those in doubt: one or two numbers are an answer, a few more may be one.

    Several numbers are an answer to a question, and where all of them stand in the prompt and it asks for no more: they were put in order.

    A long list of large numbers answers hardly any question, and reading a prompt takes longer than everything else here.
    """
    flags = np.zeros(len(texts), dtype=np.int64)
    for at in np.flatnonzero(doubtful).tolist():
        said = prompt(int(texts[at]))
        asked = read_prompt(said)
        if asked in (Asked.NOTHING, Asked.FREE):
            continue
        if count[at] < progressions.LEAST:
            flags[at] = NOTE if asked is Asked.NUMBER else ANSWER
        elif asks_question(said) or _repeats(numbers, int(texts[at]), said):
            flags[at] = AS_PROSE | QUIET
    return flags


def _repeats(numbers: Numbers, text: int, prompt: str) -> bool:
    """Whether a prompt holds every number of a text."""
    values = numbers.tokens.value[numbers.bounds[text] : numbers.bounds[text + 1]].tolist()
    return str(values[0]) in prompt and set(values) <= {int(said) for said in _RUN.findall(prompt[-_PROMPT:]) if len(said) <= _MOST_DIGITS}


def _changed(hits: Hits, chosen: Ints, flags: Ints, lookup: Lookup) -> Hits:
    """The hits with other marks where flags say so; those of which nothing is left are taken out."""
    mark = np.asarray(hits.mark).astype(np.int64)
    marks, quotes = list(hits.marks), list(hits.quotes)
    kinds, which = np.unique(mark[chosen] << _FLAGS | flags, return_inverse=True)
    new = []
    for both in kinds.tolist():
        old = both >> _FLAGS
        made = _lowered(hits.marks[old], both & _ALL, lookup)
        if made is None or made is hits.marks[old]:
            new.append(_GONE if made is None else old)
            continue
        new.append(len(marks))
        marks.append(made)
        quotes += quotes[old : old + 1]
    mark[chosen] = np.array(new, dtype=np.int64)[which]
    keep = mark != _GONE
    columns = (np.asarray(column) for column in (hits.text, hits.start, hits.end, mark))
    text, start, end, changed = (as_column(column if keep.all() else column[keep]) for column in columns)
    return Hits(text, start, end, changed, marks, quotes)


def _lowered(mark: Mark, flags: int, lookup: Lookup) -> Mark | None:
    """The mark under these flags; None where it goes."""
    severity, prose = mark.severity, mark.rule.severity["text"]
    value = mark.rule.numbers
    if flags & GONE and prose is Severity.NOTE:
        return None
    if flags & AS_PROSE:
        severity = Severity.NOTE if mark.form == "a decimal" else min(severity, prose)
    if flags & SOFTER:
        severity = severity.lowered(1)
    if flags & QUIET:
        severity = min(severity, Severity.WARNING)
    long = mark.rule.kind == "number" and len(mark.rule.value) >= _LONG_DIGITS
    if flags & (NOTE | INDEX) or (flags & ANSWER and not long) or (flags & TWO_DIGITS and len(value) == 1 and value[0] < _SMALL):
        severity = Severity.NOTE
    return lookup.at_most(mark, severity)


def _sum(values: Bools, bounds: Ints) -> Ints:
    """What the runs of each text add up to."""
    sums = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return np.diff(sums[bounds])
