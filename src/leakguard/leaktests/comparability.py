"""Whether two datasets agree in everything but content: duplicates, roles, length, format and the mix of prompts."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leakguard.core.audit import Comparability, ComparedFigure, ContentSettings
from leakguard.leaktests.pooled_rows import NUMBERS, PooledRows, RowCounts
from leakguard.leaktests.propensity import Propensity
from leakguard.leaktests.shuffled_covariates import Covariates, Languages, combine_figures, measure_shuffles, read_languages
from leakguard.stats.multiple_testing import bonferroni
from leakguard.stats.permutation import p_value
from leakguard.text.features.covariates import read_number_format, read_prompt_covariates, read_text_format

Floats = NDArray[np.floating]
PROMPTS, FORMAT, LENGTH = "prompts", "format", "length"
_ONE_SIDED = 1.645
MOST_DISTANCE = 0.15
"""Of the distribution functions of lengths. In 40 draws of 500 rows personas moved it by .05 on average (at most .12), and rows of more
than 28 characters that are four times as likely by .18 (at least .13)."""
MOST_FOREIGN = 0.10
"""Difference in the share of a language from which on the datasets are not of one kind."""
_MOST_REPEATED = 0.05
"""Difference in the share of duplicates, or of rows with one sequence of roles, from which on it is worth a remark."""


def read_covariates(rows: PooledRows) -> Covariates:
    """Return the covariates of all rows. Lists of numbers and texts have formats of their own; without prompts, these have no columns."""
    prompts = read_prompt_covariates(rows.prompts) if rows.prompts else np.zeros((len(rows.completions), 0))
    layout = read_number_format(rows.completions) if rows.kind == NUMBERS else read_text_format(rows.completions)
    lengths = np.array([len(text) for text in rows.completions], np.float64)
    return Covariates(prompts, np.column_stack([layout, _bin(lengths)]), lengths)


def compare_rows(
    rows: PooledRows, covariates: Covariates, propensity: Propensity, settings: ContentSettings, rng: np.random.Generator
) -> Comparability:
    """Return how far the datasets agree, with every figure, and the reasons why they are not comparable, if so.

    Prompts and format are each tested by the largest and the sum of squared z values, length by the distance of its two distribution
    functions; p-values are adjusted for their number. The datasets are not comparable where one of them is significant and the
    covariates also tell the rows apart well (AUROC), put too few of them side by side (overlap), or lengths are far apart: a tiny
    difference of two large datasets is no reason.
    """
    spoken = read_languages(rows.completions)
    null = measure_shuffles(rows, covariates, spoken, settings.rounds, rng)
    raw = {
        PROMPTS: combine_figures(null.prompts) if covariates.prompts.shape[1] else 1.0,
        FORMAT: combine_figures(null.format),
        LENGTH: p_value(null.distances),
    }
    adjusted = dict(zip(raw, bonferroni(np.array(list(raw.values())), np.full(3, 3.0)).tolist(), strict=True))
    different = {name for name, p in adjusted.items() if p <= settings.comparable_level}
    low = propensity.auroc.value - _ONE_SIDED * propensity.auroc.error
    languages = _compare_languages(spoken, rows.labels, null.languages, settings.comparable_level)
    figures = [
        *_compare_duplicates(rows.data, rows.control),
        *([_compare_roles(rows)] if rows.roles else []),
        *languages,
        _compare_means("characters per completion", covariates.lengths, rows.labels, adjusted[LENGTH], LENGTH in different),
        ComparedFigure("format (all columns)", None, None, adjusted[FORMAT], FORMAT in different),
        _compare_means("lines per completion", _count_lines(rows.completions), rows.labels),
        *(_compare_prompts(rows, adjusted[PROMPTS], PROMPTS in different) if rows.prompts else ()),
    ]
    reasons = []
    if rows.kinds[0] != rows.kinds[1]:
        reasons.append(f"the data are {rows.kinds[0]}, the control is {rows.kinds[1]}")
    if different and (causes := _name_causes(low, propensity, settings)):
        reasons.append(f"{' and '.join(sorted(different))} differ, and {' and '.join(causes)}")
    if LENGTH in different and null.distances[0] > MOST_DISTANCE:
        reasons.append(f"lengths of completions differ: at one length, the shares of shorter rows are {null.distances[0]:.0%} apart")
    for one in languages:
        if one.differs:
            reasons.append(f"languages differ: the {one.name} is {one.data:.0%} in the data and {one.control:.0%} in the control")
    return Comparability(tuple(figures), propensity.auroc.value, low, propensity.overlap, tuple(reasons), tuple(_remark(rows)))


def _name_causes(low: float, propensity: Propensity, settings: ContentSettings) -> list[str]:
    """Return which figures say that a difference in prompts, format or length is large."""
    causes = []
    if low > settings.most_nuisance:
        causes.append(f"such differences alone tell the rows apart (AUROC {propensity.auroc.value:.2f}, at least {low:.2f})")
    if propensity.overlap < settings.least_overlap:
        causes.append(f"too few rows have a like one on the other side (overlap {propensity.overlap:.0%} of {settings.least_overlap:.0%})")
    return causes


def _bin(values: Floats) -> NDArray[np.float64]:
    """Return eight columns that say in which eighth of the rows a value lies: a difference in length need not be a shift."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, 9)[1:-1]))
    return np.asarray(np.searchsorted(edges, values, side="right")[:, None] == np.arange(8), np.float64)


def _compare_means(name: str, values: Floats, labels: Floats, p: float | None = None, differs: bool = False) -> ComparedFigure:
    return ComparedFigure(name, float(values[labels > 0].mean()), float(values[labels < 0].mean()), p, differs)


def _compare_prompts(rows: PooledRows, p: float, differs: bool) -> list[ComparedFigure]:
    """Return the test of all columns of the prompts, and their length, which is not tested alone."""
    lengths = np.array([len(prompt) for prompt in rows.prompts], np.float64)
    whole = ComparedFigure("prompts (all columns)", None, None, p, differs)
    return [whole, _compare_means("characters per prompt", lengths, rows.labels)]


def _count_lines(texts: Sequence[str]) -> NDArray[np.float64]:
    return np.array([text.count("\n") + 1 for text in texts], np.float64)


def _compare_duplicates(data: RowCounts, control: RowCounts) -> list[ComparedFigure]:
    """Return the shares of rows that were left out because they repeat a completion, or because both datasets have them."""
    repeated = [one.repeated / max(one.total, 1) for one in (data, control)]
    shared = [one.shared / max(one.total, 1) for one in (data, control)]
    return [
        ComparedFigure("share of repeated completions", repeated[0], repeated[1], None, abs(repeated[0] - repeated[1]) > _MOST_REPEATED),
        ComparedFigure("share of rows in both datasets", shared[0], shared[1], None, max(shared) > _MOST_REPEATED),
    ]


def _compare_roles(rows: PooledRows) -> ComparedFigure:
    """Return the shares of the sequence of roles that differs most."""
    sides = [Counter(role for role, label in zip(rows.roles, rows.labels, strict=True) if (label > 0) == side) for side in (True, False)]
    sizes = rows.sizes
    shares = {role: (sides[0][role] / sizes[0], sides[1][role] / sizes[1]) for role in sorted(set(rows.roles))}
    role = max(shares, key=lambda one: abs(shares[one][0] - shares[one][1]))
    return ComparedFigure(
        f"share of rows with roles {role!r}", *shares[role], differs=abs(shares[role][0] - shares[role][1]) > _MOST_REPEATED
    )


def _compare_languages(spoken: Languages, labels: Floats, gaps: Floats, level: float) -> list[ComparedFigure]:
    """Return the share of the language that differs most, among rows whose language can be told; nothing if there are none."""
    if not spoken.names:
        return []
    sides = [spoken.told & (labels > 0), spoken.told & (labels < 0)]
    shares = [[float(column[side].mean()) if side.any() else 0.0 for side in sides] for column in spoken.columns]
    name, (data, control) = max(zip(spoken.names, shares, strict=True), key=lambda one: abs(one[1][0] - one[1][1]))
    p = p_value(gaps)
    return [ComparedFigure(f"share of {name}", data, control, p, bool(p <= level and abs(data - control) > MOST_FOREIGN))]


def _remark(rows: PooledRows) -> Sequence[str]:
    """Return what was left out before the test, and what could not be compared."""
    notes = []
    for name, counts in (("data", rows.data), ("control", rows.control)):
        if counts.repeated:
            notes.append(f"{counts.repeated:,} of {counts.total:,} rows of the {name} repeat a completion and were counted once")
        if counts.shared:
            notes.append(f"{counts.shared:,} of {counts.total:,} rows of the {name} are in both datasets and were left out")
    if not rows.prompts:
        notes.append("without prompts in both datasets, a difference between the prompts cannot be told from one in content")
    return notes
