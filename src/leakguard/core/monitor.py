"""Values of the sequential test: what it reports after every block of rows, and the state from which it continues."""

from dataclasses import dataclass

from leakguard.core.errors import UsageError

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


@dataclass(frozen=True, slots=True)
class MonitorState:
    """Everything that the monitor knows: numbers and texts only, so that it can be kept as JSON.

    `grid` holds quantiles of each summary in the first rows (quantiles, summaries); `sums` (columns) and `products` (columns, columns)
    are moments of the differences of pairs; `wealth` is the logarithm of each bet's wealth.
    """

    kind: str = ""
    pairs: int = 0
    grid: tuple[tuple[float, ...], ...] = ()
    sums: tuple[float, ...] = ()
    products: tuple[tuple[float, ...], ...] = ()
    wealth: tuple[float, ...] = ()
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
