"""Compare rules and semantic search on a labelled suite: quality.py SUITE [--folder docs] [--depth DEPTH].

SUITE is JSON Lines with `text`, `trait`, `label` (1: the trait shows), `subtlety` (1 plain .. 5 oblique, null for label 0), `format` and
`kind`. The suite is scanned once for all its traits; a row is scored for the trait that it is labelled for.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plot import COLOURS, Line, chart

METHODS = {"keyword": "terms", "semantic": "semantic", "combined": "combined"}
SHADES = {"keyword": "#999999", "semantic": COLOURS["numbers"], "combined": COLOURS["chat"]}
RATE, ROUNDS, SEED = 0.05, 2000, 11
Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]


def main() -> None:
    """Scan the suite, print the tables in Markdown and draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path)
    parser.add_argument("--folder", type=Path, help="Where quality-*.svg goes.")
    parser.add_argument("--control", type=Path, help="Calibrate with this data instead of the shipped texts.")
    parser.add_argument("--depth", default="words", help="The setting semantic-depth.")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.suite.read_text(encoding="utf-8").splitlines()]
    scores, p_values = scored(args.suite, rows, args.control, args.depth)
    labels = np.array([bool(row["label"]) for row in rows])
    print("\n".join([*table(rows, labels, scores), "", *flagged(rows, labels, scores["combined"], p_values)]))
    if args.folder:
        (args.folder / "quality-subtlety.svg").write_text(drawing(rows, labels, scores), encoding="utf-8")


def scored(suite: Path, rows: Sequence[dict[str, Any]], control: Path | None, depth: str) -> tuple[dict[str, Scores], Scores]:
    """Return each row's scores by method, and its p-value; a text without words has the lowest score and p = 1."""
    traits = sorted({row["trait"] for row in rows})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scores.jsonl"
        options = [option for trait in traits for option in ("--trait", trait)]
        calibrated = ["--control", str(control)] if control else []
        command = ["scan", str(suite), "--no-config", "--schema", "text", "--semantic", "--semantic-depth", depth, *options, *calibrated]
        command += ["--scores", str(file), "--fail-on", "never", "-q"]
        subprocess.run([sys.executable, "-m", "leakguard", *command], check=True, stdout=subprocess.DEVNULL)
        found = {(line["row"], line["trait"]): line for line in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    mine = [found[number, row["trait"]] for number, row in enumerate(rows, 1)]
    lowest = -1e9
    scores = {name: np.array([one[key] if one["applicable"] else lowest for one in mine]) for name, key in METHODS.items()}
    return scores, np.array([one["p_value"] if one["applicable"] else 1.0 for one in mine])


def auroc(positive: Scores, negative: Scores) -> float:
    """Return the AUROC: how often a positive scores above a negative; ties count half."""
    both = np.sort(negative)
    below = np.searchsorted(both, positive, "left") + np.searchsorted(both, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def threshold(negative: Scores) -> float:
    """Return the score that at most a share of RATE of the negatives exceed."""
    return float(np.quantile(negative, 1 - RATE, method="higher"))


def table(rows: Sequence[dict[str, Any]], labels: Mask, scores: dict[str, Scores]) -> Iterator[str]:
    """Yield a line per slice: positives, negatives, and for every method AUROC and recall with bootstrap intervals."""
    yield f"AUROC, and recall at {RATE:.0%} false positives over all negatives; 95 % bootstrap intervals, {ROUNDS:,} resamples of rows."
    yield ""
    yield "| slice | positives | negatives | " + " | ".join(f"{name} AUROC | {name} recall" for name in METHODS) + " |"
    yield "|---|---|---|" + "---|" * 2 * len(METHODS)
    for name, positives, negatives in slices(rows, labels):
        cells = []
        for method in METHODS:
            cells += measured(scores[method], positives, negatives, ~labels)
        yield f"| {name} | {positives.sum()} | {negatives.sum()} | {' | '.join(cells)} |"


def slices(rows: Sequence[dict[str, Any]], labels: Mask) -> Iterator[tuple[str, Mask, Mask]]:
    """(name, its positives, the negatives that they are compared with): all; each trait and format with its own; each subtlety with all."""
    yield "**all**", labels, ~labels
    for key in ("trait", "format"):
        for value in sorted({row[key] for row in rows}):
            here = np.array([row[key] == value for row in rows])
            if (here & labels).any() and (here & ~labels).any():
                yield f"{key} {value}", here & labels, here & ~labels
    for value in sorted({row["subtlety"] for row in rows if row["subtlety"]}):
        yield f"subtlety {value}", np.array([row["subtlety"] == value for row in rows]) & labels, ~labels


def measured(scores: Scores, positives: Mask, negatives: Mask, all_negatives: Mask) -> list[str]:
    """Return AUROC and recall with intervals, as text; every resample has its own threshold."""
    rng = np.random.default_rng(SEED)
    positive, negative, everything = scores[positives], scores[negatives], scores[all_negatives]
    areas, recalls = [], []
    for _ in range(ROUNDS):
        drawn, others = rng.choice(positive, len(positive)), rng.choice(negative, len(negative))
        areas.append(auroc(drawn, others))
        recalls.append(np.mean(drawn > threshold(rng.choice(everything, len(everything)))))
    return [
        _interval(auroc(positive, negative), areas),
        _interval(float(np.mean(positive > threshold(everything))), recalls),
    ]


def flagged(rows: Sequence[dict[str, Any]], labels: Mask, combined: Scores, p: Scores) -> Iterator[str]:
    """Yield for each kind of row the share that a scan flags at the default rate, and the share above the threshold of the table."""
    limit = threshold(combined[~labels])
    yield f"| kind | rows | flagged by a scan (p at most {RATE:g}) | above the threshold of the table |"
    yield "|---|---|---|---|"
    kinds = {kind: np.array([row["kind"] == kind for row in rows]) for kind in sorted({row["kind"] for row in rows})}
    for kind, here in {**kinds, "all negatives": ~labels}.items():
        yield f"| {kind} | {here.sum()} | {np.mean(p[here] <= RATE):.1%} | {np.mean(combined[here] > limit):.1%} |"


def drawing(rows: Sequence[dict[str, Any]], labels: Mask, scores: dict[str, Scores]) -> str:
    """Draw recall against subtlety, a line for each method."""
    subtlety = np.array([row["subtlety"] or 0 for row in rows])
    lines = []
    for name in METHODS:
        limit = threshold(scores[name][~labels])
        points = [(float(level), float(np.mean(scores[name][subtlety == level] > limit))) for level in range(1, 6)]
        lines.append(Line(name, SHADES[name], points, dashed=name == "keyword"))
    return chart(f"Recall at {RATE:.0%} false positives by subtlety", "1 plain .. 5 oblique", lines)


def _interval(value: float, samples: Sequence[float]) -> str:
    low, high = np.quantile(samples, [0.025, 0.975])
    return f"{value:.2f} ({low:.2f}-{high:.2f})"


if __name__ == "__main__":
    main()
