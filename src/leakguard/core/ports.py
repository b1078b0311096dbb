"""All sockets on one wall: every seam is a one-method protocol. Nobody inherits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.chat import ChatAnswer, Question
from leakguard.core.example import CompletionScore, Example


class Detector(Protocol):
    """Looks at a batch; answers for every text in it, and says which it could not look at."""

    name: str

    def detect(self, batch: Batch) -> Detections: ...


class Learner(Protocol):
    """Goes through a whole dataset before any row is judged; the detector it returns answers from what was learned.

    For whatever needs more than a block to decide: thresholds over all rows, a budget, each distinct text once. It is
    handed every batch with the answers of the detectors before it.
    """

    name: str

    def survey(self, looked: Iterable[tuple[Batch, Sequence[Detections]]]) -> Detector: ...


class ChatModel(Protocol):
    """Answers one question, from several threads at once if need be. Raises core.chat.Unanswered where no answer came."""

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
    """Turns texts into unit vectors, a float32 row each; a text's vector depends on nothing but the text, up to the last bits.

    `limit` is how many bytes of a text it reads for sure, `digest` what its weights hash to.
    """

    name: str
    digest: str
    limit: int

    def embed(self, texts: Sequence[str]) -> Any: ...


class Parser(Protocol):
    """Turns a block of raw lines into a batch; a row it cannot read is data, not a crash."""

    def parse(self, block: Block) -> Batch: ...


class Source(Protocol):
    """Cuts an input into blocks of whole lines, in order."""

    def blocks(self) -> Iterator[Block]: ...


class Cache(Protocol):
    """Keeps bytes that took long to make under a key that says what they were made of; it may forget anything at any time."""

    def recall(self, key: str, make: Callable[[], bytes]) -> bytes: ...
