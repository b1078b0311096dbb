"""The semantic pass over all data: score the control, then every distinct text once, and compute p-values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakguard.core.batch import Batch, Detections
from leakguard.core.errors import SettingsError
from leakguard.core.ports import Embedder
from leakguard.core.similarity import Similarity, TraitMatches
from leakguard.detectors.semantic import SemanticDetector
from leakguard.detectors.semantic.contrast import Scores
from leakguard.detectors.semantic.measure import score_texts
from leakguard.detectors.semantic.score_store import CONTROL, DATA, Scored, ScoreStore, Table, digest_of
from leakguard.detectors.semantic.trait_scorer import TraitScorer
from leakguard.detectors.semantic.windows import MOST, has_no_words, split_windows
from leakguard.stats.conformal import count_needed_controls, rank_controls, rank_scores
from leakguard.stats.multiple_testing import benjamini_hochberg, bonferroni

CHUNK, AT_ONCE = 8192, 256
"""Number of windows in memory (some tens of megabytes), and of windows that are embedded between two progress reports."""
_TRAITS = "traits"
Batches = Iterable[tuple[Batch, Sequence[Detections]]]
_Text = tuple[bytes, str, frozenset[str], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Control:
    """The control texts of the calibration: other data, or (`batches` is None) each trait's ordinary texts. `words` describes them."""

    words: str
    batches: Callable[[], Batches] | None = None


@dataclass(frozen=True, slots=True)
class SemanticLearner:
    """Scores all texts for all traits, and returns a detector. `rate` is the expected share of control texts that are flagged.

    `on_windows` is called with (windows embedded, windows in memory) while texts are embedded.
    """

    traits: tuple[TraitScorer, ...]
    embedder: Embedder
    control: Control
    store: ScoreStore
    rate: float
    name: str = "semantic"
    on_windows: Callable[[int, int], None] = lambda done, of: None

    def fit(self, batches: Batches) -> SemanticDetector:
        """Calibrate on the control, score all texts, and return a detector that looks up the scores.

        Raises SettingsError for a control that is too small for the rate.
        """
        self.store.clear()
        controls = self._score_control() if self.control.batches else [one.ordinary for one in self.traits]
        self._check_size(controls)
        texts = 0
        wordless = _Counter()
        for chunk in self._chunks(DATA, batches, wordless):
            texts += len(chunk)
            self._keep(chunk, controls)
        self.store.commit()
        limits = tuple(benjamini_hochberg(self.store.counts(DATA, nth), self.rate) for nth in range(len(self.traits)))
        statistics = Similarity(
            model=self.embedder.name,
            digest=self.embedder.digest,
            rate=self.rate,
            control=self.control.words,
            control_texts=min(map(len, controls)),
            texts=texts,
            wordless=wordless.value,
            traits=tuple(self._count_matches(nth, limit) for nth, limit in enumerate(limits)),
        )
        self.store.close()
        return SemanticDetector(self.store, tuple(one.marks for one in self.traits), limits, statistics)

    def _score_control(self) -> list[Scores]:
        """Score the control data and return the sorted scores per trait; control texts get p-values too, each against all others."""
        assert self.control.batches
        for chunk in self._chunks(CONTROL, self.control.batches(), _Counter()):
            self._keep(chunk, None)
        controls = [np.array(self.store.combined(CONTROL, nth)) for nth in range(len(self.traits))]
        for nth, scores in enumerate(controls):
            distinct = np.unique(scores)
            self.store.rank(CONTROL, zip(rank_controls(scores, distinct).tolist(), [nth] * len(distinct), distinct.tolist(), strict=True))
        return controls

    def _check_size(self, controls: Sequence[Scores]) -> None:
        there, needed = min(map(len, controls)), count_needed_controls(self.rate)
        if there < needed:
            raise SettingsError(
                f"`control`: {self.control.words} has {there:,} distinct texts with words, and a false-positive rate of {self.rate:g} "
                f"takes at least {needed:,}: give more control data, or a higher `fpr`"
            )

    def _chunks(self, table: Table, batches: Batches, wordless: "_Counter") -> Iterator[list[_Text]]:
        """Yield new distinct texts with words, as many at a time as make CHUNK windows. Texts without words are only counted."""
        chunk: list[_Text] = []
        held = 0
        for batch, answers in batches:
            ruled = _traits_by_rules(answers)
            names = [digest_of(text) for text in batch.texts]
            for index, (digest, new) in enumerate(zip(names, self.store.new(table, names), strict=True)):
                text = batch.texts[index]
                if not new or has_no_words(text):
                    wordless.value += new
                    continue
                ranges = split_windows(text, self.embedder.limit)
                if len(ranges) > MOST:
                    self.store.miss(table, digest, f"too long to be looked at for meaning: {len(ranges):,} windows, at most {MOST:,}")
                    continue
                chunk.append((digest, text, ruled.get(index, frozenset()), ranges))
                held += len(ranges)
                if held >= CHUNK:
                    yield chunk
                    chunk, held = [], 0
        if chunk:
            yield chunk

    def _keep(self, chunk: Sequence[_Text], controls: Sequence[Scores] | None) -> None:
        """Score a chunk of texts and store the scores. Without `controls` the chunk is control data, whose p-values are set later."""
        digests, texts, ruled, ranges = zip(*chunk, strict=True)
        looks = np.array([len(one) for one in ranges], dtype=np.float64)
        for nth, found in enumerate(score_texts(texts, ranges, ruled, self.traits, self._embed)):
            p = np.ones(len(texts)) if controls is None else rank_scores(controls[nth], found.combined)
            if controls is not None and not self.control.batches:
                p = bonferroni(p, looks)
            columns = zip(found.semantic.tolist(), found.terms.tolist(), found.combined.tolist(), p.tolist(), found.best, strict=True)
            self.store.put(
                DATA if controls is not None else CONTROL,
                (
                    (digest, Scored(nth, semantic, terms, combined, one, *places[best]))
                    for digest, places, (semantic, terms, combined, one, best) in zip(digests, ranges, columns, strict=True)
                ),
            )

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector per text; texts are sorted by length and embedded AT_ONCE at a time, so that batches need little padding."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        pieces = []
        self.on_windows(0, len(texts))
        for start in range(0, len(texts), AT_ONCE):
            pieces.append(self.embedder.embed([texts[at] for at in order[start : start + AT_ONCE]]))
            self.on_windows(min(start + AT_ONCE, len(texts)), len(texts))
        vectors = np.concatenate(pieces)
        out = np.empty_like(vectors)
        out[order] = vectors
        return out

    def _count_matches(self, nth: int, limit: float) -> TraitMatches:
        counts = list(self.store.counts(DATA, nth))
        flagged = sum(count for p, count in counts if p <= self.rate)
        return TraitMatches(self.traits[nth].trait.id, flagged, sum(count for p, count in counts if p <= min(limit, self.rate)))


@dataclass(slots=True)
class _Counter:
    value: int = 0


def _traits_by_rules(answers: Sequence[Detections]) -> dict[int, frozenset[str]]:
    """Return for each text the traits that rules of the traits pack found in it."""
    found: dict[int, frozenset[str]] = {}
    for answer in answers:
        for text, _, _, mark in answer.hits:
            if mark.rule.pack == _TRAITS:
                found[text] = found.get(text, frozenset()) | {mark.rule.id.split(".")[1]}
    return found
