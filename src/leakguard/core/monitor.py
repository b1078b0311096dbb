"""Values of the sequential test: what it reports after every block of rows, and the state from which it continues."""

from collections.abc import Mapping
from dataclasses import dataclass

from leakguard.core.errors import UsageError
from leakguard.core.exit_codes import ExitCode, choose_exit_code

UNUSED = ("control2", "cluster", "tolerance", "rounds", "seed", "most_rows", "panel", "panel_model", "placebos", "logprobs")
"""Settings of an audit that a monitor has no use for, by their fields."""
WaitingRow = tuple[str, str]
"""Prompt and completion of a row that waits for its partner, or for its block to be full."""


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """The evidence after a block: pairs of rows seen, the e-value now, the highest so far, and whether that passed 1 / level.

    Under the null that data and control rows of a pair are exchangeable, the probability that `highest` ever exceeds 1 / level is at
    most level, however often one looks (J. Ville, 1939). 1 / `highest` is a p-value that is valid at any time.
    """

    pairs: int
    e_value: float
    highest: float
    drift: bool

    @property
    def p_value(self) -> float:
        """The p-value that is valid at any time."""
        return min(1.0, 1 / self.highest)


@dataclass(frozen=True, slots=True)
class MonitorState:
    """Everything that the monitor knows: numbers and texts only, so that it can be kept as JSON.

    `grid` holds quantiles of each summary in the first rows (quantiles, summaries); `sums` (columns) and `products` (columns, columns)
    are moments of the differences of pairs; `wealth` is the logarithm of each bet's wealth, by the time when
    it was opened.
    """

    kind: str = ""
    pairs: int = 0
    grid: tuple[tuple[float, ...], ...] = ()
    sums: tuple[float, ...] = ()
    products: tuple[tuple[float, ...], ...] = ()
    wealth: tuple[tuple[float, ...], ...] = ()
    highest: float = 1.0
    data: tuple[WaitingRow, ...] = ()
    control: tuple[WaitingRow, ...] = ()


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """`level` is the probability of a false alarm over all time; `block` pairs are scored together, and `warm_up` pairs are not bet on."""

    level: float = 0.05
    block: int = 25
    warm_up: int = 50

    def __post_init__(self) -> None:
        if not 0 < self.level < 1 or self.block < 1 or self.warm_up < 2 * self.block or self.warm_up % self.block:
            raise UsageError("level lies between 0 and 1, and warm-up is a multiple of the block, at least twice as large")


@dataclass(frozen=True, slots=True)
class MonitorStep:
    """The report after a block, and what was read until its last row: rows of data and of control, and unreadable rows among them."""

    report: MonitorReport
    rows: tuple[int, int] = (0, 0)
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class InputPosition:
    """How far an input was read: its name, the number of lines, and their SHA-256 ("" for standard input, which has no beginning)."""

    name: str
    lines: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class MonitorRun:
    """All that a monitor has done so far, from which it continues.

    `reading` are the settings that decide how a row is read. `source` is the field that says whether a row of one input is data or
    control ("": two inputs). `rows` counts rows of data and of control, `unreadable` the rows that could not be read (`first_unreadable`
    names the first), `wordless` those without a text that the model learns to write; `steps` are the reports of all blocks.
    """

    settings: MonitorSettings
    reading: Mapping[str, object]
    source: str
    inputs: tuple[InputPosition, ...]
    state: MonitorState = MonitorState()
    rows: tuple[int, int] = (0, 0)
    unreadable: int = 0
    first_unreadable: str = ""
    wordless: int = 0
    steps: tuple[MonitorStep, ...] = ()

    @property
    def report(self) -> MonitorReport:
        """The evidence after the last block."""
        return self.steps[-1].report if self.steps else MonitorReport(0, 1.0, 1.0, drift=False)

    @property
    def need(self) -> int:
        """The number of pairs of the next block; the first one is the warm-up."""
        return self.settings.block if self.state.pairs else self.settings.warm_up

    @property
    def tested(self) -> bool:
        """Whether any pair was bet on."""
        return self.state.pairs > self.settings.warm_up

    @property
    def behind(self) -> bool:
        """Whether rows of the data that would fill a block could not be tested, because the control has too few."""
        return len(self.state.data) >= self.need

    @property
    def exit_code(self) -> ExitCode:
        """INCOMPLETE with unreadable rows, and without drift also where data were not tested; FOUND for drift, else PASSED."""
        drift = self.report.drift
        return choose_exit_code(incomplete=self.unreadable > 0 or not (drift or (self.tested and not self.behind)), found=drift)
