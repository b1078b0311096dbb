"""Questions to a chat model and its answers, for any model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakguard.core.errors import LeakguardError


@dataclass(frozen=True, slots=True)
class Question:
    """One call. `key` identifies the question without its nonce: the same question has the same key in every run.

    `schema` is the JSON schema of the one object that may come back; `probabilities` asks for those of the reply's tokens.
    Without a schema (an empty one) the reply is free text. `seed` is sent along where it is given; an endpoint may ignore it.
    """

    key: str
    system: str
    user: str
    schema: Mapping[str, Any]
    probabilities: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the endpoint counts them."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """One reply. `finish` is why it ended ("stop" if by itself), `refusal` the model's own words for not answering.

    `tokens` are the reply's tokens with their log-probabilities where the endpoint offers them; `remembered` means that nothing
    was paid for it this time.
    """

    text: str
    finish: str = "stop"
    refusal: str = ""
    usage: Usage = Usage()
    tokens: tuple[tuple[str, float], ...] = ()
    remembered: bool = False


class Unanswered(LeakguardError):
    """A call without an answer.

    `passing`: a retry may succeed, after `wait` seconds if the endpoint gave a time. `final`: no further call will succeed. `billed`: the
    whole question was sent and not refused, so it may have to be paid for. `unsent`: no request was made.
    """

    unreached = False

    def __init__(
        self,
        reason: str,
        *,
        passing: bool = False,
        wait: float | None = None,
        final: bool = False,
        billed: bool = False,
        unsent: bool = False,
    ) -> None:
        super().__init__(reason)
        self.passing, self.wait, self.final, self.billed, self.unsent = passing, wait, final, billed, unsent


class Unreached(Unanswered):
    """A call for which no connection could be made."""

    unreached = True
