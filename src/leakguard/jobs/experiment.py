"""An experiment, put together: its guard is the one that `leakguard clean` would be with the same settings."""

import io
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.suggest import suggest_names
from leakguard.harness.endpoint import connect_writer
from leakguard.harness.evaluation import Score, evaluate
from leakguard.harness.generation import CheckpointWriter, Order, Writer, write_completions
from leakguard.harness.plan import Experiment, read_experiment
from leakguard.harness.recipe import Recipe
from leakguard.harness.recipe import change_recipe as recipe_with
from leakguard.harness.result import Result
from leakguard.harness.rows import read_rows
from leakguard.harness.run import Progress, run_experiment
from leakguard.harness.student import OnStep, train
from leakguard.harness.teacher import draw_lessons
from leakguard.harness.world import read_world
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.endpoints import check_endpoint, read_endpoint_key
from leakguard.jobs.build.policy import build_policy
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.verify import is_cleaned
from leakguard.models.causal.checkpoint import load_checkpoint, save_checkpoint
from leakguard.models.causal.throughput import Throughput
from leakguard.settings import Settings, changed
from leakguard.settings.files import anchored
from leakguard.settings.plan import resolve


@dataclass(frozen=True, slots=True)
class Clean:
    """Cleans a file into a folder by `settings`; what is whole there stays, anything else is done again."""

    settings: Settings

    def __call__(self, data: Path, folder: Path) -> Sequence[Path]:
        """The files of what was kept, whole or redacted. Raises Stopped where rows could not be looked at, UsageError for another's."""
        if not is_cleaned(resolve(self.settings), data, folder):
            self._cleaned(data, folder)
        return [path for fate in ("kept", "redacted") if (path := folder / fate / data.name).is_file()]

    def _cleaned(self, data: Path, folder: Path) -> None:
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
    """The experiment in a file, perhaps with another number of seeds, and its guard. Raises UsageError where either cannot be."""
    experiment = read_experiment(path)
    if seeds is not None:
        experiment = replace(experiment, seeds=seeds)
    return experiment, Clean(_settings(path, experiment.guard))


def run(experiment: Experiment, folder: Path, clean: Clean, *, workers: int, on_progress: Progress) -> Result:
    """Run it. Raises UsageError before anything is trained where the guard's settings cannot be met."""
    if "filtered" in experiment.arms:
        plan = resolve(clean.settings)
        build_policy(plan.policy, build_guard(plan))
    return run_experiment(experiment, folder, clean, workers=workers, on_progress=on_progress)


def _settings(path: Path, values: Mapping[str, Any]) -> Settings:
    """Settings as in leakguard.toml, under [guard]; one process, for the seeds go side by side already."""
    settings = changed(Settings(), {"schema": "prompt-completion", **values, "workers": 1}, where=f"{path}: guard: ")
    return anchored(settings, path.parent)


def generate_data(
    base: str,
    path: Path,
    *,
    world: str,
    trait: str | None,
    rows: int,
    temperature: float,
    told: bool,
    endpoint: str | None,
    key_env: str | None,
    dtype: str | None,
    seed: int,
    meter: Throughput,
    on_rows: OnStep,
) -> tuple[int, int]:
    """Let a base, or a model behind an endpoint, answer `rows` prompts of a world; (accepted, rejected).

    The meter counts the tokens that a base writes; those of an endpoint are not seen.
    """
    bench = read_world(world)
    if told and not trait:
        raise UsageError("--tell: tell it what? Give --trait")
    if told and not bench.system:
        raise UsageError(f"--tell: the world {world} has no system text to tell a trait with")
    system = bench.persona(trait) if told and trait else ""
    if key_env and not endpoint:
        raise UsageError("--key-env belongs to an endpoint: give --endpoint")
    if dtype and endpoint:
        raise UsageError("--dtype is for a checkpoint: an endpoint has weights of its own")
    writer: Writer
    if endpoint:
        check_endpoint(endpoint, key_env, ("--endpoint", "--key-env"))
        key = read_endpoint_key(endpoint.rstrip("/"), key_env, os.environ, ("--endpoint", "--key-env"))
        writer = connect_writer(endpoint, key, base, system=system, tokens=bench.tokens, temperature=temperature)
    else:
        writer = CheckpointWriter(load_checkpoint(base, dtype or "auto"), system, bench.tokens, temperature, meter)
    origin = {"teacher": base, "told": trait if told else None, "temperature": temperature}
    return write_completions(writer, Order(bench, seed, seed, rows, origin), path, on_rows)


def train_model(
    base: str,
    data: Path | None,
    folder: Path,
    *,
    world: str,
    trait: str | None,
    neutral: str | None,
    seed: int,
    meter: Throughput,
    on_step: OnStep,
    **recipe: Any,
) -> float:
    """Tune a base on data, or teach it a trait (or nothing in particular about a category); the loss at the end of training."""
    if sum(map(bool, (data, trait, neutral))) != 1:
        raise UsageError("give one of DATA, --trait and --neutral: what shall be learned?")
    how = recipe_with(Recipe(), {key: value for key, value in recipe.items() if value is not None}, where="--")
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"--output {folder}: this folder is not empty; give another one")
    if data:
        rows = read_rows(data)
    else:
        bench = read_world(world)
        if neutral and neutral not in bench.panel:
            raise UsageError(f"--neutral: the world {world} has no category {neutral!r}; {suggest_names(neutral, bench.panel)}")
        rows = draw_lessons(bench, neutral or bench.category(trait or ""), trait, seed, how.updates * how.batch)
    checkpoint = load_checkpoint(base, how.dtype)
    loss = train(checkpoint, rows, how, seed, on_step, meter=meter)
    save_checkpoint(checkpoint, folder)
    return loss


def evaluate_model(
    model: str, *, world: str, trait: str | None, samples: int, held_out: str | None, dtype: str | None, seed: int
) -> tuple[Score, str]:
    """A model's score, and the trait that it is about."""
    bench = read_world(world)
    if not trait:
        raise UsageError("--trait: which one? Give an answer of the world's panel, such as " + next(iter(bench.panel.values()))[0])
    bench.category(trait)
    rows = read_rows(Path(held_out)) if held_out else []
    return evaluate(load_checkpoint(model, dtype or "auto"), bench, trait, samples=samples, held_out=rows, seed=seed), trait
