"""Chat models behind endpoints of the OpenAI chat protocol."""

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Any, Literal

from leakguard.core.address import read_address, without_user
from leakguard.core.chat import ChatAnswer, Question, Unanswered
from leakguard.core.errors import UsageError
from leakguard.core.version import __version__
from leakguard.models.endpoint.completion import read_complaint, read_completion, read_pause
from leakguard.models.endpoint.http import Response, Transport, encode_basic
from leakguard.models.endpoint.masking import Mask

Format = Literal["json_schema", "json_object", "plain"]
FORMATS: tuple[Format, ...] = ("json_schema", "json_object", "plain")
MOST_TOKENS = 200
MOST_CHARACTERS = 1 << 15
"""Characters that MOST_TOKENS tokens can have at most; a longer reply is not kept."""
NO_KEY = "none"
_BROKEN, _SILENT = 3, 3
_REFUSED, _PASSING, _FINAL = (400, 405, 415, 422, 501), (408, 409, 425, 429), (401, 402, 403, 404)
# What some models refuse by name, and what is said instead; without it the call means the same.
_OPTIONAL = {
    "temperature": "", "seed": "", "top_logprobs": "", "logprobs": "", "max_tokens": "max_completion_tokens", "max_completion_tokens": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model, the address and key of its endpoint, and the seconds that one call may take from the first to the last byte."""

    model: str
    base_url: str = field(repr=False)
    key: str = field(repr=False)
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class RequestStyle:
    """How an endpoint is asked: the format of replies that it accepts, and parameters that it refuses."""

    format: Format = "json_schema"
    without: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replies are sampled: temperature (0: the most probable tokens), and the largest number of tokens."""

    temperature: float = 0
    tokens: int = MOST_TOKENS


GREEDY = Sampling()


class _Status(Unanswered):
    """An HTTP error; `parameter` is the one that the endpoint complains about, if it says so."""

    def __init__(self, status: int, reason: str, parameter: str, *, passing: bool, wait: float | None, final: bool) -> None:
        super().__init__(reason, passing=passing, wait=wait, final=final)
        self.status, self.parameter = status, parameter


class Completions:
    """The chat completions of an endpoint: every response becomes a ChatAnswer of the right types, or Unanswered.

    `shown` is the address without user and password. The key, and a password in the address, are masked in every error, and an answer that
    contains one is refused. `halt` ends running calls. Raises UsageError for an address or a key that cannot be used.
    """

    def __init__(self, endpoint: Endpoint, halt: Event) -> None:
        try:
            address = read_address(endpoint.base_url)
        except ValueError as error:
            raise UsageError(f"{without_user(endpoint.base_url)}: this is no address of an endpoint: {error}") from None
        key = "" if endpoint.key == NO_KEY else endpoint.key.strip()
        if not key.isascii() or not key.isprintable():
            raise UsageError("the key of the endpoint holds characters that no HTTP header can carry: give the key alone")
        self.shown = address.shown
        user = encode_basic(address.user, address.password) if address.user or address.password else ""
        granted = user or f"Bearer {key or NO_KEY}"
        self._mask = Mask(key, address.password, user.removeprefix("Basic "))
        self._headers = {"Authorization": granted, "Content-Type": "application/json", "User-Agent": f"leakguard/{__version__}"}
        self._transport = Transport(address, endpoint.timeout, halt)

    def create(self, body: dict[str, Any], key: str = "") -> ChatAnswer:
        """Send one request and return the answer; `key` is its Idempotency-Key. Raises Unanswered, with a `status` for an HTTP error."""
        headers = {**self._headers, "Idempotency-Key": key} if key else self._headers
        response = self._transport.post("/chat/completions", json.dumps(body).encode(), headers)
        if not 200 <= response.status < 300:
            raise self._read_refusal(response)
        try:
            answer = read_completion(response.body)
        except (ValueError, RecursionError) as error:
            words = self._mask.clean_line(f"the endpoint's answer cannot be read: {error}")
            raise Unanswered(words, billed=True) from None
        if self._mask.holds(answer.text) or self._mask.holds(answer.refusal):
            raise Unanswered("the endpoint's answer holds its own key, and is not kept", billed=True)
        # Probabilities are of use only for the very text; others could hold what the text does not.
        whole = "".join(token for token, _ in answer.tokens) == answer.text
        return replace(answer, finish=self._mask.clean_line(answer.finish)[:40], tokens=answer.tokens if whole else ())

    def _read_refusal(self, response: Response) -> _Status:
        """Return the error for a response with an error status."""
        status = response.status
        if 300 <= status < 400:
            where = self._mask.clean_line(without_user(response.headers.get("Location") or "nowhere"))
            reason = f"HTTP {status}: it redirects to {where}; redirects are not followed: give the address of the endpoint itself"
            return _Status(status, reason, "", passing=False, wait=None, final=True)
        said = read_complaint(response.body)
        spent = said.code == "insufficient_quota"
        passing = (status in _PASSING or status >= 500) and status != 501 and not spent
        reason = f"HTTP {status}: {self._mask.clean_line(said.words)}".removesuffix(": ")
        wait = read_pause(response.headers.get("Retry-After"))
        return _Status(status, reason, said.parameter, passing=passing, wait=wait, final=status in _FINAL or spent)


class OpenAIChat:
    """A chat model behind an endpoint, one HTTP request per call. Until the first answer, calls run one by one and find the request style
    that the endpoint accepts.

    Raises UsageError as Completions does.
    """

    def __init__(self, endpoint: Endpoint, halt: Event | None = None, sampling: Sampling = GREEDY) -> None:
        self._completions = Completions(endpoint, halt or Event())
        self.address = self._completions.shown
        self.name = f"{endpoint.model}@{self.address}"
        self.manner = RequestStyle()
        self._model, self._sampling = endpoint.model, sampling
        self._most_characters = max(MOST_CHARACTERS, MOST_CHARACTERS * sampling.tokens // MOST_TOKENS)
        self._settled = False
        self._broken = self._silent = 0
        self._silence = ""
        self._first = Lock()

    def ask(self, question: Question) -> ChatAnswer:
        """Send one request and return the answer. Raises Unanswered; one that is `passing` may succeed later, perhaps in another style.

        An endpoint that did not answer any of the first three calls is not called again.
        """
        turn: AbstractContextManager[Any] = nullcontext() if self._settled else self._first
        with turn:
            manner = self.manner
            try:
                answer = self._ask(question, manner)
            except _Status as error:
                self._silent = 0
                if self._settled or not self._adapt(manner, error, bool(question.schema)):
                    raise
                raise Unanswered(str(error), passing=True, wait=0.0) from error
            self._settled = True
            return answer

    def _ask(self, question: Question, manner: RequestStyle) -> ChatAnswer:
        """Send one request in a style. Raises Unanswered."""
        if self._silent >= _SILENT and not self._settled:
            raise Unanswered(f"{self._silence}; none of the first {_SILENT} calls was answered", final=True, unsent=True)
        try:
            answer = self._completions.create(self._build_body(question, manner), question.key)
        except _Status:
            raise
        except Unanswered as error:
            if error.passing:
                self._silent, self._silence = self._silent + 1, str(error)
            raise
        if len(answer.text) + len(answer.refusal) > self._most_characters:
            raise Unanswered(f"the reply is longer than {self._sampling.tokens} tokens can be", billed=True)
        return answer

    def _adapt(self, manner: RequestStyle, error: _Status, formatted: bool) -> bool:
        """After an error before the first answer, choose another style; return whether there is one. A 500 counts only the third time."""
        if error.status in _REFUSED and error.parameter in _OPTIONAL and error.parameter not in manner.without:
            self.manner = replace(manner, without=manner.without | {error.parameter})
            return True
        if error.status not in _REFUSED:
            self._broken += error.status >= 500
            if self._broken < _BROKEN:
                return False
        self._broken = 0
        if not formatted:
            return False
        later = FORMATS[FORMATS.index(manner.format) + 1 :]
        self.manner = replace(manner, format=later[0] if later else FORMATS[0])
        return bool(later)

    def _build_body(self, question: Question, manner: RequestStyle) -> dict[str, Any]:
        """Return the request. Parameters that the endpoint refuses are left out or replaced (_OPTIONAL)."""
        system = [{"role": "system", "content": question.system}] if question.system else []
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [*system, {"role": "user", "content": question.user}],
            "temperature": self._sampling.temperature,
            "max_tokens": self._sampling.tokens,
        }
        if question.seed is not None:
            body["seed"] = question.seed
        if question.probabilities:
            body |= {"logprobs": True, "top_logprobs": 5}
        for name, instead in _OPTIONAL.items():
            if name in manner.without and name in body:
                value = body.pop(name)
                if instead:
                    body[instead] = value
        if not question.schema:
            return body
        if manner.format == "json_schema":
            schema = {"name": "reply", "strict": True, "schema": dict(question.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif manner.format == "json_object":
            body["response_format"] = {"type": "json_object", "schema": dict(question.schema)}
        return body
