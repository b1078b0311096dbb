"""From detections to a tally: rows, not findings, are what a rate is about."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.rule import Severity
from leakguard.core.verdict import Missed, RuleCount, Tally

Ints = NDArray[np.int64]


def tally(batch: Batch, answers: Sequence[Detections], missed: Sequence[Missed]) -> Tally:
    """The books of one batch. `missed` are the rows that some detector could not look at."""
    unreadable, undetermined = len(batch.unreadable), len({entry.row for entry in missed})
    out = Tally(
        seen=batch.seen,
        kept=batch.seen - unreadable - undetermined,
        unreadable=unreadable,
        undetermined=undetermined,
        missed=undetermined,
        missed_by=dict(Counter(detector for detector, _ in {(entry.detector, entry.row) for entry in missed})),
        empty=batch.seen - unreadable - _with_text(batch),
        texts=len(batch.texts),
    )
    out.leave(batch.unscanned)
    lists: Sequence[bool] = ()
    for answer in answers:
        out.accept(answer.accepted)
        if len(answer.number_lists):
            lists = answer.number_lists
            out.number_rows = int(np.count_nonzero(lists))
            out.lengths = dict(answer.lengths)
    found = [answer.hits for answer in answers if len(answer.hits)]
    if found:
        _count(out, found, batch.owners, lists)
    return out


def _with_text(batch: Batch) -> int:
    return len(batch.owners) if isinstance(batch.owners, range) else len(set(batch.owners))


def _count(out: Tally, found: Sequence[Hits], owners: Sequence[int], lists: Sequence[bool]) -> None:
    """Count findings and distinct rows for each rule and severity, each pack, and each row's loudest severity."""
    keys: dict[tuple[str, Severity], int] = {}
    packs: dict[str, int] = {}
    pack_of: list[int] = []
    columns = []
    for hits in found:
        mark = np.asarray(hits.mark)
        key_of = np.zeros(len(hits.marks), dtype=np.int32)
        for index in np.flatnonzero(np.bincount(mark)).tolist():
            said = hits.marks[index]
            key_of[index] = keys.setdefault((said.rule.id, said.severity), len(keys))
            if key_of[index] == len(pack_of):
                pack_of.append(packs.setdefault(said.rule.pack, len(packs)))
        columns.append(key_of[mark])
    key = np.concatenate(columns)
    texts = np.concatenate([np.asarray(hits.text) for hits in found])
    if len(found) > 1:
        order = np.argsort(texts, kind="stable")
        key, texts = key[order], texts[order]
    rows = texts if isinstance(owners, range) else np.asarray(owners)[texts]
    findings = np.bincount(key, minlength=len(keys)).tolist()
    firsts = _firsts(rows, key)
    distinct = np.bincount(key[firsts], minlength=len(keys)).tolist()
    # Where each row is one text, the first of a key in one is the first in the other.
    of_texts = firsts if rows is texts else _firsts(texts, key)
    in_lists = _in_lists(texts[of_texts], key[of_texts], len(keys), lists)
    out.by_rule = {said: RuleCount(findings[i], distinct[i], in_lists[i]) for said, i in keys.items()}
    pack = np.array(pack_of)[key]
    out.by_pack = dict(zip(packs, np.bincount(pack[_firsts(rows, pack)], minlength=len(packs)).tolist(), strict=True))
    severities = np.array([severity for _, severity in keys])[key]
    loudest = np.maximum.reduceat(severities, np.flatnonzero(np.diff(rows, prepend=-1)))
    levels = np.bincount(loudest).tolist()
    out.flagged = {Severity(level): count for level, count in enumerate(levels) if count}


def _firsts(rows: Ints, key: Ints) -> Ints:
    """One entry of each key in each row; the rows must not fall."""
    # Narrow keys are sorted by counting them, in a tenth of the time of sorting pairs.
    order: Ints = np.argsort(key.astype(np.uint16) if key.max(initial=0) < 1 << 16 else key, kind="stable")
    first = (np.diff(rows[order], prepend=-1) != 0) | (np.diff(key[order], prepend=-1) != 0)
    chosen: Ints = order[first]
    return chosen


def _in_lists(texts: Ints, key: Ints, keys: int, lists: Sequence[bool]) -> list[int]:
    """How many bare number lists each key stands in, of one entry of each key in each text."""
    if not len(lists):
        return [0] * keys
    counted: list[int] = np.bincount(key[np.asarray(lists)[texts]], minlength=keys).tolist()
    return counted
