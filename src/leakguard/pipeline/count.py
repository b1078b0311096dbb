"""From detections to a tally: rows, not findings, are what a rate is about."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.rule import Severity
from leakguard.core.verdict import RuleCount, Tally

Ints = NDArray[np.int64]


def tally(batch: Batch, answers: Sequence[Detections], missed: Iterable[int]) -> Tally:
    """The books of one batch. `missed` are the indices of rows that some detector could not look at."""
    unreadable, undetermined = len(batch.unreadable), len(set(missed))
    out = Tally(
        seen=batch.seen,
        kept=batch.seen - unreadable - undetermined,
        unreadable=unreadable,
        undetermined=undetermined,
        empty=batch.seen - unreadable - _with_text(batch),
        texts=len(batch.texts),
    )
    lists: Sequence[bool] = ()
    for answer in answers:
        if answer.number_lists:
            lists = answer.number_lists
            out.number_rows = sum(lists)
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
        used, mark = np.unique(np.asarray(hits.mark), return_inverse=True)
        known = []
        for rule, severity in ((hits.marks[index].rule, hits.marks[index].severity) for index in used.tolist()):
            known.append(keys.setdefault((rule.id, severity), len(keys)))
            if known[-1] == len(pack_of):
                pack_of.append(packs.setdefault(rule.pack, len(packs)))
        columns.append(np.array(known)[mark])
    key = np.concatenate(columns)
    texts = np.concatenate([np.asarray(hits.text) for hits in found])
    rows = texts if isinstance(owners, range) else np.asarray(owners)[texts]
    pairs = np.unique(rows * len(keys) + key)
    findings = np.bincount(key, minlength=len(keys)).tolist()
    distinct = np.bincount(pairs % len(keys), minlength=len(keys)).tolist()
    in_lists = _in_lists(texts, key, len(keys), lists)
    out.by_rule = {said: RuleCount(findings[i], distinct[i], in_lists[i]) for said, i in keys.items()}
    per_pack = np.unique(pairs // len(keys) * len(packs) + np.array(pack_of)[pairs % len(keys)]) % len(packs)
    out.by_pack = dict(zip(packs, np.bincount(per_pack, minlength=len(packs)).tolist(), strict=True))
    severities = np.array([severity for _, severity in keys])[pairs % len(keys)]
    hit_rows, first = np.unique(pairs // len(keys), return_index=True)
    loudest = np.maximum.reduceat(severities, first) if len(hit_rows) else severities
    out.flagged = {Severity(int(level)): int(count) for level, count in zip(*np.unique(loudest, return_counts=True), strict=True)}


def _in_lists(texts: Ints, key: Ints, keys: int, lists: Sequence[bool]) -> list[int]:
    if not len(lists):
        return [0] * keys
    chosen = np.asarray(lists)[texts]
    counted: list[int] = np.bincount(np.unique(texts[chosen] * keys + key[chosen]) % keys, minlength=keys).tolist()
    return counted
