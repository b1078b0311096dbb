"""The training data of each arm from files of a user, in place of what teachers wrote."""

import random
from collections.abc import Sequence
from pathlib import Path

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.examples import REFUSED, describe_unreadable, read_examples
from leakguard.harness.mitigated_rows import MitigationRecord, read_record
from leakguard.harness.plan import GIVEN, Experiment, GivenFiles

# At most one of this many control rows is held out for the loss.
HELD = 4


class GivenData:
    """The rows of each arm for one seed, read from the files of an experiment. Raises UsageError for an unreadable row.

    The held-out rows are drawn from the control rows, the same for every seed; no arm trains on them: rows that another file has too are
    not drawn. `records` says what was done to the rows of the mitigated arm.
    """

    def __init__(self, experiment: Experiment, files: GivenFiles, seed: int) -> None:
        control, raw, mitigated = read_rows(files.control), read_rows(files.raw), read_rows(files.mitigated)
        filtered = [row for path in files.filtered for row in read_rows(path)]
        held = {*choose_held_out(control, [*raw, *mitigated, *filtered], experiment.held_out)}
        self.seed = seed
        self.held_out = [row for at, row in enumerate(control) if at in held]
        self.records: dict[str, MitigationRecord] = {GIVEN: read_record(dict(files.record))}
        self._raw = raw
        self._rows: dict[str, Sequence[Example]] = {
            "control": [row for at, row in enumerate(control) if at not in held],
            "filtered": filtered,
            GIVEN: mitigated,
        }

    def rows(self, arm: str) -> Sequence[Example]:
        """Return what the students of an arm train on. Raises UsageError if there is no row."""
        found = self._drop_at_random() if arm == "random-drop" else self._rows.get(arm, self._raw)
        if not found:
            raise UsageError(f"the arm {arm!r} has no rows: its file is empty")
        return found

    def _drop_at_random(self) -> Sequence[Example]:
        """Return random raw rows: as many as the filter kept, or as the mitigation did not drop; half of them if nothing was dropped."""
        filtered, dropped = len(self._rows["filtered"]), self.records[GIVEN].dropped
        left = min(filtered or (len(self._raw) - dropped if dropped else len(self._raw) // 2), len(self._raw))
        return [self._raw[at] for at in sorted(random.Random(f"drop {self.seed}").sample(range(len(self._raw)), left))]


def choose_held_out(control: Sequence[Example], others: Sequence[Example], most: int) -> list[int]:
    """Return the places of control rows to hold out: at most `most` and a quarter of them, and none that `others` have too."""
    trained = {(row.prompt, row.completion) for row in others}
    free = [at for at, row in enumerate(control) if (row.prompt, row.completion) not in trained]
    return random.Random("held out").sample(free, min(most, len(control) // HELD, len(free)))


def read_rows(path: str) -> Sequence[Example]:
    """Return the examples of a file. Raises UsageError for a file with an unreadable row, or without any row."""
    found = read_examples(Path(path))
    if found.unreadable:
        raise UsageError(f"{describe_unreadable(found.unreadable, found.rows, REFUSED)}; repair or remove it")
    if not found.examples:
        raise UsageError(f"{path}: there are no rows in this file")
    return found.examples
