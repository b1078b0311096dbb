"""Statistics of the semantic search in one run: model, control, rate, and the number of flagged texts for each trait."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Depth = Literal["words", "cascade", "full"]
"""How a semantic search reads a text: by its word pieces alone, by the whole model, or by the model where the word pieces score high."""


@dataclass(frozen=True, slots=True)
class TraitMatches:
    """Numbers of distinct texts that the semantic search flagged for one trait.

    `flagged` texts have a p-value of at most the rate; `confirmed` ones are still significant after the Benjamini-Hochberg correction.
    """

    trait: str
    flagged: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Similarity:
    """Statistics of a semantic search. `rate` is the expected share of control texts that are flagged (false positive rate).

    `control` describes the texts that scores were calibrated with, and `control_texts` is their number (for the trait with the
    fewest). `texts` counts distinct texts with words, `wordless` those without (such as number lists), which get no score. `depth` and
    `precision` say what read the texts.
    """

    key: ClassVar[str] = "similarity"

    model: str
    digest: str
    depth: Depth
    precision: str
    rate: float
    control: str
    control_texts: int
    texts: int
    wordless: int
    traits: tuple[TraitMatches, ...]
