"""The guard: all detectors of a run, and the learners that read all data before any row is scanned."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from leakguard.core.baseline import NO_VERSION, Baseline, BaselineUse
from leakguard.core.batch import Block
from leakguard.core.finding import Mark
from leakguard.core.ports import Detector, Parser, Source
from leakguard.core.results import Statistics, Tally
from leakguard.core.rule import Rule, RulePack
from leakguard.detectors.baseline_filter import BaselineFilter
from leakguard.pipeline.scan import Progress, limit_rows

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class RunData:
    """The rows of a run: where they come from, how they are parsed, and how many are read (None: all).

    `divide` returns the source in blocks of about so many bytes, and the number of processes that score them.
    """

    source: Source
    parser: Parser
    limit: int | None = None
    divide: Callable[[int], tuple[Source, int]] | None = None

    def blocks(self, size: int) -> tuple[Iterator[Block], int]:
        """Return the blocks that are read, of about `size` bytes, and the number of processes that score them."""
        source, workers = self.divide(size) if self.divide else (self.source, 1)
        return (source.blocks() if self.limit is None else limit_rows(source.blocks(), self.limit)), workers


@dataclass(frozen=True, slots=True)
class ControlData:
    """Control data that a learner calibrates on: its name, and the data."""

    name: str
    data: RunData


@dataclass(frozen=True, slots=True)
class RunContext:
    """What learners may use of a run.

    `decides` says whether a finding decides about its row, so that no further detector needs to check it. `folder` holds temporary
    files until the run ends. `control` is the control data. `on_progress` is called during each pass.
    """

    decides: Callable[[Mark], bool] = lambda mark: False
    folder: Path | None = None
    control: ControlData | None = None
    on_progress: OnProgress = lambda progress: None


Hide = Callable[[Sequence[Detector]], tuple[Detector, ...]]
"""Returns detectors without the findings that the baseline of a run accepts."""


class LearnerFactory(Protocol):
    """Fits a detector to the data of one run. `rules` and `packs` are those that its findings name.

    `reads_control`: the learner reads the control data too, so its detector also knows the rows of those.
    """

    @property
    def name(self) -> str:
        """The name of the detector."""
        ...

    @property
    def reads_control(self) -> bool:
        """Return whether the learner reads the control data."""
        ...

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules that findings may name."""
        ...

    @property
    def packs(self) -> tuple[RulePack, ...]:
        """The packs of these rules, for reports."""
        ...

    def learn(self, data: RunData, before: Sequence[Detector], context: RunContext, hide: Hide) -> Detector:
        """Read the data, and return a detector that was fitted to them; `before` are the detectors whose answers it may use."""
        ...

    def describe(self, control: Mapping[str, str]) -> dict[str, Any]:
        """Return what decides about findings beside settings and packs, for the manifest; `control` maps control files to SHA-256."""
        ...


@dataclass(frozen=True, slots=True)
class GuardPart:
    """What a builder of the table in jobs/build adds to a guard."""

    detectors: tuple[Detector, ...] = ()
    learners: tuple[LearnerFactory, ...] = ()
    rules: tuple[Rule, ...] = ()
    packs: tuple[RulePack, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """All detectors of a run after the passes over its data; `learned` are those that learners returned, by name."""

    detectors: tuple[Detector, ...]
    learned: Mapping[str, Detector] = field(default_factory=dict)

    @property
    def statistics(self) -> dict[str, Statistics]:
        """The statistics of learned detectors by name."""
        found = {name: getattr(detector, "statistics", None) for name, detector in self.learned.items()}
        return {name: statistics for name, statistics in found.items() if statistics is not None}


@dataclass(frozen=True, slots=True)
class Guard:
    """The detectors of a run, and the rules and packs that their findings name.

    Detectors scan each block by itself. Learners follow them in order, and each reads all data first, with the answers of everything
    before it.
    """

    detectors: tuple[Detector, ...]
    learners: tuple[LearnerFactory, ...]
    rules: Mapping[str, Rule]
    packs: tuple[RulePack, ...]
    baseline: Baseline | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all detectors, those of learners included."""
        return (*(detector.name for detector in self.detectors), *(learner.name for learner in self.learners))

    @property
    def versions(self) -> dict[str, str]:
        """Every rule id and the version of its pack."""
        return dict.fromkeys(self.rules, NO_VERSION) | {rule.id: pack.version for pack in self.packs for rule in pack.rules}

    @contextmanager
    def open_folder(self) -> Iterator[Path | None]:
        """Create a folder for temporary files of learners, if there are any, and delete it at the end of the run."""
        if not self.learners:
            yield None
            return
        with TemporaryDirectory(prefix="leakguard-") as folder:
            yield Path(folder)

    def hide_accepted(self, detectors: Sequence[Detector]) -> tuple[Detector, ...]:
        """Return the detectors without the findings that the baseline accepts."""
        current = self.baseline.current(self.versions) if self.baseline else {}
        return tuple(BaselineFilter(detector, current) for detector in detectors) if current else tuple(detectors)

    def use_of_baseline(self, tally: Tally, *, whole: bool) -> BaselineUse | None:
        """Return how the baseline was used; entries without a finding are unused if the `whole` of the data was scanned."""
        if not self.baseline:
            return None
        unused = self.baseline.unused(self.versions, tally.accepted) if whole else ()
        return BaselineUse(self.baseline.file, len(self.baseline.entries), tuple(unused))

    def fit(self, data: RunData, context: RunContext, known: Fitted | None = None) -> Fitted:
        """Let every learner read the data, and return all detectors.

        Detectors of `known` that have read the control data are reused; pass it if `data` are the control. Raises what learners raise,
        such as SettingsError for a control that is too small.
        """
        learned: dict[str, Detector] = {}
        for factory in self.learners:
            if known and factory.reads_control:
                learned[factory.name] = known.learned[factory.name]
            else:
                learned[factory.name] = factory.learn(data, (*self.detectors, *learned.values()), context, self.hide_accepted)
        return Fitted((*self.detectors, *self.hide_accepted(tuple(learned.values()))), learned)
