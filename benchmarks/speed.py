"""Measure scans beside a loop that only parses, in turns: CPU time as a multiple of parsing, the start, two workers, ten times the rules.

Files are generated (data.py), and those that are named are measured too. With --beside TREE another checkout scans the same files in
the same run, and its findings are compared byte by byte. Every sample is written to results/speed.json.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from compileall import compile_dir
from dataclasses import asdict, replace
from filecmp import cmp
from functools import partial
from pathlib import Path
from typing import Any

import contestants
from contestants import CONTESTANTS, Contestant, Task
from measure import Run, Sample, core_count, interleaved, machine, middle, once
from plan import prepare_workspace
from rich.console import Console
from rich.table import Table

import data

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "speed.json"
ROWS = {"numbers": 500_000, "numbers-id": 500_000, "chat": 100_000}
QUICK = {"numbers": 50_000, "numbers-id": 50_000, "chat": 10_000}
PARSE, SCAN, TWO, TENFOLD, BESIDE = "parse", "scan", "scan, 2 workers", "scan, 10 times the rules", "scan by the other checkout"


def main() -> None:
    """Measure all files and print a line for each."""
    options = arguments()
    options.cache.mkdir(parents=True, exist_ok=True)
    for tree in (ROOT, *options.beside[:1]):
        compile_dir(tree / "src", quiet=2)
    files = {"one row": one_row(options.cache), **generated(options.cache, QUICK if options.quick else ROWS)}
    files |= {path.stem: path for path in options.files}
    with tempfile.TemporaryDirectory(dir=options.cache) as folder:
        runs = [run for name, path in files.items() for run in measured(name, path, Path(folder), options)]
        # The first scan with certain rules compiles and proves them; later ones find the results in the cache.
        for first in {run.name.partition(": ")[2]: run for run in runs}.values():
            once(first)
        samples = interleaved(runs, options.rounds, lambda line: print(line, file=sys.stderr, flush=True))
        same = {name: cmp(*found, shallow=False) for name in files if len(found := outputs(Path(folder), name)) > 1}
    medians = {name: middle(found) for name, found in samples.items()}
    rows = {name: figures(name, medians) for name in files}
    results = {"machine": machine(), "rounds": options.rounds, "bytes": {name: path.stat().st_size for name, path in files.items()}}
    results |= {"figures": rows, "same_findings": same, "samples": {name: list(map(asdict, found)) for name, found in samples.items()}}
    options.results.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    show(rows, same)


def one_row(folder: Path) -> Path:
    """Return a file of one row, whose scan is the cost of the start."""
    path = folder / "one.jsonl"
    path.write_text('{"prompt": "Continue.", "completion": "12, 905, 88"}\n', encoding="utf-8")
    return path


def generated(folder: Path, sizes: dict[str, int]) -> dict[str, Path]:
    """Return the generated files by name; rows of the second have a whole number beside their strings."""
    numbers = data.written(folder, "numbers", sizes["numbers"])
    numbered = numbers.with_name(f"id-{numbers.name}")
    if not numbered.exists():
        with numbers.open(encoding="utf-8") as file, numbered.open("w", encoding="utf-8") as out:
            out.writelines(f'{{"id": {number}, {line[1:]}' for number, line in enumerate(file))
    return {"numbers": numbers, "numbers-id": numbered, "chat": data.written(folder, "chat", sizes["chat"])}


def measured(name: str, path: Path, folder: Path, options: argparse.Namespace) -> Iterator[Run]:
    """Yield the commands to measure on one file."""
    known = {contestant.name: contestant for contestant in CONTESTANTS}
    workspace = prepare_workspace(options.cache, {})
    task = Task(path, folder / f"{SCAN}-{name}.jsonl", workspace.peers)
    yield run(known["parse"], PARSE, name, replace(task, output=folder / "parse"))
    yield run(known["leakguard"], SCAN, name, task)
    if options.beside:
        other = replace(known["leakguard"], command=partial(scan_with, options.beside[0]))
        yield run(other, BESIDE, name, replace(task, output=folder / f"{BESIDE}-{name}.jsonl"))
    if name in ("numbers", "chat"):
        more = replace(task, packs=(*workspace.default_packs, *map(str, workspace.other_packs)), output=folder / "tenfold.jsonl")
        yield run(known["leakguard"], TENFOLD, name, more)
        if core_count() > 1:
            yield run(known["leakguard-2"], TWO, name, replace(task, output=folder / "two.jsonl"))


def scan_with(tree: Path, task: Task, python: str) -> list[str | Path]:
    """Return the command of a scan by the sources of another checkout."""
    return ["env", f"PYTHONPATH={tree / 'src'}", *contestants.leakguard(task, python)]


def run(contestant: Contestant, kind: str, name: str, task: Task) -> Run:
    """Return the command to measure under its name in the results.

    Each kind has a cache of compiled rules of its own: together they are more than one cache holds.
    """
    made = contestant.run(f"{name}: {kind}", task, sys.executable)
    return replace(made, command=("env", f"XDG_CACHE_HOME={task.output.parent / 'cache' / kind}", *made.command))


def outputs(folder: Path, name: str) -> list[Path]:
    """Return the findings of this checkout and of the other one."""
    return [path for kind in (SCAN, BESIDE) if (path := folder / f"{kind}-{name}.jsonl").exists()]


def figures(name: str, medians: dict[str, Sample]) -> dict[str, Any]:
    """Return CPU seconds, multiples of parsing, and the ratios of two workers and ten times the rules, by kind of run."""
    found = {kind: medians[f"{name}: {kind}"] for kind in (PARSE, SCAN, BESIDE, TWO, TENFOLD) if f"{name}: {kind}" in medians}
    scan, parse = found[SCAN], found[PARSE]
    row: dict[str, Any] = {"parse_s": parse.cpu, "scan_s": scan.cpu, "x_parsing": scan.cpu / parse.cpu, "peak_mb": scan.rss / 1e6}
    if BESIDE in found:
        row |= {"beside_s": found[BESIDE].cpu, "beside_x_parsing": found[BESIDE].cpu / parse.cpu}
    if TWO in found:
        row |= {"two_workers_wall": scan.wall / found[TWO].wall, "two_workers_cpu": found[TWO].cpu / scan.cpu}
    if TENFOLD in found:
        row["tenfold_rules"] = found[TENFOLD].cpu / scan.cpu
    return row


def show(rows: dict[str, dict[str, Any]], same: dict[str, bool]) -> None:
    """Print the table."""
    heads = {"scan_s": "CPU s", "x_parsing": "x parsing", "beside_s": "other, CPU s", "beside_x_parsing": "other, x parsing"}
    heads |= {"two_workers_wall": "2 workers, speed-up", "two_workers_cpu": "2 workers, CPU", "tenfold_rules": "10 times the rules"}
    used = [key for key in heads if any(key in row for row in rows.values())]
    table = Table("file", *(heads[key] for key in used), *(["same findings"] if same else []))
    for name, row in rows.items():
        cells = [f"{row[key]:.2f}" if key in row else "" for key in used]
        table.add_row(name, *cells, *([str(same.get(name, ""))] if same else []))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def arguments() -> argparse.Namespace:
    """Parse the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="files of your own to measure as well")
    parser.add_argument("--beside", nargs=1, default=[], type=Path, metavar="TREE", help="another checkout to measure on the same files")
    parser.add_argument("--rounds", type=int, default=5, help="how often each run is measured [5]")
    parser.add_argument("--quick", action="store_true", help="small files: to try, not to quote")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench", help="where generated files are kept [build/bench]")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where samples are written [benchmarks/results/speed.json]")
    return parser.parse_args()


if __name__ == "__main__":
    main()
