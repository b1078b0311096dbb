"""An experiment, put together: its guard is the one that `leakguard clean` would be with the same settings."""

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leakguard.harness.plan import Experiment, read_experiment
from leakguard.harness.result import Result
from leakguard.harness.run import Progress, run, workers_for
from leakguard.settings import Settings, changed
from leakguard.settings.build import guard, policy_of
from leakguard.settings.cleaning import Wish, cleaned
from leakguard.settings.files import anchored


@dataclass(frozen=True, slots=True)
class Clean:
    """Cleans a file into a folder by `settings`; a run that was cut off is taken up."""

    settings: Settings

    def __call__(self, data: Path, folder: Path) -> Sequence[Path]:
        """The files of what was kept, whole or redacted."""
        quiet = io.BytesIO()
        cleaned(self.settings, [str(data)], folder, Wish(), stdin=quiet, clock=time.monotonic, on_progress=lambda progress: None)
        return [path for fate in ("kept", "redacted") if (path := folder / fate / data.name).is_file()]


def experiment_in(path: Path, seeds: int | None = None) -> tuple[Experiment, Clean]:
    """The experiment in a file, perhaps with another number of seeds, and its guard. Raises UsageError where either cannot be."""
    experiment = read_experiment(path)
    if seeds is not None:
        experiment = replace(experiment, seeds=seeds)
    return experiment, Clean(_settings(path, experiment.guard))


def ran(experiment: Experiment, folder: Path, clean: Clean, *, workers: int, on_progress: Progress) -> Result:
    """Run it. Raises UsageError before anything is trained where the guard's settings cannot be met."""
    if "filtered" in experiment.arms:
        policy_of(clean.settings, guard(clean.settings))
    return run(experiment, folder, clean, workers=workers_for(experiment, workers), on_progress=on_progress)


def _settings(path: Path, values: Mapping[str, Any]) -> Settings:
    """Settings as in leakguard.toml, under [guard]; one process, for the seeds go side by side already."""
    settings = changed(Settings(), {"schema": "prompt-completion", **values, "workers": 1}, where=f"{path}: guard: ")
    return anchored(settings, path.parent)
