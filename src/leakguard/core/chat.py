"""Calls to a chat model: question, answer, token usage, and the error for a call without an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakguard.core.errors import LeakguardError


@dataclass(frozen=True, slots=True)
class Question:
    """The content of one call to a chat model: system and user message, and the form of the reply.

    `key` is the cache key, which does not depend on the nonce in the messages: the same question has the same key in every run. `schema`
    is the JSON schema of the reply (empty: free text). `probabilities` requests log-probabilities of the reply's tokens. `seed` is sent
    if it is given; an endpoint may ignore it.
    """

    key: str
    system: str
    user: str
    schema: Mapping[str, Any]
    probabilities: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Numbers of tokens of one call, as counted by the endpoint: prompt and completion."""

    prompt: int = 0
    completion: int = 0


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """One reply of a chat model: text, finish reason, refusal, token usage.

    `finish` is the API's finish reason ("stop" for a complete reply), `refusal` the model's refusal message. `tokens` are the reply's
    tokens with their log-probabilities if the endpoint returns them. `remembered`: the reply was read from the cache at no cost.
    """

    text: str
    finish: str = "stop"
    refusal: str = ""
    usage: Usage = Usage()
    tokens: tuple[tuple[str, float], ...] = ()
    remembered: bool = False


class Unanswered(LeakguardError):
    """Error: a call to a chat model returned no answer.

    `passing`: a retry may succeed, after `wait` seconds if the endpoint gave a time. `final`: no further call will succeed. `billed`: the
    whole question was sent and not refused, so the endpoint may charge for it. `unsent`: no request was made.
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
    """Error: no connection to the endpoint of a chat model could be made."""

    unreached = True
