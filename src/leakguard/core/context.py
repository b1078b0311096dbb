"""Contexts: surroundings in which a listed number or word is usually harmless."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    between two numbers is a decimal point. `hits` and `misses` are examples in which it must apply and must not.
    """

    id: str
    title: str
    patterns: tuple[ContextPattern, ...]
    in_lists: bool = False
    quantity: bool = False
    hits: tuple[str, ...] = field(default=(), repr=False)
    misses: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Contexts:
    """All contexts that rules may name, by id. `digest` identifies the files that they were read from, as a part of cache keys."""

    by_id: Mapping[str, Context] = field(default_factory=dict, repr=False)
    digest: str = ""

    @property
    def in_lists(self) -> tuple[str, ...]:
        """Ids of the contexts that also apply in bare lists of numbers."""
        return tuple(name for name, context in self.by_id.items() if context.in_lists)


NO_CONTEXTS = Contexts()
