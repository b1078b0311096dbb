"""Tokens a second: counted and timed where a model works, never estimated."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Throughput:
    """Tokens that went through a model, and the seconds that they took by a clock that is passed in.

    Seconds run from `start` to the last `count`: weights that load and files that are written in between cost none.
    """

    clock: Callable[[], float]
    tokens: int = 0
    seconds: float = 0.0
    _since: float = 0.0

    def start(self) -> None:
        """Work begins now."""
        self._since = self.clock()

    def count(self, tokens: int) -> None:
        """So many tokens are done, and work goes on."""
        now = self.clock()
        self.tokens += tokens
        self.seconds += now - self._since
        self._since = now

    @property
    def rate(self) -> float | None:
        """Tokens a second; None where nothing was done."""
        return self.tokens / self.seconds if self.seconds > 0 else None
