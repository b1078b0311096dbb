"""A monitor as text: its result, its figures, and the e-value over time."""

from leakguard.core.monitor import MonitorRun
from leakguard.core.version import __version__
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.monitor.conclusion import conclude, list_figures, list_steps, name_inputs, suggest_steps

HEADS = ["pairs", "e-value", "highest", "p"]


def render(run: MonitorRun, style: Style) -> str:
    """Return the whole report."""
    page = Page(width=style.width, color=style.color)
    page.line(f"leakguard {__version__} audit, monitor: {name_inputs(run)}", "bold")
    first, *rest = conclude(run)
    page.line(first, "bold red" if run.report.drift else "green" if run.exit_code == 0 else "bold yellow")
    for line in rest:
        page.line(line)
    page.line()
    page.columns(["figure", "value"], [[(name, ""), (value, "")] for name, value in list_figures(run)], words=2, wrapped=(1,))
    if steps := list_steps(run):
        page.line()
        page.line("The e-value over time", "bold")
        page.columns(HEADS, [[(cell, "") for cell in cells] for cells in steps], words=0)
    page.steps(suggest_steps(run))
    return page.text
