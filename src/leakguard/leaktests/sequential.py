"""A test of rows that arrive over time, valid whenever one looks at it: wealth from bets on which row of a pair is of the data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leakguard.core.audit import RowTexts
from leakguard.core.errors import UsageError
from leakguard.core.monitor import MonitorReport, MonitorSettings, MonitorState, WaitingRow
from leakguard.leaktests.direction import Direction, score_words
from leakguard.leaktests.pooled_rows import NUMBERS, find_kind
from leakguard.leaktests.reference_directions import REFERENCE_DIRECTIONS
from leakguard.text.features import number_views, text_views

Floats = NDArray[np.float64]
STAKES = (0.1, 0.25, 0.5, 0.9)
"""Shares of its wealth that a bet stakes on every pair."""
RIDGES = (0.02, 0.3)
QUANTILES = 65


class DriftMonitor:
    """Pairs of a data row and a control row, in the order of arrival, bet on block after block.

    A bet guesses from the difference D of two rows which one is of the data: g = tanh(w'D / s), with weights w and a scale s that past
    pairs alone decide. Under the null, D is symmetric around 0, so that every bet is fair and its wealth, the product of 1 + stake * g,
    is a martingale that starts at 1; so is the mean over all bets, the e-value (A. Podkopaev and A. Ramdas, Sequential predictive
    two-sample and independence testing, NeurIPS 2023). The bets differ in stake and direction: ridge directions that are learned
    from past pairs, and the reference direction of the kind of rows both ways. While rows do not differ, bets lose wealth. So the same bets
    open again with a wealth of 1 with the second, fourth, eighth ... block, each time with a share of the weight that is fixed
    in advance: a difference that begins late is found too.

    Rows should answer the same mix of prompts in the same format: unlike the content test, the monitor removes neither.
    """

    def __init__(
        self,
        settings: MonitorSettings,
        state: MonitorState | None = None,
        directions: Mapping[str, Direction] = REFERENCE_DIRECTIONS,
    ) -> None:
        """Begin, or continue from a state that `state` gave earlier."""
        self._settings = settings
        self._directions = directions
        self.state = state or MonitorState()

    def add(self, data: RowTexts, control: RowTexts) -> list[MonitorReport]:
        """Take rows of either source, as many as there are, and return a report for every block of pairs that they complete.

        Rows without a partner wait in the state. How rows are divided among calls makes no difference.
        """
        waiting = [*self.state.data, *_list_rows(data)], [*self.state.control, *_list_rows(control)]
        block, start, reports = self._settings.block, 0, []
        need = block if self.state.pairs else self._settings.warm_up
        while min(map(len, waiting)) >= start + need:
            sides = [side[start : start + need] for side in waiting]
            self.state = self._score(sides[0], sides[1])
            reports.append(self._report())
            start += need
            need = block
        rest = [tuple(side[start:]) for side in waiting]
        self.state = replace(self.state, data=rest[0], control=rest[1])
        return reports

    def _report(self) -> MonitorReport:
        state = self.state
        return MonitorReport(state.pairs, _average_wealth(state.wealth), state.highest, state.highest >= 1 / self._settings.level)

    def _score(self, data: list[WaitingRow], control: list[WaitingRow]) -> MonitorState:
        """Return the state after one more block; the first block only sets the scales and the first moments."""
        # The order matters: bets on a block are placed with the moments before it, which then take it in.
        state = self.state
        kind = state.kind or find_kind([text for _, text in [*data, *control]])
        dense, names = _read(kind, [*data, *control])
        grid = np.array(state.grid) if state.grid else np.quantile(dense, np.linspace(0, 1, QUANTILES), axis=0)
        direction = self._directions.get(kind, Direction({}))
        columns = _expand(dense, grid, score_words(direction.words, [text for _, text in [*data, *control]]))
        gaps = columns[: len(data)] - columns[len(data) :]
        width = gaps.shape[1]
        if state.sums and len(state.sums) != width:
            raise UsageError(f"the state has {len(state.sums)} features a row, this version {width}: start with a new state")
        sums = np.array(state.sums) if state.sums else np.zeros(width)
        products = np.array(state.products) if state.products else np.zeros((width, width))
        wealth, highest = list(map(np.array, state.wealth)), state.highest
        if state.pairs:
            weights = np.array(list(self._list_bets(direction, names, sums, products)))
            gains = np.tanh(gaps @ weights.T)
            grown = np.log1p(np.array(STAKES)[:, None, None] * gains).sum(1).T.ravel()
            wealth = [one + grown for one in (*wealth, *self._open_accounts(len(grown)))]
            highest = max(highest, _average_wealth(wealth))
        return MonitorState(
            kind=kind,
            pairs=state.pairs + len(data),
            grid=_as_rows(grid),
            sums=tuple((sums + gaps.sum(0)).tolist()),
            products=_as_rows(products + gaps.T @ gaps),
            wealth=tuple(tuple(one.tolist()) for one in wealth),
            highest=highest,
        )

    def _open_accounts(self, bets: int) -> list[Floats]:
        """Return the logarithms (0) of the wealth of bets that open with this block: the first, second, fourth, eighth and so on."""
        block = (self.state.pairs - self._settings.warm_up) // self._settings.block + 1
        return [] if block & (block - 1) else [np.zeros(bets)]

    def _list_bets(self, direction: Direction, names: tuple[str, ...], sums: Floats, products: Floats) -> Iterator[Floats]:
        """Yield the weights of each bet, scaled so that w'D has about unit variance over past pairs; always as many."""
        # A direction without any spread, or a kind of rows without a reference, bets nothing.
        pairs = self.state.pairs
        moments = products / pairs
        for ridge in RIDGES:
            yield _scale(np.asarray(np.linalg.solve(moments + ridge * np.eye(len(moments)), sums / pairs), np.float64), moments)
        yield _scale(sums / pairs / (np.diag(moments) + RIDGES[0]), moments)
        along = np.append(direction.list_weights(names), 1.0)
        yield _scale(along, moments)
        yield _scale(-along, moments)


def _scale(weights: Floats, moments: Floats) -> Floats:
    spread = max(float(weights @ moments @ weights), 0.0) ** 0.5
    return np.asarray(weights / spread) if spread > 1e-9 else np.zeros(len(weights))


def _average_wealth(wealth: Sequence[Sequence[float] | Floats]) -> float:
    """Return the weighted mean of the wealth of all bets, and of the reserve for later ones, from the logarithms by time of opening.

    The bets that opened first have half of the weight, the next a sixth, then a twelfth and so on, 1 / (k (k + 1)); the reserve has what
    is left, 1 / (k + 1). A wealth counts as at most e^700, which a float still holds.
    """
    means = [float(np.exp(np.minimum(one, 700)).mean()) / (at * (at + 1)) for at, one in enumerate(wealth, 1)]
    return sum(means) + 1 / (len(means) + 1)


def _expand(dense: Floats, grid: Floats, words: Floats) -> Floats:
    """Return place r in the grid, r^2 and |r| of every summary, each in units of a uniform distribution's standard deviation, and `words`.

    The place of a value is the mean of the shares of quantiles below it and not above it, minus a half: ties are in the middle.
    """
    places = np.empty_like(dense)
    for column in range(dense.shape[1]):
        low = np.searchsorted(grid[:, column], dense[:, column], side="left")
        high = np.searchsorted(grid[:, column], dense[:, column], side="right")
        places[:, column] = (low + high) / 2 / len(grid) - 0.5
    return np.column_stack([places * 12**0.5, places**2 * 180**0.5, np.abs(places) * 48**0.5, words])


def _read(kind: str, rows: list[WaitingRow]) -> tuple[Floats, tuple[str, ...]]:
    """Return the dense summaries of rows of a kind, shape (rows, names), and their names."""
    prompts, completions = zip(*rows, strict=True)
    if kind == NUMBERS:
        return number_views.read_number_summaries(prompts, completions), number_views.DENSE
    return text_views.read_text_summaries(prompts, completions), text_views.DENSE


def _list_rows(rows: RowTexts) -> list[WaitingRow]:
    return list(zip(rows.prompts or ("",) * len(rows), rows.completions, strict=True))


def _as_rows(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())
