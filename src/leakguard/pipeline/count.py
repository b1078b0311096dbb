"""From detections to a tally: rows, not findings, are what a rate is about."""

from collections.abc import Iterable, Sequence

import numpy as np

from leakguard.core.batch import Batch, Detections, Hit
from leakguard.core.finding import Mark
from leakguard.core.rule import Severity
from leakguard.core.verdict import RuleCount, Tally


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
    hits = [hit for answer in answers for hit in answer.hits] if len(answers) > 1 else answers[0].hits if answers else []
    if hits:
        _count(out, hits, batch.owners, lists)
    return out


def _with_text(batch: Batch) -> int:
    return len(batch.owners) if isinstance(batch.owners, range) else len(set(batch.owners))


def _count(out: Tally, hits: Sequence[Hit], owners: Sequence[int], lists: Sequence[bool]) -> None:
    """Count findings and distinct rows for each rule and severity, each pack, and each row's loudest severity."""
    keys: dict[tuple[str, Severity], int] = {}
    packs: dict[str, int] = {}
    of_mark: dict[Mark, tuple[int, int]] = {}
    for mark in {hit[3] for hit in hits}:
        key = keys.setdefault((mark.rule.id, mark.severity), len(keys))
        of_mark[mark] = key, packs.setdefault(mark.rule.pack, len(packs))
    texts = np.fromiter((hit[0] for hit in hits), dtype=np.int64, count=len(hits))
    key_pack = np.array([of_mark[hit[3]] for hit in hits], dtype=np.int64)
    rows = texts if isinstance(owners, range) else np.asarray(owners)[texts]
    pairs = np.unique(rows * len(keys) + key_pack[:, 0])
    findings = np.bincount(key_pack[:, 0], minlength=len(keys)).tolist()
    distinct = np.bincount(pairs % len(keys), minlength=len(keys)).tolist()
    in_lists = _in_lists(texts, key_pack[:, 0], len(keys), lists)
    out.by_rule = {key: RuleCount(findings[i], distinct[i], in_lists[i]) for key, i in keys.items()}
    per_pack = np.bincount(np.unique(rows * len(packs) + key_pack[:, 1]) % len(packs), minlength=len(packs)).tolist()
    out.by_pack = {pack: per_pack[i] for pack, i in packs.items()}
    severities = np.array([severity for _, severity in keys], dtype=np.int64)
    loudest = np.zeros(int(rows.max()) + 1, dtype=np.int64)
    np.maximum.at(loudest, pairs // len(keys), severities[pairs % len(keys)])
    out.flagged = {severity: int(np.count_nonzero(loudest == severity)) for severity in Severity if (loudest == severity).any()}


def _in_lists(texts: "np.ndarray[tuple[int], np.dtype[np.int64]]", key: "np.ndarray[tuple[int], np.dtype[np.int64]]", keys: int, lists: Sequence[bool]) -> list[int]:
    if not len(lists):
        return [0] * keys
    chosen = np.asarray(lists)[texts]
    counted: list[int] = np.bincount(np.unique(texts[chosen] * keys + key[chosen]) % keys, minlength=keys).tolist()
    return counted
