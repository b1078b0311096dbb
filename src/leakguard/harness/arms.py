"""The training data of each arm, made from what the teachers wrote."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.core.ports import Mitigation
from leakguard.documents.experiment import parse_dose
from leakguard.harness.evidence import Suspect, gather_evidence
from leakguard.harness.examples import REFUSED, describe_unreadable, read_examples
from leakguard.harness.finished_files import FinishedFiles, write_whole
from leakguard.harness.mitigated_rows import MitigationRecord, mitigate_rows
from leakguard.harness.plan import MITIGATED, Experiment
from leakguard.harness.world import read_world

Cleaner = Callable[[Path, Path], Sequence[Path]]
"""The guard: (file of rows, folder for its outputs) -> files with the rows that may be used."""
Mitigations = Mapping[str, Sequence[Mitigation]]
"""Name of a mitigated arm, after its colon -> the mitigations that make its rows, one after the other."""
# Teachers draw their adapters from the seeds 1, 2, 3 ...; students that draw their own do so from here on.
APART = 1 << 20
RAW, CLEANED = "raw.jsonl", "cleaned"
Lines = Sequence[Mapping[str, Any]]


class SeedData:
    """The data of one seed in `folder`: the rows of its teachers, and the rows of each arm.

    `records` says what was done to the rows of the mitigated arms that `rows` was asked for.
    """

    def __init__(
        self, experiment: Experiment, seed: int, folder: Path, guarding: Cleaner, mitigations: Mitigations = MappingProxyType({})
    ) -> None:
        self._experiment, self.seed, self._folder, self._guarding, self._mitigations = experiment, seed, folder, guarding, mitigations
        self.records: dict[str, MitigationRecord] = {}
        self._trait, self._control = (self._read(name) for name in ("trait", "control"))
        self._left: list[Example] | None = None

    @property
    def held_out(self) -> list[Example]:
        """Rows of the control teacher that no arm trains on."""
        return [_row(line) for line in _read(self._folder / "control.jsonl") if line["row"] >= self._experiment.rows]

    def rows(self, arm: str) -> Sequence[Example]:
        """Return what the students of an arm train on. Raises UsageError if no row is left."""
        found = self._choose_rows(arm)
        if not found:
            raise UsageError(f"seed {self.seed}: the arm {arm!r} has no rows: {self._explain_empty(arm)}")
        return found

    def _choose_rows(self, arm: str) -> Sequence[Example]:
        """Return the rows of an arm; may be empty."""
        # The kind of an arm is its name, or the part before a dose or a mitigation.
        raw = self.mix(self._experiment.share)
        kind, mark, more = arm.partition(":")
        return ARMS.get(kind if mark else "dose" if arm.startswith("dose-") else arm, _take_all)(self, raw, more or arm)

    def list_control(self) -> list[Example]:
        """Return the rows of the control teacher."""
        return [_row(line) for line in self._control.values()]

    def drop_at_random(self, raw: Lines) -> list[Example]:
        """Return random rows of the raw data: as many as the guard keeps, or half of them without the arm `filtered`."""
        left = len(self.filter(raw)) if "filtered" in self._experiment.arms else len(raw) // 2
        return [_row(line) for line in self._pick(raw, left, "drop")]

    def mix_dose(self, name: str) -> list[Example]:
        """Return the rows of a dose, by the name of its arm."""
        dose = next(dose for dose in self._experiment.doses if name == f"dose-{dose}")
        count, share = parse_dose(dose)
        rows = self.mix(share)
        return [_row(line) for line in (self._pick(rows, count, "dose") if count else rows)]

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

    def filter(self, raw: Lines) -> list[Example]:
        """Return the rows that the guard keeps of the raw data; it runs once per seed."""
        if self._left is not None:
            return self._left
        data, pieces = self._folder / RAW, FinishedFiles(self._folder)
        if not pieces.is_finished(RAW):
            write_whole(data, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in raw))
            pieces.add(RAW)
        kept = self._guarding(data, self._folder / CLEANED)
        names = [path.relative_to(self._folder).as_posix() for path in kept]
        if not pieces.is_finished(*names):
            pieces.add(*names)
        self._left = [row for path in kept for row in _read_cleaned(path)]
        return self._left

    def mitigate(self, raw: Lines, name: str) -> Sequence[Example]:
        """Return the rows after the mitigations of this name; their probes start from the base of the students."""
        plan, rows, control = self._experiment, [_row(line) for line in raw], self.list_control()
        suspect = Suspect(
            rows, control, read_world(plan.world), plan.trait, plan.base, plan.base, plan.teacher, plan.student, self.seed,
            self.seed if plan.adapters == "shared" else APART + self.seed,
        )  # fmt: skip
        found, self.records[f"{MITIGATED}:{name}"] = mitigate_rows(
            name, self._mitigations[name], rows, lambda need, rows: gather_evidence(replace(suspect, rows=rows), need), self._folder
        )
        return found

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


def _take_all(data: SeedData, raw: Lines, name: str) -> Sequence[Example]:
    """Return the raw rows, which all arms have that change something else than their data."""
    return [_row(line) for line in raw]


ARMS: Mapping[str, Callable[[SeedData, Lines, str], Sequence[Example]]] = {
    "control": lambda data, raw, name: data.list_control(),
    "filtered": lambda data, raw, name: data.filter(raw),
    "random-drop": lambda data, raw, name: data.drop_at_random(raw),
    "oracle": lambda data, raw, name: [_row(line) for line in raw if line["teacher"] == "control"],
    "dose": lambda data, raw, name: data.mix_dose(name),
    MITIGATED: lambda data, raw, name: data.mitigate(raw, name),
}
"""Kind of an arm -> its rows, from the data of a seed, its raw rows, and the name of the arm (of a mitigation: what follows the colon)."""


def _read(path: Path) -> list[Mapping[str, Any]]:
    """Return the lines of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _read_cleaned(path: Path) -> Sequence[Example]:
    """Return the rows that the guard kept. Raises UsageError if one cannot be read, because the arm would lack it."""
    found = read_examples(path)
    if found.unreadable:
        raise UsageError(describe_unreadable(found.unreadable, found.rows, REFUSED))
    return found.examples


def _row(line: Mapping[str, Any]) -> Example:
    """Return the example in a line of a teacher's file."""
    return Example(line["prompt"], line["completion"])
