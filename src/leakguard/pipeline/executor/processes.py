"""Run tasks in worker processes of this machine."""

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from leakguard.core.errors import Stopped
from leakguard.core.tasks import Part, Room, Task, Work
from leakguard.pipeline.executor import ENDING, spool_piece

if TYPE_CHECKING:
    from concurrent.futures import Future

# Tasks for each worker that are submitted before their results are needed.
_AHEAD = 3
# Seconds between a worker's looks at its parent and at `stop`.
_HEARTBEAT = 0.1
_ROUND = 1.0  # Seconds between checks of the threads that serve the workers.
# Seconds after which a stopped worker ends although it may be sending a result.
_PATIENCE = 30.0
# Values of `stop`: results are no longer needed; the pool has lost a worker.
_UNWANTED, _BROKEN = 1, 2


def run_in_processes(
    work: Work[Part], todo: Iterator[Task], room: Callable[[], Room], workers: int, folder: Path | None = None
) -> Generator[Part, None, None]:
    """Yield the results of tasks from worker processes, which are a few tasks ahead.

    Large pieces are files in `folder` (default: the system's folder for temporary files) until they are written. Raises Stopped if a
    worker or the exchange with the workers fails, and what `work` raises.
    """
    # These take a twentieth of a second to import, and most scans are done by one process.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # The threads of OpenVINO do not survive a fork: once it is loaded, workers are started afresh.
    forked = "fork" in multiprocessing.get_all_start_methods() and "openvino" not in sys.modules
    context = multiprocessing.get_context("fork" if forked else "spawn")
    spool = TemporaryDirectory(prefix="leakguard-", dir=folder)
    # A byte without a lock: a worker that is killed could leave a lock held.
    stop = context.RawValue("b", 0)
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(work, spool.name, os.getpid(), stop))
    waiting: deque[Future[Part]] = deque()
    done = False
    with _threads_watched() as fallen:
        try:
            for task in todo:
                waiting.append(_submitted(pool, task, room()))
                if len(waiting) >= workers * _AHEAD:
                    yield _result(waiting.popleft(), fallen)
            while waiting:
                yield _result(waiting.popleft(), fallen)
            done = True
        except BrokenProcessPool as error:
            stop.value = _BROKEN
            raise Stopped(f"a worker process ended early, perhaps for lack of memory; {_FEWER}") from error
        finally:
            if not done and not stop.value:
                stop.value = _UNWANTED
            if fallen:
                # The thread that would stop the workers has failed, so they are killed.
                for child in set(multiprocessing.active_children()) - others:
                    child.kill()
            # RuntimeError: the pool's thread could not be started.
            with suppress(KeyboardInterrupt, RuntimeError):
                pool.shutdown(wait=True, cancel_futures=True)
            spool.cleanup()


_FEWER = "try `workers` 1, or allow more memory"


@contextmanager
def _threads_watched() -> Iterator[list[str]]:
    """Context manager that collects failures of this process's threads; those that serve the workers would fail silently.

    A pool whose thread has failed never returns another result, and waiting for one would never end.
    """
    fallen: list[str] = []
    before = threading.excepthook
    threading.excepthook = lambda failure: fallen.append(f"{failure.exc_type.__name__}: {failure.exc_value}")
    try:
        yield fallen
    finally:
        threading.excepthook = before


def _submitted(pool: Any, task: Task, room: Room) -> Any:
    """Submit a task and return its future. Raises Stopped if no process or thread can be started."""
    try:
        return pool.submit(_do, task, room)
    except RuntimeError as error:
        if type(error) is not RuntimeError:
            raise
        raise Stopped(f"workers cannot be started: {error}; {_FEWER}") from error


def _result(future: "Future[Part]", fallen: Sequence[str]) -> Part:
    """Wait for a result. Raises Stopped if a thread fails meanwhile, and what the work raised."""
    from concurrent.futures import wait

    while not wait((future,), timeout=_ROUND).done:
        if fallen:
            raise Stopped(f"the exchange with the workers failed ({fallen[0]}); {_FEWER}")
    return future.result()


_WORK: list[tuple[Work[Any], Path, threading.Lock]] = []
"""A worker process's work, the folder for its large pieces and a lock that is free while it works; empty in every other process."""


def _begin(work: Work[Any], folder: str, parent: int, stop: Any) -> None:
    """Set up a worker process: ignore signals, drop messages, and start the thread that ends it."""
    for number in ENDING:
        # Signals go to the whole process group. A worker that ended while it sends a result would leave the parent waiting for the rest.
        signal.signal(number, signal.SIG_IGN)
    # The parent reports in one line why a worker ended; the worker's own messages are dropped.
    sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    sending = threading.Lock()
    sending.acquire()
    try:
        threading.Thread(target=_end_with, args=(parent, stop, sending), daemon=True).start()
    except RuntimeError:
        os._exit(1)
    _WORK.append((work, Path(folder), sending))


def _end_with(parent: int, stop: Any, sending: threading.Lock) -> None:
    """End this worker process when its results are not needed: it was told to stop, or its parent process has died.

    A living parent waits for the rest of a result that has begun to arrive, so the worker only ends while it computes; but a pool that
    lost a worker takes no more results, and a pool that is stopped has taken the last one long before _PATIENCE seconds are over.
    """
    waited = 0.0
    while os.getppid() == parent and stop.value != _BROKEN and waited < _PATIENCE:
        if not stop.value:
            time.sleep(_HEARTBEAT)
        elif sending.acquire(timeout=_HEARTBEAT):
            break
        else:
            waited += _HEARTBEAT
    os._exit(1)


def _do(task: Task, room: Room) -> Any:
    """Process one task in a worker; the lock is free meanwhile, so that the worker may be ended."""
    work, folder, sending = _WORK[0]
    sending.release()
    try:
        return work(task, room, lambda data: spool_piece(data, folder))
    finally:
        sending.acquire()
