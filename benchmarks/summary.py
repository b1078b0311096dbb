"""Compute figures from samples: rates, costs relative to parsing, and the growth of cost with rows, rules and workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from measure import Sample, Samples, middle
from plan import EMPTY, Case

Figures = dict[str, Any]
NOISE = 0.01  # seconds: a smaller cost beyond the start cannot be distinguished from noise


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians by case, of whole processes and net (without the time on an empty file)."""

    samples: Samples

    def whole(self, case: Case) -> Sample:
        """Return the median of the whole process."""
        return middle(self.samples[case.name])

    def start(self, case: Case) -> Sample:
        """Return the median of the same process on an empty file."""
        return self.whole(Case(EMPTY, case.contestant, 0, case.rules))

    def scaled(self, case: Case, rows: int) -> Sample:
        """Return the estimated cost of `rows` rows: the start once, the rest in proportion to the rows."""
        whole, start = self.whole(case), self.start(case)
        times = rows / case.rows
        wall, cpu = (begin + max(all_ - begin, 0) * times for all_, begin in ((whole.wall, start.wall), (whole.cpu, start.cpu)))
        return whole if times == 1 else Sample(wall, cpu, whole.rss)

    def net(self, case: Case, rows: int) -> float:
        """Return the CPU seconds for `rows` rows without the start."""
        return self.scaled(case, rows).cpu - self.start(case).cpu


def over(cost: float, base: float) -> float | None:
    """Return cost / base, or None if the base is too small to divide by."""
    return cost / base if base >= NOISE else None


def row(measured: Measured, case: Case, rows: int, size: int, fired: int) -> Figures:
    """Return a line of the table: one contestant on one file of `rows` rows and `size` bytes."""
    parse = Case(case.file, "parse", rows)
    cost = measured.scaled(case, rows)
    return {
        "file": case.file,
        "contestant": case.contestant,
        "rows": rows,
        "measured_rows": case.rows,
        "rows_per_s": rows / cost.wall,
        "mb_per_s": size / 1e6 / cost.wall,
        "wall_s": cost.wall,
        "cpu_s": cost.cpu,
        "start_cpu_s": measured.start(case).cpu,
        "ratio": cost.cpu / measured.whole(parse).cpu,
        "net_ratio": over(measured.net(case, rows), measured.net(parse, rows)),
        "wall_ratio": cost.wall / measured.whole(parse).wall,
        "rss_mb": cost.rss / 1e6,
        "fired_share": fired / case.rows,
    }


def by_rows(measured: Measured, cases: Sequence[Case], file: str) -> list[Figures]:
    """Return the costs of parsing and leakguard for every number of rows that both have."""
    counts = sorted({case.rows for case in cases if case.file == file and case.contestant == "parse"})
    pairs = [(rows, Case(file, "leakguard", rows), Case(file, "parse", rows)) for rows in counts]
    return [
        {
            "file": file,
            "rows": rows,
            "cpu_s": measured.whole(guard).cpu,
            "net_cpu_s": measured.net(guard, rows),
            "parse_cpu_s": measured.whole(parse).cpu,
            "ratio": measured.whole(guard).cpu / measured.whole(parse).cpu,
            "net_ratio": over(measured.net(guard, rows), measured.net(parse, rows)),
            "rss_mb": measured.whole(guard).rss / 1e6,
        }
        for rows, guard, parse in pairs
        if guard.name in measured.samples
    ]


def by_rules(measured: Measured, cases: Sequence[Case], file: str, shipped: int, fired: Mapping[Case, int]) -> list[Figures]:
    """Return the cost of leakguard on the whole file for every number of rules, relative to the shipped ones."""
    whole = max((case.rows for case in cases if case.file == file and case.rules > 1), default=None)
    if whole is None:
        return []
    own = Case(file, "leakguard", whole)
    found = sorted({case for case in cases if case.file == file and case.rules > 1} | {own}, key=lambda case: case.rules)
    return [
        {
            "file": file,
            "rules": shipped * case.rules,
            "times": case.rules,
            "cpu_s": measured.whole(case).cpu,
            "start_cpu_s": measured.start(case).cpu,
            "ratio": measured.whole(case).cpu / measured.whole(own).cpu,
            "net_ratio": over(measured.net(case, whole), measured.net(own, whole)),
            "fired_rows": fired.get(case),
        }
        for case in found
    ]


def by_workers(measured: Measured, cases: Sequence[Case], file: str, whole: int) -> list[Figures]:
    """Return leakguard's throughput in wall time for every number of workers, relative to one."""
    one = Case(file, "leakguard", whole)
    if one.name not in measured.samples:
        return []
    found = {1: one} | {int(case.contestant.rsplit("-", 1)[1]): case for case in cases if case.file == file and _crew(case)}
    return [
        {
            "file": file,
            "workers": workers,
            "wall_s": measured.whole(case).wall,
            "rows_per_s": whole / measured.whole(case).wall,
            "speedup": measured.whole(one).wall / measured.whole(case).wall,
            "net_speedup": over(_beyond_start(measured, one), _beyond_start(measured, case)),
        }
        for workers, case in sorted(found.items())
    ]


def _crew(case: Case) -> bool:
    return case.contestant.startswith("leakguard-")


def _beyond_start(measured: Measured, case: Case) -> float:
    return measured.whole(case).wall - measured.start(case).wall
