"""What judging would take, without asking anybody: calls, tokens and money."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.detectors.judge.canaries import EACH
from leakguard.detectors.judge.cases import JudgeClient
from leakguard.detectors.judge.dispatch import GROUP
from leakguard.detectors.judge.selection import LONGEST, Selection, select_texts

REPLY = 30
"""Tokens of an ordinary reply."""
CHARACTERS = 4
"""Characters of an ordinary token, roughly: English prose has more, code and numbers have fewer."""


@dataclass(slots=True)
class CostEstimate:
    """`calls` to be paid for and those that are remembered; `prompt` and `completion` are tokens, roughly.

    No tokenizer makes more than `most` tokens of the prompts.
    """

    seen: int = 0
    chosen: int = 0
    calls: int = 0
    canaries: int = 0
    remembered: int = 0
    prompt: int = 0
    completion: int = 0
    most: int = 0


@dataclass(slots=True)
class Silent:
    """A detector that says nothing."""

    name: str = "judge"

    def detect(self, batch: Batch) -> Detections:
        """No hits, nothing missed."""
        return Detections(self.name, Hits())


@dataclass(slots=True)
class CostEstimator:
    """Goes through data as a judge would, and only counts. `known` says whether a question was answered before."""

    bench: JudgeClient
    choice: Selection
    known: Callable[[str], bool]
    done: list[CostEstimate]
    name: str = "judge"

    def survey(self, looked: Iterable[tuple[Batch, Sequence[Detections]]]) -> Silent:
        """Count every call that a judge would make; canaries are taken as long as the texts are on average."""
        found = CostEstimate()
        table: dict[bytes, int] = {}
        for texts in _grouped(select_texts(looked, self.choice, table, waiting=1, passed=0)):
            found.chosen += len(texts)
            self._count(found, [text for text in texts if len(text) <= LONGEST])
        found.seen = len(table)
        self.done.append(found)
        return Silent()

    def _count(self, found: CostEstimate, texts: Sequence[str]) -> None:
        extra = sum(EACH.values())
        for case in self.bench.cases:
            questions = [self.bench.asked(case, text).question for text in texts]
            new = [question for question in questions if not self.known(question.key)]
            found.remembered += len(questions) - len(new)
            if new:
                more = 1 + extra / len(new)
                found.calls += len(new) + extra
                found.canaries += extra
                found.prompt += round(more * sum(len(one.system) + len(one.user) for one in new) / CHARACTERS)
                found.most += round(more * sum(len((one.system + one.user).encode("utf-8", "replace")) for one in new))
        found.completion = found.calls * REPLY


def _grouped(texts: Iterator[tuple[bytes, str]]) -> Iterator[list[str]]:
    while group := list(islice(texts, GROUP)):
        yield [text for _, text in group]
