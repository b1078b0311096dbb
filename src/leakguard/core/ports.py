"""Interfaces between the parts of the program: protocols of one method each. No class inherits from them."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from io import RawIOBase
from typing import TYPE_CHECKING, Any, Protocol

from leakguard.core.batch import Batch, Block, Detections
from leakguard.core.tasks import Divide, Part, Room, Work

if TYPE_CHECKING:
    # A scan imports this module, and calls no model and no mitigation.
    from leakguard.core.chat import ChatAnswer, Question
    from leakguard.core.example import CompletionScore, Example
    from leakguard.core.mitigation import Evidence, Mitigated, Need


class Detector(Protocol):
    """Finds hits in a batch of texts and lists the texts that it could not check."""

    @property
    def name(self) -> str:
        """The detector's name in settings and reports."""
        ...

    def detect(self, batch: Batch) -> Detections: ...


class Learner(Protocol):
    """Reads a whole dataset before any row is scanned, and returns a detector that was fitted to it.

    For detectors that need all rows to decide: those with a threshold over all scores, a budget, or one check per distinct text.
    `batches` are all batches in order, each with the results of the detectors before this one. `fit` may be called again, also after
    an interrupt; no state is kept between calls. If the returned detector has an attribute `statistics` (see core.results.Statistics),
    reports show it.
    """

    @property
    def name(self) -> str:
        """The detector's name in settings and reports."""
        ...

    def fit(self, batches: Iterable[tuple[Batch, Sequence[Detections]]]) -> Detector: ...


class Store(Protocol):
    """Holds the bytes of inputs. `open` returns an input for reading, with random access where the store has it. Raises OSError."""

    def open(self, name: str) -> RawIOBase: ...


class Scorer(Protocol):
    """Makes records of the texts of a batch, in worker processes. `answers` are those of the detectors before it."""

    def score(self, batch: Batch, answers: Sequence[Detections]) -> bytes: ...


class ChatModel(Protocol):
    """A chat model. `ask` returns the answer to one question, may be called from several threads, and raises core.chat.Unanswered."""

    name: str

    def ask(self, question: "Question") -> "ChatAnswer": ...


class CausalModel(Protocol):
    """A causal language model, which scores given completions and samples new ones.

    `name` is the model's folder or id, `digest` the hash of its weights and tokenizer. A system prompt does not change the tokens of a
    completion, so that log-likelihood ratios with and without it can be computed for each token.
    """

    name: str

    @property
    def digest(self) -> str: ...

    def score(self, examples: "Sequence[Example]") -> "list[CompletionScore]": ...

    def sample(
        self, prompts: Sequence[str], keys: Sequence[tuple[int, int]], *, system: str = "", tokens: int, temperature: float
    ) -> list[str]: ...


class Mitigation(Protocol):
    """Changes suspect rows so that a trait passes less: it weighs their tokens, or adds, drops or rewrites rows.

    `need` is the evidence that `apply` must get for these rows. It trains and samples nothing itself, and the same rows and evidence give
    the same result.
    """

    @property
    def need(self) -> "Need": ...

    def apply(self, rows: "Sequence[Example]", evidence: "Evidence") -> "Mitigated": ...


class Embedder(Protocol):
    """An embedding model, which turns n texts into unit vectors: a float32 array of shape (n, dimensions).

    The vector of a text does not depend on the other texts. `limit` is the length in bytes up to which a text is never truncated, `digest`
    the hash of the model's weights, `precision` the precision of the vectors and what computes them.
    """

    name: str
    digest: str
    limit: int
    precision: str

    def embed(self, texts: Sequence[str]) -> Any: ...


class Parser(Protocol):
    """Parses a block of raw lines into a batch. Rows that cannot be parsed are listed in the batch; they raise no error."""

    def parse(self, block: Block) -> Batch: ...


class Source(Protocol):
    """An input that can be read as blocks of whole lines, in order."""

    def blocks(self) -> Iterator[Block]: ...


class Executor(Protocol):
    """Runs work on other machines. `map` yields the results of all tasks of a source in order, without the first `done` tasks.

    `divide` groups the blocks of one file into tasks; no task has blocks of two files. Raises TaskFailed for a task that fails for good,
    Stopped for an input that has changed, and what the work raises.
    """

    def map(
        self, work: Work[Part], source: Source, divide: Divide, room: Callable[[], Room], *, done: int = 0
    ) -> Generator[Part, None, None]: ...


class Cache(Protocol):
    """A cache of bytes that take long to compute. `recall` returns the entry for a key and calls `make` if there is none.

    The key identifies everything that the bytes are computed from. Entries may be deleted at any time.
    """

    def recall(self, key: str, make: Callable[[], bytes]) -> bytes: ...
