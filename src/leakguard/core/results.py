"""Counting: every row that was seen is accounted for, and the books must balance."""

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
    """How often one rule fired: findings, the rows they stand in, and the bare number lists (texts) among what it fired in."""

    findings: int = 0
    rows: int = 0
    number_rows: int = 0

    def add(self, other: "RuleCount") -> None:
        """Take another count into this one."""
        self.findings += other.findings
        self.rows += other.rows
        self.number_rows += other.number_rows


Voices = tuple[tuple[str, Severity], ...]
"""The rules that fired at one place with the severity of each, the loudest first."""


COUNTS = (
    *("seen", "kept", "redacted", "quarantined", "removed", "unreadable", "undetermined"),
    *("missed", "empty", "texts", "number_rows"),
)


@dataclass(slots=True)
class Tally:
    """Where every row went. `by_rule` maps (rule id, severity) to counts; `by_pack` maps a pack to rows it hit.

    `missed` counts rows that a detector could not look at, whatever became of them, and `missed_by` how many each detector
    missed; `flagged` counts rows by their loudest finding, `left` those rows that a clean left in use by the loudest of what it
    left in them; `empty` counts readable rows without a text to look at, `number_rows`
    rows whose looked-at texts are all bare number lists, and `lengths` how many of those have how many numbers of how
    many digits: {(digits, numbers): rows}. `by_place` counts places (the same characters of the same text) by the rules that fired
    there: its `findings` are places. `softened` maps (rule id, severity) to findings that are quieter than the rule can be, by what
    lowered them. `accepted` counts findings that a baseline hides, by fingerprint.

    `unscanned`, `prose` and `left_out` map fields with words that were not looked at to rows, and `repeated` counts rows with a key
    twice, and `absent` those without what settings name, as core.unscanned.Unscanned says.
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
        """Count findings that a baseline hides."""
        _add(self.accepted, findings)

    def add(self, other: "Tally") -> None:
        """Take another tally into this one."""
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
        """Count words that were not looked at."""
        merge_counts(self.unscanned, words.fields)
        merge_counts(self.prose, words.prose)
        merge_counts(self.left_out, words.left_out)
        self.repeated += words.repeated
        _add(self.absent, words.absent)

    @property
    def never(self) -> list[str]:
        """What settings name ("field: rationale", "map: completion=response") and no row that could be read has."""
        read = self.seen - self.unreadable
        return [name for name, rows in self.absent.items() if 0 < read <= rows]

    @property
    def findings(self) -> int:
        """Findings of every rule together: several rules at one place are several findings."""
        return sum(count.findings for count in self.by_rule.values())

    @property
    def places(self) -> int:
        """Places with a finding: the same characters of the same text count once, however many rules list them.

        The findings, for counts that were saved before places were counted.
        """
        return sum(count.findings for count in (self.by_place or self.by_rule).values())

    @property
    def unsure(self) -> int:
        """Rows that can be read and of which nobody knows all; a policy may have put them anywhere, that makes them no surer."""
        return max(self.missed, self.undetermined)

    @property
    def unseen(self) -> int:
        """Rows that nobody could look at, or not every detector; one of them makes a run incomplete."""
        return self.unreadable + self.unsure

    @property
    def blind(self) -> bool:
        """Whether there were rows, and none of them held a word to look at: no check took place."""
        return 0 < self.seen == self.empty

    def check(self) -> None:
        """Raise LeakguardError unless every row seen is accounted for exactly once."""
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
    """A row that a detector could not look at."""

    file: str
    row: int
    detector: str
    reason: str


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a clean wrote: its path in the folder, and how many rows it holds (lines, for the files that speak of rows)."""

    path: str
    rows: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Where a clean put things; `before` says in words what an earlier run had done of it."""

    folder: str
    outputs: tuple[Output, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Files that were left out of a run: the pattern of ignore-files that does it, how many there are, and the first names.

    An empty pattern stands for files that are known to hold no data.
    """

    pattern: str
    files: int
    first: tuple[str, ...] = ()


class Statistics(Protocol):
    """What a detector counted about its own work in one run, such as texts compared or calls made.

    `key` is the name under which JSON documents hold it.
    """

    @property
    def key(self) -> str:
        """The name in JSON documents."""
        ...


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything that reports show about a scan. The tally counts all rows; lists hold the first entries in file order, up to a limit.

    `statistics` maps names of detectors to what they counted about their own work. `again` holds the paths and options of the command
    line as shell words, for commands that reports suggest ("" outside the command line).
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
