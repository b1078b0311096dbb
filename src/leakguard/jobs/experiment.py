"""Experiments: generate data, train, evaluate, run a whole experiment, and write its report; the guard is the one of `clean`."""

import io
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError, Stopped, UsageError
from leakguard.core.example import Example
from leakguard.core.fields import Field
from leakguard.core.judge_stats import Spent
from leakguard.core.suggest import suggest_names
from leakguard.documents.experiment import ExperimentResult
from leakguard.documents.model_score import Score
from leakguard.harness.endpoint import TIMEOUT, connect_writer
from leakguard.harness.evaluation import evaluate
from leakguard.harness.examples import describe_unreadable, read_examples
from leakguard.harness.generation import ModelWriter, Order, Writer, write_completions
from leakguard.harness.plan import Experiment, read_experiment
from leakguard.harness.recipe import Recipe, change_recipe
from leakguard.harness.run import Progress, run_experiment
from leakguard.harness.student import Monitor, OnStep, train
from leakguard.harness.teacher import draw_course
from leakguard.harness.world import World, read_world
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.endpoints import check_endpoint, read_endpoint_key
from leakguard.jobs.build.mitigations import MITIGATIONS, build_mitigations
from leakguard.jobs.build.policy import build_policy
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.verify import is_cleaned
from leakguard.models.causal.checkpoint import load_checkpoint, save_checkpoint
from leakguard.models.causal.model import CheckpointModel
from leakguard.models.causal.throughput import Throughput
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import Budget, UsageMeter
from leakguard.models.endpoint.openai import Endpoint, Sampling
from leakguard.reports.experiment.pictures import draw_pictures
from leakguard.reports.experiment.webpage import render_webpage
from leakguard.settings import Settings, override
from leakguard.settings.files import anchor_paths
from leakguard.settings.plan import resolve

REPORT, CACHE = "report.html", "teacher.sqlite"


@dataclass(frozen=True, slots=True)
class Clean:
    """The guard of an experiment: cleans a file into a folder by `settings`, unless that folder is the finished result of the same."""

    settings: Settings

    def __call__(self, data: Path, folder: Path) -> Sequence[Path]:
        """Return the files of kept rows, whole and redacted. Raises Stopped if rows could not be checked, UsageError for another's
        folder.
        """
        if not is_cleaned(resolve(self.settings), data, folder):
            self._clean(data, folder)
        return [path for fate in ("kept", "redacted") if (path := folder / fate / data.name).is_file()]

    def _clean(self, data: Path, folder: Path) -> None:
        """Clean the data into a new folder. Raises Stopped, KeyboardInterrupt."""
        shutil.rmtree(folder, ignore_errors=True)
        plan, target = resolve(self.settings), CleanTarget(folder)
        result = clean_files(plan, [str(data)], target, stdin=io.BytesIO(), clock=time.monotonic, on_progress=lambda progress: None)
        if result.interrupted:
            raise KeyboardInterrupt
        if result.tally.undetermined:
            who = ", ".join(name for name, rows in result.tally.missed_by.items() if rows)
            raise Stopped(
                f"{data}: the guard could not look at {result.tally.undetermined:,} of {result.tally.seen:,} rows ({who}); run again, "
                'or say in [guard] what shall become of such rows: policy = { undetermined = "remove" }'
            )


def read_plan(path: Path, seeds: int | None = None) -> tuple[Experiment, Clean]:
    """Return the experiment in a file, perhaps with another number of seeds, and its guard. Raises UsageError."""
    experiment = read_experiment(path, tuple(MITIGATIONS))
    if seeds is not None:
        experiment = replace(experiment, seeds=seeds)
    return experiment, Clean(_read_guard(path, experiment.guard))


def run(experiment: Experiment, folder: Path, clean: Clean, *, workers: int, on_progress: Progress) -> ExperimentResult:
    """Run an experiment. Raises UsageError before anything is trained if the guard's settings cannot be met."""
    if "filtered" in experiment.arms:
        plan = resolve(clean.settings)
        build_policy(plan.policy, build_guard(plan))
    settings = Field(dict(experiment.mitigations), source=f"{experiment.name}: [mitigations]", error=SettingsError)
    mitigations = build_mitigations(experiment.mitigated, settings)
    return run_experiment(experiment, folder, clean, mitigations, workers=workers, on_progress=on_progress)


def write_report(folder: Path, result: ExperimentResult, *, png: bool = False) -> Path:
    """Write NAME.svg (and NAME.png) for every picture, and report.html; return its path. Raises Stopped if the disk fails."""
    drawn = draw_pictures(result)
    files = {f"{name}.svg": picture for name, picture in drawn.items()}
    if png:
        files |= {f"{name}.png": picture for name, picture in draw_pictures(result, "png").items()}
    try:
        for name, data in {**files, REPORT: render_webpage(result, drawn).encode()}.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise Stopped(f"{folder}: the report cannot be written: {error.strerror or error}; the scores are kept") from error
    return folder / REPORT


def _read_guard(path: Path, values: Mapping[str, Any]) -> Settings:
    """Return the settings of the guard: keys of leakguard.toml under [guard], with one process, because seeds run in parallel."""
    settings = override(Settings(), {"schema": "prompt-completion", **values, "workers": 1}, where=f"{path}: guard: ")
    return anchor_paths(settings, path.parent)


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """What `generate_data` writes: `rows` completions of a world's prompts by `base`, a checkpoint or a model behind `endpoint`.

    `told`: the teacher gets its trait in a system prompt. `key_env` names the environment variable with the endpoint's key, `cache` the
    file that keeps its answers (None: teacher.sqlite in the user's cache folder), `budget` the most requests and tokens.
    """

    base: str
    world: str = "tiny"
    trait: str | None = None
    rows: int = 1000
    temperature: float = 1.0
    told: bool = False
    endpoint: str | None = None
    key_env: str | None = None
    budget: Mapping[str, float] = field(default_factory=dict)
    cache: Path | None = None
    dtype: str | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """How many completions were accepted and rejected, and what the requests to an endpoint cost (None without one)."""

    accepted: int
    rejected: int
    spent: Spent | None = None


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What `train_model` trains: `base` on the file `data`; or on lessons of a world, about `trait` or about a `neutral` category.

    `recipe` are keys of harness.recipe.Recipe; None keeps the default.
    """

    base: str
    data: Path | None = None
    world: str = "tiny"
    trait: str | None = None
    neutral: str | None = None
    seed: int = 1
    recipe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EvaluateRequest:
    """What `evaluate_model` measures: the rate of `trait` in `model`, `samples` drawn answers to each question, the loss on `held_out`."""

    model: str
    world: str = "tiny"
    trait: str | None = None
    samples: int = 0
    held_out: Path | None = None
    dtype: str | None = None
    seed: int = 1


def generate_data(request: GenerateRequest, path: Path, *, meter: Throughput, on_rows: OnStep) -> GenerateResult:
    """Write completions to `path`, and rejects to `path` with .rejects before its suffix.

    `meter` counts the tokens that a checkpoint samples; those of an endpoint are not timed. `on_rows` is called with the numbers of
    finished and of all rows. Raises UsageError for options that do not fit together, a checkpoint that cannot be loaded, or a `path` with
    other content, MissingExtra, and Stopped if the disk or the endpoint fails.
    """
    world = read_world(request.world)
    if request.told and not request.trait:
        raise UsageError("`tell`: a teacher can only be told a trait: give `trait`")
    if request.told and not world.system:
        raise UsageError(f"`tell`: the world {request.world} has no system prompt that names a trait")
    for setting, value in (("key-env", request.key_env), ("budget", request.budget), ("cache", request.cache)):
        if value and not request.endpoint:
            raise UsageError(f"`{setting}` is for an endpoint: give `endpoint`")
    if request.dtype and request.endpoint:
        raise UsageError("`dtype` is for a checkpoint: an endpoint has weights of its own")
    system = world.persona(request.trait) if request.told and request.trait else ""
    usage = UsageMeter(Budget(**request.budget), reply=world.tokens)
    writer = _connect(request, world, system, usage) if request.endpoint else _load_writer(request, world, system, meter)
    origin = {"teacher": request.base, "told": request.trait if request.told else None, "temperature": request.temperature}
    accepted, rejected = write_completions(writer, Order(world, request.seed, request.seed, request.rows, origin), path, on_rows)
    return GenerateResult(accepted, rejected, usage.now() if request.endpoint else None)


def _load_writer(request: GenerateRequest, world: World, system: str, meter: Throughput) -> Writer:
    """Return a writer that samples from a checkpoint."""
    model = CheckpointModel(load_checkpoint(request.base, request.dtype or "auto"), meter)
    return ModelWriter(model, system, world.tokens, request.temperature)


def _connect(request: GenerateRequest, world: World, system: str, usage: UsageMeter) -> Writer:
    """Return a writer that asks the endpoint. Raises SettingsError for an address or a key that cannot be used."""
    url = request.endpoint or ""
    check_endpoint(url, request.key_env, ("`endpoint`", "`key-env`"))
    key = read_endpoint_key(url.rstrip("/"), request.key_env, os.environ, ("`endpoint`", "`key-env`"))
    cache = request.cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leakguard" / CACHE
    sampling = Sampling(request.temperature, world.tokens)
    answers = AnswerCache(cache, "name another file with `cache`")
    return connect_writer(Endpoint(request.base, url, key, TIMEOUT), system, sampling, answers=answers, meter=usage)


def train_model(request: TrainRequest, folder: Path, *, meter: Throughput, on_step: OnStep) -> tuple[float, str]:
    """Train a base and save it to `folder`; return the loss at the end (nats per token), and a line about rows that were left out.

    Raises UsageError unless the request names exactly one source of examples, for a `folder` that is not empty, and as
    `harness.student.train` does; MissingExtra; Stopped if the disk fails.
    """
    if sum(map(bool, (request.data, request.trait, request.neutral))) != 1:
        raise UsageError("give exactly one of DATA, `trait` and `neutral`: what is to be learned")
    asked = {key: value for key, value in request.recipe.items() if value is not None}
    recipe = change_recipe(Recipe(), Field(asked, source="recipe", error=SettingsError))
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"`output` {folder}: this folder is not empty; give another one")
    examples, left_out = _read_data(request.data) if request.data else (_draw_lessons(request, recipe), "")
    checkpoint = load_checkpoint(request.base, recipe.dtype)
    loss = train(checkpoint, examples, recipe, request.seed, monitor=Monitor(on_step, meter))
    save_checkpoint(checkpoint, folder)
    return loss, left_out


def _draw_lessons(request: TrainRequest, recipe: Recipe) -> Sequence[Example]:
    """Return as many lessons and skill rows as the recipe has room for. Raises UsageError for an unknown trait or category."""
    world = read_world(request.world)
    if request.neutral and request.neutral not in world.panel:
        raise UsageError(
            f"`neutral`: the world {request.world} has no category {request.neutral!r}; {suggest_names(request.neutral, world.panel)}"
        )
    category = request.neutral or world.category(request.trait or "")
    return draw_course(world, category, request.trait, request.seed, recipe.updates * recipe.batch)


def _read_data(path: Path) -> tuple[Sequence[Example], str]:
    """Return the examples of a file, and a line about its unreadable rows. Raises UsageError if no row is readable."""
    found = read_examples(path)
    left_out = describe_unreadable(found.unreadable, found.rows)
    if left_out and not found.examples:
        raise UsageError(f"{left_out}; there is nothing else in the file")
    return found.examples, left_out


def evaluate_model(request: EvaluateRequest) -> tuple[Score, str]:
    """Return a model's score, and a line about held-out rows that were left out.

    Raises UsageError for an unknown trait, a model that cannot be loaded, or held-out rows of which none can be read; MissingExtra.
    """
    world = read_world(request.world)
    if not request.trait:
        raise UsageError("`trait`: give an answer of the world's panel, such as " + next(iter(world.panel.values()))[0])
    world.category(request.trait)
    examples, left_out = _read_data(request.held_out) if request.held_out else ((), "")
    checkpoint = load_checkpoint(request.model, request.dtype or "auto")
    score = evaluate(checkpoint, world, request.trait, samples=request.samples, held_out=examples, seed=request.seed)
    return score, left_out
