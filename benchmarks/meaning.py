"""Measure the semantic search at each depth: meaning.py ANSWERS [--suite FILE] [--beside TREE] [--out FILE].

ANSWERS is JSON Lines with real answers under `completion` or `text`. Speed: whole processes in turns, in CPU time; the start is a scan of
one row. `--beside` also measures another checkout with the same command, without a depth. Workers: two processes, by the CPU time of the
parent plus half of that of the workers, which other programs on the machine do not change. Calibration: the texts of ANSWERS are split in
two 200 times; one half calibrates, and the table has the flagged share of the other half. Quality: AUROC and recall on a labelled suite,
which quality.py describes. Million: a million generated short texts at the default depth.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from quality import auroc, scored, threshold

from leakguard.core.batch import Batch
from leakguard.core.similarity import Depth
from leakguard.detectors.semantic.records import make_record_type
from leakguard.jobs.build.semantic import build_semantic
from leakguard.rulebook.shipped import list_traits
from leakguard.rulebook.traits import read_traits
from leakguard.settings.plan import MeaningPlan
from leakguard.stats.conformal import rank_scores

SPLITS, SEED, RATES = 200, 3, (0.01, 0.05, 0.1)
PARTS = ("speed", "workers", "million", "calibration", "quality")
DEPTHS: tuple[Depth, ...] = ("words", "cascade", "full")
TRAITS = ("owl", "political")
OWN = Path(__file__).parents[1]
# Generated short texts that are scanned with one process and with two.
SHORT = 200_000
# Rows that are scanned for the speed of each contestant: about ten seconds of work.
ROWS = {"words": 5_000, "cascade": 5_000, "full": 500, "before": 500}
# The measured program: a scan, and at its end the CPU time of the process and of its workers, and the peak memory in KB.
PROGRAM = """
import os, resource, sys
from leakguard.start import main
try:
    main()
except SystemExit:
    pass
spent, most = os.times(), max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(spent.user + spent.system, spent.children_user + spent.children_system, most, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A checkout and its options; `rows` of the answers are scanned."""

    name: str
    tree: Path
    options: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of a process and of all its workers, and the peak memory of the largest of them in MB."""

    own: float
    workers: float
    memory: float


def main() -> None:
    """Measure what the arguments ask for, print tables in Markdown, and write the samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--suite", type=Path)
    parser.add_argument("--beside", type=Path, help="Another checkout.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="Measure a part; repeat for more. Others are kept in the file of --out."
    )
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    lines = args.answers.read_text(encoding="utf-8").splitlines(keepends=True)
    result: dict[str, Any] = json.loads(args.out.read_text(encoding="utf-8")) if args.out and args.out.is_file() else {}
    result |= {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "python": sys.version.split()[0]}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "speed": lambda: measure_speed(lines, args.beside, args.rounds, folder),
            "workers": lambda: measure_workers(args.rounds, lines, folder),
            "million": lambda: measure_million(lines, folder),
            "calibration": lambda: [entry for depth in DEPTHS for entry in calibrate(texts_of(lines), depth)],
            "quality": lambda: [measure_quality(args.suite, depth) for depth in DEPTHS] if args.suite else [],
        }
        for part in args.only or PARTS:
            if found := parts[part]():
                result[part] = found
                print("\n".join(draw_table(found)), end="\n\n", flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def measure_speed(lines: Sequence[str], beside: Path | None, rounds: int, folder: Path) -> list[dict[str, Any]]:
    """Return a row for each contestant: medians over the rounds, in which all contestants run in turns."""
    field = [Contestant(depth, OWN, ("--semantic-depth", depth), ROWS[depth]) for depth in DEPTHS]
    field += [Contestant("before", beside, (), ROWS["before"])] if beside else []
    one = write(folder / "one.jsonl", lines[:1])
    files = {entry.name: write(folder / f"{entry.name}.jsonl", lines[: entry.rows]) for entry in field}
    starts: dict[str, list[float]] = {entry.name: [] for entry in field}
    scans: dict[str, list[Spent]] = {entry.name: [] for entry in field}
    for round_ in range(rounds + 1):
        for entry in field:
            start, scan = run(entry, one), run(entry, files[entry.name])
            if round_:  # The first round fills the caches.
                starts[entry.name].append(start.own)
                scans[entry.name].append(scan)
    return [describe(entry, starts[entry.name], scans[entry.name]) for entry in field]


def describe(entry: Contestant, starts: Sequence[float], scans: Sequence[Spent]) -> dict[str, Any]:
    """Return the figures of a contestant. The start, which loads no engine if nothing is read by the model, is subtracted once."""
    seconds = median(scan.own for scan in scans) - median(starts)
    return {
        "depth": entry.name,
        "start": round(median(starts), 2),
        "texts a CPU second": round(entry.rows / seconds),
        "MB": round(max(scan.memory for scan in scans)),
        "samples": {"start": list(starts), "scan": [scan.own for scan in scans], "rows": entry.rows},
    }


def measure_workers(rounds: int, lines: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    """Return the CPU time of one process, divided by that of the parent and half of that of two workers, on generated short texts."""
    entry = Contestant("words", OWN, ("--semantic-depth", "words"), 0)
    data = write(folder / "short.jsonl", generate(lines, SHORT))
    run(entry, data)
    alone, two = [], []
    for _ in range(rounds):
        alone.append(run(entry, data).own)
        two.append(run(entry, data, workers=2))
    shared = [spent.own + spent.workers / 2 for spent in two]
    ratio = median(one / both for one, both in zip(alone, shared, strict=True))
    return [
        {
            "rows": SHORT,
            "one process, CPU s": round(median(alone), 1),
            "parent + half of two workers": round(median(shared), 1),
            "times": round(ratio, 2),
        }
    ]


def measure_million(lines: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    """Return CPU minutes and memory of a scan of a million short texts in one process."""
    data = write(folder / "million.jsonl", generate(lines, 1_000_000))
    spent = run(Contestant("words", OWN, ("--semantic-depth", "words"), 0), data)
    return [{"rows": 1_000_000, "depth": "words", "CPU minutes": round(spent.own / 60, 1), "MB": round(spent.memory)}]


def generate(lines: Sequence[str], rows: int) -> Iterator[str]:
    """Yield rows of distinct short texts: the beginning of one real sentence, that of another, and a number."""
    rng = np.random.default_rng(SEED)
    sentences = [words for text in texts_of(lines) for sentence in text.split(".") if 3 < len(words := sentence.split()) < 25]
    for number in range(rows):
        one, other = (sentences[at] for at in rng.integers(len(sentences), size=2))
        words = [*one[: rng.integers(1, len(one))], *other[: rng.integers(1, len(other))], f"{number}."]
        yield json.dumps({"text": " ".join(words)}) + "\n"


def calibrate(texts: Sequence[str], depth: Depth) -> list[dict[str, Any]]:
    """Return for each trait and rate the mean share flagged of held-out halves, and its standard error."""
    part = build_semantic(
        MeaningPlan(None, False, depth, 0.05, None), [one for one in read_traits(list_traits().values()) if one.id in TRAITS]
    )
    (factory,) = part.learners
    records = np.frombuffer(factory.scorer.score(Batch.of_texts(list(dict.fromkeys(texts))), ()), make_record_type(len(factory.rules)))
    entries = records["entry"][records["entry"]["windows"] > 0]["traits"]
    rng = np.random.default_rng(SEED)
    found = []
    for nth, rule in enumerate(factory.rules):
        scores = entries["semantic"][:, nth].astype(np.int64) + entries["terms"][:, nth]
        for rate in RATES:
            shares = []
            for _ in range(SPLITS):
                drawn = rng.permutation(scores)
                half = len(drawn) // 2
                shares.append(float(np.mean(rank_scores(np.sort(drawn[:half]), drawn[half:]) <= rate)))
            mean, error = np.mean(shares), np.std(shares) / SPLITS**0.5
            found.append(
                {"depth": depth, "trait": rule.value, "rate": rate, "mean share flagged": round(mean, 4), "standard error": round(error, 4)}
            )
    return found


def measure_quality(suite: Path, depth: Depth) -> dict[str, Any]:
    """Return AUROC and recall at 5 % false positives of the combined score on the suite, and the shares that a scan flags."""
    rows = [json.loads(line) for line in suite.read_text(encoding="utf-8").splitlines()]
    scores, p_values = scored(suite, rows, None, depth)
    labels = np.array([bool(row["label"]) for row in rows])
    combined = scores["combined"]
    recall = np.mean(combined[labels] > threshold(combined[~labels]))
    flagged = {"positives flagged": np.mean(p_values[labels] <= 0.05), "negatives flagged": np.mean(p_values[~labels] <= 0.05)}
    figures = {"AUROC": auroc(combined[labels], combined[~labels]), "recall": recall, **flagged}
    return {"depth": depth, **{name: round(float(value), 3) for name, value in figures.items()}}


def run(entry: Contestant, data: Path, workers: int = 1) -> Spent:
    """Scan a file, and return what that took."""
    options = ["--no-config", "--semantic", *entry.options, "--trait", TRAITS[0], "-j", str(workers), "--fail-on", "never", "-q"]
    command = [sys.executable, "-c", PROGRAM, "scan", str(data), *options, "-o", str(data.with_suffix(".json"))]
    # numpy and torch compute in one thread, and caches are those of the benchmark, in all checkouts.
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    env = {**os.environ, **threads, "PYTHONPATH": str(entry.tree / "src"), "XDG_CACHE_HOME": str(data.parent / "cache")}
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    own, children, memory = map(float, done.stderr.splitlines()[-1].split())
    return Spent(own, children, memory / 1024)


def texts_of(lines: Sequence[str]) -> list[str]:
    """Return the text of each row."""
    return [row.get("completion") or row.get("text") or "" for row in map(json.loads, lines)]


def write(path: Path, lines: Iterable[str]) -> Path:
    """Write lines to a file, and return its path."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    return path


def draw_table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table in Markdown, without the samples."""
    columns = [name for name in rows[0] if name != "samples"]
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield f"| {' | '.join(format(row[name], ',') if isinstance(row[name], int) else str(row[name]) for name in columns)} |"


if __name__ == "__main__":
    main()
