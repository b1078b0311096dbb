"""Values of a leak test: the rows of two datasets, the settings, and what the test found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from leakguard.core.errors import UsageError

LEAST_ROWS = 30
"""Rows that each dataset needs at least; below, no difference of ordinary size could be found."""

MOST_ROUNDS = 99_999
"""Permutations that can be asked for at most."""


class LeakVerdict(StrEnum):
    """The answer of a leak test."""

    DRIFT = "drift"
    NO_DRIFT_FOUND = "no-drift-found"
    UNDERPOWERED = "underpowered"
    NOT_COMPARABLE = "not-comparable"


@dataclass(frozen=True, slots=True)
class RowTexts:
    """The rows of one dataset as columns of equal length; every column but `completions` may be empty.

    `clusters` names what several rows have in common (a document, a conversation); rows of one cluster are not independent.
    `roles` are the roles of the messages of each row, such as "system, user, assistant".
    """

    completions: tuple[str, ...]
    prompts: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("prompts", "clusters", "roles"):
            column = getattr(self, name)
            if column and len(column) != len(self.completions):
                raise UsageError(f"{len(self.completions):,} completions but {len(column):,} {name}: give one per row, or none at all")

    def __len__(self) -> int:
        return len(self.completions)


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """Settings of the content test.

    `level` is the probability of a false alarm, `tolerance` the smallest AUROC per row that matters, `power` the probability with which
    the minimal detectable effect is found. `rounds` is the number of shuffles. `simulations` labellings are drawn for each effect
    size that is tried (0: the minimal detectable effect is left out, and NO_DRIFT_FOUND with it). At most `most_rows` rows of each
    dataset are used, drawn at random. The data are comparable unless prompts, format or length differ at `comparable_level`, and tell
    the datasets apart better than `most_nuisance` (AUROC) or overlap less than `least_overlap`.
    """

    level: float = 0.05
    tolerance: float = 0.60
    power: float = 0.8
    rounds: int = 999
    simulations: int = 80
    seed: int = 0
    most_rows: int = 50_000
    comparable_level: float = 0.01
    most_nuisance: float = 0.56
    least_overlap: float = 0.8

    def __post_init__(self) -> None:
        if not 0 < self.level < 1 or not 0 < self.power < 1:
            raise UsageError("`alpha` and power lie between 0 and 1")
        if not 0.5 < self.tolerance < 1:
            raise UsageError(f"`tolerance` is {self.tolerance:g}: give an AUROC above 0.5 and below 1")
        # A p-value of so many rounds is at least 1 / (rounds + 1).
        if 1 / self.level > MOST_ROUNDS + 1:
            least = 1 / (MOST_ROUNDS + 1)
            raise UsageError(f"`alpha` is {self.level:g}: the smallest that {MOST_ROUNDS:,} `rounds`, the most, can reach is {least:g}")
        needed = ceil(max(1 / self.level, 3 / self.comparable_level)) - 1
        if self.rounds < needed:
            raise UsageError(f"`rounds` is {self.rounds:,}: at least {needed:,} are needed for `alpha` {self.level:g} and comparability")


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure of both datasets that is no content, such as the share of duplicates; `p_value` is None where nothing is tested.

    A test of many columns at once has no single value of `data` and `control` (None).
    """

    name: str
    data: float | None
    control: float | None
    p_value: float | None = None
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Comparability:
    """How far two datasets agree in everything but content.

    `nuisance_auroc` says how well prompts, format and length alone tell a row of one from a row of the other, and `nuisance_low` is
    its lower 95 % bound; `overlap` is the share that the distributions of their propensities have in common. `reasons` say why
    the datasets are not comparable, `notes` what was left out or could not be compared.
    """

    figures: tuple[ComparedFigure, ...]
    nuisance_auroc: float
    nuisance_low: float
    overlap: float
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether a difference in content can be told from a difference in prompts, format or length."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ReadableFeature:
    """A feature that a reader understands, its share of rows (or its mean) in both datasets, and its family-wise p-value."""

    text: str
    data: float
    control: float
    p_value: float
    is_share: bool


@dataclass(frozen=True, slots=True)
class DetectableEffect:
    """The smallest effect of one kind that the test would have found with the power asked for, as AUROC per row.

    `auroc` is None where even the strongest effect of this kind would be missed; `rows` is about how many rows of each dataset
    would do for the tolerance, None where no number of rows is known to. `tried` has the effects that were simulated, ascending:
    each as AUROC per row and the share of simulations in which it was found.
    """

    kind: str
    auroc: float | None
    rows: int | None
    tried: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the content test found.

    `p_value` is exact under the null that rows (or clusters) are exchangeable between the datasets; `content_p_value` is for a
    difference beyond prompts, format and length, and approximate. `effect` is the AUROC of a classifier per row, cross-fitted, within
    strata of equal propensity, with its 95 % `interval`. `minimal_detectable_effect` is the largest of `detectable`, None if one of them
    has no bound, `rows_needed` the largest number of rows a side among them. `rows` are used rows of data and control. `null` holds the
    statistic of every shuffle, `statistic` that of the data: the smaller p-value of all components together and of the panel of
    largest features. The p-value of each component is in `components`.
    """

    verdict: LeakVerdict
    statistic: float
    p_value: float
    content_p_value: float
    effect: float
    interval: tuple[float, float]
    minimal_detectable_effect: float | None
    detectable: tuple[DetectableEffect, ...]
    rows: tuple[int, int]
    rows_needed: int | None
    comparability: Comparability
    features: tuple[ReadableFeature, ...]
    components: Mapping[str, float]
    null: tuple[float, ...]
    kind: str
    seed: int
    test: str = "content"


def scale_rows(auroc: float, tolerance: float, rows: tuple[int, int]) -> float:
    """Return about how many rows a dataset find an effect of size `tolerance` as often as these rows find one of size `auroc`.

    Between normal scores an AUROC is Phi(d / sqrt 2) for a difference d in standard deviations, and the rows that are needed grow with
    1 / d^2. `rows` of different numbers count as their harmonic mean.
    """
    # Imported here because it takes five milliseconds, and every command imports the settings of a test.
    from statistics import NormalDist

    normal = NormalDist()
    ratio = normal.inv_cdf(min(max(auroc, 0.5001), 0.9999)) / normal.inv_cdf(tolerance)
    return 2 / (1 / rows[0] + 1 / rows[1]) * ratio**2
