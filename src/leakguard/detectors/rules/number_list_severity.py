"""Adjust the severity of numbers in texts that are nothing but numbers: lists, answers, exercises, tables, amounts.

The readers treat every such text as a list that a model made up. This module tests for evidence against that, only in texts with findings
and with array operations: fewer than three numbers, a progression, decimals, columns, a prompt that requests the numbers. Rules that apply
only in lists (the 34 numbers of Cloud et al.) are about every list of numbers and are not changed.
"""

import re
from collections.abc import Callable

import numpy as np

from leakguard.core.batch import Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import Severity
from leakguard.detectors.rules.marks import HONEST, LOUD, SINGLE, SOFT, RuleTable
from leakguard.detectors.rules.merge_hits import as_column
from leakguard.detectors.rules.number_list_kinds import (
    ANSWER,
    AS_PROSE,
    FILLED,
    GONE,
    INDEX,
    NOTE,
    QUIET,
    SOFTER,
    TWO_DIGITS,
    NumberRuns,
    classify_lists,
    select_runs,
)
from leakguard.detectors.rules.prompts import READ, PromptKind, asks_question, classify_prompt
from leakguard.text import progressions
from leakguard.text.byte_classes import Bools, Ints
from leakguard.text.fold import FoldTable, fold
from leakguard.text.packed_pairs import pack_pairs

_FLAG_BITS, _ALL, _DROPPED = 8, 255, -1
_LONG_DIGITS = 4
_BRIEF = 200
_MOST_DIGITS = 18
_SMALL = 100
_RUN = re.compile(r"[0-9]+")


def adjust_severities(hits: Hits, numbers: NumberRuns, prompt: Callable[[int], str], lookup: RuleTable, table: FoldTable) -> Hits:
    """Return the hits with the severity that the kind of text allows. `prompt` returns the prompt of a text, "" if it is unknown.

    The flags of a text (from its numbers) apply to findings that are not disguised; another flag marks findings with so few numbers beside
    them that the text is no list. Then the prompts are read for findings that would still be more than a note.
    """
    if not len(hits):
        return hits
    text, mark, counts = np.asarray(hits.text), np.asarray(hits.mark), np.diff(numbers.bounds)
    large = counts > FILLED
    # Most findings are notes in short lists, which cannot change.
    standing = np.fromiter(map(lookup.flags.__getitem__, hits.marks), dtype=np.uint8, count=len(hits.marks))[mark]
    wanted = standing & LOUD != 0
    if large.any():
        wanted |= (standing & SOFT != 0) & large[text]
    chosen = np.flatnonzero(wanted & numbers.lists[text])
    if not len(chosen):
        return hits
    first = np.diff(text[chosen], prepend=-1) != 0
    texts, place = text[chosen][first], np.cumsum(first) - 1
    kinds, low = classify_lists(numbers, texts)
    simple = (standing[chosen] & SINGLE != 0) & (kinds & INDEX == 0)[place]
    beside, in_place = _count_beside(hits, chosen, numbers, table, simple)
    count = counts[texts]
    count[place[beside == 0]] = 1
    plain = standing[chosen] & HONEST != 0
    flags = kinds[place] * plain
    flags &= np.where(in_place, _ALL, _ALL ^ INDEX)
    flags |= AS_PROSE * (beside + 1 < progressions.MIN_NUMBERS).astype(np.int64)
    some = np.flatnonzero(plain & ((count < progressions.MIN_NUMBERS) | ((count <= FILLED) & low))[place])
    doubtful = np.zeros(len(texts), dtype=np.bool_)
    doubtful[place[some[_are_loud(hits, lookup, mark[chosen[some]], flags[some])]]] = True
    flags |= _flag_answers(numbers, texts, count, doubtful, prompt)[place] * plain
    changed = np.flatnonzero(flags)
    return _replace_marks(hits, chosen[changed], flags[changed], lookup) if len(changed) else hits


def _count_beside(hits: Hits, chosen: Ints, numbers: NumberRuns, table: FoldTable, simple: Bools) -> tuple[Ints, Bools]:
    """Return how many digit runs each of these hits has in its text outside of its span, and whether its value is between those of its
    neighbours.

    A `simple` hit is one run whose neighbours do not matter. For all others the runs in the span are counted. A text whose list was found
    in a decoded view may have no run at all: nothing is beside its hits.
    """
    text = np.asarray(hits.text)[chosen]
    runs = np.diff(numbers.bounds)[text]
    beside = np.maximum(runs - 1, 0)
    in_place = np.zeros(len(chosen), dtype=np.bool_)
    folded = np.zeros(len(numbers.lists), dtype=np.bool_)
    folded[list(numbers.block.folded)] = True
    others = np.flatnonzero((~simple | folded[text]) & (runs > 0))
    if len(others):
        beside[others], in_place[others] = _count_beside_exactly(hits, chosen[others], numbers, table)
    return beside, in_place


def _count_beside_exactly(hits: Hits, chosen: Ints, numbers: NumberRuns, table: FoldTable) -> tuple[Ints, Bools]:
    """Return the number of digit runs beside each hit and whether its value is between its neighbours', from the positions of all runs.

    Text and position are packed in one integer, so that one binary search finds the runs in each span. In a folded text spans and runs have
    different offsets: there the numbers before and behind the span are counted, if the text is short.
    """
    block, tokens = numbers.block, numbers.tokens
    text, start, end = (np.asarray(column)[chosen].astype(np.int64) for column in (hits.text, hits.start, hits.end))
    mine, _ = select_runs(numbers, text[np.diff(text, prepend=-1) != 0])
    places = block.character_offsets(tokens.text[mine], tokens.start[mine])
    width = int(max(places.max(initial=0), end.max(initial=0))) + 1
    keys = pack_pairs(tokens.text[mine], places, width)
    first, behind = (np.searchsorted(keys, pack_pairs(text, bound, width)) for bound in (start, end))
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


def _are_loud(hits: Hits, lookup: RuleTable, marks: Ints, flags: Ints) -> Bools:
    """Return which of these hits are still more than a note. Each combination of mark and flags is computed once."""
    kinds, which = np.unique(_pack(marks, flags), return_inverse=True)
    made = [_lower(hits.marks[mark], flag, lookup) for mark, flag in map(_unpack, kinds.tolist())]
    loud = np.array([mark is not None and mark.severity is not Severity.NOTE for mark in made], dtype=np.bool_)
    result: Bools = loud[which]
    return result


def _flag_answers(numbers: NumberRuns, texts: Ints, count: Ints, doubtful: Bools, prompt: Callable[[int], str]) -> Ints:
    """Return flags of doubtful texts that answer their prompts: one or two numbers are an answer, a few more may be one.

    Several numbers are an answer to a question, and where all of them are in the prompt and it asks for no more: they were put in order. A
    long list of large numbers answers hardly any question, so its prompt is not read: that takes longer than everything else here.
    """
    flags = np.zeros(len(texts), dtype=np.int64)
    for at in np.flatnonzero(doubtful).tolist():
        asked = prompt(int(texts[at]))
        kind = classify_prompt(asked)
        if kind in (PromptKind.NOTHING, PromptKind.FREE):
            continue
        if count[at] < progressions.MIN_NUMBERS:
            flags[at] = NOTE if kind is PromptKind.NUMBER else ANSWER
        elif asks_question(asked) or _repeats_prompt(numbers, int(texts[at]), asked):
            flags[at] = AS_PROSE | QUIET
    return flags


def _repeats_prompt(numbers: NumberRuns, text: int, prompt: str) -> bool:
    """Return True if a prompt contains every number of a text."""
    values = numbers.tokens.value[numbers.bounds[text] : numbers.bounds[text + 1]].tolist()
    return str(values[0]) in prompt and set(values) <= {
        int(digits) for digits in _RUN.findall(prompt[-READ:]) if len(digits) <= _MOST_DIGITS
    }


def _replace_marks(hits: Hits, chosen: Ints, flags: Ints, lookup: RuleTable) -> Hits:
    """Return the hits with their marks changed by the flags, without those that are dropped.

    Each combination of mark and flags is computed once and assigned to all its hits.
    """
    mark = np.asarray(hits.mark).astype(np.int64)
    marks, quotes = list(hits.marks), list(hits.quotes)
    kinds, which = np.unique(_pack(mark[chosen], flags), return_inverse=True)
    new = []
    for old, flag in map(_unpack, kinds.tolist()):
        made = _lower(hits.marks[old], flag, lookup)
        if made is None or made is hits.marks[old]:
            new.append(_DROPPED if made is None else old)
            continue
        new.append(len(marks))
        marks.append(made)
        quotes += quotes[old : old + 1]
    mark[chosen] = np.array(new, dtype=np.int64)[which]
    keep = mark != _DROPPED
    columns = (np.asarray(column) for column in (hits.text, hits.start, hits.end, mark))
    text, start, end, changed = (as_column(column if keep.all() else column[keep]) for column in columns)
    return Hits(text, start, end, changed, marks, quotes)


def _pack(marks: Ints, flags: Ints) -> Ints:
    """Return index of a mark and flags as one integer each."""
    return marks << _FLAG_BITS | flags


def _unpack(packed: int) -> tuple[int, int]:
    """Return index of a mark and flags that `_pack` packed."""
    return packed >> _FLAG_BITS, packed & _ALL


def _lower(mark: Mark, flags: int, lookup: RuleTable) -> Mark | None:
    """Return the mark under these flags; None if it is dropped."""
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
