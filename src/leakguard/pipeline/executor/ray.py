"""Run tasks on a Ray cluster. Each of its workers reads the files itself and writes its output to a part file; only counts come back."""

import logging
import os
import platform
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Generic, Protocol
from uuid import uuid4

from leakguard.core.errors import LeakguardError, MissingExtra, Stopped, TaskFailed, UsageError, reason_of
from leakguard.core.ports import Source
from leakguard.core.tasks import Divide, Part, Room, Work
from leakguard.core.version import __version__, install
from leakguard.pipeline.executor import ENDING
from leakguard.pipeline.part_files import PartFile
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.shards import Shard, cut_shards
from leakguard.readers.sources import FileSource

# Shards that are handed out for each core before the output of the first of them has been taken.
_AHEAD = 4
# How often Ray runs a task again whose worker or machine was lost.
RETRIES = 3
_ROUND = 1.0  # Seconds between checks for an interrupt.
_SILENCE = 10.0  # Seconds after which an address without an answer has no cluster.
# The beginning of a connection of HTTP/2, with an empty frame of settings; the fourth byte of a frame is its type.
_SETTINGS = b"\x04"
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + _SETTINGS + bytes(5)
# Bytes of shared memory of a Ray of this machine: rows do not go through it.
_STORE = 100 << 20


@dataclass(frozen=True, slots=True)
class ShardResult(Generic[Part]):
    """What a worker returns for a shard: the results of its tasks, size and hash of its part file, and the record of what was read."""

    parts: tuple[Part, ...]
    bytes: int
    sha256: str
    readings: dict[str, Any] = field(default_factory=dict)


class Ledger(Protocol):
    """Keeps the results of finished shards, by their number and file."""

    def find(self, number: int, file: str) -> ShardResult[Any] | None:
        """Return the result of a shard of an earlier run, or None."""
        ...

    def add(self, number: int, file: str, result: ShardResult[Any]) -> None:
        """Keep the result of a shard."""
        ...


@contextmanager
def connect(address: str, workers: int, *, tls: bool = False) -> Iterator[int]:
    """Connect to the cluster at an address, or without one start Ray on this machine, and yield the number of cores.

    `workers` is that number for this machine, 0 for all of its cores. `tls`: the cluster is reached by TLS. A connection of the caller is
    used, and stays open. Raises MissingExtra without the package ray, and UsageError if no cluster answers.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtra(f"`executor` ray needs the package ray: {install('ray')}") from error
    own = not ray.is_initialized()
    if own:
        # Ray reports usage to its makers unless this is set before it starts, and replaces the handler of SIGTERM.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        before = {number: signal.getsignal(number) for number in ENDING}
        here = {"num_cpus": workers or None, "include_dashboard": False, "object_store_memory": _STORE}
        try:
            _knock(address, tls)
            ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **({} if address else here))
        except Exception as error:
            # Its errors have no common class.
            raise UsageError(f"`executor` ray: no cluster at {address or 'this machine'} ({reason_of(error)}); nothing was read") from error
        for number, handler in before.items():
            with suppress(ValueError, TypeError):
                signal.signal(number, handler)
    try:
        yield max(1, int(ray.cluster_resources().get("CPU", 1)))
    finally:
        if own:
            ray.shutdown()


def _knock(address: str, tls: bool) -> None:
    """Raise OSError unless a server of gRPC (with `tls`, any server) answers at HOST:PORT, because Ray asks others for minutes."""
    # Ray's servers are reached by gRPC, which is HTTP/2: a client begins with a preface, and the server's first frame is its settings.
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_SILENCE) as connection:
        if tls:
            return
        connection.sendall(_PREFACE)
        with connection.makefile("rb") as answer:
            if answer.read(4)[3:] != _SETTINGS:
                raise OSError("what answers there is not Ray; give the port of its head node (6379 by default), not of the dashboard")


@dataclass(frozen=True, slots=True)
class RayExecutor:
    """Runs work on the cluster that this process is connected to (see `connect`), `cores` tasks at once.

    Part files are written to `folder`, which every machine must reach under this path. `ledger`, if given, keeps what is finished.
    """

    cores: int
    folder: Path
    ledger: Ledger | None = None

    def map(
        self, work: Work[Part], source: Source, divide: Divide, room: Callable[[], Room], *, done: int = 0
    ) -> Generator[Part, None, None]:
        """Yield the results of all tasks in order; see core.ports.Executor."""
        assert isinstance(source, FileSource)
        run = _Run(self, source, done)
        run.share(work, divide)
        shards = enumerate(cut_shards(source, divide))
        try:
            for number in count():
                # Shards are handed out ahead, and their results come in any order; they are given on in the order of the shards.
                while len(run.waiting) < _AHEAD * self.cores and (following := next(shards, None)):
                    run.begin(*following, room())
                if number not in run.waiting:
                    return
                yield from run.take(number)
        finally:
            run.cancel()


class _Run:
    """The shards of a run that are handed out, and those that are finished and not taken yet."""

    def __init__(self, executor: RayExecutor, source: FileSource, done: int) -> None:
        self._executor, self._readings, self._done = executor, source.readings, done
        # `_ahead` is the number of tasks to leave out that belong to none of the shards so far.
        self._ahead = done
        self.waiting: dict[int, Shard] = {}
        self._running: dict[Any, int] = {}
        self._finished: dict[int, ShardResult[Any]] = {}

    def share(self, work: Work[Any], divide: Divide) -> None:
        """Store the work where all workers find it, once."""
        import ray

        self._shared = uuid4().hex, [ray.put((work, divide))]
        self._call = ray.remote(_do_shard).options(max_retries=RETRIES, num_cpus=1)

    def begin(self, number: int, shard: Shard, room: Room) -> None:
        """Hand out a shard, unless the ledger has its result and the part file is still there, or is not needed any more."""
        self.waiting[number] = shard
        ledger = self._executor.ledger
        known = ledger.find(number, shard.file) if ledger is not None else None
        if known and len(known.parts) <= self._ahead:
            self._ahead -= len(known.parts)
            self._finished[number] = known
            return
        self._ahead = 0
        if known and self._is_whole(number, known):
            self._finished[number] = known
            return
        place = os.getcwd(), str(self._executor.folder), self._part(number).name
        self._running[self._call.remote(__version__, self._shared, place, shard, room)] = number

    def take(self, number: int) -> Iterator[Any]:
        """Wait for a shard, and yield the results of its tasks. Its part file is deleted once all were taken."""
        while number not in self._finished:
            self._wait()
        self._wait(0)
        shard, result = self.waiting.pop(number), self._finished.pop(number)
        left = result.parts[self._done :]
        self._done -= len(result.parts) - len(left)
        if left:
            if not self._is_whole(number, result):
                raise Stopped(f"{self._part(number)}: this is not what a worker wrote for {shard.file}; nothing was written")
            if self._readings is not None:
                self._readings.restore(result.readings)
            yield from left
        self._part(number).unlink(missing_ok=True)

    def cancel(self) -> None:
        """Stop what is still running."""
        import ray

        for reference in self._running:
            with suppress(Exception):
                ray.cancel(reference)

    def _wait(self, seconds: float = _ROUND) -> None:
        """Enter every result that arrives within so many seconds into the ledger."""
        import ray

        running, ledger = [*self._running], self._executor.ledger
        ready, _ = ray.wait(running, num_returns=1 if seconds else len(running), timeout=seconds) if running else ([], [])
        for reference in ready:
            number = self._running.pop(reference)
            file = self.waiting[number].file
            self._finished[number] = _result_of(reference, file)
            if ledger is not None:
                ledger.add(number, file, self._finished[number])

    def _part(self, number: int) -> Path:
        return self._executor.folder / f"part-{number:06d}"

    def _is_whole(self, number: int, result: ShardResult[Any]) -> bool:
        """Return whether the part file of a shard has its size and hash."""
        try:
            found = hash_file(self._part(number))
        except OSError:
            return False
        return (found.bytes, found.sha256) == (result.bytes, result.sha256)


def _result_of(reference: Any, file: str) -> ShardResult[Any]:
    """Return the result of a task. Raises what the task raised, and TaskFailed if Ray could not run it to its end."""
    import ray

    try:
        found: ShardResult[Any] = ray.get(reference)
        return found
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        if isinstance(cause, LeakguardError):
            raise cause from None
        if isinstance(cause, (OSError, MemoryError)):
            raise TaskFailed(f"{file}: {reason_of(cause)}; what is finished is kept for the same command") from error
        raise TaskFailed(
            f"{file}: a worker could not do this task ({reason_of(cause or error)}): does every machine have leakguard?"
        ) from error
    except ray.exceptions.RayError as error:
        raise TaskFailed(
            f"{file}: the workers that read it were lost {RETRIES + 1} times ({type(error).__name__}), perhaps for lack of memory; "
            "what is finished is kept for the same command"
        ) from error


_KNOWN: dict[str, tuple[Work[Any], Divide]] = {}
"""The work of the run that a worker process belongs to: rules are compiled once for each process."""


def _do_shard(version: str, shared: tuple[str, list[Any]], place: tuple[str, str, str], shard: Shard, room: Room) -> ShardResult[Any]:
    """Do all tasks of a shard in a worker of the cluster, and return their results.

    `place` is the working folder of the driver, and folder and name of the part file.
    """
    if version != __version__:
        raise Stopped(f"{platform.node()} has leakguard {__version__}, and this is {version}: install the same version everywhere")
    here, folder, name = place
    with suppress(OSError):
        os.chdir(here)
    if not os.path.isdir(folder):
        raise Stopped(
            f"{folder}: {platform.node()} does not reach this folder, and every machine must (scan: `executor-folder`, clean: `output`)"
        )
    key, held = shared
    if key not in _KNOWN:
        import ray

        _KNOWN.clear()
        _KNOWN[key] = ray.get(held[0])
    work, divide = _KNOWN[key]
    shard.check()
    with PartFile(Path(folder, name)) as part:
        try:
            parts = tuple(work(task, room, part.keep) for task in shard.read_tasks(divide))
        finally:
            shard.check()
    return ShardResult(parts, part.length, part.sha256, shard.source.readings.to_document() if shard.source.readings else {})
