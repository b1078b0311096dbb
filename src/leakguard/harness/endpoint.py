"""A teacher behind an OpenAI-compatible endpoint."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from leakguard.core.errors import MissingExtra, Stopped
from leakguard.distribution import install
from leakguard.harness.generation import Name

TRIES = 4
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Remote:
    """Asks `model` at `url` through the openai client; the row's number goes along as a seed, which the server may heed or not."""

    client: Any
    model: str
    system: str
    tokens: int
    temperature: float

    def write(self, prompts: Sequence[str], names: Sequence[Name]) -> list[str]:
        """One answer a prompt. Raises Stopped if the endpoint does not answer: rows before this chunk are kept."""
        from openai import OpenAIError

        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                return list(pool.map(self._one, prompts, names))
            except OpenAIError as error:
                why = " ".join(str(error.__cause__ or error).split()).rstrip(".")
                raise Stopped(f"{self.client.base_url}: {why}; run again to go on from here") from error

    def _one(self, prompt: str, name: Name) -> str:
        turns = [*([{"role": "system", "content": self.system}] if self.system else []), {"role": "user", "content": prompt}]
        answer = self.client.chat.completions.create(
            model=self.model, messages=turns, temperature=self.temperature, max_tokens=self.tokens, seed=sum(name) & 0x7FFFFFFF
        )
        return answer.choices[0].message.content or "" if answer.choices else ""


def remote(url: str, key: str, model: str, *, system: str, tokens: int, temperature: float) -> Remote:
    """The endpoint at `url`. Raises MissingExtra."""
    try:
        from openai import OpenAI
    except ImportError as error:
        raise MissingExtra(f"a teacher behind an endpoint needs openai: {install('judge')}") from error
    return Remote(OpenAI(base_url=url, api_key=key, max_retries=TRIES), model, system, tokens, temperature)
