"""Traits: properties that a teacher may pass on to its students, described by texts for the semantic search and for judges."""

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("prose", "code", "maths")


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait with its descriptions, and with example texts that show it for each kind of text in KINDS.

    `cues` are words that suggest the trait if several occur together. `lookalikes` are texts that resemble the trait's texts and do not
    show it, `neutral` ordinary texts without it. `digest` is the SHA-256 of the file, `file` its path for error messages.
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
