"""Measure the cost of the search by meaning, and its false-positive rates: meaning.py [--control FILE ...] [--rows N].

Throughput: a file with 30 % duplicates and texts of 5 to 150 words, scored by leakguard (each distinct window once, batches of one
length) and by the library's own `encode` over every window of every text, in turn in one process, in CPU time. Both must flag the same.
Calibration: texts of a control file are split in two 200 times; one half calibrates, and the share of the other that is flagged is shown.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leakguard.detectors.semantic.contrast import Scores, split_identifiers
from leakguard.detectors.semantic.measure import score_texts
from leakguard.detectors.semantic.trait_scorer import TraitScorer, fit_traits
from leakguard.detectors.semantic.windows import has_no_words, split_windows
from leakguard.models.embedding.embedder import load_default_embedder
from leakguard.rulebook.shipped import ordinary_texts, shipped_traits
from leakguard.rulebook.traits import read_neutral, read_traits
from leakguard.stats.conformal import rank_scores

SPLITS, SEED, RATES, RATE = 200, 3, (0.01, 0.05, 0.1), 0.05
DUPLICATES, WORDS = 0.3, (5, 150)


class Plain:
    """The library as it comes: `encode` sorts by length and pads. No text is remembered."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def embed(self, texts: Sequence[str]) -> Any:
        """One unit vector a text."""
        return self._model.encode(list(texts), batch_size=32, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)


def main() -> None:
    """Print both as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--control", type=Path, nargs="*", default=[], help="JSON Lines with a text under `completion` or `text`.")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    embedder = load_default_embedder()
    shelf = read_traits(shipped_traits().values())
    traits = [trait for trait in shelf if trait.id in ("owl", "political")]
    found = fit_traits(traits, read_neutral(ordinary_texts()), shelf, embedder)
    throughput(found, embedder, args.rows, args.rounds)
    for path in args.control:
        calibration(found, embedder, path)


def throughput(found: Sequence[TraitScorer], embedder: Any, rows: int, rounds: int) -> None:
    """CPU seconds of both, and their verdicts."""
    texts = mixed(found, rows)
    plain = Plain(embedder._model)
    ours, theirs = [], []
    for _ in range(rounds):
        start = time.process_time()
        mine = once(texts, found, embedder)
        middle = time.process_time()
        other = every(texts, found, plain, embedder.limit)
        theirs.append(time.process_time() - middle)
        ours.append(middle - start)
    same = all(
        ((rank_scores(one.ordinary, a) <= RATE) == (rank_scores(one.ordinary, b) <= RATE)).all()
        for one, a, b in zip(found, mine, other, strict=True)
    )
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    print("| | CPU s (median) | texts per CPU second |\n|---|---|---|")
    for name, seconds in (("leakguard", ours), ("encode, every window of every text", theirs)):
        print(f"| {name} | {np.median(seconds):.1f} | {len(texts) / np.median(seconds):.0f} |")
    spread = f"{np.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
    print(f"\n{len(texts):,} texts, {len(set(texts)):,} distinct; ratio {spread}; same verdicts: {same}\n")


def mixed(found: Sequence[TraitScorer], rows: int) -> list[str]:
    """Texts of mixed lengths made of shipped sentences, some of them about the traits; DUPLICATES of them are repeats."""
    rng = np.random.default_rng(SEED)
    sentences = [text for text in read_neutral(ordinary_texts()) if not has_no_words(text)]
    sentences += [text for one in found for text in one.trait.examples["prose"]]
    texts: list[str] = []
    for _ in range(int(rows * (1 - DUPLICATES))):
        length, words = int(rng.integers(*WORDS)), []
        while len(words) < length:
            words += str(rng.choice(sentences)).split()
        texts.append(" ".join(words[:length]) + f" {rng.integers(10**6)}.")
    texts += rng.choice(texts, rows - len(texts)).tolist()
    return [texts[at] for at in rng.permutation(len(texts))]


def once(texts: Sequence[str], found: Sequence[TraitScorer], embedder: Any) -> list[Scores]:
    """Combined scores as a scan makes them: distinct texts, distinct windows."""
    distinct = list(dict.fromkeys(texts))
    ranges = [split_windows(text, embedder.limit) for text in distinct]
    place = {text: at for at, text in enumerate(distinct)}
    where = [place[text] for text in texts]
    return [one.combined[where] for one in score_texts(distinct, ranges, [frozenset()] * len(distinct), found, embedder)]


def every(texts: Sequence[str], found: Sequence[TraitScorer], plain: Plain, limit: int) -> list[Scores]:
    """The same scores, text after text as they stand in the file, all windows embedded by one call of `encode`."""
    ranges = [split_windows(text, limit) for text in texts]
    pieces = [text[start:end] for text, places in zip(texts, ranges, strict=True) for start, end in places]
    vectors = iter(plain.embed([split_identifiers(piece) for piece in pieces]))
    ready = Ready([next(vectors) for _ in pieces], pieces)
    return [one.combined for one in score_texts(texts, ranges, [frozenset()] * len(texts), found, ready)]


class Ready:
    """Vectors that were made before, by text."""

    name, digest, limit = "ready", "", 240

    def __init__(self, vectors: Sequence[Any], pieces: Sequence[str]) -> None:
        self._known = {split_identifiers(piece): vector for piece, vector in zip(pieces, vectors, strict=True)}

    def embed(self, texts: Sequence[str]) -> Any:
        """The vectors of these texts."""
        return np.stack([self._known[text] for text in texts])


def calibration(found: Sequence[TraitScorer], embedder: Any, path: Path) -> None:
    """Mean share flagged of held-out halves, for each trait and rate."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [text for text in dict.fromkeys(row.get("completion") or row.get("text") or "" for row in rows) if not has_no_words(text)]
    ranges = [split_windows(text, embedder.limit) for text in texts]
    scores = [one.combined for one in score_texts(texts, ranges, [frozenset()] * len(texts), found, embedder)]
    print(f"{path.name}: {len(texts):,} distinct texts, {SPLITS} splits in halves\n")
    print("| trait | rate | mean share flagged | standard error |\n|---|---|---|---|")
    rng = np.random.default_rng(SEED)
    for one, all_scores in zip(found, scores, strict=True):
        for rate in RATES:
            shares = []
            for _ in range(SPLITS):
                drawn = rng.permutation(all_scores)
                half = len(drawn) // 2
                shares.append(float(np.mean(rank_scores(np.sort(drawn[:half]), drawn[half:]) <= rate)))
            print(f"| {one.trait.id} | {rate:g} | {np.mean(shares):.4f} | {np.std(shares) / SPLITS**0.5:.4f} |")
    print()


if __name__ == "__main__":
    main()
