"""Reading what an endpoint sends by the OpenAI chat protocol. Nothing in it is taken to have the type that it should have."""

import json
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite, isnan
from typing import Any

from leakguard.core.chat import ChatAnswer, Usage
from leakguard.core.fields import Field

MOST_COUNT = 10**9
"""A larger number of tokens in one call is not believed."""
_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error says: its words, its code ("" without one), and the parameter that it is about."""

    words: str
    code: str = ""
    parameter: str = ""


def read_completion(body: bytes) -> ChatAnswer:
    """The first choice of a chat completion.

    Raises ValueError that names the field for whatever cannot be read, and RecursionError for a document that is nested too deep. A
    number of tokens that is no count is 0.
    """
    said = Field(json.loads(body))
    choices = said.at("choices").each()
    if not choices:
        raise ValueError("it holds no reply")
    choice = choices[0]
    message = choice.at("message")
    return ChatAnswer(
        text=_text(message, "content"),
        finish=_text(choice, "finish_reason") or "stop",
        refusal=_text(message, "refusal"),
        usage=_usage(said.value.get("usage")),
        tokens=_tokens(choice),
    )


def read_complaint(body: bytes) -> Complaint:
    """What the body of an error says; nothing in it has to be as it should be."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return Complaint(body.decode("utf-8", "replace"))
    error = found.get("error", found) if isinstance(found, dict) else found
    if isinstance(error, dict):
        code, parameter = error.get("code"), error.get("param")
        words = error.get("message")
        return Complaint(
            words if isinstance(words, str) else "", code if isinstance(code, str) else "", parameter if isinstance(parameter, str) else ""
        )
    return Complaint(error if isinstance(error, str) else "")


def read_pause(said: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None without one that means something."""
    if said is None or len(said) > 100:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            return max(parsedate_to_datetime(said).timestamp() - time.time(), 0.0)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return None if isnan(seconds) or seconds < 0 else seconds


def _text(said: Field, key: str) -> str:
    return said.at(key).text() if said.has(key) else ""


def _usage(value: Any) -> Usage:
    counts = (value.get("prompt_tokens"), value.get("completion_tokens")) if isinstance(value, dict) else ()
    return Usage(*(count if type(count) is int and 0 <= count <= MOST_COUNT else 0 for count in counts))


def _tokens(choice: Field) -> tuple[tuple[str, float], ...]:
    if not choice.has("logprobs") or not choice.at("logprobs").has("content"):
        return ()
    return tuple((token.at("token").text(), _logprob(token.at("logprob"))) for token in choice.at("logprobs").at("content").each())


def _logprob(said: Field) -> float:
    """A log-probability: finite, and not above 0 by more than rounding."""
    value = said.value
    try:
        number = float(value) if type(value) in (int, float) else float("nan")
    except OverflowError:
        number = float("nan")
    if not isfinite(number) or number > _ROUNDING:
        raise said.wrong("the logarithm of a probability")
    return min(number, 0.0)
