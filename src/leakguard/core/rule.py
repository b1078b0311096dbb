"""Rules and rule packs: patterns to search for, with meaning, severity, contexts, and the examples that prove them."""

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
    """The severity of a finding: note, warning or error, in increasing order."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    # The hash of an enumeration is a function in Python, which would slow down every count by severity.
    __hash__ = int.__hash__

    @property
    def label(self) -> str:
        """The name in settings and reports: note, warning or error."""
        return self.name.lower()

    def lowered(self, steps: int) -> "Severity":
        """Return the severity that is `steps` lower, at least NOTE."""
        return Severity(max(Severity.NOTE, self - steps))


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern to search for. `severity` maps each profile in which the rule applies to its severity there."""

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
    """The rules of one file whose examples were checked. `digest` is the file's SHA-256, `file` its path for error messages.

    `contexts` are all contexts that its rules may refer to.
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
