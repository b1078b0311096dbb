"""Count the detections of a batch: findings, rows and places per rule, severity and pack."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.results import Missed, RuleCount, Tally
from leakguard.core.rule import Severity

Ints = NDArray[np.int64]


def tally_batch(batch: Batch, answers: Sequence[Detections], missed: Sequence[Missed]) -> Tally:
    """Return the tally of one batch; `missed` are the rows that some detector could not check."""
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
    # Only one detector reads numbers, and says which texts are bare number lists.
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
    """Count findings and distinct rows per rule and severity, per pack, per place, and rows by their highest severity.

    Every (rule, severity) gets a number (its key); hits of several detectors are merged in the order of their places. Rows are counted
    by the first entry of each key in each row.
    """
    keys: dict[tuple[str, Severity], int] = {}
    packs: dict[str, int] = {}
    pack_of: list[int] = []
    columns = []
    for hits in found:
        mark = np.asarray(hits.mark)
        key_of = np.zeros(len(hits.marks), dtype=np.int32)
        times = np.bincount(mark)
        for index in np.flatnonzero(times).tolist():
            said = hits.marks[index]
            name = said.rule.id, said.severity
            key_of[index] = keys.setdefault(name, len(keys))
            if key_of[index] == len(pack_of):
                pack_of.append(packs.setdefault(said.rule.pack, len(packs)))
            if cause := said.lowered_by:
                causes = out.softened.setdefault(name, {})
                causes[cause] = causes.get(cause, 0) + int(times[index])
        columns.append(key_of[mark])
    key, *places = columns[0], *map(np.asarray, (found[0].text, found[0].start, found[0].end))
    if len(found) > 1:
        key = np.concatenate(columns)
        places = [np.concatenate(said) for said in zip(*((hits.text, hits.start, hits.end) for hits in found), strict=True)]
        order = np.lexsort(places[::-1])
        key, places = key[order], [column[order] for column in places]
    texts = places[0]
    rows = texts if isinstance(owners, range) else np.asarray(owners)[texts]
    out.by_rule = dict(zip(keys, _counts(key, len(keys), texts, rows, lists), strict=True))
    _count_places(out, key, places, rows, lists)
    pack = np.array(pack_of, dtype=np.int32)[key]
    out.by_pack = dict(zip(packs, np.bincount(pack[_firsts(rows, pack)], minlength=len(packs)).tolist(), strict=True))
    severities = np.array([severity for _, severity in keys], dtype=np.uint8)[key]
    loudest = np.maximum.reduceat(severities, np.flatnonzero(np.diff(rows, prepend=-1)))
    levels = np.bincount(loudest).tolist()
    out.flagged = {Severity(level): count for level, count in enumerate(levels) if count}


def _counts(key: Ints, keys: int, texts: Ints, rows: Ints, lists: Sequence[bool]) -> list[RuleCount]:
    """Return for each key the number of findings, of rows, and of bare number lists."""
    findings = np.bincount(key, minlength=keys).tolist()
    firsts = _firsts(rows, key)
    distinct = np.bincount(key[firsts], minlength=keys).tolist()
    # Where each row is one text, the first of a key in one is the first in the other.
    of_texts = firsts if rows is texts else _firsts(texts, key)
    return list(map(RuleCount, findings, distinct, _in_lists(texts[of_texts], key[of_texts], keys, lists)))


def _count_places(out: Tally, key: Ints, places: Sequence[Ints], rows: Ints, lists: Sequence[bool]) -> None:
    """Count places by the rules that fired there; `places` are the sorted columns text, start and end of the hits.

    `key` holds the numbers of the entries of `out.by_rule`. A rule that never shares a place has one place per finding, so its counts
    are known. Only places with several hits are counted here, and the other places of the rules among them.
    """
    texts, start, end = places
    again = np.flatnonzero(start[1:] == start[:-1])
    again = again[(texts[again + 1] == texts[again]) & (end[again + 1] == end[again])]
    opens = np.flatnonzero(np.diff(again, prepend=-2) != 1)
    first, size = again[opens], np.diff(opens, append=len(again)) + 1
    shared = np.sort(np.concatenate([first, again + 1]))
    among = key[shared]
    keys, counts = list(out.by_rule), list(out.by_rule.values())
    times = np.bincount(among, minlength=len(keys)).tolist()
    mixed = np.array([0 < both < count.findings for both, count in zip(times, counts, strict=True)])
    alone = np.setdiff1d(np.flatnonzero(mixed[key]), shared, assume_unique=True) if mixed.any() else shared[:0]
    sets, set_of = _sets(among, size, len(keys))
    place, kind = np.concatenate([alone, first]), np.concatenate([key[alone], set_of + len(keys)])
    order = np.argsort(place)
    place, kind = place[order], kind[order]
    voices = [*((number,) for number in range(len(keys))), *sets]
    found = _counts(kind, len(voices), texts[place], texts[place] if rows is texts else rows[place], lists)
    found[: len(keys)] = [here if both else count for here, both, count in zip(found, times, counts, strict=False)]
    for said, counted in zip(voices, found, strict=True):
        if counted.findings:
            named = [keys[index] for index in said]
            if len(named) > 1:
                named.sort(key=lambda voice: (-voice[1], voice[0]))
            out.by_place.setdefault(tuple(named), RuleCount()).add(counted)


def _sets(key: Ints, size: Ints, keys: int) -> tuple[list[tuple[int, ...]], Ints]:
    """Return the distinct sets of keys at places with several hits, and the number of the set of each place; `size` is hits per place.

    A set is identified by the sum of pseudo-random numbers, one for each of its keys, so that no Python set is built per place.
    """
    if not len(size):
        return [], size
    from leakguard.text.contents import STEP, mix_hashes

    # Random enough, and numpy.random takes ten milliseconds to import.
    weights = mix_hashes(np.arange(1, keys + 1, dtype=np.uint64) * STEP)
    begins = np.cumsum(size) - size
    _, examples, number = np.unique(np.add.reduceat(weights[key], begins), return_index=True, return_inverse=True)
    return [tuple(key[begins[at] : begins[at] + size[at]].tolist()) for at in examples.tolist()], number


def _firsts(rows: Ints, key: Ints) -> Ints:
    """Return the indices of the first entry of each key in each row; `rows` must be in ascending order."""
    # Narrow keys are sorted by counting them, in a tenth of the time of sorting pairs.
    order: Ints = np.argsort(key.astype(np.uint16) if key.max(initial=0) < 1 << 16 else key, kind="stable")
    first = np.ones(len(order), dtype=np.bool_)
    sorted_rows, sorted_key = rows[order], key[order]
    np.logical_or(sorted_rows[1:] != sorted_rows[:-1], sorted_key[1:] != sorted_key[:-1], out=first[1:])
    chosen: Ints = order[first]
    return chosen


def _in_lists(texts: Ints, key: Ints, keys: int, lists: Sequence[bool]) -> list[int]:
    """Return for each key the number of bare number lists with it; there is one entry per key and text."""
    if not len(lists):
        return [0] * keys
    counted: list[int] = np.bincount(key[np.asarray(lists)[texts]], minlength=keys).tolist()
    return counted
