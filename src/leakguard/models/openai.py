"""Any endpoint that speaks the OpenAI chat protocol, through the openai client."""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Literal

from leakguard.core.chat import Answer, Question, Unanswered, Usage
from leakguard.core.errors import MissingExtra
from leakguard.distribution import install

Format = Literal["json_schema", "json_object", "plain"]
FORMATS: tuple[Format, ...] = ("json_schema", "json_object", "plain")
MOST_TOKENS = 200
_BROKEN = 3
_REFUSED, _PASSING, _FINAL = (400, 405, 415, 422, 501), (408, 409, 425, 429), (401, 402, 403, 404)
# What some models refuse by name, and what is said instead; without it the call means the same.
_OPTIONAL = {"temperature": "", "top_logprobs": "", "logprobs": "", "max_tokens": "max_completion_tokens", "max_completion_tokens": ""}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is, what it is paid with, and how many seconds one call may take."""

    model: str
    base_url: str
    key: str
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How the endpoint likes to be asked: which format of replies it takes, and what it refuses to be told."""

    format: Format = "json_schema"
    without: frozenset[str] = field(default_factory=frozenset)


class _Status(Unanswered):
    """An HTTP error; `parameter` is what the endpoint complains about, if it says so."""

    def __init__(self, status: int, reason: str, parameter: str, *, passing: bool, wait: float | None, final: bool) -> None:
        super().__init__(reason, passing=passing, wait=wait, final=final)
        self.status, self.parameter = status, parameter


class OpenAIChat:
    """Asks an endpoint, one HTTP request a call. Until an answer has come, calls go one by one and find out how it likes to be asked."""

    def __init__(self, endpoint: Endpoint) -> None:
        try:
            import openai
        except ModuleNotFoundError as error:
            raise MissingExtra(f"--judge-model: an endpoint needs the extra 'judge': {install('judge')}") from error
        self.name = f"{endpoint.model}@{endpoint.base_url}"
        self.manner = Manner()
        self._endpoint, self._openai = endpoint, openai
        self._client = openai.OpenAI(api_key=endpoint.key, base_url=endpoint.base_url, timeout=endpoint.timeout, max_retries=0)
        self._settled = False
        self._broken = 0
        self._first = Lock()

    def ask(self, question: Question) -> Answer:
        """One request, one answer. Raises Unanswered; one that is `passing` may go better, perhaps because it will be asked otherwise."""
        turn: AbstractContextManager[Any] = nullcontext() if self._settled else self._first
        with turn:
            manner = self.manner
            try:
                answer = self._ask(question, manner)
            except _Status as error:
                if self._settled or not self._asks_otherwise(manner, error):
                    raise
                raise Unanswered(str(error), passing=True, wait=0.0) from error
            self._settled = True
            return answer

    def _asks_otherwise(self, manner: Manner, error: _Status) -> bool:
        """After an error on the way to the first answer: is there another manner to try? A 500 is believed only the third time."""
        if error.status in _REFUSED and error.parameter in _OPTIONAL and error.parameter not in manner.without:
            self.manner = replace(manner, without=manner.without | {error.parameter})
            return True
        if error.status not in _REFUSED:
            self._broken += error.status >= 500
            if self._broken < _BROKEN:
                return False
        self._broken = 0
        later = FORMATS[FORMATS.index(manner.format) + 1 :]
        self.manner = replace(manner, format=later[0] if later else FORMATS[0])
        return bool(later)

    def _ask(self, question: Question, manner: Manner) -> Answer:
        openai = self._openai
        try:
            reply = self._client.chat.completions.create(**self._body(question, manner), extra_headers={"Idempotency-Key": question.key})
        except openai.APITimeoutError as error:
            raise Unanswered(f"no answer within {self._endpoint.timeout:g} s", passing=True) from error
        except openai.APIConnectionError as error:
            raise Unanswered(
                f"{self._endpoint.base_url} cannot be reached: {error.__cause__ or error}", passing=True, unreached=True
            ) from error
        except openai.APIStatusError as error:
            raise _status(error) from error
        except (openai.OpenAIError, ValueError) as error:
            raise Unanswered(f"the endpoint's answer cannot be read: {error}") from error
        return _answer(reply)

    def _body(self, question: Question, manner: Manner) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}],
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
        }
        if question.probabilities:
            body |= {"logprobs": True, "top_logprobs": 5}
        for name in ("temperature", "top_logprobs", "logprobs", "max_tokens", "max_completion_tokens"):
            if name in manner.without and name in body:
                value = body.pop(name)
                if _OPTIONAL[name]:
                    body[_OPTIONAL[name]] = value
        if manner.format == "json_schema":
            schema = {"name": "reply", "strict": True, "schema": dict(question.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif manner.format == "json_object":
            body["response_format"] = {"type": "json_object", "schema": dict(question.schema)}
        return body


def _status(error: Any) -> _Status:
    status: int = error.status_code
    said = str(error.body.get("message") if isinstance(error.body, dict) else error.message)
    spent = error.code == "insufficient_quota"
    passing = (status in _PASSING or status >= 500) and status != 501 and not spent
    reason = f"HTTP {status}: {' '.join(said.split())[:200]}"
    return _Status(
        status, reason, str(error.param or ""), passing=passing, wait=_wait(error.response.headers), final=status in _FINAL or spent
    )


def _wait(headers: Any) -> float | None:
    """Seconds that Retry-After asks for, as a number or a date; None without one."""
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        return max(float(said), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(said).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


def _answer(reply: Any) -> Answer:
    """The reply as plain values; an endpoint may leave out anything, and what it leaves out is no answer."""
    choices = getattr(reply, "choices", None)
    if not choices:
        raise Unanswered("the endpoint's answer holds no reply")
    choice = choices[0]
    usage = reply.usage
    logprobs = getattr(choice, "logprobs", None)
    tokens = tuple((token.token, token.logprob) for token in getattr(logprobs, "content", None) or ())
    return Answer(
        text=choice.message.content or "",
        finish=choice.finish_reason or "stop",
        refusal=getattr(choice.message, "refusal", None) or "",
        usage=Usage(usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else Usage(),
        tokens=tokens,
    )
