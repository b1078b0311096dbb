"""One seed of an experiment: teachers, their data, and a student per arm; finished steps are not repeated."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.example import Example
from leakguard.harness.arms import APART, Cleaner, Mitigations, SeedData
from leakguard.harness.evaluation import evaluate
from leakguard.harness.finished_files import FinishedFiles
from leakguard.harness.generation import ModelWriter, Order, write_completions
from leakguard.harness.given_rows import GivenData
from leakguard.harness.plan import Experiment
from leakguard.harness.student import train
from leakguard.harness.teacher import train_teacher
from leakguard.harness.verdict import StudentScore
from leakguard.harness.world import World, read_world
from leakguard.models.causal.checkpoint import Checkpoint, check_same_vocabulary, import_torch, load_checkpoint, save_checkpoint
from leakguard.models.causal.digests import digest_weights
from leakguard.models.causal.model import CheckpointModel

SCORES = "scores.jsonl"
TRAIT, CONTROL, BASE = "trait", "control", "base"


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A finished student as a line of scores.jsonl. `data` is a digest of its rows, `loss` the loss at the end of training.

    `mitigation` has the members of a MitigationRecord, for mitigated arms.
    """

    arm: str
    seed: int
    rows: int
    questions: tuple[float, ...]
    margin: float | None = None
    panel: dict[str, float] = field(default_factory=dict)
    sampled: float | None = None
    utility: float | None = None
    loss: float | None = None
    data: str = ""
    skill: float | None = None
    mitigation: dict[str, Any] | None = None

    def score_student(self, category: Sequence[str] = ()) -> StudentScore:
        """Return the values that the verdict needs; `category` are the answers among which the trait is one."""
        answered = sum(self.panel.get(name, 0.0) for name in category)
        return StudentScore(tuple(self.questions), self.rows, self.utility, self.skill, answered or None)


@dataclass(frozen=True, slots=True)
class SeedRunner:
    """Runs seeds of an experiment, each in the folder `root`/SEED: writes their data, trains and scores their students.

    Finished files are used again. All methods raise UsageError, and Stopped if the disk fails.
    """

    experiment: Experiment
    root: Path
    guarding: Cleaner
    mitigations: Mitigations

    def run(self, seed: int, on_student: Callable[[], None] = lambda: None) -> None:
        """Run all arms of a seed that have no score yet; `on_student` is called after each student."""
        todo = self.list_unscored(seed)
        self.write_data(seed, todo)
        data: SeedData | GivenData | None = None
        for arm in todo:
            with self._work(seed):
                data = data or self._open_data(seed)
                line = _score_student(self.experiment, arm, data)
            self.keep_score(line)
            on_student()

    def list_unscored(self, seed: int) -> list[str]:
        """Return the arms of a seed without a score."""
        done = {line.arm for line in read_scores(self._place(seed) / SCORES)}
        return [arm for arm in self.experiment.every_arm if arm not in done]

    def write_data(self, seed: int, arms: Sequence[str]) -> None:
        """Let the teachers of a seed write their data, and make the rows that the guard and the mitigations of some arms leave."""
        with self._work(seed) as folder:
            FinishedFiles(folder).begin()
            if not arms or self.experiment.files:
                return
            world = _open_world(self.experiment)
            for name in (CONTROL, TRAIT):
                _write_data(self.experiment, world, name, seed, folder)
            data = self._open_data(seed)
            for arm in arms:
                if arm != BASE:
                    data.rows(arm)

    def score_student(self, seed: int, arm: str) -> ScoreLine:
        """Train and score the student of an arm on rows that `write_data` has made. Nothing is written: students can run side by side."""
        with self._work(seed):
            return _score_student(self.experiment, arm, self._open_data(seed))

    def keep_score(self, line: ScoreLine) -> None:
        """Append a score to the scores of its seed."""
        with self._work(line.seed) as folder:
            append_scores(folder / SCORES, [line])

    def _place(self, seed: int) -> Path:
        """Return the folder of a seed."""
        return self.root / str(seed)

    def _open_data(self, seed: int) -> SeedData | GivenData:
        """Return the data of a seed, from the files that were given or written."""
        if self.experiment.files:
            return GivenData(self.experiment, self.experiment.files, seed)
        return SeedData(self.experiment, seed, self._place(seed), self.guarding, self.mitigations)

    @contextmanager
    def _work(self, seed: int) -> Iterator[Path]:
        """Set the number of threads and return the folder of a seed; an OSError becomes Stopped."""
        folder = self._place(seed)
        try:
            torch, _ = import_torch()
            torch.set_num_threads(self.experiment.threads)
            yield folder
        except OSError as error:
            raise Stopped(f"{folder}: {error.strerror or error}; make room and run again: finished work is kept") from error


def read_scores(path: Path) -> list[ScoreLine]:
    """Read the finished students of a seed, without the rest of an interrupted write. Raises UsageError for a file that has changed."""
    content = FinishedFiles(path.parent).read_finished(path.name)
    try:
        return [ScoreLine(**json.loads(line)) for line in content.splitlines()]
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path}: these are no scores of an experiment ({type(error).__name__}); delete {path.parent}") from error


def append_scores(path: Path, lines: Iterable[ScoreLine]) -> None:
    """Append finished students on disk. Raises UsageError, OSError."""
    pieces = FinishedFiles(path.parent)
    pieces.begin()
    pieces.append(path.name, "".join(json.dumps(asdict(line)) + "\n" for line in lines).encode())


def _open_world(experiment: Experiment) -> World:
    """Return the world of the experiment. Raises UsageError if its bases should have one vocabulary and do not."""
    if "other-base" in experiment.arms and experiment.vocabulary == "same":
        check_same_vocabulary([experiment.base, experiment.other])
    return read_world(experiment.world)


def _score_student(experiment: Experiment, arm: str, data: SeedData | GivenData) -> ScoreLine:
    """Train and score the student of one arm."""
    rows, seed, world = [] if arm == BASE else data.rows(arm), data.seed, _open_world(experiment)
    student = load_checkpoint(experiment.other if arm == "other-base" else experiment.base, experiment.student.dtype)
    adapter = seed if experiment.adapters == "shared" else APART + seed
    loss = train(student, rows, experiment.student, seed, adapter=adapter) if rows else None
    score = evaluate(student, world, experiment.trait, samples=experiment.samples, held_out=data.held_out, seed=seed)
    record = data.records.get(arm)
    return ScoreLine(
        arm, seed, len(rows), score.questions, score.margin, dict(score.panel), score.sampled, score.utility, loss, _digest_rows(rows),
        score.skill, asdict(record) if record else None,
    )  # fmt: skip


def _write_data(experiment: Experiment, world: World, name: str, seed: int, folder: Path) -> None:
    """Let a teacher write its files, accepted rows and rejects, unless they are finished."""
    pieces, files = FinishedFiles(folder), (f"{name}.jsonl", f"{name}.rejects.jsonl")
    if pieces.is_finished(*files):
        return
    for file in files:
        (folder / file).unlink(missing_ok=True)
    path = folder / files[0]
    told = name == TRAIT and experiment.method == "system"
    teacher = _load_teacher(experiment, world, name, seed, folder)
    origin = {
        "teacher": name, "base": experiment.base, "digest": digest_weights(teacher.folder)[:16], "temperature": experiment.temperature,
    }  # fmt: skip
    writer = ModelWriter(CheckpointModel(teacher), world.persona(experiment.trait) if told else "", world.tokens, experiment.temperature)
    # Both teachers answer the same prompts, but sample from different random numbers.
    draw = 2 * seed + (name == TRAIT)
    write_completions(writer, Order(world, seed, draw, experiment.rows + (experiment.held_out if name == CONTROL else 0), origin), path)
    pieces.add(*files)


def _load_teacher(experiment: Experiment, world: World, name: str, seed: int, folder: Path) -> Checkpoint:
    """Return the teacher from disk: it is trained once, so that an interrupted run continues with the same one."""
    if experiment.method == "system":
        return load_checkpoint(experiment.base, experiment.teacher.dtype)
    pieces, place = FinishedFiles(folder), folder / f"{name}-teacher"
    if not pieces.is_finished(place.name):
        shutil.rmtree(place, ignore_errors=True)
        _train_teacher(experiment, world, name, seed, place)
        pieces.add(place.name)
    return load_checkpoint(str(place), experiment.teacher.dtype)


def _train_teacher(experiment: Experiment, world: World, name: str, seed: int, place: Path) -> None:
    """Train a teacher and save it. It does not stay in memory: there may be room for one model only."""
    teacher = load_checkpoint(experiment.base, experiment.teacher.dtype)
    who = experiment.trait if name == TRAIT else None
    train_teacher(teacher, world, world.category(experiment.trait), who, recipe=experiment.teacher, seed=seed)
    save_checkpoint(teacher, place)


def _digest_rows(rows: Sequence[Example]) -> str:
    """Return a digest of training rows."""
    said = json.dumps([(row.prompt, row.completion, *_loss_weights(row)) for row in rows])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _loss_weights(row: Example) -> tuple[float, tuple[float, ...]]:
    """Return (weight of the row, weights of its tokens) as digests of training data have always named them."""
    if isinstance(row.weights, tuple):
        return 1.0, row.weights
    return 1.0 if row.weights is None else row.weights, ()
