"""Parse a judge's reply. It must be exactly one JSON object with the mark of the call; any other reply is undetermined."""

import json
from dataclasses import dataclass
from math import exp
from typing import Any

from leakguard.core.chat import ChatAnswer
from leakguard.detectors.judge.question import JudgeQuestion

LONGEST = 4000


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """The verdict of one reply: `leaks` is None if it is undetermined, for the reason in `reason`.

    `injection`: the judge reports that the text tries to influence it. `share` is the probability of a leak, from 0 to 1, by the
    probabilities of the reply's tokens or by its score; None if neither is known.
    """

    leaks: bool | None
    reason: str = ""
    injection: bool = False
    share: float | None = None


class _Twice(ValueError):
    """Error: a JSON object has the same key twice."""


def read_reply(asked: JudgeQuestion, answer: ChatAnswer, *, certainty: float = 0.0, threshold: int | None = None) -> JudgeReply:
    """Parse a judge's reply and return its verdict.

    A reply that is refused, cut off, empty, malformed or out of range is undetermined, never clean and never a leak. With a
    `certainty` above 0, a clean verdict must have at least that probability. `threshold` replaces the rubric's own.
    """
    if answer.refusal:
        return JudgeReply(None, "the judge refused to answer")
    if answer.finish != "stop":
        return JudgeReply(None, f"the reply was cut off ({answer.finish})")
    if not answer.text.strip():
        return JudgeReply(None, "the reply is empty")
    try:
        found = _one_object(answer.text)
    except _Twice as error:
        return JudgeReply(None, f"the reply holds {error} twice")
    except (ValueError, RecursionError):
        return JudgeReply(None, "the reply is not one JSON object")
    return _judged(asked, answer, found, certainty, threshold)


def _one_object(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise ValueError("too long")
    found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        raise _Twice("a key")
    return whole


def _no_number(name: str) -> float:
    raise ValueError(name)


def _judged(asked: JudgeQuestion, answer: ChatAnswer, found: dict[str, Any], certainty: float, threshold: int | None) -> JudgeReply:
    # Check keys, mark and ranges first, then the probability of the verdict's tokens.
    scale = asked.rubric.scale
    if set(found) != {"nonce", scale, "injection"}:
        return JudgeReply(None, "the reply does not have exactly the keys that were asked for")
    if found["nonce"] != asked.nonce:
        return JudgeReply(None, "the reply does not bear the mark of the call")
    value, injection = found[scale], found["injection"]
    most = 1 if scale == "verdict" else 100
    if type(value) is not int or not 0 <= value <= most or type(injection) is not bool:
        return JudgeReply(None, "the reply is off the menu")
    leaks = value == 1 if scale == "verdict" else value < (asked.rubric.threshold if threshold is None else threshold)
    sure = probability(answer, f'"{scale}"', str(value))
    share = 1 - value / 100 if scale == "score" else None if sure is None else (sure if leaks else 1 - sure)
    if certainty > 0 and not leaks and (sure is None or sure < certainty):
        why = "the endpoint gives no probabilities" if sure is None else f"the judge is not certain enough ({sure:.4f} < {certainty:g})"
        return JudgeReply(None, why, injection, share)
    return JudgeReply(leaks, "", injection, share)


def probability(answer: ChatAnswer, key: str, value: str) -> float | None:
    """Return the probability of the tokens that spell `value` after `key`; None if the endpoint returned no probabilities."""
    if not answer.tokens or "".join(token for token, _ in answer.tokens) != answer.text:
        return None
    behind = answer.text.find(key)
    start = answer.text.find(value, behind + len(key))
    if behind < 0 or start < 0:
        return None
    total, at = 0.0, 0
    for token, logarithm in answer.tokens:
        if at < start + len(value) and at + len(token) > start:
            total += logarithm
        at += len(token)
    return min(exp(total), 1.0)
