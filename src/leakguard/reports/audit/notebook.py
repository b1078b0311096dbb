"""The report of an audit as a short piece of HTML for a notebook's cell."""

from leakguard.core.dataset_audit import DatasetAudit
from leakguard.reports.audit.conclusion import HEADINGS, conclude
from leakguard.reports.audit.tests_table import COLUMNS, list_tests
from leakguard.reports.kit.fragment import Fragment, render_fragment
from leakguard.reports.kit.style import Style


def render(audit: DatasetAudit, style: Style) -> str:
    """Return the verdict, a line for each test, and the conclusion."""
    rows = [[f"{value:.3g}" if isinstance(value, float) else "" if value is None else value for value in row] for row in list_tests(audit)]
    return render_fragment(Fragment(HEADINGS[audit.verdict], conclude(audit), COLUMNS, rows))
