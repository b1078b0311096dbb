"""An audit as Markdown for a comment on a pull request or a dataset card."""

from leakguard.core.dataset_audit import DatasetAudit
from leakguard.core.version import __version__
from leakguard.reports.audit.conclusion import EMPTY_TABLE, HEADINGS, conclude, list_features, list_figures, suggest_steps
from leakguard.reports.audit.panel import HEADS, describe_panel, list_traits
from leakguard.reports.audit.table import format_figure, name_data
from leakguard.reports.kit.markdown import code_element, escape_markup, write_details, write_steps, write_table
from leakguard.reports.kit.style import Style


def render(audit: DatasetAudit, style: Style) -> str:
    """Return the verdict, its figures, the readable features, and comparability folded away."""
    # Text that came from data is code or escaped, so that it cannot become a link or a tag.
    first, *rest = conclude(audit)
    features = list_features(audit.result)
    figures = [[escape_markup(cell) for cell in pair] for pair in list_figures(audit)]
    compared = [[escape_markup(cell) for cell in format_figure(one)] for one in audit.result.comparability.figures]
    parts = [
        f"### leakguard audit: {HEADINGS[audit.verdict]}",
        f"**{escape_markup(first)}**",
        *map(escape_markup, rest),
        f"{code_element(name_data(audit.data))} against {code_element(name_data(audit.control))}",
        write_table(["figure", "value"], figures, words=2),
        write_table(["feature", "data", "control", "adjusted p"], [[code_element(one[0]), *one[1:]] for one in features], words=1)
        if features
        else EMPTY_TABLE,
        *_write_panel(audit),
        write_details("Comparability", write_table(["figure", "data", "control", "adjusted p", ""], compared, words=1)),
        write_steps(suggest_steps(audit, style.again)),
    ]
    return "\n\n".join([*parts, f"<sub>leakguard {__version__}</sub>"]) + "\n"


def _write_panel(audit: DatasetAudit) -> list[str]:
    """Return the table of the trait panel and how it was made; nothing without a panel."""
    if not audit.panel:
        return []
    rows = [[code_element(cells[0]), *map(escape_markup, cells[1:])] for cells in list_traits(audit.panel)]
    return [write_table([*HEADS], rows, words=1), " ".join(map(escape_markup, describe_panel(audit.panel)))]
