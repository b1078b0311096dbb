"""Rules are data: what to look for, how bad it is, and the examples that prove it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from leakguard.core.context import NO_CONTEXTS, Contexts

Engine = Literal["auto", "hyperscan", "regex"]
Profile = Literal["numbers", "text"]
Kind = Literal["number", "sequence", "term", "symbol", "regex", "grammar", "judge", "semantic"]
PROFILES: tuple[Profile, ...] = ("numbers", "text")


class Severity(IntEnum):
    """How loudly a finding speaks; ordered, so that thresholds can be compared."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    # An enumeration hashes the name by a function in Python, and counts by severity ask for the hash at each look-up.
    __hash__ = int.__hash__

    @property
    def label(self) -> str:
        """The word that settings and reports use."""
        return self.name.lower()

    def lowered(self, steps: int) -> "Severity":
        """Return the mark with its severity one step lower; a note stays a note."""
        return Severity(max(Severity.NOTE, self - steps))


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for. `severity` says in which profiles it speaks and how loudly; a missing profile is silence."""

    id: str
    pack: str
    kind: Kind
    value: str
    meaning: str
    severity: Mapping[Profile, Severity]
    numbers: tuple[int, ...] = ()
    also: tuple[str, ...] = ()
    not_inside: tuple[str, ...] = ()
    note_inside: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    match_case: bool = False
    pattern: str = ""
    requires: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    hits: tuple[str, ...] = field(default=(), repr=False)
    misses: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class RulePack:
    """A proven file of rules; `digest` is the SHA-256 of the file as it was read, `file` the path to name in an error.

    `contexts` are all contexts that its rules may name.
    """

    id: str
    version: str
    title: str
    sources: tuple[str, ...]
    default: bool
    digest: str
    rules: tuple[Rule, ...]
    file: str = ""
    contexts: Contexts = field(default=NO_CONTEXTS, repr=False, compare=False)
