"""The conclusion of an audit in sentences: the verdict, what it rests on, what it does not say, and next steps."""

from leakguard.core.audit import AuditResult, DetectableEffect, LeakVerdict
from leakguard.core.dataset_audit import DatasetAudit
from leakguard.reports.audit.panel import explain_panel
from leakguard.reports.kit.steps import Step, fill_command
from leakguard.reports.kit.wording import HIDDEN_TRAITS, format_rows

HEADINGS = {
    LeakVerdict.DRIFT: "Drift",
    LeakVerdict.NO_DRIFT_FOUND: "No drift found",
    LeakVerdict.UNDERPOWERED: "Underpowered",
    LeakVerdict.NOT_COMPARABLE: "Not comparable",
}
UNSAID = "Which trait it is, and whether a student would learn it, this test does not say."
CAVEAT = f"This is not evidence of safety: {HIDDEN_TRAITS}."
EMPTY_TABLE = (
    "No single readable feature differs by itself. That is normal below about 1,000 rows: the test adds up many differences that are "
    "each too small to be seen alone."
)


def conclude(audit: DatasetAudit) -> list[str]:
    """Return the conclusion, a sentence each; the verdict first, then rows that the test could not use."""
    return [*explain_verdict(audit), *describe_unused(audit)]


def explain_verdict(audit: DatasetAudit) -> list[str]:
    """Return the verdict with what it rests on, what it does not say, and the answer of the trait panel if there is one."""
    code = f"(exit code {int(audit.exit_code)})"
    if not audit.panel:
        return [f"{HEADINGS[audit.verdict]}: {_explain(audit)} {code}.", *_follow(audit)]
    first, *rest = explain_panel(audit.panel)
    return [f"{HEADINGS[audit.verdict]}: {_explain(audit)}.", f"{first.removesuffix('.')} {code}.", *rest, *_follow(audit)]


def _explain(audit: DatasetAudit) -> str:
    result, tolerance = audit.result, audit.settings.tolerance
    if audit.verdict is LeakVerdict.DRIFT:
        return "the data differ from the control in content"
    if audit.verdict is LeakVerdict.NO_DRIFT_FOUND:
        return f"a difference as large as the tolerance (AUROC {tolerance:g} per row) would have been found"
    if audit.verdict is LeakVerdict.UNDERPOWERED:
        needed = f"; about {format_rows(result.rows_needed)} of each dataset would do" if result.rows_needed else ""
        return f"no difference was found, but one as large as the tolerance (AUROC {tolerance:g} per row) could be missed{needed}"
    return f"data and control may differ in more than content: {'; '.join(result.comparability.reasons)}"


def _follow(audit: DatasetAudit) -> list[str]:
    """Return what the verdict does not say."""
    if audit.verdict is LeakVerdict.DRIFT:
        return [] if audit.panel else [UNSAID]
    if audit.verdict is LeakVerdict.NO_DRIFT_FOUND:
        return [f"Smaller differences are not ruled out. {CAVEAT}"]
    return [f"No verdict on the content is given. {CAVEAT}"]


def describe_unused(audit: DatasetAudit) -> list[str]:
    """Return the rows that the test could not use, a sentence for each dataset that has any."""
    lines = []
    for name, one in (("data", audit.data), ("control", audit.control), ("second control", audit.control2)):
        if one and one.unreadable:
            lines.append(f"Incomplete: {format_rows(one.unreadable)} of the {name} unreadable, such as {one.first_unreadable}.")
        if one and one.wordless:
            lines.append(f"Left out: {format_rows(one.wordless)} of the {name} without text that the model learns to write.")
    return lines


def list_figures(audit: DatasetAudit) -> list[tuple[str, str]]:
    """Return the figures of the test as (name, value): effect and interval first, p-values last."""
    result, settings = audit.result, audit.settings
    low, high = result.interval
    least = result.minimal_detectable_effect
    return [
        ("rows tested", f"{result.rows[0]:,} of the data, {result.rows[1]:,} of the control"),
        ("effect", f"AUROC {result.effect:.3f} per row (95 % interval {low:.3f} to {high:.3f}); 0.5 is no difference"),
        ("tolerance", f"AUROC {settings.tolerance:g}"),
        ("minimal detectable effect", f"AUROC {least:.3f} (found in {settings.power:.0%} of runs)" if least else "none with a bound"),
        ("drift", f"p {format_p(result.p_value, settings.rounds)} (prompts and format removed by regression; exact)"),
        (
            "content",
            f"p {format_p(result.content_p_value, settings.rounds)} (among rows with like prompts, format and length; approximate)",
        ),
    ]


def format_p(value: float, rounds: int) -> str:
    """Return a p-value with as many digits as its permutations can tell apart.

    >>> format_p(0.001, 999), format_p(0.34, 999)
    ('0.001', '0.340')
    """
    return f"{value:.{max(2, len(str(rounds)))}f}"


def describe_detectable(one: DetectableEffect) -> tuple[str, str, str]:
    """Return a kind of difference, the smallest AUROC that would be found, and the rows that the tolerance takes."""
    return one.kind, "none with a bound" if one.auroc is None else f"{one.auroc:.3f}", "-" if one.rows is None else f"{one.rows:,}"


def list_features(result: AuditResult) -> list[tuple[str, str, str, str]]:
    """Return the readable features that differ: text, data, control, adjusted p-value."""

    def show(value: float, is_share: bool) -> str:
        return f"{100 * value:.1f} %" if is_share else f"{value:.4g}"

    return [(one.text, show(one.data, one.is_share), show(one.control, one.is_share), f"{one.p_value:.3f}") for one in result.features]


def suggest_steps(audit: DatasetAudit, again: str = "") -> list[Step]:
    """Return the next steps; `again` are the paths and options of the audit as shell words."""
    # One list for each verdict.
    if audit.verdict is LeakVerdict.DRIFT:
        second = "Compare with a second control of the same kind, because two datasets of one model may differ too:"
        return [
            *([] if audit.control2 else [(second, fill_command("leakguard audit PATH... --control2 FILE", again))]),
            (
                "See whether the data's writer and your base share an initialisation (docs/lineage.md):",
                "leakguard lineage TEACHER STUDENT",
            ),
            ("Measure whether a student learns the trait from such data:", "leakguard experiment run FILE"),
            ("See what can be done, ranked by measured effect (docs/advise.md):", "leakguard advise"),
        ]
    if audit.verdict is LeakVerdict.UNDERPOWERED:
        return [("Audit more rows, or accept a larger tolerance:", fill_command("leakguard audit PATH... --tolerance 0.7", again))]
    if audit.verdict is LeakVerdict.NOT_COMPARABLE:
        return [("Make control data with the same prompts, the same settings and the same model without the trait, and audit again.", "")]
    return [
        ("Save the result, so that a gate can require it (docs/gate.md):", fill_command("leakguard audit PATH... -o audit.json", again))
    ]
