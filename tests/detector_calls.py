"""Texts in, findings out: the shortest way to ask a detector."""

from typing import NamedTuple

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.rule import Severity


class Found(NamedTuple):
    """One hit, in values that can be compared between detectors."""

    start: int
    end: int
    rule: str
    severity: Severity
    form: str
    profile: str


def batch_of(texts):
    """A batch in which every text is a row of its own."""
    count = len(texts)
    lines = [b'{"n":%d}' % number for number in range(count)]
    return Batch("texts", 1, 0, lines, [{}] * count, list(texts), range(count), (), count, lambda row: (), lambda row, nth: (0, "text"))


def look(detector, texts):
    """For each text what the detector found in it, sorted; nothing may have been missed."""
    answer = detector.detect(batch_of(texts))
    assert not answer.missed
    found = [[] for _ in texts]
    for text, start, end, mark in answer.hits:
        found[text].append(Found(start, end, mark.rule.id, mark.severity, mark.form, mark.profile))
    return [sorted(one) for one in found]


def look_at(detector, text):
    """What the detector found in one text."""
    return look(detector, [text])[0]


def ids(found):
    """Ids of the rules that fired."""
    return {one.rule for one in found}


BOOM = "666"


class Nervous:
    """Fails on every batch that holds the number of the beast."""

    name = "nervous"

    def detect(self, batch):
        if any(BOOM in text for text in batch.texts):
            raise ValueError("not that number")
        return Detections(self.name, Hits())


class Shy:
    """Cannot look at texts that hold the number of the beast."""

    name = "shy"

    def detect(self, batch):
        return Detections(self.name, Hits(), {at: "will not look" for at, text in enumerate(batch.texts) if BOOM in text})
