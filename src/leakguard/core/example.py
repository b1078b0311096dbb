"""What a model is trained on or asked to score: a prompt, a completion, and loss weights; and the score of one completion."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt with its completion, perhaps under a system prompt.

    `weights` scale the loss: None is 1, a number is for the whole completion, a tuple has one for each token of it and one for its end.
    """

    prompt: str
    completion: str
    weights: float | tuple[float, ...] | None = None
    system: str = ""


@dataclass(frozen=True, slots=True)
class CompletionScore:
    """The tokens of a completion and of its end, and the log-probability of each in nats, given the prompt and the tokens before it."""

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]

    @property
    def total(self) -> float:
        """The log-probability of the whole completion, end included."""
        return add_up(self.logprobs)


def add_up(values: tuple[float, ...] | list[float]) -> float:
    """Add numbers from left to right, so that the sum has the same bits in every version of Python."""
    total = 0.0
    for value in values:
        total += value
    return total
