"""Results of a scan or clean: counts of rows and findings (Tally), and everything that reports show (ScanResult)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from leakguard.core.baseline import BaselineUse
from leakguard.core.errors import LeakguardError
from leakguard.core.finding import Finding
from leakguard.core.record import Unreadable
from leakguard.core.rule import Rule, RulePack, Severity
from leakguard.core.unscanned import Unscanned, merge_counts

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates

Key = TypeVar("Key")


@dataclass(slots=True)
class RuleCount:
    """Counts of one rule's matches: findings, rows with a finding, and number lists (texts) with a finding."""

    findings: int = 0
    rows: int = 0
    number_rows: int = 0

    def add(self, other: "RuleCount") -> None:
        """Add another count to this one."""
        self.findings += other.findings
        self.rows += other.rows
        self.number_rows += other.number_rows


Voices = tuple[tuple[str, Severity], ...]
"""The rules that match at one place, each with its severity, the highest severity first."""


COUNTS = (
    *("seen", "kept", "redacted", "quarantined", "removed", "unreadable", "undetermined"),
    *("missed", "empty", "texts", "number_rows"),
)


@dataclass(slots=True)
class Tally:
    """Counts of a run: rows seen, rows by fate, and findings by rule and severity. The fates add up to the rows seen.

    Rows. `missed` counts rows that a detector missed, of any fate, and `missed_by` those of each detector. `empty` counts readable rows
    without a text to scan, `number_rows` rows whose scanned texts are all number lists. `lengths` counts number rows by the number of
    digits and how many numbers with so many digits they have: {(digits, numbers): rows}. `flagged` counts rows by their highest
    severity, `left` the rows that a clean kept or redacted by the highest severity that remains in them.

    Findings. `by_rule` maps (rule id, severity) to counts, `by_pack` a pack to rows with a finding. `by_place` counts places (the same
    characters of the same text) by the rules that match there: its `findings` are places. `softened` maps (rule id, severity) to the
    findings below the rule's highest severity, by the reason. `accepted` counts findings that a baseline hides, by fingerprint.

    Coverage. `unscanned`, `prose`, `left_out`, `repeated` and `absent` count rows with words that were not scanned, as explained in
    core.unscanned.Unscanned.
    """

    seen: int = 0
    kept: int = 0
    redacted: int = 0
    quarantined: int = 0
    removed: int = 0
    unreadable: int = 0
    undetermined: int = 0
    missed: int = 0
    empty: int = 0
    texts: int = 0
    number_rows: int = 0
    missed_by: dict[str, int] = field(default_factory=dict)
    flagged: dict[Severity, int] = field(default_factory=dict)
    left: dict[Severity, int] = field(default_factory=dict)
    by_rule: dict[tuple[str, Severity], RuleCount] = field(default_factory=dict)
    by_place: dict[Voices, RuleCount] = field(default_factory=dict)
    softened: dict[tuple[str, Severity], dict[str, int]] = field(default_factory=dict)
    by_pack: dict[str, int] = field(default_factory=dict)
    lengths: dict[tuple[int, int], int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    unscanned: dict[str, int] = field(default_factory=dict)
    prose: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    absent: dict[str, int] = field(default_factory=dict)

    def accept(self, findings: Mapping[str, int]) -> None:
        """Add counts of findings that a baseline hides, by fingerprint."""
        _add(self.accepted, findings)

    def add(self, other: "Tally") -> None:
        """Add the counts of another tally, such as that of another part of the data, to this one."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        _count_in(self.by_rule, other.by_rule)
        _count_in(self.by_place, other.by_place)
        for key, causes in other.softened.items():
            _add(self.softened.setdefault(key, {}), causes)
        _add(self.missed_by, other.missed_by)
        _add(self.flagged, other.flagged)
        _add(self.left, other.left)
        _add(self.by_pack, other.by_pack)
        _add(self.lengths, other.lengths)
        _add(self.accepted, other.accepted)
        self.leave(Unscanned(other.unscanned, other.prose, other.left_out, other.repeated, other.absent))

    def leave(self, words: Unscanned) -> None:
        """Add counts of rows with words that were not scanned."""
        merge_counts(self.unscanned, words.fields)
        merge_counts(self.prose, words.prose)
        merge_counts(self.left_out, words.left_out)
        self.repeated += words.repeated
        _add(self.absent, words.absent)

    @property
    def never(self) -> list[str]:
        """Fields named in the settings ("field: rationale", "map: completion=response") that no readable row has."""
        read = self.seen - self.unreadable
        return [name for name, rows in self.absent.items() if 0 < read <= rows]

    @property
    def findings(self) -> int:
        """The number of findings of all rules; several rules at one place are several findings."""
        return sum(count.findings for count in self.by_rule.values())

    @property
    def places(self) -> int:
        """The number of places with a finding; several rules at the same characters of a text count once.

        For saved results without counts of places it is the number of findings.
        """
        return sum(count.findings for count in (self.by_place or self.by_rule).values())

    @property
    def unsure(self) -> int:
        """The number of readable rows that some detector missed, whatever fate the policy gave them."""
        return max(self.missed, self.undetermined)

    @property
    def unseen(self) -> int:
        """The number of rows that could not be read or that some detector missed; if it is not 0, the run is incomplete."""
        return self.unreadable + self.unsure

    @property
    def blind(self) -> bool:
        """Whether there was no row, or none had a text to scan, so that nothing was checked."""
        return self.seen == self.empty

    def check(self) -> None:
        """Raise LeakguardError unless the rows of all fates add up to the rows seen."""
        accounted = self.kept + self.redacted + self.quarantined + self.removed + self.unreadable + self.undetermined
        if accounted != self.seen:
            raise LeakguardError(f"the books do not balance: {self.seen:,} rows seen, {accounted:,} accounted for")


def _count_in(mine: dict[Key, RuleCount], theirs: Mapping[Key, RuleCount]) -> None:
    for key, count in theirs.items():
        known = mine.get(key)
        if known is None:
            mine[key] = RuleCount(count.findings, count.rows, count.number_rows)
        else:
            known.add(count)


def _add(mine: dict[Key, int], theirs: Mapping[Key, int]) -> None:
    for key, count in theirs.items():
        mine[key] = mine.get(key, 0) + count


@dataclass(frozen=True, slots=True)
class Missed:
    """A row that a detector could not check, with the reason."""

    file: str
    row: int
    detector: str
    reason: str


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a clean wrote: its path in the output folder and its number of rows (of lines, for lists of reasons)."""

    path: str
    rows: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The output folder of a clean and its files; `before` describes, for reports, the part that an earlier interrupted run had done."""

    folder: str
    outputs: tuple[Output, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Files that were not scanned because of one pattern of `ignore-files`: the pattern, their number and the first names.

    The pattern is empty for files that were recognised as containing no data, such as README.md.
    """

    pattern: str
    files: int
    first: tuple[str, ...] = ()


class Statistics(Protocol):
    """Statistics of a detector in one run, such as numbers of compared texts or of calls."""

    @property
    def key(self) -> str:
        """The name of the statistics in JSON documents."""
        ...


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything that reports show about a scan. The tally counts all rows; lists have the first entries in file order, up to a limit.

    `statistics` maps names of detectors to their statistics. `again` has the paths and options of the command line as shell words, for
    commands that reports suggest ("" outside the command line).
    """

    tally: Tally
    findings: tuple[Finding, ...]
    unreadable: tuple[Unreadable, ...]
    missed: tuple[Missed, ...]
    files: tuple[str, ...]
    rules: Mapping[str, Rule]
    packs: tuple[RulePack, ...]
    settings: Mapping[str, object]
    control: Tally | None = None
    control_file: str | None = None
    interrupted: bool = False
    fail_on: Severity | None = Severity.ERROR
    cleaning: Cleaning | None = None
    statistics: Mapping[str, Statistics] = field(default_factory=dict)
    baseline: BaselineUse | None = None
    settings_file: str | None = None
    ignored: tuple[Ignored, ...] = ()
    again: str = ""
    duplicates: "Duplicates | None" = None
