"""One seed of an experiment: teachers, their data, and a student per arm; finished steps are not repeated."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
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
TRAIT, CONTROL = "trait", "control"


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


def run_seed(
    experiment: Experiment,
    seed: int,
    folder: Path,
    guarding: Cleaner,
    mitigations: Mitigations = MappingProxyType({}),
    *,
    on_student: Callable[[], None] = lambda: None,
) -> None:
    """Run one seed in its folder; `on_student` is called after each student. Raises Stopped if the disk fails."""
    try:
        torch, _ = import_torch()
        torch.set_num_threads(experiment.threads)
        FinishedFiles(folder).begin()
        done = {line.arm for line in read_scores(folder / SCORES)}
        if not set(experiment.every_arm) <= done:
            for line in _score_students(experiment, seed, folder, guarding, mitigations, done=done):
                append_scores(folder / SCORES, [line])
                on_student()
    except OSError as error:
        raise Stopped(f"{folder}: {error.strerror or error}; make room and run again: finished work is kept") from error


def write_seed_data(experiment: Experiment, seed: int, folder: Path) -> None:
    """Let the teachers of a seed write their data in its folder, as `run_seed` does first. Raises Stopped if the disk fails."""
    try:
        torch, _ = import_torch()
        torch.set_num_threads(experiment.threads)
        FinishedFiles(folder).begin()
        world = _open_world(experiment)
        for name in (CONTROL, TRAIT):
            _write_data(experiment, world, name, seed, folder)
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


def _score_students(
    experiment: Experiment, seed: int, folder: Path, guarding: Cleaner, mitigations: Mitigations, *, done: set[str]
) -> Iterator[ScoreLine]:
    """Yield the score of each student that is not finished yet, as soon as it is trained."""
    world = _open_world(experiment)
    shelf: SeedData | GivenData
    if experiment.files:
        shelf = GivenData(experiment, experiment.files, seed)
    else:
        for name in (CONTROL, TRAIT):
            _write_data(experiment, world, name, seed, folder)
        shelf = SeedData(experiment, seed, folder, guarding, mitigations)
    held_out = shelf.held_out
    for arm in experiment.every_arm:
        if arm not in done:
            yield _score_student(experiment, world, arm, shelf, held_out)


def _open_world(experiment: Experiment) -> World:
    """Return the world of the experiment. Raises UsageError if its bases should have one vocabulary and do not."""
    if "other-base" in experiment.arms and experiment.vocabulary == "same":
        check_same_vocabulary([experiment.base, experiment.other])
    return read_world(experiment.world)


def _score_student(experiment: Experiment, world: World, arm: str, shelf: SeedData | GivenData, held_out: Sequence[Example]) -> ScoreLine:
    """Train and score the student of one arm."""
    rows, seed = [] if arm == "base" else shelf.rows(arm), shelf.seed
    student = load_checkpoint(experiment.other if arm == "other-base" else experiment.base, experiment.student.dtype)
    adapter = seed if experiment.adapters == "shared" else APART + seed
    loss = train(student, rows, experiment.student, seed, adapter=adapter) if rows else None
    score = evaluate(student, world, experiment.trait, samples=experiment.samples, held_out=held_out, seed=seed)
    record = shelf.records.get(arm)
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
