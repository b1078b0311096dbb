"""The tools that are compared: the command of each, the number of rows it gets, and how to read its findings."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson
from measure import Run, version

PEERS = Path(__file__).with_name("peers.py")


@dataclass(frozen=True, slots=True)
class Task:
    """What to look at, where to write, and the rules: packs for leakguard's --rules, and the file that peers read."""

    data: Path
    output: Path
    rules: Path
    packs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command to measure; `package` must be installed, "" is Python itself. `sample` rows are all it gets where a file takes too long."""

    name: str
    does: str
    command: Callable[[Task, str], Sequence[str | Path]]
    fired: Callable[[Path], Iterable[tuple[int, bool]]]
    package: str = ""
    sample: int | None = None
    cores: int = 1
    codes: tuple[int, ...] = (0,)

    def rows(self, whole: int, cap: int | None) -> int:
        """How many of the rows of a file it is given."""
        return min(whole, *(limit for limit in (self.sample, cap if self.sample else None) if limit), whole)

    def run(self, name: str, task: Task, python: str, rounds: int | None = None) -> Run:
        """The run that measures it; what it prints is what it found only where it has no other way (ripgrep)."""
        command = tuple(map(str, self.command(task, python)))
        output = task.output if self.name == "ripgrep" else Path(os.devnull)
        return Run(name, command, output, self.cores, rounds, self.codes, task.data, task.output)


def leakguard(task: Task, python: str, *, workers: int = 1) -> Sequence[str | Path]:
    """The real command line; the report goes to stdout, every finding to a file."""
    packs = [part for pack in task.packs for part in ("--rules", pack)]
    scan: list[str | Path] = [sys.executable, "-m", "leakguard", "scan", task.data, "--output", task.output, "--workers", str(workers)]
    return [*scan, "--fail-on", "never", "--quiet", *packs]


def peer(name: str, task: Task, python: str) -> Sequence[str | Path]:
    """One of the functions of peers.py in a process of its own."""
    return [python, "-P", PEERS, name, task.data, task.output, task.rules]


def ripgrep(task: Task, python: str) -> Sequence[str | Path]:
    """Raw bytes: blind to JSON, so it also looks at prompts and cannot see an escaped character."""
    rg = Path(python).with_name("rg")
    program = rg if rg.exists() else Path("rg")
    options = ["--no-config", "--threads", "1", "--line-number", "--only-matching"]
    return [program, *options, "--file", task.rules.with_suffix(".pattern"), task.data]


def json_lines(path: Path) -> Iterable[tuple[int, bool]]:
    """Rows that fired, and whether loudly: leakguard's notes are not loud, and who knows no severity always is."""
    with path.open("rb") as file:
        for line in file:
            found = orjson.loads(line)
            yield found["row"], found.get("severity") != "note"


def numbered_lines(path: Path) -> Iterable[tuple[int, bool]]:
    """Rows that ripgrep printed a match of."""
    with path.open("rb") as file:
        yield from ((int(line.split(b":", 1)[0]), True) for line in file if re.match(rb"\d+:", line))


def dropped_documents(folder: Path) -> Iterable[tuple[int, bool]]:
    """Rows that datatrove's filter dropped."""
    dropped = folder / "dropped.jsonl"
    if dropped.exists():
        with dropped.open("rb") as file:
            yield from ((int(orjson.loads(line)["id"]), True) for line in file)


CONTESTANTS = (
    Contestant("parse", "orjson.loads on every line, nothing else", partial(peer, "parse"), json_lines, "orjson"),
    Contestant("leakguard", "leakguard scan, one process", leakguard, json_lines, "leakguard"),
    Contestant("leakguard-2", "leakguard scan, two workers on two cores", partial(leakguard, workers=2), json_lines, "leakguard", cores=2),
    Contestant("ripgrep", "raw bytes, one expression", ripgrep, numbered_lines, codes=(0, 1)),
    Contestant("json-re", "json and one expression of re", partial(peer, "json-re"), json_lines, sample=50_000),
    Contestant("datatrove", "read, RegexFilter, write", partial(peer, "datatrove"), dropped_documents, "datatrove", 20_000),
    Contestant("presidio", "PatternRecognizer with a deny list", partial(peer, "presidio"), json_lines, "presidio-analyzer", 10_000),
    Contestant("detect-secrets", "a plugin with one expression", partial(peer, "detect-secrets"), json_lines, "detect-secrets", 10_000),
    Contestant("llm-guard", "BanSubstrings, words", partial(peer, "llm-guard"), json_lines, "llm-guard", 5_000),
)  # fmt: skip
NAMES = tuple(contestant.name for contestant in CONTESTANTS)


def home(contestant: Contestant, pythons: Sequence[str]) -> tuple[str, str] | None:
    """The first Python in which the contestant is installed, and its version there; None if it is nowhere."""
    for python in pythons:
        if contestant.name == "ripgrep":
            rg = shutil.which(Path(python).with_name("rg")) or shutil.which("rg")
            found = subprocess.run([rg, "--version"], capture_output=True, text=True, check=True).stdout.split()[1] if rg else None
        else:
            found = version(contestant.package, python) if contestant.package else platform.python_version()
        if found:
            return python, found
    return None
