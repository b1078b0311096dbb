"""The judge's pass over all data: send each distinct text that other detectors did not decide to the judge, and store the outcomes."""

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


@dataclass(slots=True)
class _Pass:
    """The state of one pass over the data: digest of a text -> index of its outcome, the distinct outcomes, and the counts."""

    counts: Judged
    outcomes: dict[JudgeOutcome, int]
    table: dict[bytes, int] = field(default_factory=dict)

    def number(self, outcome: JudgeOutcome) -> int:
        return self.outcomes.setdefault(outcome, len(self.outcomes))


@dataclass(frozen=True, slots=True)
class JudgeLearner:
    """Sends the texts that other detectors did not decide to a judge, and returns a detector that looks up the verdicts.

    `spent` returns the cost of the model so far. `measured` maps a rule id to the judge's accuracy in a judge check. `on_answer` is
    called with the number of answers after each one. `halt` is set when a pass ends, so that calls which wait for a retry stop.
    """

    client: JudgeClient
    finder: InjectionFinder
    selection: Selection
    concurrency: int
    spent: Callable[[], Spent]
    measured: Mapping[str, JudgeAccuracy] = field(default_factory=dict)
    on_answer: Callable[[int], None] = lambda answers: None
    halt: Event = field(default_factory=Event)
    name: str = "judge"

    @property
    def packs(self) -> tuple[RulePack, ...]:
        """The rule packs that reports list for the judge: its rubrics and the injection pack."""
        rubrics = {case.rubric.id: case.rubric for case in self.client.cases}
        rules = [case.mark.rule for case in self.client.cases]
        listed = [rubric.as_pack(tuple(rule for rule in rules if rule.pack == rubric.pack)) for rubric in rubrics.values()]
        return (*listed, self.finder.pack)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules that the detector may report."""
        return (*(case.mark.rule for case in self.client.cases), *self.finder.rules)

    def fit(self, batches: Iterable[tuple[Batch, Sequence[Detections]]]) -> JudgeDetector:
        """Judge the selected texts of a dataset, and return a detector that looks up their verdicts."""
        counts = Judged(self.client.questions.model, self.selection.words, self.packs, measured=self.measured)
        state = _Pass(counts, {PASSED: 0, JudgeOutcome(missed="the judge never came to it"): _WAITING})
        before = self.spent()
        texts = select_texts(batches, self.selection, state.table, waiting=_WAITING, passed=0)
        session = Session(self.client, counts, concurrency=self.concurrency, halt=self.halt, on_answer=self.on_answer)
        for text, outcome, _ in session.judge(self._groups(texts, state)):
            state.table[text.digest] = state.number(outcome)
            counts.injections += text.suspect
        _count_undetermined(state)
        counts.spent = _difference(self.spent(), before)
        return JudgeDetector(state.table, tuple(state.outcomes), self.finder, counts)

    def _groups(self, texts: Iterator[tuple[bytes, str]], state: _Pass) -> Iterator[list[JudgeText]]:
        """Yield the texts in groups; those that are too long for the judge get their outcome here."""
        while group := list(islice(texts, GROUP)):
            state.counts.chosen += len(group)
            short = [(name, text) for name, text in group if len(text) <= LONGEST]
            state.table.update((name, state.number(_TOO_LONG)) for name, text in group if len(text) > LONGEST)
            suspects = self.finder.suspects([text for _, text in short])
            if short:
                yield [JudgeText(name, text, suspect) for (name, text), suspect in zip(short, suspects, strict=True)]


def _count_undetermined(state: _Pass) -> None:
    """Count all texts, and the undetermined ones by reason; all chosen texts are undetermined if the judge failed."""
    counts, outcomes = state.counts, list(state.outcomes)
    counts.seen = len(state.table)
    if counts.failed:
        counts.reasons = {counts.failed: counts.chosen} if counts.chosen else {}
        return
    for number, texts in Counter(state.table.values()).items():
        if why := outcomes[number].missed:
            counts.reasons[why] = counts.reasons.get(why, 0) + texts


def _difference(now: Spent, before: Spent) -> Spent:
    return Spent(
        requests=now.requests - before.requests,
        remembered=now.remembered - before.remembered,
        unreadable=now.unreadable - before.unreadable,
        prompt=now.prompt - before.prompt,
        completion=now.completion - before.completion,
        money=None if now.money is None else now.money - (before.money or 0.0),
    )
