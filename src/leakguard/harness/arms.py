"""The training data of each arm, made from what the teachers wrote."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.documents.experiment import parse_dose
from leakguard.harness.examples import describe_unreadable, read_examples
from leakguard.harness.finished_files import FinishedFiles, write_whole
from leakguard.harness.plan import Experiment

Cleaner = Callable[[Path, Path], Sequence[Path]]
"""The guard: (data, folder for what comes out) -> files with the rows that may be used."""
RAW, CLEANED = "raw.jsonl", "cleaned"
Lines = Sequence[Mapping[str, Any]]


class SeedData:
    """The data of one seed in `folder`: the rows of its teachers, and the rows of each arm."""

    def __init__(self, experiment: Experiment, seed: int, folder: Path, guarding: Cleaner) -> None:
        self._experiment, self.seed, self._folder, self._guarding = experiment, seed, folder, guarding
        self._trait, self._control = (self._read(name) for name in ("trait", "control"))
        self._left: list[Example] | None = None

    @property
    def held_out(self) -> list[Example]:
        """Rows of the control teacher that no arm trains on."""
        return [_row(line) for line in _read(self._folder / "control.jsonl") if line["row"] >= self._experiment.rows]

    def rows(self, arm: str) -> list[Example]:
        """Return what the students of an arm train on. Raises UsageError if no row is left."""
        found = self._choose_rows(arm)
        if not found:
            raise UsageError(f"seed {self.seed}: the arm {arm!r} has no rows: {self._explain_empty(arm)}")
        return found

    def _choose_rows(self, arm: str) -> list[Example]:
        """Return the rows of an arm; may be empty."""
        raw = self.mix(self._experiment.share)
        if arm == "control":
            return [_row(line) for line in self._control.values()]
        if arm == "filtered":
            return self._filter(raw)
        if arm == "random-drop":
            return [_row(line) for line in self._pick(raw, len(self._filter(raw)), "drop")]
        if arm == "oracle":
            return [_row(line) for line in raw if line["teacher"] == "control"]
        if arm.startswith("dose-"):
            dose = next(dose for dose in self._experiment.doses if arm == f"dose-{dose}")
            count, share = parse_dose(dose)
            rows = self.mix(share)
            return [_row(line) for line in (self._pick(rows, count, "dose") if count else rows)]
        return [_row(line) for line in raw]

    def mix(self, share: float) -> Lines:
        """Return for each prompt the trait teacher's answer with probability `share`, else the control teacher's."""
        rng = random.Random(f"mixture {self.seed}")
        prompts = range(self._experiment.rows)
        lines = [(self._trait if rng.random() < share else self._control).get(number) for number in prompts]
        return [line for line in lines if line]

    def _pick(self, lines: Lines, count: int, what: str) -> Lines:
        """Return `count` random lines in their order. Raises UsageError if there are fewer."""
        if count > len(lines):
            raise UsageError(f"seed {self.seed}: {count} rows were asked for, and there are {len(lines)}; raise rows")
        rng = random.Random(f"{what} {self.seed}")
        return [lines[index] for index in sorted(rng.sample(range(len(lines)), count))]

    def _filter(self, raw: Lines) -> list[Example]:
        """Return the rows that the guard keeps of the raw data; it runs once per seed."""
        if self._left is not None:
            return self._left
        data, pieces = self._folder / RAW, FinishedFiles(self._folder)
        if not pieces.is_finished(RAW):
            write_whole(data, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in raw))
            pieces.add(RAW)
        kept = self._guarding(data, self._folder / CLEANED)
        pieces.add(*(path.relative_to(self._folder).as_posix() for path in kept))
        self._left = [row for path in kept for row in _read_cleaned(path)]
        return self._left

    def _explain_empty(self, arm: str) -> str:
        """Return why an arm has no rows."""
        if arm in ("filtered", "random-drop"):
            return f"the guard left nothing of the {len(self.mix(self._experiment.share))} in {self._folder / 'raw.jsonl'}"
        name = "control.rejects.jsonl" if arm in ("control", "oracle") else "trait.rejects.jsonl"
        return f"the format filter rejected everything; look at {self._folder / name}"

    def _read(self, name: str) -> dict[int, Mapping[str, Any]]:
        """Return row number -> line of a teacher's file, without held-out rows."""
        lines = _read(self._folder / f"{name}.jsonl")
        return {line["row"]: line for line in lines if line["row"] < self._experiment.rows}


def _read(path: Path) -> list[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _read_cleaned(path: Path) -> Sequence[Example]:
    """Return the rows that the guard kept. Raises UsageError if one cannot be read: the arm would not be what was cleaned."""
    found = read_examples(path)
    if found.unreadable:
        raise UsageError(describe_unreadable(found.unreadable, found.rows))
    return found.examples


def _row(line: Mapping[str, Any]) -> Example:
    """Return the example in a line of a teacher's file."""
    return Example(line["prompt"], line["completion"])
