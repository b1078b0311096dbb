"""A monitor as a web page: its result, its figures, and the path of the e-value as a picture."""

from leakguard.core.monitor import MonitorRun
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import Head, render_page, trust
from leakguard.reports.monitor.conclusion import (
    describe_untested,
    explain_result,
    format_bound,
    list_figures,
    list_steps,
    name_inputs,
    name_result,
    suggest_steps,
)
from leakguard.reports.monitor.pictures import draw_path


def render(run: MonitorRun, style: Style) -> str:
    """Return the page. Every text that came from data or settings is escaped."""
    head = Head(
        f"{name_result(run)}: {name_inputs(run)}",
        " ".join(explain_result(run)),
        "found" if run.report.drift else "quiet" if run.exit_code == 0 else "incomplete",
        urgent=describe_untested(run),
        steps=suggest_steps(run),
    )
    values = {
        "figures": list_figures(run),
        "path": trust(draw_path(run)),
        "caption": f"The e-value after each block on a logarithmic scale, and the line at {format_bound(run)} from which there is drift",
        "rows": list_steps(run),
    }
    return render_page("monitor.html", head, values, style="audit.css")
