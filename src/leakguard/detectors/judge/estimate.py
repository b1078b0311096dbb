"""Estimate what judging a dataset takes without calling the model: calls, tokens and money."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.detectors.judge.canaries import EACH
from leakguard.detectors.judge.cases import JudgeClient
from leakguard.detectors.judge.dispatch import GROUP
from leakguard.detectors.judge.selection import LONGEST, Selection, select_texts

REPLY = 30
"""Number of tokens of a typical reply."""
CHARACTERS = 4
"""Assumed characters per token. English prose has more, code and numbers have fewer."""


@dataclass(slots=True)
class CostEstimate:
    """The estimated calls of a run: `calls` to be paid for, `remembered` ones from the cache, `canaries` among the calls.

    `prompt` and `completion` are rough numbers of tokens; `most` is an upper bound for the prompts with any tokenizer. `seen` and
    `chosen` are numbers of distinct texts.
    """

    key: ClassVar[str] = "estimate"

    seen: int = 0
    chosen: int = 0
    calls: int = 0
    canaries: int = 0
    remembered: int = 0
    prompt: int = 0
    completion: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class NoFindings:
    """A detector that never has a hit; its `statistics` are the estimate."""

    statistics: CostEstimate
    name: str = "judge"

    def detect(self, batch: Batch) -> Detections:
        """Return no hits and no missed texts."""
        return Detections(self.name, Hits())


@dataclass(frozen=True, slots=True)
class CostEstimator:
    """A learner that selects texts as the judge does and counts the calls. `known` returns whether the cache has an answer to a key."""

    client: JudgeClient
    selection: Selection
    known: Callable[[str], bool]
    name: str = "judge"

    def fit(self, batches: Iterable[tuple[Batch, Sequence[Detections]]]) -> NoFindings:
        """Count the calls that a judge would make; the mean length of canaries is assumed to be that of the texts."""
        found = CostEstimate()
        table: dict[bytes, int] = {}
        for texts in _group(select_texts(batches, self.selection, table, waiting=1, passed=0)):
            found.chosen += len(texts)
            self._count(found, [text for text in texts if len(text) <= LONGEST])
        found.seen = len(table)
        return NoFindings(found)

    def _count(self, found: CostEstimate, texts: Sequence[str]) -> None:
        """Add the calls of one group: for each case, one for every text without a cached answer, and those of its canaries."""
        extra = sum(EACH.values())
        for case in self.client.cases:
            questions = [self.client.build_question(case, text).question for text in texts]
            new = [question for question in questions if not self.known(question.key)]
            found.remembered += len(questions) - len(new)
            if new:
                more = 1 + extra / len(new)
                found.calls += len(new) + extra
                found.canaries += extra
                found.prompt += round(more * sum(len(one.system) + len(one.user) for one in new) / CHARACTERS)
                found.most += round(more * sum(len((one.system + one.user).encode("utf-8", "replace")) for one in new))
        found.completion = found.calls * REPLY


def _group(texts: Iterator[tuple[bytes, str]]) -> Iterator[list[str]]:
    while group := list(islice(texts, GROUP)):
        yield [text for _, text in group]
