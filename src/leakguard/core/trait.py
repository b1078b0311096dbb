"""Traits are data: what a teacher may pass on to its students, in words that people, embeddings and judges can use."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait. `descriptions` say what it is, `examples` how it shows in prose, code and maths (kind -> texts).

    `lookalikes` are texts that resemble it and are not it, `neutral` ordinary texts without it; `digest` is the SHA-256 of the
    file that it was read from.
    """

    id: str
    title: str
    descriptions: tuple[str, ...]
    examples: Mapping[str, tuple[str, ...]]
    lookalikes: tuple[str, ...]
    neutral: tuple[str, ...]
    digest: str = ""
