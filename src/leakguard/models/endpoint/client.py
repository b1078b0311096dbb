"""The client of all endpoints: answers from the cache, else from the model, within the budget and with retries."""

from dataclasses import dataclass
from threading import Event

from leakguard.core.ports import ChatModel
from leakguard.models.endpoint.answer_cache import AnswerCache, CachingChat
from leakguard.models.endpoint.budget import MeteredChat, UsageMeter
from leakguard.models.endpoint.retries import ATTEMPTS, RetryingChat


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a failing call is repeated: at most `attempts` tries, none later than `seconds` after the first; `halt` ends it early."""

    seconds: float
    halt: Event
    attempts: int = ATTEMPTS


def wrap_chat(chat: ChatModel, answers: AnswerCache, meter: UsageMeter, *, concurrency: int, patience: Patience | None) -> ChatModel:
    """Return the model behind its cache, retries and budget; `patience` None is for models whose calls never fail in passing.

    A question that is in the cache costs nothing; one that is not is asked with at most `concurrency` others. Retry-After is kept.
    """
    metered = MeteredChat(chat, meter, concurrency)
    if patience is None:
        return CachingChat(metered, answers, meter)
    retrying = RetryingChat(metered, attempts=patience.attempts, patience=patience.seconds, halt=patience.halt)
    return CachingChat(retrying, answers, meter)
