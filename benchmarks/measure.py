"""Measure whole processes in several rounds, in turn, each on its own cores."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Run:
    """A command to measure. `rounds` caps how often, for those that take long; `codes` are exit codes that mean success.

    `data` is read before each run: whoever comes first would pay for the disk, and a system may drop what it has read at any time.
    `writes` is removed before it: some file systems write a file that replaces another to the disk before they go on.
    """

    name: str
    command: tuple[str, ...]
    output: Path
    cores: int = 1
    rounds: int | None = None
    codes: tuple[int, ...] = (0,)
    data: Path | None = None
    writes: Path | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """The cost of one run: wall seconds, CPU seconds of all its processes, peak bytes of its largest process."""

    wall: float
    cpu: float
    rss: int


Samples = dict[str, list[Sample]]


class RunFailed(Exception):
    """A tool that failed has no time."""


def once(run: Run) -> Sample:
    """Measure one run. Raises RunFailed with the last lines that it wrote to stderr."""
    if run.data:
        with run.data.open("rb") as file:
            while file.read(1 << 22):
                pass
    if run.writes and run.writes.is_file():
        run.writes.unlink()
    launcher = [sys.executable, "-I", "-S", str(LAUNCH), cores(run.cores), str(run.output), *run.command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=False)
    cost: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"code": None}
    if cost["code"] not in run.codes:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise RunFailed(f"{run.name} ended with {cost['code']}: {said}")
    return Sample(cost["wall"], cost["cpu"], cost["rss"])


def interleaved(runs: Sequence[Run], rounds: int, tell: Callable[[str], None]) -> Samples:
    """Run in the order A B C A B C ..., so that a temporary slowdown of the machine affects every tool."""
    samples: Samples = {run.name: [] for run in runs}
    for round_ in range(1, rounds + 1):
        for run in runs:
            if run.rounds is None or round_ <= run.rounds:
                sample = once(run)
                samples[run.name].append(sample)
                tell(f"round {round_}/{rounds}  {run.name}: {sample.wall:.2f} s, {sample.cpu:.2f} s CPU, {sample.rss / 1e6:.0f} MB")
    return samples


def middle(samples: Sequence[Sample]) -> Sample:
    """The median of each figure by itself."""
    return Sample(median(s.wall for s in samples), median(s.cpu for s in samples), int(median(s.rss for s in samples)))


def cores(count: int) -> str:
    """The last `count` cores that this process may use, as launch.py takes them; - where processes cannot be pinned."""
    if not hasattr(os, "sched_setaffinity"):
        return "-"
    return ",".join(map(str, sorted(os.sched_getaffinity(0))[-count:]))


def core_count() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, object]:
    """Processor, cores, memory, system, Python, and how busy the machine was."""
    return {
        "cpu": _cpu(),
        "cores": core_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "date": time.strftime("%Y-%m-%d"),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def version(package: str, python: str = sys.executable) -> str | None:
    """The version of a package as `python` sees it; None if it is not installed there."""
    if python == sys.executable:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return None
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
