"""The measurements: tools side by side, and leakguard with other numbers of rows, rules and workers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from contestants import CONTESTANTS, Contestant, Task, leakguard
from measure import Run

import data
import rulebook

EMPTY = "empty"
SLOW_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure: who, on how many rows of which file, with how many times the shipped rules."""

    file: str
    contestant: str
    rows: int
    rules: int = 1

    @property
    def name(self) -> str:
        """A name to show and to file samples under."""
        return f"{self.file}-{self.rows}-{self.contestant}" + (f"-rules-{self.rules}" if self.rules > 1 else "")


@dataclass(frozen=True, slots=True)
class Scale:
    """How far the plots go: shares of the rows (10.0 is tenfold), times the rules, workers."""

    rows: tuple[float, ...] = ()
    rules: tuple[int, ...] = ()
    workers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kitchen:
    """Where everything lies: the cache folder, what peers read, and leakguard's packs for times the rules."""

    folder: Path
    peers: Path
    other_packs: tuple[Path, ...]
    default_packs: tuple[str, ...]
    pythons: dict[str, str]

    def file(self, kind: str, rows: int, of: int) -> Path:
        """The file with `rows` rows; a sample is the beginning of the whole file."""
        if rows == 0:
            empty = self.folder / f"{EMPTY}.jsonl"
            empty.touch()
            return empty
        return data.written(self.folder, kind, rows) if rows >= of else data.head(data.written(self.folder, kind, of), rows)

    def found(self, case: Case) -> Path:
        """Where a case's findings are written."""
        return self.folder / "found" / f"{case.name}.jsonl"

    def run(self, case: Case, contestant: Contestant, whole: int) -> Run:
        """The run that measures a case."""
        packs = (*self.default_packs, *map(str, self.other_packs[: case.rules - 1])) if case.rules > 1 else ()
        task = Task(self.file(case.file, case.rows, whole), self.found(case), self.peers, packs)
        slow = SLOW_ROUNDS if contestant.sample or case.rows > whole else None
        return contestant.run(case.name, task, self.pythons[contestant.name], slow)


def kitchen(folder: Path, pythons: dict[str, str]) -> Kitchen:
    """Write what the contestants need besides data."""
    (folder / "found").mkdir(parents=True, exist_ok=True)
    folder.joinpath(".gitignore").write_text("*\n", encoding="utf-8")
    book = rulebook.packs(default_only=True)
    peers = rulebook.for_peers(book, folder / "rules.json")
    others = tuple(rulebook.synthetic(book, 9, folder))
    return Kitchen(folder, peers, others, tuple(pack["pack"]["id"] for pack in book), pythons)


def with_workers(count: int) -> Contestant:
    """leakguard with that many workers, each on a core of its own."""
    scan = next(contestant for contestant in CONTESTANTS if contestant.name == "leakguard")
    if count == 1:
        return scan
    return replace(scan, name=f"leakguard-{count}", command=partial(leakguard, workers=count), cores=count)


def cases(sizes: dict[str, int], contestants: Sequence[Contestant], scale: Scale, cap: int | None) -> dict[Case, Contestant]:
    """Every case once, in the order in which a round goes through them."""
    found: list[tuple[Case, Contestant]] = []
    for file, whole in sizes.items():
        found += _cases(file, whole, contestants, scale, cap)
    empty = [(Case(EMPTY, case.contestant, 0, case.rules), contestant) for case, contestant in found]
    return dict(empty + found)


def _cases(file: str, whole: int, contestants: Sequence[Contestant], scale: Scale, cap: int | None) -> Iterator[tuple[Case, Contestant]]:
    for contestant in contestants:
        yield Case(file, contestant.name, contestant.rows(whole, cap)), contestant
        if contestant.name in ("parse", "leakguard"):
            yield from ((Case(file, contestant.name, round(whole * share)), contestant) for share in scale.rows)
        if contestant.name == "leakguard":
            yield from ((Case(file, contestant.name, whole, times), contestant) for times in scale.rules)
            yield from ((Case(file, more.name, whole), more) for more in map(with_workers, scale.workers))
