"""A lineage as text."""

from leakguard.core.lineage import Lineage, Relation
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import printable_name
from leakguard.reports.lineage.conclusion import conclude, list_figures, suggest_steps

STYLES = {Relation.SAME: "bold red", Relation.INDEPENDENT: "bold green", Relation.UNKNOWN: "bold yellow"}


def render(result: Lineage, style: Style) -> str:
    """Return the whole report."""
    page = Page(width=style.width, color=style.color)
    page.line(str(result.relation), STYLES[result.relation])
    for line in conclude(result):
        page.line(printable_name(line))
    page.line()
    lines = [[(name, ""), (printable_name(value), "")] for name, value in list_figures(result)]
    page.columns(["figure", "value"], lines, words=2, wrapped=(1,))
    page.steps(suggest_steps(result))
    return page.text
