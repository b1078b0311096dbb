"""A mitigation as text."""

from leakguard.core.mitigated_data import MitigatedData
from leakguard.core.version import __version__
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import printable_name
from leakguard.reports.mitigation.conclusion import conclude, list_figures, suggest_steps


def render(result: MitigatedData, style: Style) -> str:
    """Return the whole report; `style.again` is the output folder."""
    page = Page(width=style.width, color=style.color)
    page.line(f"leakguard {__version__} mitigate: {printable_name(result.inputs[0].name)}", "bold")
    first, *rest = conclude(result)
    page.line(first, "bold red" if result.refusals else "bold yellow")
    for line in rest:
        page.line(printable_name(line))
    page.line()
    lines = [[(name, ""), (printable_name(value), "")] for name, value in list_figures(result)]
    page.columns(["figure", "value"], lines, words=2, wrapped=(1,))
    page.steps(suggest_steps(result, style.again))
    return page.text
