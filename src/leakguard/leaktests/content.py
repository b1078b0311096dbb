"""Do two datasets differ in content? The test on the data alone, from rows to a verdict."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leakguard.core.audit import AuditResult, Comparability, ContentSettings, DetectableEffect, LeakVerdict, RowTexts
from leakguard.leaktests.comparability import compare_rows, read_covariates
from leakguard.leaktests.components import ContentStatistic, FeatureComponents, plan_numbers, plan_text
from leakguard.leaktests.detectable import Rejects, Simulation, describe_directions, find_detectable
from leakguard.leaktests.direction import Direction
from leakguard.leaktests.effect import Splits, measure_effect
from leakguard.leaktests.joint_null import JointNull
from leakguard.leaktests.pooled_rows import NUMBERS, TEXT, PooledRows, pool_rows
from leakguard.leaktests.propensity import draw_folds, measure_propensity
from leakguard.leaktests.readable_features import list_readable
from leakguard.leaktests.reference_directions import REFERENCE_DIRECTIONS
from leakguard.stats.permutation import draw_shuffles
from leakguard.stats.residuals import Residualiser
from leakguard.text.features.number_views import read_number_features
from leakguard.text.features.row_features import RowFeatures
from leakguard.text.features.text_views import read_text_features

DIVISIONS = 4
"""Divisions into folds that the effect is averaged over."""


def run_content_test(
    data: RowTexts, control: RowTexts, settings: ContentSettings, directions: Mapping[str, Direction] = REFERENCE_DIRECTIONS
) -> AuditResult:
    """Test whether data and control differ in content, beyond prompts, format and length. Both are rows of the same kind of data.

    The result depends on the rows and the settings alone, not on their order, and exchanging data and control does not change the
    p-value of drift. `directions` maps kinds of rows to a direction of difference that gets more weight. Raises UsageError where
    a dataset has too few different rows, or most rows are in both.
    """
    # Each part draws from a generator of its own, so that none of them depends on how much another one draws.
    rows = pool_rows(data, control, settings)
    draws = np.random.default_rng(settings.seed).spawn(7)
    covariates = read_covariates(rows)
    propensity = measure_propensity(covariates.parts, rows.labels, rows.clusters, draws[0])
    comparability = compare_rows(rows, covariates, propensity, settings, draws[1])
    features = read_features(rows)
    parts = {kind: _plan(kind, one, rows, directions) for kind, one in features.items()}
    residualiser = Residualiser(covariates.joined)
    drift_statistic = ContentStatistic(parts, residualiser)
    content_statistic = ContentStatistic(parts, residualiser, propensity.strata)
    drift = _test_shuffles(drift_statistic, rows, None, settings, draws[2])
    content = _test_shuffles(content_statistic, rows, propensity.strata, settings, draws[3])
    folds = [draw_folds(len(rows.labels), rows.clusters, draws[4]) for _ in range(DIVISIONS)]
    splits = Splits(folds, propensity.strata, rows.clusters)
    effect = measure_effect(list(features.values()), covariates.joined, rows.labels, splits)

    def rejects(labels: NDArray[np.floating]) -> NDArray[np.bool_]:
        p_values = np.maximum(drift.test(drift_statistic.score(labels)), content.test(content_statistic.score(labels)))
        return np.asarray(p_values <= settings.level)

    detectable = _bound_effects(features, rejects, Simulation(rows.sizes, rows.clusters, draws[5]), settings)
    verdict = decide_verdict(comparability, (drift.p_value, content.p_value), detectable, settings)
    known = [one.auroc for one in detectable if one.auroc is not None]
    needed = [one.rows for one in detectable if one.rows is not None]
    return AuditResult(
        verdict=verdict,
        statistic=float(drift.statistics[0]),
        p_value=drift.p_value,
        content_p_value=content.p_value,
        effect=effect.value,
        interval=effect.interval(),
        minimal_detectable_effect=max(known) if known and len(known) == len(detectable) else None,
        detectable=detectable,
        rows=rows.sizes,
        rows_needed=max(needed, default=None),
        comparability=comparability,
        features=list_readable(rows, features, residualiser, settings, draws[6]),
        components=drift.components,
        null=tuple(drift.statistics[1:].tolist()),
        kind=rows.kind,
        seed=settings.seed,
    )


def read_features(rows: PooledRows) -> dict[str, RowFeatures]:
    """Return the features of the rows by kind; rows with numbers and text have both kinds."""
    prompts = rows.prompts or ("",) * len(rows.completions)
    features = {}
    if rows.kind != TEXT:
        features[NUMBERS] = read_number_features(prompts, rows.completions)
    if rows.kind != NUMBERS:
        features[TEXT] = read_text_features(prompts, rows.completions)
    return features


def decide_verdict(
    comparability: Comparability, p_values: tuple[float, float], detectable: tuple[DetectableEffect, ...], settings: ContentSettings
) -> LeakVerdict:
    """Return the verdict.

    DRIFT needs both p-values (with prompts and format removed by regression, and among rows that are alike in them).
    NO_DRIFT_FOUND needs every minimal detectable effect to be at most the tolerance.
    """
    if not comparability.comparable:
        return LeakVerdict.NOT_COMPARABLE
    if max(p_values) <= settings.level:
        return LeakVerdict.DRIFT
    if detectable and all(one.auroc is not None and one.auroc <= settings.tolerance for one in detectable):
        return LeakVerdict.NO_DRIFT_FOUND
    return LeakVerdict.UNDERPOWERED


def apply_second_control(result: AuditResult, controls: AuditResult) -> AuditResult:
    """Return the result; NOT_COMPARABLE if `controls`, the test of the control against a second one of the same set-up, found a difference.

    Two runs of one model with one set-up may differ by date, hardware or sampling; then a difference to the data says no more than that.
    """
    if controls.verdict not in (LeakVerdict.DRIFT, LeakVerdict.NOT_COMPARABLE):
        return result
    reason = f"the control differs from the second control ({controls.verdict}, p {controls.p_value:.3g}): runs of one set-up differ"
    comparability = replace(result.comparability, reasons=(*result.comparability.reasons, reason))
    return replace(result, verdict=LeakVerdict.NOT_COMPARABLE, comparability=comparability)


def _plan(kind: str, features: RowFeatures, rows: PooledRows, directions: Mapping[str, Direction]) -> FeatureComponents:
    texts = (directions[kind], rows.completions) if kind in directions else None
    return (plan_numbers if kind == NUMBERS else plan_text)(features, texts)


def _test_shuffles(
    statistic: ContentStatistic, rows: PooledRows, strata: NDArray[np.int64] | None, settings: ContentSettings, rng: np.random.Generator
) -> JointNull:
    """Score the data and all shuffles, a block at a time; within `strata`, if given."""
    blocks = draw_shuffles(rows.labels, settings.rounds, rng=rng, strata=strata, clusters=rows.clusters)
    scores = [statistic.score(block) for block in blocks]
    return JointNull(np.concatenate(scores, axis=1), statistic.weights)


def _bound_effects(
    features: dict[str, RowFeatures], rejects: Rejects, simulation: Simulation, settings: ContentSettings
) -> tuple[DetectableEffect, ...]:
    """Return the minimal detectable effect of each kind of difference; none without simulations."""
    if not settings.simulations:
        return ()
    return tuple(
        find_detectable(kind, score, rejects, simulation, settings) for kind, score in describe_directions(list(features.values())).items()
    )
