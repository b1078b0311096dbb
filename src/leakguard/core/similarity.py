"""What a search by meaning did in a run: with which model and control, at which rate, and what it found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraitMatches:
    """Distinct texts that resemble one trait: `flagged` at the rate asked for, `confirmed` after Benjamini-Hochberg as well."""

    trait: str
    flagged: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Similarity:
    """The books of one search. `rate` is the share of control-like texts that may be flagged.

    `control` says in words what the scores were calibrated with, `control_texts` how many texts that is for the trait with the
    fewest. `texts` are distinct texts with words, `wordless` those without (number lists), which get no score.
    """

    model: str
    digest: str
    rate: float
    control: str
    control_texts: int
    texts: int
    wordless: int
    traits: tuple[TraitMatches, ...]
