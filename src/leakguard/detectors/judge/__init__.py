"""The judge detector: report a chat model's verdicts on texts, and texts with instructions to the model."""

from collections.abc import Mapping, Sequence

from leakguard.core.batch import Batch, Detections, Hit, Hits
from leakguard.core.judge_stats import Judged
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.judge.outcome import JudgeOutcome
from leakguard.detectors.judge.selection import digest

PASSED = JudgeOutcome(judged=False)
"""The outcome of a text that is not sent to the judge."""
_UNKNOWN = "the judge has not seen this text"


class JudgeDetector:
    """Looks up a judge's verdicts in a table: digest of a text -> index into `outcomes`.

    If the judge failed (`statistics.failed`), all verdicts are discarded and every text that was judged is missed.
    """

    name = "judge"

    def __init__(self, table: Mapping[bytes, int], outcomes: Sequence[JudgeOutcome], finder: InjectionFinder, statistics: Judged) -> None:
        self._table, self._outcomes, self._finder = table, outcomes, finder
        self.statistics = statistics

    def detect(self, batch: Batch) -> Detections:
        """Return verdicts as hits over whole texts and injections as hits at their spans; texts without a verdict are missed."""
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
        if self.statistics.failed and outcome != PASSED:
            return [], self.statistics.failed
        return [(at, 0, len(text), mark) for mark in outcome.marks], outcome.missed
