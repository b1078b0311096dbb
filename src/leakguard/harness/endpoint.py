"""A teacher behind an OpenAI-compatible endpoint."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from leakguard.core.chat import ChatAnswer, Question, Unanswered
from leakguard.core.errors import Stopped
from leakguard.harness.generation import Name
from leakguard.models.endpoint.openai import Completions, Endpoint
from leakguard.models.endpoint.retries import RetryingChat

TRIES = 5
AT_ONCE = 8
TIMEOUT = 600.0
"""Seconds for one answer as a whole; no try begins later than that after the first."""


@dataclass(slots=True)
class PromptChat:
    """Puts prompts to a model as they are; a question's key goes along as a seed, which the server may heed or not."""

    completions: Completions
    name: str
    tokens: int
    temperature: float

    def ask(self, question: Question) -> ChatAnswer:
        """One request. Raises Unanswered."""
        system = [{"role": "system", "content": question.system}] if question.system else []
        turns = [*system, {"role": "user", "content": question.user}]
        body = {"model": self.name, "messages": turns, "temperature": self.temperature, "max_tokens": self.tokens}
        return self.completions.create({**body, "seed": int(question.key)})


@dataclass(frozen=True, slots=True)
class EndpointWriter:
    """Asks a model at an endpoint, several prompts at once, each again where that may help; `halt` ends what is under way."""

    chat: RetryingChat
    shown: str
    system: str
    halt: Event

    def write(self, prompts: Sequence[str], names: Sequence[Name]) -> list[str]:
        """One answer a prompt. Raises Stopped if the endpoint does not answer: rows before this chunk are kept."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                return list(pool.map(self._one, prompts, names))
            except Unanswered as error:
                self.halt.set()
                raise Stopped(f"{self.shown}: {error}; run again to go on from here") from error
            except BaseException:
                self.halt.set()
                raise

    def _one(self, prompt: str, name: Name) -> str:
        return self.chat.ask(Question(str(sum(name) & 0x7FFFFFFF), self.system, prompt, {})).text


def connect_writer(
    url: str, key: str, model: str, *, system: str, tokens: int, temperature: float, timeout: float = TIMEOUT
) -> EndpointWriter:
    """The endpoint at `url`, with `timeout` seconds for one answer. Raises MissingExtra, and UsageError for an address that is none."""
    halt = Event()
    completions = Completions(Endpoint(model, url, key, timeout), halt)
    chat = RetryingChat(PromptChat(completions, model, tokens, temperature), attempts=TRIES, patience=timeout, halt=halt)
    return EndpointWriter(chat, completions.shown, system, halt)
