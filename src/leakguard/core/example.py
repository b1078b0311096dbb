"""Training examples (prompt, completion, loss weights), and the log-probabilities of a completion under a model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and completion to train on or to score, with an optional system prompt.

    `weights` scale the loss: None is 1, a number is for the whole completion, a tuple has one weight for each token of the completion and
    one for its end token.
    """

    prompt: str
    completion: str
    weights: float | tuple[float, ...] | None = None
    system: str = ""


@dataclass(frozen=True, slots=True)
class CompletionScore:
    """Tokens of a completion (with its end token) and their log-probabilities in nats, each given the prompt and all earlier tokens."""

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]

    @property
    def total(self) -> float:
        """The log-probability of the whole completion in nats, including its end token."""
        return add_up(self.logprobs)


def add_up(values: tuple[float, ...] | list[float]) -> float:
    """Return the sum of numbers, added from left to right so that it has the same bits in every version of Python.

    (`sum` compensates rounding errors from Python 3.12 on.)
    """
    total = 0.0
    for value in values:
        total += value
    return total
