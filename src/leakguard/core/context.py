"""Contexts: surroundings in which a listed number or word is usually harmless."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_EXAMPLE = re.compile("([^«»]*)«([^«»]+)»([^«»]*)")


@dataclass(frozen=True, slots=True)
class ContextPattern:
    """Up to three regular expressions that must all match at one place; an empty one allows anything.

    `before` must match folded, lower-case text that ends where the match starts, `after` such text that starts where the match ends,
    and `match` the whole match as it is written.
    """

    before: str = ""
    after: str = ""
    match: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A named context. It applies to a match if one of its `patterns` matches there.

    `in_lists`: it also applies in texts that are bare lists of numbers. `quantity`: it is an amount or a measurement, where a point
    between two numbers is a decimal point. `hits` and `misses` are examples in which it must apply and must not, each with the match in
    guillemets, as in "about «88» people". `file` is the file that defines it, to be named in an error.
    """

    id: str
    title: str
    patterns: tuple[ContextPattern, ...]
    in_lists: bool = False
    quantity: bool = False
    hits: tuple[str, ...] = field(default=(), repr=False)
    misses: tuple[str, ...] = field(default=(), repr=False)
    file: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Contexts:
    """All contexts that rules may name, by id. `digest` identifies the files that they were read from, as a part of cache keys."""

    by_id: Mapping[str, Context] = field(default_factory=dict, repr=False)
    digest: str = ""

    @property
    def in_lists(self) -> tuple[str, ...]:
        """Ids of the contexts that also apply in bare lists of numbers."""
        return tuple(name for name, context in self.by_id.items() if context.in_lists)

    def join(self, others: "Contexts") -> "Contexts":
        """Return these contexts and the others as one; of two with the same id the other is taken."""
        if not others.by_id:
            return self
        return Contexts({**self.by_id, **others.by_id}, f"{self.digest} {others.digest}")


NO_CONTEXTS = Contexts()


def split_example(example: str) -> tuple[str, str, str] | None:
    """Return the text before the match, the match and the text after it; None unless exactly one match is marked, as in «88»."""
    found = _EXAMPLE.fullmatch(example)
    return (found[1], found[2], found[3]) if found else None
