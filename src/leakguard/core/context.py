"""Contexts: patterns of surrounding text in which a match of a rule is usually harmless, such as a price or a year."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_EXAMPLE = re.compile("([^«»]*)«([^«»]+)»([^«»]*)")


@dataclass(frozen=True, slots=True)
class ContextPattern:
    """Regular expressions for the text before, after and inside a match, which must all match; an empty one matches anything.

    `before` is applied to the folded, lower-case text that ends where the match starts, `after` to the folded, lower-case text that
    starts where the match ends, and `match` to the whole match as it is written.
    """

    before: str = ""
    after: str = ""
    match: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A named context, which applies to a match if one of its `patterns` matches the text around it.

    `in_lists`: it also applies in texts that are only a list of numbers. `quantity`: it is an amount or a measurement, where a point
    between two numbers is a decimal point. `hits` and `misses` are examples in which it must apply and must not, each with the match in
    guillemets, as in "about «88» people". `file` is the file that defines it, for error messages.
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
    """The contexts that rules may refer to, by id. `digest` identifies the files that they were read from; it is part of cache keys."""

    by_id: Mapping[str, Context] = field(default_factory=dict, repr=False)
    digest: str = ""

    @property
    def in_lists(self) -> tuple[str, ...]:
        """Ids of the contexts that also apply in texts that are only a list of numbers."""
        return tuple(name for name, context in self.by_id.items() if context.in_lists)

    def join(self, others: "Contexts") -> "Contexts":
        """Return the union of two sets of contexts; if an id is in both, the context of `others` is taken."""
        if not others.by_id:
            return self
        return Contexts({**self.by_id, **others.by_id}, f"{self.digest} {others.digest}")


NO_CONTEXTS = Contexts()


def split_example(example: str) -> tuple[str, str, str] | None:
    """Split an example of a context at its guillemets into (before, match, after); None unless exactly one match is marked, as in «88»."""
    found = _EXAMPLE.fullmatch(example)
    return (found[1], found[2], found[3]) if found else None
