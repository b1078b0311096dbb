"""The seeds of an experiment in several processes, without idle ones while there is work, and none that outlives the run."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import Any

from leakguard.core.errors import LeakguardError
from leakguard.harness.seed_run import ScoreLine, SeedRunner

# Seconds between looks at the parent process.
TICK = 0.5


def run_processes(runner: SeedRunner, todo: Mapping[int, Sequence[str]], workers: int, on_student: Callable[[], None]) -> None:
    """Run arms of seeds (`todo`: seed -> names of arms) in several processes; the first failure, and an interrupt, end them all.

    `on_student` is called after each student, in this process.
    """
    # Data come first. Then each student is a task of its own, so that all processes are done at about the same time. A seed has one
    # writer at any time: the process that makes its data, and after that this one, which keeps the scores.
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(os.getpid(), stop))
    try:
        writing: dict[Future[None], int] = {pool.submit(runner.write_data, seed, arms): seed for seed, arms in todo.items()}
        training: set[Future[ScoreLine]] = set()
        while writing or training:
            running: list[Future[Any]] = [*writing, *training]
            wait(running, return_when=FIRST_COMPLETED)
            ended = [future for future in running if future.done()]
            # Scores are kept first: another task that has failed ends the run.
            for scored in [future for future in training if future in ended and not future.exception()]:
                training.remove(scored)
                runner.keep_score(scored.result())
                on_student()
            for future in ended:
                future.result()
            for written in [future for future in writing if future in ended]:
                seed = writing.pop(written)
                training |= {pool.submit(runner.score_student, seed, arm) for arm in todo[seed]}
    except BrokenProcessPool as error:
        raise LeakguardError("a worker process died (out of memory?); run again with `workers` 1: finished work is kept") from error
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(parent: int, stop: Event) -> None:
    """Set up a worker: it ignores interrupts, ends when told to, and does not outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()


def _watch(parent: int, stop: Event) -> None:
    """End this process when its parent ends or asks for it."""
    while os.getppid() == parent and not stop.wait(TICK):
        pass
    os._exit(0)
