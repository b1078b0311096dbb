"""The judge: a chat model's verdicts on texts, looked up; and attempts to steer it, which nobody has to be asked about."""

from collections.abc import Mapping, Sequence

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.judge.outcome import JudgeOutcome
from leakguard.detectors.judge.selection import digest

PASSED = JudgeOutcome(judged=False)
"""The outcome of a text that needs no judge."""
_UNKNOWN = "the judge has not seen this text"


class JudgeDetector:
    """Answers from a table of outcomes (digest -> index into `outcomes`). `failed`: why no verdict counts; empty if they do."""

    name = "judge"

    def __init__(self, table: Mapping[bytes, int], outcomes: Sequence[JudgeOutcome], finder: InjectionFinder, failed: str = "") -> None:
        self._table, self._outcomes, self._finder, self._failed = table, outcomes, finder, failed

    def detect(self, batch: Batch) -> Detections:
        """Verdicts as hits over the whole text, attempts to steer as hits where they stand; what has no verdict is missed."""
        hits, missed = self._finder.find(batch)
        for at, text in enumerate(batch.texts):
            if text.strip():
                found, why = self._look_up(at, text)
                hits += found
                if why:
                    missed.setdefault(at, why)
        return Detections(self.name, Hits.of(sorted(hits, key=lambda hit: hit[:3])), missed)

    def _look_up(self, at: int, text: str) -> tuple[list[Hit], str]:
        number = self._table.get(digest(text))
        outcome = JudgeOutcome(missed=_UNKNOWN) if number is None else self._outcomes[number]
        if self._failed and outcome != PASSED:
            return [], self._failed
        return [(at, 0, len(text), mark) for mark in outcome.marks], outcome.missed
