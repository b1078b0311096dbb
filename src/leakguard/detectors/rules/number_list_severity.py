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
from leakguard.detectors.rules.joined_texts import JoinedTexts
from leakguard.detectors.rules.marks import HONEST, LOUD, SINGLE, SOFT, RuleTable
from leakguard.detectors.rules.merge_hits import as_column
from leakguard.detectors.rules.prompts import READ, PromptKind, asks_question, classify_prompt
from leakguard.text import progressions
from leakguard.text.byte_classes import COMMA, Bools, Ints
from leakguard.text.digit_runs import DigitRuns
from leakguard.text.fold import FoldTable, fold

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
_MOST_DIGITS = 18
_SMALL = 100
_POINT, _NEWLINE = b".\n"
_RUN = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class NumberRuns:
    """The digit runs of a block of texts, the number of the first run in or after each text, and which texts are bare number lists."""

    block: JoinedTexts
    tokens: DigitRuns
    bounds: Ints
    lists: Bools


def adjust_severities(hits: Hits, numbers: NumberRuns, prompt: Callable[[int], str], lookup: RuleTable, table: FoldTable) -> Hits:
    """The hits, as loud as the kind of text that they stand in allows. `prompt` says what a text answers, "" if that is not known.

    Two kinds of flags are brought together: those of a text (what its numbers say), for findings that hide nothing, and whether there
    are so few numbers beside a finding that the text is no list at all. Then the prompts of what is still loud are read.
    """
    if not len(hits):
        return hits
    text, mark, counts = np.asarray(hits.text), np.asarray(hits.mark), np.diff(numbers.bounds)
    large = counts > _FILLED
    # Most findings are notes of short lists, of which nothing more can become.
    standing = np.fromiter(map(lookup.flags.__getitem__, hits.marks), dtype=np.uint8, count=len(hits.marks))[mark]
    wanted = standing & LOUD != 0
    if large.any():
        wanted |= (standing & SOFT != 0) & large[text]
    chosen = np.flatnonzero(wanted & numbers.lists[text])
    if not len(chosen):
        return hits
    first = np.diff(text[chosen], prepend=-1) != 0
    texts, place = text[chosen][first], np.cumsum(first) - 1
    kinds, low = _kinds(numbers, texts)
    simple = (standing[chosen] & SINGLE != 0) & (kinds & INDEX == 0)[place]
    beside, in_place = _beside(hits, chosen, numbers, table, simple)
    count = counts[texts]
    count[place[beside == 0]] = 1
    plain = standing[chosen] & HONEST != 0
    flags = kinds[place] * plain
    flags &= np.where(in_place, _ALL, _ALL ^ INDEX)
    flags |= AS_PROSE * (beside + 1 < progressions.MIN_NUMBERS).astype(np.int64)
    some = np.flatnonzero(plain & ((count < progressions.MIN_NUMBERS) | ((count <= _FILLED) & low))[place])
    doubtful = np.zeros(len(texts), dtype=np.bool_)
    doubtful[place[some[_loud(hits, lookup, mark[chosen[some]], flags[some])]]] = True
    flags |= _answers(numbers, texts, count, doubtful, prompt)[place] * plain
    changed = np.flatnonzero(flags)
    return _changed(hits, chosen[changed], flags[changed], lookup) if len(changed) else hits


def _runs_of(numbers: NumberRuns, texts: Ints) -> tuple[Ints, Ints]:
    """The numbers of the digit runs in these texts, and the bounds of each text among them."""
    count = np.diff(numbers.bounds)[texts]
    bounds = np.concatenate([[0], np.cumsum(count)])
    return np.repeat(numbers.bounds[texts] - bounds[:-1], count) + np.arange(bounds[-1]), bounds


def _beside(hits: Hits, chosen: Ints, numbers: NumberRuns, table: FoldTable, simple: Bools) -> tuple[Ints, Bools]:
    """How many digit runs stand in the text of each of these hits, outside its span; and whether it lies between its neighbours.

    A hit is `simple` if it is one run and its neighbours do not matter. For the others the runs in the span are looked for.
    """
    text = np.asarray(hits.text)[chosen]
    beside = np.diff(numbers.bounds)[text] - 1
    in_place = np.zeros(len(chosen), dtype=np.bool_)
    folded = np.zeros(len(numbers.lists), dtype=np.bool_)
    folded[list(numbers.block.folded)] = True
    others = np.flatnonzero(~simple | folded[text])
    if len(others):
        beside[others], in_place[others] = _looked_beside(hits, chosen[others], numbers, table)
    return beside, in_place


def _looked_beside(hits: Hits, chosen: Ints, numbers: NumberRuns, table: FoldTable) -> tuple[Ints, Bools]:
    """The same, by the places of all runs of the texts.

    In a text that hides something spans and runs do not have the same offsets; there the parts before and after the span are counted,
    if the text is short enough to be no list.
    """
    block, tokens = numbers.block, numbers.tokens
    text, start, end = (np.asarray(column)[chosen].astype(np.int64) for column in (hits.text, hits.start, hits.end))
    mine, _ = _runs_of(numbers, text[np.diff(text, prepend=-1) != 0])
    places = block.character_offsets(tokens.text[mine], tokens.start[mine])
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


def _kinds(numbers: NumberRuns, texts: Ints) -> tuple[Ints, Bools]:
    """What the numbers themselves say of each of these texts, as flags, and whether those of a short one are low, as in most answers."""
    first, end, value = numbers.bounds[texts], numbers.bounds[texts + 1], numbers.tokens.value
    count = end - first
    explained = progressions.follow_rule(value, first, end)
    index = np.zeros(len(texts), dtype=np.bool_)
    long = np.flatnonzero(count >= _INDEX)
    if len(long):
        at, bounds = _runs_of(numbers, texts[long])
        index[long] = progressions.are_sorted(value[at], bounds)
    data = _measured(numbers, texts) | _tabular(numbers, first, end)
    flags = (
        TWO_DIGITS * (explained | (count > _MANY))
        | SOFTER * (explained & (count >= _LONGER))
        | AS_PROSE * data
        | INDEX * index
        | GONE * (data & (count > _FILLED))
    )
    low = (count <= _FILLED) & ((count == 0) | (value[np.minimum(first, len(value) - 1)] < _LOW))
    some = np.flatnonzero(low)
    at, bounds = _runs_of(numbers, texts[some])
    low[some] = _sum(value[at] >= _LOW, bounds) == 0
    return flags.astype(np.int64), low


def _measured(numbers: NumberRuns, texts: Ints) -> Bools:
    """Texts of which at least half of the numbers are decimals: amounts and measurements; with a decimal comma, all of them."""
    at, bounds = _runs_of(numbers, texts)
    block, start, end = numbers.block.array, numbers.tokens.start, numbers.tokens.end[at]
    # The last run of all is followed by none.
    touches = np.flatnonzero(start[np.minimum(at + 1, len(start) - 1)] - end == 1)
    signs, count = block[end[touches]], np.diff(bounds)
    points, commas = (_within(touches[signs == sign], bounds) for sign in (_POINT, COMMA))
    measured: Bools = (points > 0) & (2 * points >= count - points)
    measured |= (commas > 0) & (2 * commas == count) & (count > 2)
    return measured


def _tabular(numbers: NumberRuns, first: Ints, end: Ints) -> Bools:
    """Texts of three lines and more with several numbers in each, but for the first and the last line, which may be cut or a header.

    The digit runs of a text are those from `first` to before `end`.
    """
    breaks, start = np.flatnonzero(numbers.block.array == _NEWLINE), numbers.tokens.start
    out = np.zeros(len(first), dtype=np.bool_)
    some = np.flatnonzero(end > first)
    if not len(breaks) or not len(some):
        return out
    between = np.searchsorted(breaks, start[end[some] - 1]) - np.searchsorted(breaks, start[first[some]])
    for text in some[(between >= 2) & (end[some] - first[some] >= 2 * between)].tolist():
        _, each = np.unique(np.searchsorted(breaks, start[first[text] : end[text]]), return_counts=True)
        out[text] = len(each) >= 3 and bool((each[1:-1] >= 2).all()) and int(each.max()) >= 2
    return out


def _loud(hits: Hits, lookup: RuleTable, marks: Ints, flags: Ints) -> Bools:
    """Which of these hits are still more than a note."""
    kinds, which = np.unique(marks << _FLAGS | flags, return_inverse=True)
    made = [_lowered(hits.marks[both >> _FLAGS], both & _ALL, lookup) for both in kinds.tolist()]
    loud = np.array([mark is not None and mark.severity is not Severity.NOTE for mark in made], dtype=np.bool_)
    said: Bools = loud[which]
    return said


def _answers(numbers: NumberRuns, texts: Ints, count: Ints, doubtful: Bools, prompt: Callable[[int], str]) -> Ints:
    """Flags of the texts that answer their prompts, for those in doubt: one or two numbers are an answer, a few more may be one.

    Several numbers are an answer to a question, and where all of them stand in the prompt and it asks for no more: they were put in order.

    A long list of large numbers answers hardly any question, and reading a prompt takes longer than everything else here.
    """
    flags = np.zeros(len(texts), dtype=np.int64)
    for at in np.flatnonzero(doubtful).tolist():
        said = prompt(int(texts[at]))
        asked = classify_prompt(said)
        if asked in (PromptKind.NOTHING, PromptKind.FREE):
            continue
        if count[at] < progressions.MIN_NUMBERS:
            flags[at] = NOTE if asked is PromptKind.NUMBER else ANSWER
        elif asks_question(said) or _repeats(numbers, int(texts[at]), said):
            flags[at] = AS_PROSE | QUIET
    return flags


def _repeats(numbers: NumberRuns, text: int, prompt: str) -> bool:
    """Whether a prompt holds every number of a text."""
    values = numbers.tokens.value[numbers.bounds[text] : numbers.bounds[text + 1]].tolist()
    return str(values[0]) in prompt and set(values) <= {int(said) for said in _RUN.findall(prompt[-READ:]) if len(said) <= _MOST_DIGITS}


def _changed(hits: Hits, chosen: Ints, flags: Ints, lookup: RuleTable) -> Hits:
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


def _lowered(mark: Mark, flags: int, lookup: RuleTable) -> Mark | None:
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
    return lookup.cap_severity(mark, severity)


def _sum(values: Bools, bounds: Ints) -> Ints:
    """What the runs of each text add up to."""
    sums = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
    return np.diff(sums[bounds])


def _within(places: Ints, bounds: Ints) -> Ints:
    """How many of these places, which rise, lie in each text."""
    return np.diff(np.searchsorted(places, bounds))
