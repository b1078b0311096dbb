"""Select the texts for a judge: those that other detectors did not decide, all texts, or a random sample; identical texts once."""

from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from heapq import heappush, heappushpop
from typing import Literal

from leakguard.core.batch import Batch, Detections
from leakguard.core.finding import Mark

Only = Literal["undecided", "all", "sample"]
LONGEST = 200_000
"""The largest length, in characters, of a text that is sent to a judge."""


def _nothing(mark: Mark) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which texts are judged. `size` and `seed` are those of a sample; `decides` returns whether a finding decides about its row."""

    only: Only = "undecided"
    size: int = 0
    seed: int = 0
    decides: Callable[[Mark], bool] = _nothing

    @property
    def words(self) -> str:
        """The selection as a value of the setting `judge-only`."""
        return f"sample:{self.size}" if self.only == "sample" else self.only


def digest(text: str) -> bytes:
    """Return a 16-byte BLAKE2b digest of a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def select_texts(
    batches: Iterable[tuple[Batch, Sequence[Detections]]],
    selection: Selection,
    table: MutableMapping[bytes, int],
    *,
    waiting: int,
    passed: int,
) -> Iterator[tuple[bytes, str]]:
    """Yield each distinct text to be judged once, as (digest, text).

    `table` gets an entry for every text: `waiting` for a yielded one, `passed` for one that is not judged.
    """
    if selection.only == "sample":
        yield from _sample(batches, selection, table, waiting, passed)
        return
    for batch, answers in batches:
        settled = _settled(batch, answers, selection.decides) if selection.only == "undecided" else frozenset()
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
    """Return the lines that are not judged: those with a deciding finding, and those that a detector missed (they are undetermined)."""
    texts: set[int] = set()
    for answer in answers:
        texts.update(answer.missed)
        deciding = [decides(mark) for mark in answer.hits.marks]
        if any(deciding):
            texts.update(int(text) for text, mark in zip(answer.hits.text, answer.hits.mark, strict=True) if deciding[mark])
    return frozenset(int(batch.owners[text]) for text in texts)


def _sample(
    batches: Iterable[tuple[Batch, Sequence[Detections]]],
    selection: Selection,
    table: MutableMapping[bytes, int],
    waiting: int,
    passed: int,
) -> Iterator[tuple[bytes, str]]:
    """Yield the `size` texts with the smallest keyed hashes: a uniform sample of distinct texts that does not depend on their order."""
    key = selection.seed.to_bytes(16, "big", signed=True)
    heap: list[tuple[int, bytes, str]] = []
    for batch, _ in batches:
        for text in batch.texts:
            if not text.strip() or (name := digest(text)) in table:
                continue
            table[name] = passed
            entry = -int.from_bytes(blake2b(name, digest_size=8, key=key).digest()), name, text
            if len(heap) < selection.size:
                heappush(heap, entry)
            else:
                heappushpop(heap, entry)
    for _, name, text in sorted(heap, reverse=True):
        table[name] = waiting
        yield name, text
