"""The judge's pass over all of the data: every open text gets an outcome once, and the detector that comes out looks it up."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from threading import Event

from leakguard.core.batch import Batch, Detections
from leakguard.core.judge_stats import JudgeAccuracy, Judged, Spent
from leakguard.core.rule import Rule, RulePack
from leakguard.detectors.judge import PASSED, JudgeDetector
from leakguard.detectors.judge.cases import JudgeClient
from leakguard.detectors.judge.dispatch import GROUP, JudgeText, Session
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.judge.outcome import JudgeOutcome
from leakguard.detectors.judge.selection import LONGEST, Selection, select_texts

_WAITING = 1
_TOO_LONG = JudgeOutcome(missed=f"longer than the {LONGEST:,} characters that a judge is shown")
Looked = Iterable[tuple[Batch, Sequence[Detections]]]


@dataclass(slots=True)
class JudgeLearner:
    """Judges what the detectors before it left open. `spent` says what the model has cost so far, `on_answer` hears of every answer."""

    bench: JudgeClient
    finder: InjectionFinder
    choice: Selection
    concurrency: int
    spent: Callable[[], Spent]
    measured: Mapping[str, JudgeAccuracy] = field(default_factory=dict)
    on_answer: Callable[[int], None] = lambda answers: None
    halt: Event = field(default_factory=Event)
    name: str = "judge"
    done: list[Judged] = field(default_factory=list)
    """The books of every survey, in order."""

    @property
    def packs(self) -> tuple[RulePack, ...]:
        """Rubrics and the injection pack, as reports list them."""
        rubrics = {case.rubric.id: case.rubric for case in self.bench.cases}
        rules = [case.mark.rule for case in self.bench.cases]
        listed = [rubric.as_pack(tuple(rule for rule in rules if rule.pack == rubric.pack)) for rubric in rubrics.values()]
        return (*listed, self.finder.pack)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Everything that its detector may report."""
        return (*(case.mark.rule for case in self.bench.cases), *self.finder.rules)

    def survey(self, looked: Looked) -> JudgeDetector:
        """Judge, and return the detector that knows the outcomes."""
        books = Judged(self.bench.asker.model, self.choice.words, self.packs, measured=self.measured)
        outcomes: dict[JudgeOutcome, int] = {PASSED: 0, JudgeOutcome(missed="the judge never came to it"): _WAITING}
        table: dict[bytes, int] = {}
        before = self.spent()
        texts = select_texts(looked, self.choice, table, waiting=_WAITING, passed=0)
        session = Session(self.bench, books, concurrency=self.concurrency, halt=self.halt, on_answer=self.on_answer)
        for text, outcome, _ in session.judge(self._groups(texts, table, outcomes, books)):
            table[text.digest] = outcomes.setdefault(outcome, len(outcomes))
            books.injections += text.suspect
        self._close(books, table, outcomes, before)
        self.done.append(books)
        return JudgeDetector(table, tuple(outcomes), self.finder, books.failed)

    def _groups(
        self, texts: Iterator[tuple[bytes, str]], table: dict[bytes, int], outcomes: dict[JudgeOutcome, int], books: Judged
    ) -> Iterator[list[JudgeText]]:
        """The texts in groups; one that is too long to be sent is settled here."""
        while group := list(islice(texts, GROUP)):
            books.chosen += len(group)
            short = [(name, text) for name, text in group if len(text) <= LONGEST]
            table.update((name, outcomes.setdefault(_TOO_LONG, len(outcomes))) for name, text in group if len(text) > LONGEST)
            suspects = self.finder.suspects([text for _, text in short])
            if short:
                yield [JudgeText(name, text, suspect) for (name, text), suspect in zip(short, suspects, strict=True)]

    def _close(self, books: Judged, table: dict[bytes, int], outcomes: dict[JudgeOutcome, int], before: Spent) -> None:
        names = list(outcomes)
        books.seen = len(table)
        counts = Counter(table.values())
        if books.failed:
            books.reasons = {books.failed: books.chosen} if books.chosen else {}
        else:
            for number, count in counts.items():
                if why := names[number].missed:
                    books.reasons[why] = books.reasons.get(why, 0) + count
        now = self.spent()
        books.spent = Spent(
            requests=now.requests - before.requests,
            remembered=now.remembered - before.remembered,
            unreadable=now.unreadable - before.unreadable,
            prompt=now.prompt - before.prompt,
            completion=now.completion - before.completion,
            money=None if now.money is None else now.money - (before.money or 0.0),
        )
