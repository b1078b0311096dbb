"""The semantic search in a report: model, control texts, number of flagged texts and the number expected by chance."""

from dataclasses import asdict
from typing import Any

from leakguard.core.similarity import Depth, Similarity, TraitMatches

READ: dict[Depth, str] = {
    "words": "each text read by its word pieces alone",
    "cascade": "each text read by its word pieces, and by the model where these score high",
    "full": "each text read by the model",
}
"""What each depth does, for reports."""


def similarity_to_dict(search: Similarity) -> dict[str, Any]:
    """Return the statistics of a semantic search as JSON values; `expected_by_chance` is the expected number of false positives."""
    traits = [{**asdict(trait), "expected_by_chance": search.rate * search.texts} for trait in search.traits]
    return {**asdict(search), "traits": traits}


def describe_similarity(search: Similarity) -> list[str]:
    """Return the statistics of a semantic search as sentences, a line each."""
    wordless = f"; {search.wordless:,} without words not scored" if search.wordless else ""
    return [
        f"Semantic search: {search.model}, {search.texts:,} distinct texts{wordless}.",
        f"  depth {search.depth}: {READ[search.depth]} ({search.precision})",
        f"  calibrated with {search.control} ({search.control_texts:,} texts): at most {100 * search.rate:g} % of such texts are flagged",
        *(_describe_trait(trait, search) for trait in search.traits),
    ]


def _describe_trait(trait: TraitMatches, search: Similarity) -> str:
    return (
        f"  {trait.trait}: {trait.flagged:,} texts flagged as notes ({search.rate * search.texts:,.1f} expected by chance); "
        f"{trait.confirmed:,} significant after Benjamini-Hochberg correction (warnings)"
    )
