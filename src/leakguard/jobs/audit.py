"""The audit command: test whether a dataset differs in content from control data of the same kind."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from leakguard.core.audit import AuditResult, ContentSettings, RowTexts
from leakguard.core.dataset_audit import AuditedData, DatasetAudit
from leakguard.core.errors import MissingExtra
from leakguard.core.version import install
from leakguard.jobs.audit_rows import AuditRows, read_audit_rows, read_sides, refuse_shared_files
from leakguard.jobs.guard import OnProgress
from leakguard.jobs.trait_panel import audit_panel
from leakguard.pipeline.scan import Progress
from leakguard.settings.plan import Plan


def audit_files(plan: Plan, paths: Sequence[str], *, on_progress: OnProgress = lambda progress: None) -> DatasetAudit:
    """Read the data at `paths` and the control of the plan, and test whether they differ in content.

    With a second control, the two controls are compared first. Raises UsageError if there is no control, if data and control share a
    file, or if a dataset has too few rows for a test.
    """
    sides = read_sides(plan, paths, on_progress=on_progress)
    control2 = plan.audit.control2
    third = read_audit_rows(plan.read, [control2], plan.audit.cluster, on_progress=on_progress) if control2 else None
    return audit_rows(plan, *sides, third, on_progress=on_progress)


def audit_rows(
    plan: Plan, data: AuditRows, control: AuditRows, control2: AuditRows | None = None, *, on_progress: OnProgress = lambda progress: None
) -> DatasetAudit:
    """Test rows that were read against a control, and the control against a second one if there is one. Raises UsageError.

    With a model or log-probabilities in the plan, the trait panel is run too.
    """
    run_content_test = _load_test()
    from leakguard.leaktests.content import apply_second_control

    refuse_shared_files(data, control, "`control`")
    panel = audit_panel(plan.audit, data, control, on_progress=on_progress)
    on_progress(Progress(0, 0, "test"))
    result = run_content_test(data.rows, control.rows, plan.audit.content)
    controls = None
    if control2:
        refuse_shared_files(control, control2, "`control2`")
        refuse_shared_files(data, control2, "`control2`")
        on_progress(Progress(0, 0, "controls"))
        controls = run_content_test(control.rows, control2.rows, plan.audit.content)
        result = apply_second_control(result, controls)
    return DatasetAudit(
        result=result,
        data=_facts(data),
        control=_facts(control),
        settings=plan.audit.content,
        control2=_facts(control2) if control2 else None,
        controls=controls,
        cluster=plan.audit.cluster or "",
        panel=panel,
    )


def _load_test() -> "Callable[[RowTexts, RowTexts, ContentSettings], AuditResult]":
    """Return the content test. Raises MissingExtra without its packages, which take longer to load than most commands run."""
    require_packages()
    from threadpoolctl import threadpool_limits

    from leakguard.leaktests.content import run_content_test

    # With one thread the sums are added in one order, so that the result does not depend on the number of cores. Where other
    # programs use the cores, threads for matrices of this size took ten times as long.
    return threadpool_limits.wrap(limits=1)(run_content_test)  # type: ignore[no-any-return]


def require_packages() -> None:
    """Raise MissingExtra unless the packages of leak tests are installed."""
    if find_spec("scipy") is None or find_spec("threadpoolctl") is None:
        raise MissingExtra(f"an audit needs scipy and threadpoolctl: {install('audit')}")


def _facts(rows: AuditRows) -> AuditedData:
    return AuditedData(rows.files, rows.unreadable, rows.first_unreadable, rows.wordless)
