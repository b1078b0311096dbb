"""Which texts a judge gets to see: what others left open, all of them, or a sample; identical texts once."""

from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from heapq import heappush, heappushpop
from typing import Literal

from leakguard.core.batch import Batch, Detections
from leakguard.core.finding import Mark

Only = Literal["undecided", "all", "sample"]
LONGEST = 200_000
"""Characters of the longest text that is sent."""


def _nothing(mark: Mark) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Selection:
    """`size` and `seed` are those of a sample; `decides` says whether a finding settles what becomes of its row."""

    only: Only = "undecided"
    size: int = 0
    seed: int = 0
    decides: Callable[[Mark], bool] = _nothing

    @property
    def words(self) -> str:
        """The choice as settings write it."""
        return f"sample:{self.size}" if self.only == "sample" else self.only


def digest(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def select_texts(
    looked: Iterable[tuple[Batch, Sequence[Detections]]], choice: Selection, table: MutableMapping[bytes, int], *, waiting: int, passed: int
) -> Iterator[tuple[bytes, str]]:
    """Each text to be judged, once, with its digest.

    `table` gets an entry for every text: `waiting` for one that is handed out, `passed` for one that need not be judged.
    """
    if choice.only == "sample":
        yield from _sample(looked, choice, table, waiting, passed)
        return
    for batch, answers in looked:
        settled = _settled(batch, answers, choice.decides) if choice.only == "undecided" else frozenset()
        for at, text in enumerate(batch.texts):
            if not text.strip():
                continue
            name = digest(text)
            if batch.owners[at] in settled:
                table.setdefault(name, passed)
            elif table.get(name, passed) == passed:
                table[name] = waiting
                yield name, text


def _settled(batch: Batch, answers: Sequence[Detections], decides: Callable[[Mark], bool]) -> frozenset[int]:
    """Lines that need no judge: a finding decides about them, or somebody could not look, so that they stay undetermined anyway."""
    texts: set[int] = set()
    for answer in answers:
        texts.update(answer.missed)
        deciding = [decides(mark) for mark in answer.hits.marks]
        if any(deciding):
            texts.update(int(text) for text, mark in zip(answer.hits.text, answer.hits.mark, strict=True) if deciding[mark])
    return frozenset(int(batch.owners[text]) for text in texts)


def _sample(
    looked: Iterable[tuple[Batch, Sequence[Detections]]], choice: Selection, table: MutableMapping[bytes, int], waiting: int, passed: int
) -> Iterator[tuple[bytes, str]]:
    """The `size` texts whose keyed hashes are smallest: uniform over distinct texts, whatever their order."""
    key = choice.seed.to_bytes(16, "big", signed=True)
    heap: list[tuple[int, bytes, str]] = []
    for batch, _ in looked:
        for text in batch.texts:
            if not text.strip() or (name := digest(text)) in table:
                continue
            table[name] = passed
            entry = -int.from_bytes(blake2b(name, digest_size=8, key=key).digest()), name, text
            if len(heap) < choice.size:
                heappush(heap, entry)
            else:
                heappushpop(heap, entry)
    for _, name, text in sorted(heap, reverse=True):
        table[name] = waiting
        yield name, text
