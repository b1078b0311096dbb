"""Wrappers around a chat model: so many calls at once, tried again after a while, within a budget, and all of it counted."""

import math
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Event, Lock
from typing import TYPE_CHECKING

from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.core.errors import MissingExtra
from leakguard.core.judge_stats import Spent
from leakguard.core.ports import ChatModel
from leakguard.core.version import install

if TYPE_CHECKING:
    from tenacity import RetryCallState

ATTEMPTS = 8
PATIENCE = 5
"""No try begins later than so many time-outs after the first one, so no pause is longer either."""
_FEW = 3
REPLY = 200
"""Tokens that a reply may have at most."""
BYTES_PER_TOKEN, MOST_BYTES_PER_TOKEN = 4, 8
"""Bytes of an ordinary token, and more than any tokenizer puts into one on average."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million tokens that are read, and for a million that are written."""

    prompt: float
    completion: float

    def of(self, prompt: int, completion: int) -> float:
        """What so many tokens cost."""
        return (prompt * self.prompt + completion * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may spend at most."""

    requests: float = math.inf
    tokens: float = math.inf
    money: float = math.inf


@dataclass(slots=True)
class UsageMeter:
    """Counts what is spent, and holds back what calls under way may still cost; safe to use from several threads."""

    budget: Budget = Budget()
    prices: Prices | None = None
    spent: Spent = field(default_factory=Spent)
    _held_tokens: int = 0
    _held_money: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.spent.money = 0.0 if self.prices else None

    def now(self) -> Spent:
        """A copy of what is spent so far."""
        with self._lock:
            return replace(self.spent)

    def begin(self, most_prompt: int) -> None:
        """One more request of at most so many tokens. Raises Unanswered where that could break the budget; nothing is counted then."""
        tokens, money = self._most(most_prompt)
        with self._lock:
            known = self.spent.prompt + self.spent.completion
            for what, would, most in (
                ("requests", self.spent.requests + 1, self.budget.requests),
                ("tokens", known + self._held_tokens + tokens, self.budget.tokens),
                ("money", (self.spent.money or 0.0) + self._held_money + money, self.budget.money),
            ):
                if would > most:
                    raise Unanswered(f"the budget of {most:g} {what} is spent", final=True)
            self.spent.requests += 1
            self._held_tokens += tokens
            self._held_money += money

    def end(self, most_prompt: int, usage: Usage, *, made: bool = True) -> None:
        """The request is over and cost so much, or it was not made after all."""
        tokens, money = self._most(most_prompt)
        with self._lock:
            self._held_tokens -= tokens
            self._held_money -= money
            self.spent.requests -= not made
            self.spent.prompt += usage.prompt
            self.spent.completion += usage.completion
            if self.prices and self.spent.money is not None:
                self.spent.money += self.prices.of(usage.prompt, usage.completion)

    def recall(self) -> None:
        """One answer that was not paid for."""
        with self._lock:
            self.spent.remembered += 1

    def pass_over(self) -> None:
        """One answer in the cache that could not be read."""
        with self._lock:
            self.spent.unreadable += 1

    def _most(self, prompt: int) -> tuple[int, float]:
        return prompt + REPLY, self.prices.of(prompt, REPLY) if self.prices else 0.0


def bound_tokens(question: Question) -> int:
    """No tokenizer makes more tokens of a text than it has bytes; the frame of the two messages is allowed for."""
    return _bytes(question.system, question.user) + 64


def estimate_usage(question: Question, answer: ChatAnswer | None) -> Usage:
    """The tokens of a call that are counted: those that the endpoint claims, if they can be true.

    A claim of less than a token for every eight bytes (so also none) is replaced by a token for every four bytes, for the reply at
    most REPLY. Without an answer, the question alone is counted.
    """
    claimed = answer.usage if answer else Usage()
    said = _bytes(answer.text, answer.refusal) if answer else 0
    completion = claimed.completion if _is_plausible(claimed.completion, said) else min(_tokens(said), REPLY)
    sent = _bytes(question.system, question.user)
    return Usage(claimed.prompt if _is_plausible(claimed.prompt, sent) else _tokens(sent), completion)


def _is_plausible(claimed: int, size: int) -> bool:
    return claimed * MOST_BYTES_PER_TOKEN >= size


def _tokens(size: int) -> int:
    return -(-size // BYTES_PER_TOKEN)


def _bytes(*texts: str) -> int:
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


class MeteredChat:
    """Counts every request, and refuses those that could break the budget; at most `concurrency` of them at once."""

    def __init__(self, chat: ChatModel, meter: UsageMeter, concurrency: int) -> None:
        self.name = chat.name
        self._chat, self._meter, self._places = chat, meter, BoundedSemaphore(concurrency)

    def ask(self, question: Question) -> ChatAnswer:
        """Raises Unanswered, a final one if the budget is spent."""
        most = bound_tokens(question)
        with self._places:
            self._meter.begin(most)
            used, made = Usage(), True
            try:
                answer = self._chat.ask(question)
                used = estimate_usage(question, answer)
            except Unanswered as error:
                used, made = estimate_usage(question, None) if error.billed else used, not error.unsent
                raise
            finally:
                self._meter.end(most, used, made=made)
        return answer


class RetryingChat:
    """Asks again what may go better the next time: as soon as Retry-After allows, else with longer and longer pauses.

    No try begins later than `patience` seconds after the first one; where an endpoint asks for a longer pause, the call is given up
    at once. Where no call was ever connected, three tries are enough: the address may be wrong. `halt` ends every pause, and the
    tries with it.
    """

    def __init__(
        self, chat: ChatModel, *, attempts: int = ATTEMPTS, pause: float = 0.5, patience: float = PATIENCE * 60.0, halt: Event | None = None
    ) -> None:
        try:
            import tenacity
        except ModuleNotFoundError as error:
            raise MissingExtra(f"--judge-model: an endpoint needs the extra 'judge': {install('judge')}") from error
        halt = halt or Event()
        self.name = chat.name
        self._chat, self._reached, self._patience = chat, False, patience
        self._pause = tenacity.wait_random_exponential(multiplier=pause, max=30.0)
        enough = tenacity.stop_any(
            tenacity.stop_after_attempt(attempts), tenacity.stop_before_delay(patience), tenacity.stop_when_event_set(halt)
        )
        self._tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_again),
            stop=lambda state: enough(state) or self._is_nowhere(state),
            wait=self._wait,
            sleep=tenacity.sleep_using_event(halt),
            reraise=True,
        )

    def ask(self, question: Question) -> ChatAnswer:
        """Raises the last Unanswered."""
        try:
            answer: ChatAnswer = self._tries(self._chat.ask, question)
        except Unanswered as error:
            if _again(error) and error.wait is not None and error.wait >= self._patience:
                words = f"{error}; it asks for a longer pause than the {self._patience:g} s after which a call is given up"
                raise Unanswered(words, passing=True, wait=error.wait) from error
            raise
        self._reached = True
        return answer

    def _is_nowhere(self, state: "RetryCallState") -> bool:
        return not self._reached and state.attempt_number >= _FEW and _failed(state).unreached

    def _wait(self, state: "RetryCallState") -> float:
        asked = _failed(state).wait
        return self._pause(state) if asked is None else asked


def _again(error: BaseException) -> bool:
    return isinstance(error, Unanswered) and error.passing


def _failed(state: "RetryCallState") -> Unanswered:
    """What a try that is followed by another one, or could be, ended with."""
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Unanswered) else Unanswered("")
