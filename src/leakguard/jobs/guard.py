"""Everything that looks, and how it comes to know all of the data before it judges a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leakguard.core.baseline import NO_VERSION, Baseline, BaselineUse
from leakguard.core.finding import Mark
from leakguard.core.judge_stats import Judged
from leakguard.core.ports import Detector, Learner, Parser, Source
from leakguard.core.results import Tally
from leakguard.core.rule import Rule, RulePack
from leakguard.core.similarity import Similarity
from leakguard.detectors.baseline_filter import BaselineFilter
from leakguard.detectors.semantic import SemanticDetector
from leakguard.detectors.semantic.fit import Control
from leakguard.jobs.build.semantic import ORDINARY, Meaning
from leakguard.pipeline.passes import detect_blocks, fit_learners
from leakguard.pipeline.scan import Progress

if TYPE_CHECKING:
    from leakguard.jobs.build.judge import Judge

OnProgress = Callable[[Progress], None]
_NOTHING = Progress(0, 0, "judge")


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that looks, once all of the data was surveyed; the judge's books and the search by meaning if there were any."""

    detectors: tuple[Detector, ...]
    judged: Judged | None = None
    meaning: SemanticDetector | None = None

    @property
    def similarity(self) -> Similarity | None:
        """The books of the search by meaning."""
        return self.meaning.books if self.meaning else None


@dataclass(frozen=True, slots=True)
class RunData:
    """What a run goes through: the inputs, their parser, and how many rows of them (None: all)."""

    source: Source
    parser: Parser
    limit: int | None = None


@dataclass(slots=True)
class _Told:
    """Tells of the rows and the answers of a pass together: a block of rows may be hours of answers."""

    tell: OnProgress
    last: Progress = _NOTHING
    answers: int = 0

    def rows(self, progress: Progress) -> None:
        self.last = progress
        self.tell(replace(progress, answers=self.answers))

    def compared(self, done: int, of: int) -> None:
        self.tell(replace(self.last, stage="meaning", windows=(done, of)))

    def answered(self, answers: int) -> None:
        self.answers = answers
        self.tell(replace(self.last, answers=answers))


@dataclass(frozen=True, slots=True)
class Guard:
    """What looks at the data, and the rules and packs that it looks with.

    A search by meaning looks after the detectors, and a judge after both, at what they left open.
    """

    detectors: tuple[Detector, ...]
    rules: dict[str, Rule]
    packs: tuple[RulePack, ...]
    judge: "Judge | None" = None
    meaning: Meaning | None = None
    baseline: Baseline | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of everything that looks."""
        later = (SemanticDetector.name if self.meaning else "", self.judge.surveyor.name if self.judge else "")
        return (*(detector.name for detector in self.detectors), *filter(None, later))

    @property
    def twice(self) -> bool:
        """Is the data read more than once?"""
        return bool(self.judge or self.meaning)

    @property
    def versions(self) -> dict[str, str]:
        """Every rule that looks, and the version of its pack."""
        return dict.fromkeys(self.rules, NO_VERSION) | {rule.id: pack.version for pack in self.packs for rule in pack.rules}

    def accepting(self, detectors: Sequence[Detector]) -> tuple[Detector, ...]:
        """The same detectors, without the findings that the baseline accepts."""
        current = self.baseline.current(self.versions) if self.baseline else {}
        return tuple(BaselineFilter(detector, current) for detector in detectors) if current else tuple(detectors)

    def used(self, tally: Tally, *, whole: bool) -> BaselineUse | None:
        """What the baseline did; `whole`: all of the data was looked at, so what was not found is not there."""
        if not self.baseline:
            return None
        unused = self.baseline.unused(self.versions, tally.accepted) if whole else ()
        return BaselineUse(self.baseline.file, len(self.baseline.entries), tuple(unused))

    def over(
        self,
        data: RunData,
        decides: Callable[[Mark], bool],
        *,
        folder: Path | None = None,
        control: tuple[str, Source] | None = None,
        before: Fitted | None = None,
        on_progress: OnProgress = lambda progress: None,
    ) -> Fitted:
        """The detectors once all of the data was surveyed.

        `decides` says whether a finding settles what becomes of its row. Scores lie in `folder`; `control` (its name, the data) is
        what they are calibrated with. A search by meaning that was done `before` knows this data already.
        """
        told = _Told(on_progress)
        surveyors: list[Learner] = []
        known = self.detectors
        if before and before.meaning:
            known = (*known, before.meaning)
        elif self.meaning and folder:
            calibrated = Control(ORDINARY)
            if control:
                name, source = control
                calibrated = Control(name, lambda: detect_blocks(source.blocks(), data.parser, self.detectors, "control", on_progress))
            surveyors.append(self.meaning.surveyor(folder, calibrated, told.compared))
        if self.judge:
            judging = self.judge.within(decides, told.answered)
            surveyors.append(judging)
        found = fit_learners(data.source, data.parser, known, surveyors, limit=data.limit, on_progress=told.rows)[len(self.detectors) :]
        searched = next((one for one in found if isinstance(one, SemanticDetector)), None)
        return Fitted((*self.detectors, *self.accepting(found)), judging.done[-1] if self.judge else None, searched)
