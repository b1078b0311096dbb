"""Rules of kind regex: a user's own pattern over the folded text, with a limit on how long it may run."""

from collections.abc import Iterator, Sequence

from leakguard.core.errors import PackError
from leakguard.core.rule import Rule

TIMEOUT = 1.0
STALLS = 3


class Stalled(Exception):
    """A pattern ran out of time in a text."""


class Pattern:
    """One regex rule. `requires` are literals of which one must occur before the pattern is tried."""

    def __init__(self, rule: Rule, *, timeout: float = TIMEOUT) -> None:
        import regex

        self.rule = rule
        self._timeout = timeout
        self._stalled = 0
        try:
            self._regex = regex.compile(rule.pattern)
        except regex.error as error:
            raise PackError(f"rule {rule.id!r}: the pattern cannot be compiled: {error}") from error

    @property
    def required(self) -> Sequence[str]:
        """Literals that nominate a text; () if the pattern must look at every text."""
        return self.rule.requires

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Spans of the matches. Raises Stalled when the time limit is reached, and at once where that happened too often before."""
        if self._stalled >= STALLS:
            raise Stalled(f"rule {self.rule.id} ran longer than {self._timeout:g} s in {STALLS} texts and was switched off")
        try:
            for match in self._regex.finditer(text, timeout=self._timeout, concurrent=False):
                if match.end() > match.start():
                    yield match.span()
        except TimeoutError as error:
            self._stalled += 1
            raise Stalled(f"rule {self.rule.id} ran longer than {self._timeout:g} s") from error
