"""The seeds of an experiment in several processes, without idle ones while there is work, and none that outlives the run."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from pathlib import Path

from leakguard.core.errors import LeakguardError

# Seconds between looks at finished seeds, and at the parent process.
TICK = 0.5
RunOne = Callable[..., None]
"""Runs one seed: called with its number and its folder, and perhaps with `on_student`."""


def run_processes(
    write_data: Callable[[int, Path], None] | None, run_one: RunOne, places: dict[int, Path], workers: int, tick: Callable[[], None]
) -> None:
    """Run seeds in several processes, the data of all of them first; the first failure, and an interrupt, end them all.

    Data and students are tasks of their own, so that all processes are done at about the same time. `write_data`: None if data are given.
    """
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(os.getpid(), stop))
    writing = {pool.submit(write_data, seed, place): seed for seed, place in places.items()} if write_data else {}
    left = {*writing} or {pool.submit(run_one, seed, place) for seed, place in places.items()}
    try:
        while left:
            done, left = wait(left, timeout=TICK, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                if future in writing:
                    left.add(pool.submit(run_one, writing[future], places[writing[future]]))
            tick()
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
