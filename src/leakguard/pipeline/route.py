"""Sort the rows of one block by policy: each row gets a fate and its reasons."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch, Block, Hit, Hits
from leakguard.core.finding import Finding, Mark
from leakguard.core.policy import FATES, Action, Fate, Policy, Ruling
from leakguard.core.ports import Detector, Parser
from leakguard.core.record import Origin
from leakguard.core.results import Missed, Tally
from leakguard.core.rule import Severity
from leakguard.pipeline.count import tally_batch
from leakguard.pipeline.detect import Detected, detect_block

if TYPE_CHECKING:
    from leakguard.core.duplicates import RowPlace
    from leakguard.pipeline.repeated_rows import RepeatedRows

Spans = NDArray[np.int64]
"""Starts and ends, a row for each span."""
Cut = Callable[[bytes, Mapping[str, tuple[str, Spans]]], bytes | None]
"""Redacts spans of a row: (row, field path -> (text, spans)) -> the new row, or None if that is not possible."""
Codes = NDArray[np.int8]
Repeats = Mapping[int, tuple[Action, "RowPlace", bool]]
"""Line -> (action on a repeated row, the row that it repeats, whether it is only nearly equal to that row)."""

ROUNDS = 4
# Findings of one severity that the reasons of one row list.
LISTED = 10_000
WINDOW = 4096
BLANK = -1
UNCUT = "cannot be redacted: a finding stands in a text that was put together from an object"
UNSEEN = "cannot be redacted: what is left could not be looked at"
LEFT = "cannot be redacted: what is left is found again"
_FATE_OF = np.array([FATES[action] for action in Action], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class RoutedBlock:
    """The rows of one block by fate (whole lines, in order), the rulings on all rows that were not kept (an iterator), and the tally."""

    looked: Detected
    lines: Mapping[Fate, Sequence[bytes]]
    rulings: Iterable[Ruling]
    tally: Tally


class Router:
    """Scans blocks and sorts their rows by policy."""

    def __init__(
        self, parser: Parser, detectors: Sequence[Detector], policy: Policy, cut: Cut, copies: "RepeatedRows | None" = None
    ) -> None:
        """`copies` are the repeated rows on which the policy acts, found in an earlier pass over all data."""
        self._parser, self._detectors, self._policy, self._cut, self._copies = parser, detectors, policy, cut, copies
        self._known: dict[Mark, Action] = {}

    def sort(self, block: Block) -> RoutedBlock:
        """Give every row of the block one fate. Rows to be redacted are scanned again, and quarantined if that fails."""
        looked = detect_block(self._parser, self._detectors, block)
        batch = looked.batch
        repeats = self._copies.actions(batch) if self._copies else {}
        fates = self._fates(looked, repeats)
        details: dict[int, str] = {}
        redacted, unseen = self._redacted(looked, np.flatnonzero(fates == Fate.REDACTED).tolist())
        looked = replace(looked, missed=[*looked.missed, *unseen])
        for line, result in redacted.items():
            if not isinstance(result, bytes):
                fates[line], details[line] = result
        lines = {fate: [batch.lines[line] for line in np.flatnonzero(fates == fate).tolist()] for fate in Fate}
        lines[Fate.REDACTED] = [row for row in redacted.values() if isinstance(row, bytes)]
        return RoutedBlock(looked, lines, _rulings(looked, fates, details, repeats), self._books(looked, fates))

    def _books(self, looked: Detected, fates: Codes) -> Tally:
        """Return the tally of the block, with rows counted by fate. `left` counts kept rows by the highest severity left in them."""
        books = tally_batch(looked.batch, looked.answers, looked.missed)
        counts = np.bincount(fates[fates != BLANK], minlength=len(Fate)).tolist()
        books.kept, books.redacted = counts[Fate.KEPT], counts[Fate.REDACTED]
        books.quarantined, books.removed = counts[Fate.QUARANTINED], counts[Fate.REMOVED]
        books.undetermined = counts[Fate.UNDETERMINED]
        loudest = np.zeros(len(fates), dtype=np.int8)
        for nth, lines, actions in self._asked(looked):
            hits = looked.answers[nth].hits
            severities = np.array([mark.severity for mark in hits.marks], dtype=np.int8)[np.asarray(hits.mark)]
            stays = actions == Action.KEEP
            np.maximum.at(loudest, lines[stays], severities[stays])
        levels = np.bincount(loudest[(fates == Fate.KEPT) | (fates == Fate.REDACTED)], minlength=1).tolist()
        books.left = {Severity(level): rows for level, rows in enumerate(levels) if level and rows}
        return books

    def _fates(self, looked: Detected, repeats: Repeats | None = None) -> Codes:
        """Return the fate of every line; BLANK for a line that is no row."""
        batch = looked.batch
        worst = self._worst(looked)
        for line, (action, _, _) in (repeats or {}).items():
            worst[line] = max(worst[line], action)
        fates = _FATE_OF[worst]
        for line in {missed.row - batch.first_row for missed in looked.missed}:
            fates[line] = self._policy.fate([Action(int(worst[line]))], missed=True)
        if None in batch.rows:
            fates[[line for line, row in enumerate(batch.rows) if row is None]] = BLANK
            fates[_unreadable_lines(batch)] = Fate.UNREADABLE
        return fates

    def _worst(self, looked: Detected) -> Codes:
        """Return the strictest action for each line: the maximum over its findings."""
        worst = np.zeros(len(looked.batch.rows), dtype=np.int8)
        for _, lines, actions in self._asked(looked):
            np.maximum.at(worst, lines, actions)
        return worst

    def _asked(self, looked: Detected) -> Iterator[tuple[int, NDArray[np.int64], Codes]]:
        """Yield for each answer with hits: its number, and arrays of the line and the action of each hit."""
        owners = np.asarray(looked.batch.owners)
        for nth, answer in enumerate(looked.answers):
            if len(answer.hits):
                table = np.array([self._action(mark) for mark in answer.hits.marks], dtype=np.int8)
                yield nth, owners[np.asarray(answer.hits.text)], table[np.asarray(answer.hits.mark)]

    def _action(self, mark: Mark) -> Action:
        if mark not in self._known:
            self._known[mark] = self._policy.action(mark)
        return self._known[mark]

    def _redacted(self, looked: Detected, lines: Sequence[int]) -> tuple[dict[int, bytes | tuple[Fate, str]], list[Missed]]:
        """Return for each line the redacted row, or the fate and reason if it cannot be redacted; and rows that could not be rescanned.

        Redacted rows are scanned again, up to ROUNDS times: removing a span may join the text around it to a new match.
        """
        first_row = looked.batch.first_row
        unseen: list[Missed] = []
        out: dict[int, bytes | tuple[Fate, str]] = dict.fromkeys(lines, (Fate.QUARANTINED, LEFT))
        names, ids = {line: line for line in lines}, {line: looked.batch.identity(line) for line in lines}
        for _ in range(ROUNDS):
            cut = {names[line]: self._without(looked.batch, line, texts) for line, texts in self._to_cut(looked).items() if line in names}
            out |= {name: (Fate.QUARANTINED, UNCUT) for name, row in cut.items() if row is None}
            rows = {name: row for name, row in cut.items() if row is not None}
            if not rows:
                break
            data = b"\n".join(rows.values())
            block = Block(looked.batch.file, 1, 0, len(data), data)
            looked = detect_block(self._parser, self._detectors, block, [ids[name] for name in rows])
            fates = dict(zip(rows, map(Fate, self._fates(looked).tolist()), strict=True))
            out |= {name: rows[name] if fate is Fate.KEPT else _stricter(fate) for name, fate in fates.items()}
            known = list(rows)
            again = [replace(entry, row=first_row + known[entry.row - 1]) for entry in looked.missed]
            unseen += [entry for entry in again if fates[entry.row - first_row] is Fate.UNDETERMINED]
            names = {at: name for at, (name, fate) in enumerate(fates.items()) if fate is Fate.REDACTED}
        return out, unseen

    def _to_cut(self, looked: Detected) -> dict[int, dict[int, Spans]]:
        """Return {line: {text: spans to redact}}. Hits come in the order of the texts, so those of a text are adjacent."""
        parts: dict[int, dict[int, list[Spans]]] = {}
        for nth, lines, actions in self._asked(looked):
            hits = looked.answers[nth].hits
            chosen = np.flatnonzero(actions == Action.REDACT)
            texts = np.asarray(hits.text)[chosen]
            spans = np.column_stack((np.asarray(hits.start)[chosen], np.asarray(hits.end)[chosen]))
            firsts = np.flatnonzero(np.diff(texts, prepend=-1))
            ends = np.append(firsts[1:], len(texts))[: len(firsts)]
            for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
                parts.setdefault(int(lines[chosen[first]]), {}).setdefault(int(texts[first]), []).append(spans[first:end])
        return {line: {text: np.concatenate(found) for text, found in of.items()} for line, of in parts.items()}

    def _without(self, batch: Batch, line: int, texts: Mapping[int, Spans]) -> bytes | None:
        places = {batch.place(text)[1]: (batch.texts[text], spans) for text, spans in texts.items()}
        return self._cut(batch.lines[line], places)


def _stricter(fate: Fate) -> tuple[Fate, str]:
    """Return fate and reason of a row that may not be kept after its redaction either."""
    return (fate, UNSEEN) if fate is Fate.UNDETERMINED else (Fate.REMOVED if fate is Fate.REMOVED else Fate.QUARANTINED, LEFT)


def _unreadable_lines(batch: Batch) -> list[int]:
    return [at for entry in batch.unreadable if (at := entry.origin.row - batch.first_row) < len(batch.rows)]


def _rulings(looked: Detected, fates: Codes, details: Mapping[int, str], repeats: Repeats) -> Iterator[Ruling]:
    """Return an iterator of the rulings on rows that were not kept, in order; together they can be larger than the block."""
    batch = looked.batch
    if not batch.unreadable:
        return _apart(looked, fates, details, repeats)
    unread = (Ruling(entry.origin, "", Fate.UNREADABLE, reason=entry.reason, detail=entry.detail) for entry in batch.unreadable)
    return merge(unread, _apart(looked, fates, details, repeats), key=lambda ruling: ruling.origin.row)


def _apart(looked: Detected, fates: Codes, details: Mapping[int, str], repeats: Repeats) -> Iterator[Ruling]:
    """Yield the rulings on readable rows that were not kept."""
    batch = looked.batch
    apart = np.flatnonzero((fates != Fate.KEPT) & (fates != BLANK) & (fates != Fate.UNREADABLE)).tolist()
    if not apart:
        return
    offsets, missed = batch.offsets(), _missed(looked)
    for line, (findings, more) in zip(apart, _found(looked, apart), strict=True):
        origin = Origin(batch.file, batch.first_row + line, offsets[line])
        said = findings, missed.get(line, {})
        _, copy_of, near = repeats.get(line, (Action.KEEP, None, False))
        fate, detail = Fate(int(fates[line])), details.get(line, "")
        yield Ruling(origin, batch.identity(line), fate, *said, detail=detail, more=more, copy_of=copy_of, near=near)


def _found(looked: Detected, lines: Sequence[int]) -> Iterator[tuple[tuple[Finding, ...], int]]:
    """Yield for each line its first LISTED findings of each severity and detector, and the number of further ones.

    Hits come in the order of the texts, so those of a line are adjacent; their bounds are looked up for all lines at once.
    """
    owners = np.asarray(looked.batch.owners)
    answers = [(answer.detector, _Window(answer.hits)) for answer in looked.answers if len(answer.hits)]
    bounds: list[Iterator[tuple[int, int]]] = []
    for _, window in answers:
        of = owners[np.asarray(window.hits.text)]
        bounds.append(zip(*(np.searchsorted(of, lines, side).tolist() for side in ("left", "right")), strict=True))
    for _ in lines:
        found: list[Finding] = []
        more = 0
        for (detector, window), places in zip(answers, bounds, strict=True):
            first, end = next(places)
            chosen = window.first_hits(first, end) if first < end else []
            found += [looked.batch.finding(hit, detector) for hit in chosen]
            more += end - first - len(chosen)
        yield tuple(found), more


class _Window:
    """The hits of an answer as Python values, WINDOW at a time: all at once they can take more memory than the rows."""

    def __init__(self, hits: Hits) -> None:
        self.hits = hits
        self._from = self._to = 0
        self._plain: list[Hit] = []

    def first_hits(self, first: int, end: int) -> list[Hit]:
        """Return the hits `first` to `end` - 1; of more than LISTED, the first LISTED of each severity."""
        if end - first > LISTED:
            return self._listed(first, end)
        if not self._from <= first <= end <= self._to:
            self._from, self._to = first, max(end, first + WINDOW)
            self._plain = list(self.hits.part(first, self._to))
        return self._plain[first - self._from : end - self._from]

    def _listed(self, first: int, end: int) -> list[Hit]:
        # Indices of the first hits of each severity, put back into the order of the texts.
        part, marks = self.hits.part(first, end), self.hits.marks
        levels = np.array([mark.severity for mark in marks])[np.asarray(part.mark)]
        places = np.sort(np.concatenate([np.flatnonzero(levels == level)[:LISTED] for level in Severity])).tolist()
        columns = (np.asarray(column)[places].tolist() for column in (part.text, part.start, part.end, part.mark))
        return [(text, start, stop, marks[mark]) for text, start, stop, mark in zip(*columns, strict=True)]


def _missed(looked: Detected) -> dict[int, dict[str, str]]:
    """Return {line: {detector: reason why it could not check the row}}."""
    missed: dict[int, dict[str, str]] = {}
    for entry in looked.missed:
        missed.setdefault(entry.row - looked.batch.first_row, {})[entry.detector] = entry.reason
    return missed
