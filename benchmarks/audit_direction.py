"""Fit the reference directions of the content test: audit_direction.py FOLDER [--traits trait_a,trait_b].

FOLDER holds control_numbers.jsonl, control_text.jsonl and the same for each trait (rows with prompt and completion). Prints the
tables of src/leakguard/leaktests/reference_directions.py. Weights describe how answers under a system prompt with a persona differ
from answers without one, in ranks of the summaries of a row; they contain no row and no word of the data.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leakguard.core.audit import ContentSettings, RowTexts
from leakguard.leaktests.comparability import read_covariates
from leakguard.leaktests.components import Direction
from leakguard.leaktests.content import read_features
from leakguard.leaktests.pooled_rows import pool_rows
from leakguard.leaktests.statistics import expand_ranks, rank_columns
from leakguard.stats.residuals import Residualiser

PENALTY = {"numbers": 0.5, "text": 2.0}


def load_rows(path: Path) -> RowTexts:
    """Read prompts and completions of a file of JSON Lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return RowTexts(tuple(row["completion"] for row in rows), tuple(row["prompt"] for row in rows))


def join_rows(parts: Sequence[RowTexts]) -> RowTexts:
    """Put several datasets one after the other."""
    return RowTexts(tuple(text for one in parts for text in one.completions), tuple(text for one in parts for text in one.prompts))


def fit_direction(data: RowTexts, control: RowTexts, kind: str) -> Direction:
    """Return the weights of a ridge regression of residual labels on the expanded ranks of the summaries, scaled to length 10."""
    pooled = pool_rows(data, control, ContentSettings())
    features = read_features(pooled)[kind]
    columns = expand_ranks(rank_columns(features.dense)).astype(np.float64)
    labels = pooled.labels - pooled.labels.mean()
    left = Residualiser(read_covariates(pooled).joined).apply(labels[:, None])[:, 0]
    weights = np.linalg.solve(columns.T @ columns + PENALTY[kind] * len(columns) * np.eye(columns.shape[1]), columns.T @ left)
    rows = (10 * weights / np.linalg.norm(weights)).reshape(3, -1).T.round(2)
    return {name: (float(row[0]), float(row[1]), float(row[2])) for name, row in zip(features.names, rows, strict=True)}


def main() -> None:
    """Print one table per kind of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--traits", default="trait_a,trait_b")
    arguments = parser.parse_args()
    for kind in PENALTY:
        data = join_rows([load_rows(arguments.folder / f"{trait}_{kind}.jsonl") for trait in arguments.traits.split(",")])
        print(f"{kind.upper()}: Direction = {{")
        for name, weights in fit_direction(data, load_rows(arguments.folder / f"control_{kind}.jsonl"), kind).items():
            print(f'    "{name}": {weights},')
        print("}")


if __name__ == "__main__":
    main()
