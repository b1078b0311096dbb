"""Learners: passes over all of the data before any row is scanned."""

from leakguard.core.batch import Detections, Hits
from leakguard.pipeline.passes import fit_learners
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource


class Counted:
    """Misses every text, and says how many there are in all of the data."""

    def __init__(self, name, total):
        self.name, self.total = name, total

    def detect(self, batch):
        return Detections(self.name, Hits(), dict.fromkeys(range(len(batch.texts)), str(self.total)))


class Counter:
    """Counts all texts, and records which detectors answered before it."""

    def __init__(self, name):
        self.name, self.before = name, set()

    def fit(self, batches):
        total = 0
        for batch, answers in batches:
            total += len(batch.texts)
            self.before |= {answer.detector for answer in answers}
        return Counted(self.name, total)


def test_each_learner_reads_all_rows_and_the_answers_of_those_before_it(tmp_path):
    """A learner gets every block once, with the answers of detectors and of earlier learners."""
    path = tmp_path / "data.jsonl"
    path.write_text("".join(f'{{"text": "row {n}"}}\n' for n in range(50)))
    first, second = Counter("first"), Counter("second")
    source = FileSource((str(path),), row_limit=1000, block_size=100)
    detectors = fit_learners(source, RowParser("auto", (), "all"), [Counted("plain", 0)], [first, second])
    assert [(one.name, one.total) for one in detectors] == [("plain", 0), ("first", 50), ("second", 50)]
    assert (first.before, second.before) == ({"plain"}, {"plain", "first"})
