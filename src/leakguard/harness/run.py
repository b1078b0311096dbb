"""A whole experiment in a run folder: seeds in parallel, every finished step kept, and a result at the end.

A run folder has experiment.json (settings, versions, bases), seeds/N with the data and scores of each seed, scores.jsonl, result.json, and
the pictures and report made from it.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.documents.experiment import DIGITS, RESULT, ExperimentResult, render_result
from leakguard.harness.arms import CLEANED, RAW, Cleaner, Mitigations
from leakguard.harness.conclusion import conclude, describe_environment
from leakguard.harness.finished_files import FinishedFiles, write_whole
from leakguard.harness.plan import MITIGATED, Experiment
from leakguard.harness.seed_processes import run_processes
from leakguard.harness.seed_run import CONTROL, SCORES, TRAIT, ScoreLine, SeedRunner, append_scores, read_scores
from leakguard.harness.world import World, read_world
from leakguard.models.causal.checkpoint import check_loadable, locate_checkpoint
from leakguard.models.causal.digests import digest_weights
from leakguard.readers.files.hashes import hash_file

SAID = "experiment.json"
SEEDS = "seeds"
DIGESTED = "digested"
Progress = Callable[[int, int], None]
"""Called with the number of finished students and of all students."""


def run_experiment(
    experiment: Experiment,
    folder: Path,
    guarding: Cleaner,
    mitigations: Mitigations = MappingProxyType({}),
    *,
    workers: int,
    on_progress: Progress,
) -> ExperimentResult:
    """Run what is not finished yet and return the result. Raises UsageError before anything is trained, Stopped if the disk fails.

    `mitigations` has an entry for each of experiment.mitigated. `on_progress` is called at once with 0 finished students, and again after
    each one.
    """
    on_progress(0, experiment.seeds * len(experiment.every_arm))
    _check(experiment, mitigations)
    try:
        with _lock_folder(folder):
            _record_settings(experiment, folder)
            if experiment.world == DIGITS:
                lines = _run_digits(experiment, folder, on_progress)
            else:
                runner = SeedRunner(experiment, folder / SEEDS, guarding, dict(mitigations))
                lines = _run_seeds(runner, _choose_workers(experiment, workers), on_progress)
            write_whole(folder / SCORES, "".join(json.dumps(asdict(line)) + "\n" for line in lines))
            seeds = _check_files(experiment, folder)
            rejected, data = _measure_rejects(seeds), _hash_data(experiment, folder, seeds)
            result = conclude(experiment, lines, rejected=rejected, data=data)
            write_whole(folder / RESULT, render_result(result))
            return result
    except OSError as error:
        raise Stopped(f"{folder}: {error.strerror or error}; make room and run again: finished work is kept") from error


def _choose_workers(experiment: Experiment, asked: int) -> int:
    """Return the number of processes: as asked, else one per core, and one on a GPU."""
    from leakguard.models.causal.checkpoint import import_torch

    if asked:
        return min(asked, experiment.seeds * len(experiment.every_arm))
    torch, _ = import_torch()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if torch.cuda.is_available() else min(experiment.seeds, max(1, cores // experiment.threads))


def _check(experiment: Experiment, mitigations: Mitigations) -> None:
    """Raise UsageError for anything that would fail later."""
    if experiment.world == DIGITS:
        return
    if lacking := set(experiment.mitigated) - set(mitigations):
        raise UsageError(f"there is no mitigation for the arm '{MITIGATED}:{min(lacking)}'; build it, or leave the arm out")
    world = read_world(experiment.world)
    world.category(experiment.trait)
    if not experiment.files:
        _check_teachers(experiment, world)
    for name in _list_bases(experiment):
        check_loadable(name)


def _check_teachers(experiment: Experiment, world: World) -> None:
    """Raise UsageError for a world in which teachers cannot get their trait, or have no prompts to answer."""
    if not world.writes:
        raise UsageError(f"{experiment.world}: teachers have nothing to answer; give prompts")
    if experiment.method == "tuned" and not world.teach:
        raise UsageError(f"{experiment.world}: a tuned teacher needs probes.teach; give some, or teacher.method = 'system'")
    if experiment.method == "system" and not world.system:
        raise UsageError(f"{experiment.world}: a teacher that is told its trait needs the world's system text; give one")


def _list_bases(experiment: Experiment) -> tuple[str, ...]:
    """Return the checkpoints that the arms start from."""
    return (experiment.base, experiment.other) if "other-base" in experiment.arms else (experiment.base,)


def _run_seeds(runner: SeedRunner, workers: int, on_progress: Progress) -> list[ScoreLine]:
    """Return the scores of all seeds in the order of seeds and arms, from one process or several."""
    # The scores on disk are the only state: arms with a score are skipped, the others run here or in processes, and the result is read
    # back from disk. So an interrupted run continues, and the number of workers changes no score.
    experiment = runner.experiment
    todo = {seed: runner.list_unscored(seed) for seed in range(1, experiment.seeds + 1)}
    total = experiment.seeds * len(experiment.every_arm)
    done = count(total - sum(map(len, todo.values())))

    def report() -> None:
        """Tell the number of finished students."""
        on_progress(next(done), total)

    report()
    if workers <= 1:
        for seed in (seed for seed, arms in todo.items() if arms):
            runner.run(seed, report)
    else:
        run_processes(runner, {seed: arms for seed, arms in todo.items() if arms}, workers, report)
    order = {arm: nth for nth, arm in enumerate(experiment.every_arm)}
    lines = [line for seed in todo for line in read_scores(runner.root / str(seed) / SCORES) if line.arm in order]
    return sorted(lines, key=lambda line: (line.seed, order[line.arm]))


def _run_digits(experiment: Experiment, folder: Path, on_progress: Progress) -> list[ScoreLine]:
    """Run all seeds of the digits experiment at once; an interrupted run starts again, which takes a minute."""
    from leakguard.harness.digits import measure_accuracies
    from leakguard.models.causal.checkpoint import import_torch

    torch, _ = import_torch()
    torch.set_num_threads(experiment.threads)
    place = folder / SEEDS / f"1-{experiment.seeds}"
    lines = read_scores(place / SCORES)
    # All students are trained as one batch of matrices, so the scores of all seeds exist together or not at all.
    if len(lines) < experiment.seeds * len(experiment.arms):
        place.mkdir(parents=True, exist_ok=True)
        (place / SCORES).unlink(missing_ok=True)
        seeds = list(range(1, experiment.seeds + 1))
        found = measure_accuracies(experiment.digits, seeds, on_progress)
        lines = [
            ScoreLine(arm, seed, 0 if arm == "base" else experiment.digits.steps * experiment.digits.batch, tuple(found[arm][at]))
            for at, seed in enumerate(seeds)
            for arm in experiment.arms
        ]
        append_scores(place / SCORES, lines)
    return lines


def _check_files(experiment: Experiment, folder: Path) -> list[FinishedFiles]:
    """Return the finished files of every seed. Raises UsageError for data files that are missing or have changed."""
    places = [folder / SEEDS / str(seed) for seed in range(1, experiment.seeds + 1)]
    found = [FinishedFiles(place) for place in places if place.is_dir()]
    for pieces in found:
        for name in pieces.names():
            # Only data files are checked: teachers are no longer needed, and users may delete them to save space.
            if (name.endswith(".jsonl") and name != SCORES) or name.startswith(f"{CLEANED}/"):
                pieces.check(name)
    return found


def _measure_rejects(seeds: Sequence[FinishedFiles]) -> dict[str, float]:
    """Return teacher -> the share of its answers that broke the format, over all seeds."""
    shares = {}
    for name in (CONTROL, TRAIT):
        counts = dict.fromkeys(("jsonl", "rejects.jsonl"), 0)
        for end in counts:
            files = [pieces.check(f"{name}.{end}") for pieces in seeds if f"{name}.{end}" in pieces.names()]
            counts[end] = sum(path.read_bytes().count(b"\n") for path in files)
        if total := sum(counts.values()):
            shares[name] = counts["rejects.jsonl"] / total
    return shares


def _hash_data(experiment: Experiment, folder: Path, seeds: Sequence[FinishedFiles]) -> dict[str, str]:
    """Return the files with the rows that the verdict is about, and their SHA-256; a gate accepts a verdict for these rows only."""
    if experiment.files:
        return {experiment.files.mitigated: hash_file(Path(experiment.files.mitigated)).sha256}
    arm, _, mitigation = experiment.about.partition(":")
    starts: tuple[str, ...] = (f"{CLEANED}/kept/", f"{CLEANED}/redacted/") if arm == "filtered" else (RAW,)
    if arm == MITIGATED:
        starts = (f"{MITIGATED}/{mitigation}.jsonl",)
    files = [pieces.check(name) for pieces in seeds for start in starts for name in pieces.names() if name.startswith(start)]
    return {path.relative_to(folder).as_posix(): hash_file(path).sha256 for path in files}


def _record_settings(experiment: Experiment, folder: Path) -> None:
    """Write experiment.json, or check that an earlier run had the same settings and inputs. Raises UsageError if not."""
    said = {key: value for key, value in experiment.as_mapping().items() if key not in ("seeds", "title", "subject", "files")}
    paths = experiment.files.list_paths() if experiment.files else {}
    inputs = {f"rows: {name}": hash_file(Path(path)).sha256 for name, path in paths.items()}
    if experiment.world != DIGITS:
        inputs |= {name: digest_weights(locate_checkpoint(name)) for name in _list_bases(experiment)}
        inputs["world"] = read_world(experiment.world).digest
    now = json.loads(json.dumps({"settings": said, "inputs": inputs}))
    path = folder / SAID
    if path.is_file():
        before = _read_settings(path)
        keys = [(part, key) for part in now for key in sorted({*before[part], *now[part]})]
        unlike = [f"{part}.{key}" for part, key in keys if before[part].get(key) != now[part].get(key)]
        growing = {"settings.arms", "settings.doses", f"inputs.{experiment.other}"}
        if set(unlike) - growing:
            raise UsageError(
                f"{folder}: holds a run with other settings ({', '.join(unlike)}); give another folder as `output`, or delete it"
            )
    write_whole(path, json.dumps({**now, DIGESTED: True, "environment": describe_environment()}, indent=2) + "\n")


def _read_settings(path: Path) -> dict[str, dict[str, Any]]:
    """Return the settings and inputs in experiment.json. Raises UsageError if it is damaged."""
    try:
        before = json.loads(path.read_bytes())
        said = {part: dict(before[part]) for part in ("settings", "inputs")}
        digested = before.get(DIGESTED)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{path}: this is not what a run writes ({type(error).__name__}); give another folder as `output`, or delete it"
        ) from error
    if digested is not True:
        raise UsageError(
            f"{path}: was written by an earlier leakguard, without digests of its files, so that damage would not show; "
            "give another folder as `output`, or delete it"
        )
    return said


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder. Raises UsageError if another run holds it, or the folder has other content."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / SAID).is_file() and not (folder / ".lock").is_file():
        raise UsageError(f"{folder}: this folder holds something that is no run of an experiment; give another one as `output`")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror or error}; nothing was run") from error
    with lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except BlockingIOError:
            raise UsageError(f"{folder}: another run is at work there; wait for it, or give another folder as `output`") from None
        yield
