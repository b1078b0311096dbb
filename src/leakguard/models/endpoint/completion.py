"""Parsing replies of the OpenAI chat protocol; no field is trusted to have the right type."""

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
    """What an HTTP error says: its message, its code ("" without one), and the parameter that it is about."""

    words: str
    code: str = ""
    parameter: str = ""


def read_completion(body: bytes) -> ChatAnswer:
    """Return the first choice of a chat completion.

    Raises ValueError with the field's name for anything that cannot be read, and RecursionError for a document nested too deeply. A number
    of tokens that is no count is 0.
    """
    said = Field(json.loads(body))
    choices = said.at("choices").each()
    if not choices:
        raise ValueError("it holds no reply")
    choice = choices[0]
    message = choice.at("message")
    return ChatAnswer(
        text=_read_text(message, "content"),
        finish=_read_text(choice, "finish_reason") or "stop",
        refusal=_read_text(message, "refusal"),
        usage=_read_usage(said.value.get("usage")),
        tokens=_read_tokens(choice),
    )


def read_complaint(body: bytes) -> Complaint:
    """Return what the body of an error says; fields of the wrong type are left out."""
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
    """Return the seconds of a Retry-After header, given as a number or a date; None for an invalid one."""
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


def _read_text(said: Field, key: str) -> str:
    """Return a text of the message; "" if it is missing or null."""
    return said.at(key).text() if said.has(key) else ""


def _read_usage(value: Any) -> Usage:
    """Return the claimed numbers of tokens; 0 for anything that is no count."""
    counts = (value.get("prompt_tokens"), value.get("completion_tokens")) if isinstance(value, dict) else ()
    return Usage(*(count if type(count) is int and 0 <= count <= MOST_COUNT else 0 for count in counts))


def _read_tokens(choice: Field) -> tuple[tuple[str, float], ...]:
    """Return the tokens of the reply with their log-probabilities, if the endpoint sent them."""
    if not choice.has("logprobs") or not choice.at("logprobs").has("content"):
        return ()
    return tuple((token.at("token").text(), _read_logprob(token.at("logprob"))) for token in choice.at("logprobs").at("content").each())


def _read_logprob(said: Field) -> float:
    """Return a log-probability: finite, and at most rounding above 0. Raises ValueError."""
    value = said.value
    try:
        number = float(value) if type(value) in (int, float) else float("nan")
    except OverflowError:
        number = float("nan")
    if not isfinite(number) or number > _ROUNDING:
        raise said.wrong("the logarithm of a probability")
    return min(number, 0.0)
