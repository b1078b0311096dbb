"""A teacher behind an OpenAI-compatible endpoint, asked through the client that the judge uses: cache, budget, retries."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from threading import Event

from leakguard.core.chat import Question, Unanswered
from leakguard.core.errors import Stopped
from leakguard.core.ports import ChatModel
from leakguard.harness.generation import Name
from leakguard.models.endpoint.answer_cache import AnswerCache
from leakguard.models.endpoint.budget import UsageMeter
from leakguard.models.endpoint.client import Patience, wrap_chat
from leakguard.models.endpoint.openai import Endpoint, OpenAIChat, Sampling

ATTEMPTS = 5
AT_ONCE = 8
TIMEOUT = 600.0
"""Seconds for one answer as a whole; no try begins later than that after the first."""


@dataclass(frozen=True, slots=True)
class EndpointWriter:
    """Writes with a chat model, several prompts at once. `address` is for messages; `halt` ends the calls under way.

    The seed of a completion goes along with its request; a server may ignore it.
    """

    chat: ChatModel
    address: str
    system: str
    sampling: Sampling
    halt: Event

    def write(self, prompts: Sequence[str], names: Sequence[Name]) -> list[str]:
        """Return one completion for each prompt. Raises Stopped for the first one that gets none: rows before this chunk are kept."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                return list(pool.map(self._ask, prompts, names))
            except Unanswered as error:
                self.halt.set()
                raise Stopped(f"{self.address}: {error}; run again to go on from here") from error
            except BaseException:
                self.halt.set()
                raise

    def _ask(self, prompt: str, name: Name) -> str:
        """Return one completion. Its key names everything that decides about it, so that the cache never mixes two up."""
        decides = [self.chat.name, self.system, prompt, self.sampling.temperature, self.sampling.tokens, *name]
        key = sha256(json.dumps(decides).encode()).hexdigest()
        return self.chat.ask(Question(key, self.system, prompt, {}, seed=sum(name) & 0x7FFFFFFF)).text


def connect_writer(endpoint: Endpoint, system: str, sampling: Sampling, *, answers: AnswerCache, meter: UsageMeter) -> EndpointWriter:
    """Return a writer that asks an endpoint. Raises MissingExtra, and UsageError for an address or a key that cannot be used."""
    halt = Event()
    model = OpenAIChat(endpoint, halt, sampling)
    chat = wrap_chat(model, answers, meter, concurrency=AT_ONCE, patience=Patience(endpoint.timeout, halt, ATTEMPTS))
    return EndpointWriter(chat, model.address, system, sampling, halt)
