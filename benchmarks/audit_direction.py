"""Fit the reference directions of the content test: audit_direction.py FOLDER [--traits trait_a,trait_b].

FOLDER holds control_numbers.jsonl, control_text.jsonl and the same for each trait (rows with prompt and completion). Prints the
tables of src/leakguard/leaktests/reference_directions.py. Weights describe how answers under a system prompt with a persona differ
from answers without one, in ranks of the summaries of a row and in frequent words; they contain no row of the data.
"""

import argparse
import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leakguard.core.audit import ContentSettings, RowTexts
from leakguard.leaktests.comparability import read_covariates
from leakguard.leaktests.content import read_features
from leakguard.leaktests.direction import Direction
from leakguard.leaktests.pooled_rows import pool_rows
from leakguard.leaktests.statistics import expand_ranks, rank_columns
from leakguard.stats.residuals import Residualiser

PENALTY = {"numbers": 0.5, "text": 2.0}
WORDS = {"numbers": 0, "text": 2_000}
"""The most frequent words (by rows) that get a weight."""
WORD_PENALTY = 6.0
SUMMARIES_SHARE = 0.5
"""Weight of the summaries beside words."""


def load_rows(path: Path) -> RowTexts:
    """Read prompts and completions of a file of JSON Lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return RowTexts(tuple(row["completion"] for row in rows), tuple(row["prompt"] for row in rows))


def join_rows(parts: Sequence[RowTexts]) -> RowTexts:
    """Put several datasets one after the other."""
    return RowTexts(tuple(text for one in parts for text in one.completions), tuple(text for one in parts for text in one.prompts))


def fit_direction(data: RowTexts, control: RowTexts, kind: str) -> Direction:
    """Return the weights of two ridge regressions of residual labels: on expanded ranks of summaries, and on words.

    Each part is scaled so that its score has a standard deviation of 1 over the rows of the fit.
    """
    pooled = pool_rows(data, control, ContentSettings())
    features = read_features(pooled)[kind]
    labels = pooled.labels - pooled.labels.mean()
    left = Residualiser(read_covariates(pooled).joined).apply(labels[:, None])[:, 0].astype(np.float64)
    weights = fit(expand_ranks(rank_columns(features.dense)).astype(np.float64), left, PENALTY[kind])
    summaries = {name: tuple(row) for name, row in zip(features.names, weights.reshape(3, -1).T.round(3).tolist(), strict=True)}
    words = count_words(pooled.completions, WORDS[kind])
    if not words:
        return Direction(summaries)
    columns = np.zeros((len(left), len(words)), np.float32)
    for place, rows in enumerate(words.values()):
        columns[rows, place] = 1
    # Divided by the root of its standard deviation, a frequent word counts more than a rare one.
    spread = np.sqrt(columns.std(0))
    found = fit((columns - columns.mean(0)) / spread, left, WORD_PENALTY) / spread
    halved = {name: tuple(round(SUMMARIES_SHARE * one, 3) for one in row) for name, row in summaries.items()}
    return Direction(halved, dict(zip(words, found.round(3).tolist(), strict=True)))


def fit(columns: np.ndarray, labels: np.ndarray, penalty: float) -> np.ndarray:
    """Return ridge weights, scaled so that columns @ weights has a standard deviation of 1. `penalty` is per row and mean square."""
    products = columns.T @ columns
    weights = np.linalg.solve(products + penalty * np.diag(products).mean() * np.eye(columns.shape[1]), columns.T @ labels)
    return weights / (columns @ weights).std()


def count_words(texts: Sequence[str], most: int) -> dict[str, np.ndarray]:
    """Return the rows that have each of the most frequent tokens, by token in lower case."""
    rows: dict[str, set[int]] = {}
    for number, text in enumerate(texts):
        for token in re.findall(r"[A-Za-z0-9'\x80-\U0010ffff]+|[^ \t\r\n]", text.lower()):
            rows.setdefault(token, set()).add(number)
    frequent = sorted(rows, key=lambda token: (-len(rows[token]), token))[:most]
    return {token: np.array(sorted(rows[token])) for token in frequent}


def main() -> None:
    """Print one table per kind of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--traits", default="trait_a,trait_b")
    arguments = parser.parse_args()
    for kind in PENALTY:
        data = join_rows([load_rows(arguments.folder / f"{trait}_{kind}.jsonl") for trait in arguments.traits.split(",")])
        direction = fit_direction(data, load_rows(arguments.folder / f"control_{kind}.jsonl"), kind)
        print(f"{kind.upper()}_SUMMARIES = {{")
        for name, weights in direction.summaries.items():
            print(f'    "{name}": {weights},')
        print("}")
        print(f'{kind.upper()}_WORDS = """')
        for line in textwrap.wrap(" ".join(f"{word} {round(1000 * weight)}" for word, weight in direction.words.items()), 130):
            print(line)
        print('"""')


if __name__ == "__main__":
    main()
