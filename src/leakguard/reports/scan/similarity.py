"""What a report says about a search by meaning: its model, its control, and how much of what it flagged is to be expected by chance."""

from dataclasses import asdict
from typing import Any

from leakguard.core.similarity import Similarity, TraitMatches


def similarity_to_dict(books: Similarity) -> dict[str, Any]:
    """The books for machines; `expected_by_chance` is how many texts would be flagged if all were like the control."""
    traits = [{**asdict(one), "expected_by_chance": books.rate * books.texts} for one in books.traits]
    return {**asdict(books), "traits": traits}


def describe_similarity(books: Similarity) -> list[str]:
    """The books for people, a line each."""
    wordless = f"; not applicable to {books.wordless:,} without words" if books.wordless else ""
    return [
        f"By meaning: {books.model}, {books.texts:,} distinct texts{wordless}.",
        f"  calibrated with {books.control}: {books.control_texts:,} texts; at most {100 * books.rate:g} % of such texts are flagged.",
        *(_trait(one, books) for one in books.traits),
    ]


def _trait(one: TraitMatches, books: Similarity) -> str:
    return (
        f"  {one.trait}: {one.flagged:,} flagged, {books.rate * books.texts:,.1f} to be expected if all were like the control; "
        f"{one.confirmed:,} stand out among all texts (warning)"
    )
