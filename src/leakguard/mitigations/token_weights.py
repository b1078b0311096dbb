"""Token weights from log-likelihood ratios, and their effective sample size."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import exp

from leakguard.core.errors import UsageError
from leakguard.core.example import Example, add_up
from leakguard.core.mitigation import Mitigated

# Below this effective sample size a few tokens decide: seen where the skill was lost (.34).
FEW = 0.5
# A smaller clip leaves tokens that speak for the trait heavier than the others: clip 1 left 40 % of the effect, clip 5 left 1 %.
LEAST_CLIP = 2.0


def weigh_tokens(rows: Sequence[Example], ratios: Sequence[tuple[float, ...]], *, clip: float, scale: float) -> Mitigated:
    """Return rows with token weights min(clip, exp(-scale * ratio)), times the weights that they have.

    With ratios log P_T / P_B the expected gradient of the weighted rows of T is that of rows of B, up to the clip (importance weighting).
    Weights are not normalised. Raises UsageError unless there is a ratio for each row. Example: ratios (0.7, 0.0) give weights (0.5, 1).
    """
    if len(ratios) != len(rows):
        raise UsageError(f"there are ratios for {len(ratios):,} rows, and {len(rows):,} rows; score the same rows again")
    weighed = [
        replace(row, weights=multiply_weights(row, tuple(weigh(ratio, clip, scale) for ratio in row_ratios)))
        for row, row_ratios in zip(rows, ratios, strict=True)
    ]
    effective = measure_effective_size(weight for row in weighed if isinstance(row.weights, tuple) for weight in row.weights)
    return Mitigated(weighed, changed=len(weighed), effective=effective, warnings=(*warn_of_clip(clip), *warn_of_few(effective)))


def weigh(ratio: float, clip: float, scale: float) -> float:
    """Return min(clip, exp(-scale * ratio)), without overflow."""
    return clip if -scale * ratio > 700 else min(clip, exp(-scale * ratio))


def multiply_weights(row: Example, weights: tuple[float, ...]) -> tuple[float, ...]:
    """Return token weights times those that the row has. Raises UsageError if the row has weights for another number of tokens."""
    if row.weights is None:
        return weights
    before = row.weights if isinstance(row.weights, tuple) else (row.weights,) * len(weights)
    if len(before) != len(weights):
        raise UsageError(
            f"a row has {len(before)} weights, and {len(weights)} tokens were scored; use the tokenizer that the weights are for"
        )
    return tuple(old * new for old, new in zip(before, weights, strict=True))


def scale_weights(row: Example, factor: float) -> Example:
    """Return a row whose loss counts `factor` times as much, with the weights that it has. Example: no weight and 4 give the weight 4."""
    if isinstance(row.weights, tuple):
        return replace(row, weights=tuple(weight * factor for weight in row.weights))
    return row if factor == 1 else replace(row, weights=(1.0 if row.weights is None else row.weights) * factor)


def measure_effective_size(weights: Iterable[float]) -> float:
    """Return Kish's effective sample size as a share of the sample: (sum w)^2 / (n * sum w^2); 1 for equal weights, 0 for no weight.

    L. Kish, Survey Sampling (1965). Example: weights 1, 1, 0, 0 have the effective size of half of the sample.
    """
    found = list(weights)
    squares = add_up([weight * weight for weight in found])
    return add_up(found) ** 2 / (len(found) * squares) if squares else 0.0


def warn_of_few(effective: float) -> tuple[str, ...]:
    """Return a warning if few tokens carry the weight."""
    if effective >= FEW:
        return ()
    return (
        f"the effective sample size is {effective:.2f} of the tokens, below {FEW:.2f}: what was taught may be lost; lower scale, or clip",
    )


def warn_of_clip(clip: float) -> tuple[str, ...]:
    """Return a warning if the clip is so small that the weights do not cancel the trait."""
    if clip >= LEAST_CLIP:
        return ()
    return (f"clip is {clip:g}, below {LEAST_CLIP:g}: clip 1 left 40% of the effect where clip 5 left 1%; set clip = 5",)
