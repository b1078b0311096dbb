"""The cost of calls to a chat model: tokens and money are counted, no call may exceed the budget, and few run at once."""

import math
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Lock

from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.core.judge_stats import Spent
from leakguard.core.ports import ChatModel

REPLY = 200
"""The most tokens of a judge's reply."""
BYTES_PER_TOKEN, MOST_BYTES_PER_TOKEN = 4, 8
"""Bytes of an ordinary token, and more bytes than any tokenizer puts into one on average."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million prompt tokens and for a million completion tokens."""

    prompt: float
    completion: float

    def of(self, prompt: int, completion: int) -> float:
        """Return what these tokens cost."""
        return (prompt * self.prompt + completion * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a run may spend."""

    requests: float = math.inf
    tokens: float = math.inf
    money: float = math.inf


@dataclass(slots=True)
class UsageMeter:
    """Counts what is spent and reserves what calls under way may still cost; safe to use from several threads.

    `reply` is the largest number of tokens that one reply can have.
    """

    budget: Budget = Budget()
    prices: Prices | None = None
    spent: Spent = field(default_factory=Spent)
    reply: int = REPLY
    _held_tokens: int = 0
    _held_money: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.spent.money = 0.0 if self.prices else None

    def now(self) -> Spent:
        """Return a copy of what is spent so far."""
        with self._lock:
            return replace(self.spent)

    def begin(self, most_prompt: int) -> None:
        """Begin a request of at most `most_prompt` tokens. Raises Unanswered, and counts nothing, if it could break the budget."""
        tokens, money = self._bound(most_prompt)
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
        """End a request that cost `usage`, or that was not made after all."""
        tokens, money = self._bound(most_prompt)
        with self._lock:
            self._held_tokens -= tokens
            self._held_money -= money
            self.spent.requests -= not made
            self.spent.prompt += usage.prompt
            self.spent.completion += usage.completion
            if self.prices and self.spent.money is not None:
                self.spent.money += self.prices.of(usage.prompt, usage.completion)

    def recall(self) -> None:
        """Count an answer from the cache, which costs nothing."""
        with self._lock:
            self.spent.remembered += 1

    def pass_over(self) -> None:
        """Count an answer in the cache that could not be read."""
        with self._lock:
            self.spent.unreadable += 1

    def _bound(self, prompt: int) -> tuple[int, float]:
        """Return the most tokens and money that a request can cost."""
        return prompt + self.reply, self.prices.of(prompt, self.reply) if self.prices else 0.0


def bound_tokens(question: Question) -> int:
    """Return an upper bound of a question's tokens: its bytes, and 64 for the frame of the two messages."""
    return _count_bytes(question.system, question.user) + 64


def estimate_usage(question: Question, answer: ChatAnswer | None, reply: int = REPLY) -> Usage:
    """Return the tokens of a call that are counted: those that the endpoint claims, if they can be true.

    A claim below one token for eight bytes (also: no claim) is replaced by one token for four bytes, of the reply at most `reply`.
    Without an answer only the question is counted.
    """
    claimed = answer.usage if answer else Usage()
    said = _count_bytes(answer.text, answer.refusal) if answer else 0
    completion = claimed.completion if _is_plausible(claimed.completion, said) else min(_estimate_tokens(said), reply)
    sent = _count_bytes(question.system, question.user)
    return Usage(claimed.prompt if _is_plausible(claimed.prompt, sent) else _estimate_tokens(sent), completion)


def _is_plausible(claimed: int, size: int) -> bool:
    """Return whether an endpoint's number of tokens can be true for a text of `size` bytes."""
    return claimed * MOST_BYTES_PER_TOKEN >= size


def _estimate_tokens(size: int) -> int:
    """Return the estimated number of tokens of `size` bytes."""
    return -(-size // BYTES_PER_TOKEN)


def _count_bytes(*texts: str) -> int:
    """Return the number of bytes of texts."""
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


class MeteredChat:
    """Counts every request and refuses those that could break the budget; at most `concurrency` run at once."""

    def __init__(self, chat: ChatModel, meter: UsageMeter, concurrency: int) -> None:
        self.name = chat.name
        self._chat, self._meter, self._places = chat, meter, BoundedSemaphore(concurrency)

    def ask(self, question: Question) -> ChatAnswer:
        """Ask within the budget. Raises Unanswered, a final one if the budget is spent."""
        most = bound_tokens(question)
        with self._places:
            self._meter.begin(most)
            used, made = Usage(), True
            try:
                answer = self._chat.ask(question)
                used = estimate_usage(question, answer, self._meter.reply)
            except Unanswered as error:
                used, made = estimate_usage(question, None) if error.billed else used, not error.unsent
                raise
            finally:
                self._meter.end(most, used, made=made)
        return answer
