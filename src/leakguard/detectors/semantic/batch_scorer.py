"""Score the texts of a batch, in a worker process: repeated texts once, as long as they are remembered."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from leakguard.core.batch import Batch, Detections
from leakguard.detectors.semantic.embedders import Embedders
from leakguard.detectors.semantic.measure import score_texts
from leakguard.detectors.semantic.records import digest_text, make_entry_type, make_record_type
from leakguard.detectors.semantic.trait_scorer import TraitScorer
from leakguard.detectors.semantic.windows import MOST, Window, has_no_words, split_windows
from leakguard.stats.single_thread import use_one_thread

CHUNK = 8192
"""Windows that are scored at once: some tens of megabytes."""
REMEMBERED = 100_000
"""Texts whose scores a process remembers: about 20 megabytes."""
RULES = "traits"
"""The pack whose rules name traits."""
_Text = tuple[bytes, str, frozenset[str], list[Window]]


class BatchScorer:
    """Scores texts for traits. The scores of a text depend on the text and on the rules that match it, not on other texts."""

    def __init__(self, traits: Sequence[TraitScorer], embedders: Embedders) -> None:
        self.traits, self.embedders = tuple(traits), embedders
        self._entry, self._record = make_entry_type(len(traits)), make_record_type(len(traits))
        # The entry of each text that is remembered, as bytes, by its digest and the traits that rules found in it.
        self._known: dict[bytes, bytes] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return BatchScorer, (self.traits, self.embedders)

    def score(self, batch: Batch, answers: Sequence[Detections]) -> bytes:
        """Return a record for each text of a batch; `answers` are those of a detector with the rules that name traits."""
        # Entries of remembered texts are looked up, those of new texts computed, each once; then every text gets its entry.
        ruled = _list_traits_by_rules(answers)
        digests = [digest_text(text) for text in batch.texts]
        keys = [digest + "\0".join(sorted(ruled.get(at, ()))).encode() for at, digest in enumerate(digests)]
        found = {key: known for key in keys if (known := self._known.get(key))}
        new = {key: at for at, key in reversed(list(enumerate(keys))) if key not in found}
        with use_one_thread():
            found |= self._score_new([(key, batch.texts[at], ruled.get(at, frozenset())) for key, at in reversed(new.items())])
        if len(self._known) + len(new) > REMEMBERED:
            self._known.clear()
        self._known.update(found)
        records = np.zeros(len(keys), self._record)
        records["digest"] = np.frombuffer(b"".join(digests), "<u8")[::2]
        records["row"] = np.asarray(batch.owners)
        records["entry"] = np.frombuffer(b"".join(map(found.__getitem__, keys)), self._entry)
        return records.tobytes()

    def _score_new(self, texts: Sequence[tuple[bytes, str, frozenset[str]]]) -> dict[bytes, bytes]:
        """Return the entries of distinct texts by their keys. Texts without words, and those of too many windows, get no scores."""
        found: dict[bytes, bytes] = {}
        chunk: list[_Text] = []
        held = 0
        for key, text, ruled in texts:
            ranges = [] if has_no_words(text) else split_windows(text, self.embedders.limit)
            if 0 < len(ranges) <= MOST:
                chunk.append((key, text, ruled, ranges))
                held += len(ranges)
            else:
                found[key] = np.array([(-len(ranges), 0)], self._entry).tobytes()
            if held >= CHUNK:
                found |= self._score_chunk(chunk)
                chunk, held = [], 0
        return found | self._score_chunk(chunk)

    def _score_chunk(self, chunk: Sequence[_Text]) -> dict[bytes, bytes]:
        """Return the entries of texts with windows, by their keys."""
        if not chunk:
            return {}
        # The entries are filled column by column, and cut into one piece of bytes for each text.
        keys, texts, ruled, ranges = zip(*chunk, strict=True)
        entries = np.zeros(len(chunk), self._entry)
        entries["windows"] = [len(one) for one in ranges]
        for nth, scores in enumerate(score_texts(texts, ranges, ruled, self.traits, self.embedders)):
            column = entries["traits"][:, nth]
            column["semantic"], column["terms"] = scores.semantic, scores.terms
            best = [places[at] for places, at in zip(ranges, scores.best.tolist(), strict=True)]
            column["start"], column["stop"] = np.array(best, dtype=np.int64).T
        width = self._entry.itemsize
        raw = entries.tobytes()
        return {key: raw[at * width : (at + 1) * width] for at, key in enumerate(keys)}


def _list_traits_by_rules(answers: Sequence[Detections]) -> dict[int, frozenset[str]]:
    """Return for each text the traits that rules of the traits pack found in it."""
    found: dict[int, frozenset[str]] = {}
    for answer in answers:
        for text, _, _, mark in answer.hits:
            if mark.rule.pack == RULES:
                found[text] = found.get(text, frozenset()) | {mark.rule.id.split(".")[1]}
    return found
