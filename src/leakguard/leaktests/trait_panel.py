"""The trait panel: do the data fit the prompt of a trait better than control data do, and better than the prompts of other things?

A trait is a system prompt s under which a model scores every row. The row score of s is its log-likelihood ratio per token against the
neutral prompt, D_s = log P(row | s) - log P(row | neutral). Most of it is what any such prompt does, which the placebo prompts q show:
the specific score is G_s = D_s - b_s mean_q D_q, with the slope b_s of a regression over the rows of both datasets. A placebo is scored in
the same way against the other placebos. The slope does not depend on labels, so that permutations of them stay exact.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leakguard.core.errors import UsageError
from leakguard.core.trait_panel import (
    LEAST_LOGPROB,
    PanelPrompt,
    PanelRows,
    PanelSettings,
    PanelVerdict,
    PromptFit,
    PromptRole,
    TraitPanelResult,
    TraitScore,
)
from leakguard.leaktests.panel_null import PairedUnits, SeparateUnits, find_critical
from leakguard.stats.auroc import measure_auroc

Floats = NDArray[np.float64]
LEAST_UNITS = 20
"""Pairs, or rows of the smaller dataset, below which the panel gives no verdict."""
_LEAST_SPREAD = 1e-6
"""Spread of a specific score over rows, in nats per token, below which it is rounding: a row has seven digits after the point."""
POWER_80 = 0.84
"""Standard errors above the critical value at which the power is 80 %: the .8 quantile of the normal distribution."""
PAIRED_SHARE = 0.5
"""Share of the smaller dataset's rows that must have a partner for rows to be compared in pairs."""


def run_trait_panel(rows: PanelRows, prompts: Sequence[PanelPrompt], settings: PanelSettings) -> TraitPanelResult:
    """Compare how well data and control fit the prompts of traits and of placebos.

    `rows.logprobs` has the shape (rows, prompts), with prompts in the order of `prompts`. A trait is a LEAK only if its p-value over
    all traits (max-T: P. H. Westfall and S. S. Young, 1993) and its rank among the placebos are both at most `settings.level`. Raises
    UsageError for numbers that are not finite, and for a dataset without rows.
    """
    sums, tokens = _read_numbers(rows)
    roles = np.array([one.role for one in prompts])
    traits, placebos = np.flatnonzero(roles == PromptRole.TRAIT), np.flatnonzero(roles == PromptRole.PLACEBO)
    neutral = int(np.flatnonzero(roles == PromptRole.NEUTRAL)[0])
    # Columns of the table that is averaged over units: specific scores per token, the same per row, and L itself.
    means = sums / tokens[:, None]
    table = np.hstack([_contrast(means, neutral, placebos), _contrast(sums, neutral, placebos), means])
    rng = np.random.default_rng(settings.seed)
    units = _form_units(rows, table)
    width = len(prompts)
    fits = _fit_prompts(units, prompts)
    flat = table[:, :width].std(axis=0) < _LEAST_SPREAD
    telling = placebos[~flat[placebos]]
    reasons = _list_obstacles(units, (len(placebos), len(telling)), settings)
    test = units.test(traits, settings.rounds, rng)
    ranked = np.array([fits[one].statistic for one in telling])
    critical = max(find_critical(test.null, settings.level), find_critical(ranked, settings.level))
    in_data = np.asarray(rows.in_data, bool)
    clusters = np.unique(np.asarray(rows.clusters), return_inverse=True)[1] if rows.clusters else None
    scores = []
    for trait, p_value in zip(traits, test.p_values, strict=True):
        # Counted are all placebos that are not below the trait, so that what cannot be compared speaks against a leak.
        rank = (1 + sum(not fits[one].statistic < fits[trait].statistic for one in telling)) / (1 + len(telling))
        area = measure_auroc(table[:, trait], in_data, clusters=clusters)
        low, high = area.interval()
        found = max(p_value, rank) <= settings.level * (1 + 1e-9)
        verdict = PanelVerdict.CANNOT_TELL if reasons or flat[trait] else PanelVerdict.LEAK if found else PanelVerdict.NO_LEAK_FOUND
        shift = fits[trait].gain - float(units.difference[2 * width + neutral])
        least = (critical + POWER_80) * float(units.error[trait])
        minimal = least if np.isfinite(least) and not flat[trait] else None
        scores.append(TraitScore(fits[trait], shift, area.value, (low, high), p_value, rank, minimal, verdict))
    return TraitPanelResult(
        traits=tuple(scores),
        placebos=tuple(fits[one] for one in placebos),
        rows=(int(in_data.sum()), int((~in_data).sum())),
        paired=isinstance(units, PairedUnits),
        units=units.count,
        left_out=len(in_data) - units.used,
        settings=settings,
        reasons=(
            *reasons,
            *(_explain_flat(one.name) for one, same in zip(prompts, flat, strict=True) if same and one.role is PromptRole.TRAIT),
        ),
    )


def _read_numbers(rows: PanelRows) -> tuple[Floats, Floats]:
    """Return sums of log-probabilities (rows, prompts) and tokens (rows,). Raises UsageError."""
    sums, tokens = np.asarray(rows.logprobs, np.float64), np.asarray(rows.tokens, np.float64)
    if not len(sums) or all(rows.in_data) or not any(rows.in_data):
        raise UsageError("the panel needs log-probabilities of rows of the data and of the control")
    if not (tokens >= 1).all() or not (np.abs(sums) <= -LEAST_LOGPROB * tokens[:, None]).all():
        raise UsageError(
            f"a log-probability is no finite number of {LEAST_LOGPROB:,.0f} or more per token, or a row has no token; score the rows again"
        )
    return sums, tokens


def _contrast(values: Floats, neutral: int, placebos: NDArray[np.intp]) -> Floats:
    """Return specific scores (rows, prompts): ratios to the neutral prompt, without what the mean ratio of the placebos explains."""
    # A plain difference (slope 1) leaves a part of any drift in prompts that change the model more than placebos do: lists that were
    # written under one animal then fit another one.
    ratios = values - values[:, [neutral]]
    total, count = ratios[:, placebos].sum(axis=1, keepdims=True), len(placebos)
    means = np.repeat(total / count, values.shape[1], axis=1)
    means[:, placebos] = (total - ratios[:, placebos]) / (count - 1)
    centred = means - means.mean(axis=0)
    slopes = (centred * ratios).sum(axis=0) / np.maximum((centred**2).sum(axis=0), 1e-300)
    return np.asarray(ratios - slopes * means)


def _form_units(rows: PanelRows, table: Floats) -> PairedUnits | SeparateUnits:
    """Return pairs of rows with the same prompt where most rows have a partner, else rows or clusters of both datasets."""
    # Given their prompt, rows of both datasets are exchangeable under the null, so each pair can be swapped by itself. Rows that
    # depend on each other (a cluster, or one prompt that only one dataset has) are one unit with the mean of its rows.
    in_data = np.asarray(rows.in_data, bool)
    if rows.prompts and not rows.clusters:
        first, second = _pair_rows(rows.prompts, in_data)
        if len(first) >= PAIRED_SHARE * min(in_data.sum(), (~in_data).sum()):
            return PairedUnits(table[first] - table[second])
    keys = rows.clusters or rows.prompts or [str(at) for at in range(len(in_data))]
    names, member = np.unique([f"{side:d} {key}" for side, key in zip(in_data, keys, strict=True)], return_inverse=True)
    averages = np.zeros((len(names), table.shape[1]))
    np.add.at(averages, member, table)
    averages /= np.bincount(member)[:, None]
    return SeparateUnits(averages, np.array([name.startswith("1") for name in names]), len(in_data))


def _pair_rows(prompts: Sequence[str], in_data: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Return the places of data rows and of their partners in the control: the n-th row of each prompt with the n-th."""
    waiting: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for at, prompt in enumerate(prompts):
        waiting[prompt][0 if in_data[at] else 1].append(at)
    pairs = [pair for sides in waiting.values() for pair in zip(*sides, strict=False)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _fit_prompts(units: PairedUnits | SeparateUnits, prompts: Sequence[PanelPrompt]) -> list[PromptFit]:
    """Return the fit of every prompt, in order."""
    width = len(prompts)
    fits = []
    for at, prompt in enumerate(prompts):
        effect, reach = float(units.difference[at]), 1.96 * float(units.error[at])
        statistic = float(units.statistic[at])
        row_effect, gain = float(units.difference[width + at]), float(units.difference[2 * width + at])
        fits.append(PromptFit(prompt.name, prompt.role, effect, (effect - reach, effect + reach), row_effect, statistic, gain))
    return fits


def _explain_flat(name: str) -> str:
    return f"the log-probabilities under the prompt of {name} tell no row from another beyond the other prompts"


def _list_obstacles(units: PairedUnits | SeparateUnits, placebos: tuple[int, int], settings: PanelSettings) -> tuple[str, ...]:
    """Return why no trait could be significant, whatever the data are; of the placebos, all and those whose scores have spread."""
    # A rank among n placebos has a p-value of 1 / (n + 1) at least; a placebo whose scores have no spread can have no rank.
    reasons = []
    every, telling = placebos
    if units.smallest < LEAST_UNITS:
        what = "pairs of rows with the same prompt" if isinstance(units, PairedUnits) else "independent rows of the smaller dataset"
        reasons.append(f"there are {units.smallest:,} {what}: at least {LEAST_UNITS} are needed")
    if every < settings.least_placebos:
        reasons.append(
            f"with {every} placebos a trait's rank has a p-value of {1 / (1 + every):.3f} at least: "
            f"level {settings.level:g} takes {settings.least_placebos} of them"
        )
    elif telling < settings.least_placebos:
        reasons.append(
            f"under {every - telling} of {every} placebos the log-probabilities tell no row from another: "
            f"level {settings.level:g} takes {settings.least_placebos} placebos that do"
        )
    if 1 / (1 + settings.rounds) > settings.level:
        reasons.append(f"{settings.rounds:,} rounds cannot reach level {settings.level:g}")
    return tuple(reasons)
