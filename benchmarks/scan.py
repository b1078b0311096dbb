"""Measure leakguard, parsing alone and other tools on the same files; print one table and write every sample to a file."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from compileall import compile_dir
from dataclasses import asdict
from pathlib import Path
from typing import Any

import plot
from contestants import CONTESTANTS, NAMES, Contestant, home
from measure import Run, RunFailed, core_count, interleaved, machine, once, version
from plan import EMPTY, Case, Scale, Workspace, cases, prepare_workspace
from rich.console import Console
from suite import caught
from summary import Measured, by_rows, by_rules, by_workers, row
from table import show

import rulebook

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "scan.json"
SUITE = ROOT / "tests" / "data" / "evasion.jsonl"
PACKAGES = ("hyperscan", "regex", "numpy", "rich")
QUICK = {"numbers": 50_000, "chat": 20_000, "rounds": 2, "sample": 1_000}
FULL = {"numbers": 500_000, "chat": 300_000, "rounds": 5, "sample": None}


def main() -> None:
    """Generate files, measure all contestants, print the table and write the results."""
    options = arguments()
    # An installed package is byte-compiled; a source tree may not be.
    compile_dir(ROOT / "src", quiet=2)
    console = Console(width=None if sys.stdout.isatty() else 160)
    contestants, missing, found = present(options)
    workspace = prepare_workspace(options.cache, {name: python for name, (python, _) in found.items()})
    contestants = [contestant for contestant in contestants if starts(contestant, workspace, missing)]
    results: dict[str, Any] = {
        "machine": machine(),
        "versions": {name: version(name) for name in PACKAGES} | {name: said for name, (_, said) in found.items()},
        "command": shlex.join(["python", "benchmarks/scan.py", *map(nameless, sys.argv[1:])]),
        "rounds": options.rounds,
        "missing": missing,
    }
    results |= measured(options, contestants, workspace)
    solo = [contestant for contestant in contestants if contestant.name != "parse" and contestant.cores == 1]
    tiers = caught(options.suite, solo, workspace.pythons, options.cache) if options.suite else {}
    results["suite"] = options.suite.name if options.suite else None
    results["caught"] = {name: {tier: asdict(count) for tier, count in counts.items()} for name, counts in tiers.items()}
    results["pipe"] = pipe(options.pipe_rows, workspace) if options.pipe_rows else None
    options.results.parent.mkdir(parents=True, exist_ok=True)
    options.results.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    tell(f"written to {options.results}")
    show(results, console)
    if options.results == RESULTS:
        plot.draw(results, ROOT / "docs")


def measured(options: argparse.Namespace, contestants: Sequence[Contestant], workspace: Workspace) -> dict[str, Any]:
    """Run every case and return the figures."""
    sizes = {file: getattr(options, file) for file in options.files}
    plan = cases(sizes, contestants, scale(options), options.sample)
    runs = {case: workspace.run(case, contestant, sizes.get(case.file, 0)) for case, contestant in plan.items()}
    samples = interleaved(list(runs.values()), options.rounds, tell)
    fired = {case: rows_fired(contestant, workspace, case) for case, contestant in plan.items() if case.rows}
    figures, shipped = Measured(samples), rulebook.size(rulebook.packs(default_only=True))
    files = {file: {"rows": rows, "bytes": workspace.file(file, rows, rows).stat().st_size} for file, rows in sizes.items()}
    table = [
        row(figures, case, sizes[case.file], files[case.file]["bytes"], fired[case])
        for case, contestant in plan.items()
        if contestant in contestants and case.rules == 1 and case.rows == contestant.rows(sizes.get(case.file, 0), options.sample) > 0
    ]
    growth = {
        "rows": [point for file in sizes for point in by_rows(figures, list(plan), file)] if options.growth else [],
        "rules": [point for file in sizes for point in by_rules(figures, list(plan), file, shipped, fired)],
        "workers": [point for file, whole in sizes.items() for point in by_workers(figures, list(plan), file, whole)],
    }
    raw = {name: [asdict(sample) for sample in found] for name, found in samples.items()}
    return {"files": files, "rules": shipped, "table": table, "growth": growth, "samples": raw}


def rows_fired(contestant: Contestant, workspace: Workspace, case: Case) -> int:
    """Return the number of rows with a finding in the last round."""
    output = workspace.found(case)
    return len({row for row, _ in contestant.fired(output)}) if output.exists() else 0


def scale(options: argparse.Namespace) -> Scale:
    """Return the points of the plots, with no more workers than cores."""
    if not options.growth:
        return Scale()
    workers = tuple(count for count in (4, 8, 16, 32) if count <= core_count())
    rows = (0.1, 0.3, *((10.0,) if options.tenfold else ()))
    return Scale(rows[:1], (10,), ()) if options.quick else Scale(rows, (2, 5, 10), workers)


def present(options: argparse.Namespace) -> tuple[list[Contestant], dict[str, str], dict[str, tuple[str, str]]]:
    """Return the requested contestants that are installed, why others are missing, and the Python and version of each."""
    wanted = [contestant for contestant in CONTESTANTS if contestant.name in (*options.only, "parse")]
    found: dict[str, tuple[str, str]] = {}
    missing: dict[str, str] = {}
    for contestant in wanted:
        place = home(contestant, options.python)
        if contestant.cores > core_count():
            missing[contestant.name] = f"needs {contestant.cores} cores"
        elif place is None:
            missing[contestant.name] = "not installed (name another environment with --python)"
        else:
            found[contestant.name] = place
    return [contestant for contestant in wanted if contestant.name in found], missing, found


def starts(contestant: Contestant, workspace: Workspace, missing: dict[str, str]) -> bool:
    """Return whether a contestant can scan an empty file; one that cannot is left out, and its error is reported."""
    try:
        once(workspace.run(Case(EMPTY, contestant.name, 0), contestant, 0))
    except RunFailed as failed:
        if not contestant.sample:
            raise
        missing[contestant.name] = str(failed)
    return contestant.name not in missing


def pipe(rows: int, workspace: Workspace) -> dict[str, float]:
    """Measure one scan of generated rows from a pipe."""
    generator = shlex.join([sys.executable, str(Path(__file__).with_name("data.py")), "numbers", str(rows)])
    guard = shlex.join([sys.executable, "-m", "leakguard", "scan", "-", "--output", str(workspace.folder / "found" / "pipe.jsonl")])
    command = ("sh", "-c", f"{generator} | {guard} --workers 1 --fail-on never --quiet")
    sample = once(Run(f"{rows} rows from a pipe", command, Path(os.devnull), min(2, core_count())))
    return {"rows": rows, "wall_s": sample.wall, "rss_mb": sample.rss / 1e6}


def nameless(argument: str) -> str:
    """Return an argument as it is stored: of an absolute path only the last name."""
    return Path(argument).name if argument.startswith(("/", "~")) else argument


def tell(line: str) -> None:
    """Print a line of progress to stderr."""
    print(line, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Parse the arguments, and fill in the defaults of --quick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small files, two rounds: to try, not to quote")
    parser.add_argument("--numbers", type=int, metavar="ROWS", help=f"rows of the number file [{FULL['numbers']:,}]")
    parser.add_argument("--chat", type=int, metavar="ROWS", help=f"rows of the chat file [{FULL['chat']:,}]")
    parser.add_argument("--files", nargs="+", default=["numbers", "chat"], choices=["numbers", "chat"], help="which files [both]")
    parser.add_argument("--rounds", type=int, help=f"how often each run is measured [{FULL['rounds']}]")
    parser.add_argument("--sample", type=int, metavar="ROWS", help="at most so many rows for tools that do not get whole files")
    parser.add_argument(
        "--only", nargs="+", default=NAMES, choices=NAMES, metavar="NAME", help=f"contestants besides parse: {', '.join(NAMES)}"
    )
    parser.add_argument("--no-growth", dest="growth", action="store_false", help="leave out more rows, rules and workers")
    parser.add_argument("--tenfold", action="store_true", help="also ten times the rows of each file (generates gigabytes)")
    parser.add_argument("--pipe-rows", type=int, default=0, metavar="ROWS", help="also scan this number of number rows from a pipe")
    parser.add_argument("--suite", type=Path, metavar="FILE", help="JSON Lines of cases (text, tier) to find [tests/data/evasion.jsonl]")
    parser.add_argument("--no-suite", action="store_true", help="do not count the cases that each contestant finds")
    parser.add_argument("--python", nargs="+", default=[], metavar="PATH", help="other environments in which the tools may be installed")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench", help="where generated files are kept [build/bench]")
    parser.add_argument("--results", type=Path, help="where samples are written [benchmarks/results/scan.json; with --quick the cache]")
    options = parser.parse_args()
    for name, value in (QUICK if options.quick else FULL).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    options.python = [sys.executable, *options.python]
    options.suite = None if options.no_suite else options.suite or (SUITE if SUITE.exists() else None)
    options.cache = options.cache.resolve()
    options.results = options.results or (options.cache / "quick.json" if options.quick else RESULTS)
    return options


if __name__ == "__main__":
    main()
