"""A detector that calls another one and drops the findings that a baseline accepts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.finding import fingerprint
from leakguard.core.ports import Detector


class BaselineFilter:
    """Calls another detector and drops findings with an accepted fingerprint; `accepted` maps fingerprints to rule ids."""

    def __init__(self, detector: Detector, fingerprints: Mapping[str, str]) -> None:
        self.name = detector.name
        self._detector = detector
        self._fingerprints = frozenset(fingerprints)
        self._rules = frozenset(fingerprints.values())

    def detect(self, batch: Batch) -> Detections:
        """Return the other detector's result without accepted findings, which it counts by fingerprint.

        Fingerprints are computed only for hits of rules that have accepted findings.
        """
        answer = self._detector.detect(batch)
        hits = answer.hits
        known = np.array([mark.rule.id in self._rules for mark in hits.marks], dtype=bool)
        if not known.any():
            return answer
        out = np.zeros(len(hits), dtype=bool)
        accepted: Counter[str] = Counter()
        for at in np.flatnonzero(known[np.asarray(hits.mark)]).tolist():
            text = hits.text[at]
            quote = batch.texts[text][hits.start[at] : hits.end[at]]
            found = fingerprint(hits.marks[hits.mark[at]].rule.id, batch.identity(batch.owners[text]), quote)
            if found in self._fingerprints:
                out[at] = True
                accepted[found] += 1
        if not accepted:
            return answer
        text, start, end, mark = (np.asarray(column)[~out].tolist() for column in (hits.text, hits.start, hits.end, hits.mark))
        return replace(answer, hits=Hits(text, start, end, mark, hits.marks), accepted=dict(accepted))
