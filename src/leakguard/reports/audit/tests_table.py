"""The tests of an audit as a table: one row for the content, one for the controls, one for each trait of the panel."""

from leakguard.core.audit import AuditResult
from leakguard.core.dataset_audit import DatasetAudit

COLUMNS = ("test", "verdict", "effect", "low", "high", "unit", "p", "smallest effect found")


def list_tests(audit: DatasetAudit) -> list[tuple[object, ...]]:
    """Return a row for each test, in the order of COLUMNS; None where a value is unknown. Effects have 95 % intervals.

    The p-value of the content test is that of a difference beyond prompts, format and length.
    """
    tests = [("content", audit.result)]
    if audit.controls:
        tests.append(("control against its second control", audit.controls))
    rows = [_describe_content(name, found) for name, found in tests]
    if audit.panel:
        for one in audit.panel.result.traits:
            name = f"trait {one.fit.name}"
            rows.append((name, str(one.verdict), one.fit.effect, *one.fit.interval, "nats per token", one.p_value, one.minimal_effect))
    return rows


def _describe_content(name: str, found: AuditResult) -> tuple[object, ...]:
    """Return the row of a content test."""
    effect = (found.effect, *found.interval, "AUROC per row")
    return (name, str(found.verdict), *effect, found.content_p_value, found.minimal_detectable_effect)
