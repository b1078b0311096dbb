"""Throughput: tokens per second, counted and timed where a model works."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Throughput:
    """Counts tokens and the seconds they took, by a clock that is passed in.

    Seconds run from `start` to the last `count`: loading weights and writing files in between is not timed.
    """

    clock: Callable[[], float]
    tokens: int = 0
    seconds: float = 0.0
    _since: float = 0.0

    def start(self) -> None:
        """Start timing."""
        self._since = self.clock()

    def count(self, tokens: int) -> None:
        """Count tokens that are done; timing goes on."""
        now = self.clock()
        self.tokens += tokens
        self.seconds += now - self._since
        self._since = now

    @property
    def rate(self) -> float | None:
        """Tokens per second; None if nothing was counted."""
        return self.tokens / self.seconds if self.seconds > 0 else None
