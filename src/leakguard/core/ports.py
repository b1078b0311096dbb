"""Interfaces between the parts of the program: protocols of one method each. No class inherits from them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.chat import ChatAnswer, Question
from leakguard.core.example import CompletionScore, Example


class Detector(Protocol):
    """Finds hits in a batch of texts, and reports the texts that it could not check."""

    @property
    def name(self) -> str:
        """The name in settings and reports."""
        ...

    def detect(self, batch: Batch) -> Detections: ...


class Learner(Protocol):
    """Reads a whole dataset before any row is scanned, and returns a detector that uses what it learned.

    For detectors that need more than one block to decide: thresholds over all rows, a budget, one look at each distinct text.
    `batches` are all batches in order, each with the answers of the detectors before this one. `fit` may be called again, also after
    an interrupt: each call starts from nothing. If the returned detector has an attribute `statistics` (see core.results.Statistics),
    reports show it.
    """

    @property
    def name(self) -> str:
        """The name in settings and reports."""
        ...

    def fit(self, batches: Iterable[tuple[Batch, Sequence[Detections]]]) -> Detector: ...


class ChatModel(Protocol):
    """Answers one question; may be called from several threads at once. Raises core.chat.Unanswered if no answer came."""

    name: str

    def ask(self, question: Question) -> ChatAnswer: ...


class CausalModel(Protocol):
    """A causal language model: log-probabilities of given completions, and completions drawn from it.

    `name` says where it comes from, `digest` what its weights and tokenizer hash to. A system prompt changes neither the tokens of a
    completion nor their number, so that log-likelihood ratios can be taken token by token.
    """

    name: str

    @property
    def digest(self) -> str: ...

    def score(self, examples: Sequence[Example]) -> list[CompletionScore]: ...

    def sample(
        self, prompts: Sequence[str], keys: Sequence[tuple[int, int]], *, system: str = "", tokens: int, temperature: float
    ) -> list[str]: ...


class Embedder(Protocol):
    """Turns n texts into unit vectors, a float32 array of shape (n, dimensions).

    A text's vector depends only on the text, up to rounding. `limit` is the number of bytes of a text that are always read, `digest`
    the hash of the model's weights.
    """

    name: str
    digest: str
    limit: int

    def embed(self, texts: Sequence[str]) -> Any: ...


class Parser(Protocol):
    """Turns a block of raw lines into a batch; rows that cannot be read are listed in it and raise nothing."""

    def parse(self, block: Block) -> Batch: ...


class Source(Protocol):
    """Splits an input into blocks of whole lines, in order."""

    def blocks(self) -> Iterator[Block]: ...


class Cache(Protocol):
    """Keeps bytes that take long to compute, under a key that names what they are computed from; entries may vanish at any time."""

    def recall(self, key: str, make: Callable[[], bytes]) -> bytes: ...
