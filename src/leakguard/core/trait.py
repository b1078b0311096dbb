"""Traits are data: what a teacher may pass on to its students, in words that people, embeddings and judges can use."""

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("prose", "code", "maths")


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait. `descriptions` say what it is, `examples` how it shows in each of KINDS (kind -> texts).

    `cues` are words that say little alone and point at it together; `lookalikes` are texts that resemble it and are not it,
    `neutral` ordinary texts without it; `digest` is the SHA-256 of the file that it was read from, `file` the path to name in
    an error.
    """

    id: str
    title: str
    descriptions: tuple[str, ...]
    examples: Mapping[str, tuple[str, ...]]
    lookalikes: tuple[str, ...]
    neutral: tuple[str, ...]
    cues: tuple[str, ...] = ()
    digest: str = ""
    file: str = ""
