"""The trait panel of an audit: its test on log-probabilities from a file, or from a model."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from leakguard.core.errors import UsageError
from leakguard.core.trait_panel import (
    Logprobs,
    LogprobsSource,
    PanelAudit,
    PanelPrompt,
    PanelRows,
    PanelSettings,
    PromptRole,
    TraitPanelResult,
)
from leakguard.documents.logprobs import read_logprobs
from leakguard.jobs.audit_rows import AuditRows
from leakguard.jobs.guard import OnProgress
from leakguard.jobs.logprobs import load_scoring_model, write_logprobs
from leakguard.jobs.panel_prompts import choose_prompts, describe_supply
from leakguard.pipeline.scan import Progress
from leakguard.settings.plan import AuditPlan, PanelPlan


def _check_settings(panel: PanelPlan) -> None:
    """Raise UsageError for settings of the panel that need others."""
    if panel.model and not panel.traits:
        raise UsageError("`panel-model`: a model scores rows under the prompt of a trait; name one with `panel`")
    if panel.traits and not (panel.model or panel.logprobs):
        raise UsageError("`panel`: a trait's prompt needs a model; name one with `panel-model`, or give `logprobs`")


def audit_panel(
    plan: AuditPlan, data: AuditRows, control: AuditRows, *, on_progress: OnProgress = lambda progress: None
) -> PanelAudit | None:
    """Run the panel on log-probabilities of the plan's file, or of its model; None without either.

    With a model, the file is written or continued, a temporary one if the plan names none. With traits in the plan, they must be among
    those of the file, and its others are left out. Raises UsageError also for log-probabilities of other data.
    """
    panel, content = plan.panel, plan.content
    _check_settings(panel)
    if not panel.model and not panel.logprobs:
        return None
    with TemporaryDirectory(prefix="leakguard-") as folder:
        path = Path(panel.logprobs or f"{folder}/logprobs.jsonl")
        if panel.model:
            prompts = choose_prompts(panel.traits, panel.placebos)
            draw = content.most_rows, content.seed

            def show(done: int, total: int) -> None:
                on_progress(Progress(done, 0, "score"))

            write_logprobs(path, (data, control), load_scoring_model(panel.model), prompts, draw, on_rows=show)
        logprobs = read_logprobs(path)
    _check_data(logprobs.source, data, control)
    return _test_panel(logprobs, _choose_columns(logprobs.source.prompts, panel.traits), plan, (data, control))


def _test_panel(logprobs: Logprobs, columns: Sequence[int], plan: AuditPlan, sides: tuple[AuditRows, AuditRows]) -> PanelAudit:
    """Return the result of the panel on some columns (prompts) of the log-probabilities."""
    # The file has numbers alone; prompts and clusters of its rows come from the datasets.
    places = [(sides[not row.in_data].rows, row.row) for row in logprobs.rows]
    has_prompts, has_clusters = (all(getattr(side.rows, name) for side in sides) for name in ("prompts", "clusters"))
    prompts = tuple(logprobs.source.prompts[at] for at in columns)
    rows = PanelRows(
        in_data=[row.in_data for row in logprobs.rows],
        tokens=[row.tokens for row in logprobs.rows],
        logprobs=[[row.logprobs[at] for at in columns] for row in logprobs.rows],
        prompts=[rows.prompts[at] for rows, at in places] if has_prompts else (),
        clusters=[rows.clusters[at] for rows, at in places] if has_clusters else (),
    )
    settings = PanelSettings(plan.content.level, plan.content.rounds, plan.content.seed)
    result = _load_panel()(rows, prompts, settings)
    if len(result.placebos) < settings.least_placebos and (supply := describe_supply(prompts)):
        result = replace(result, reasons=(*result.reasons, supply))
    return PanelAudit(result, logprobs.source.model, logprobs.source.digest, prompts)


def _choose_columns(prompts: Sequence[PanelPrompt], traits: Sequence[str]) -> list[int]:
    """Return the places of the prompts that are used: all, or without the traits that are not asked about. Raises UsageError."""
    wanted = {Path(name).stem if Path(name).is_file() else name for name in traits}
    there = [one.name for one in prompts if one.role is PromptRole.TRAIT]
    if missing := sorted(wanted - set(there)):
        raise UsageError(f"`panel`: {missing[0]} is not in the file of `logprobs`, which has {', '.join(there)}")
    return [at for at, one in enumerate(prompts) if one.role is not PromptRole.TRAIT or not wanted or one.name in wanted]


def _check_data(source: LogprobsSource, data: AuditRows, control: AuditRows) -> None:
    """Raise UsageError if log-probabilities are of other files, or of another number of rows in them."""
    sides = (("data", source.data, data, source.total[0]), ("control", source.control, control, source.total[1]))
    for name, scored, read, total in sides:
        if sorted(one.sha256 for one in scored) != sorted(one.sha256 for one in read.files):
            named = ", ".join(one.name for one in scored)
            raise UsageError(f"`logprobs`: it is of other {name} (another hash than {named} had): score these rows")
        if total != len(read.rows):
            raise UsageError(
                f"`logprobs`: it was written for {total:,} rows of the {name}, and {len(read.rows):,} are read now; use the same `roles`, "
                "`schema`, `field` and `map`"
            )


def _load_panel() -> Callable[[PanelRows, Sequence[PanelPrompt], PanelSettings], TraitPanelResult]:
    """Return the test, which needs numpy and scipy. Sums are added in one order, so that results do not depend on the cores."""
    from threadpoolctl import threadpool_limits

    from leakguard.leaktests.trait_panel import run_trait_panel

    return threadpool_limits.wrap(limits=1)(run_trait_panel)  # type: ignore[no-any-return]
