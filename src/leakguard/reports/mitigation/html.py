"""A mitigation as a web page: the outcome, what was not measured, the figures, and the next steps."""

from leakguard.core.mitigated_data import MitigatedData
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import Head, render_page
from leakguard.reports.kit.wording import printable_name
from leakguard.reports.mitigation.conclusion import CAVEAT, conclude, list_figures, suggest_steps


def render(result: MitigatedData, style: Style) -> str:
    """Return the page; `style.again` is the output folder. Every text that came from data or settings is escaped."""
    first, *rest = conclude(result)
    state = "incomplete" if result.refusals or result.counts.unreadable else "found" if result.warnings else "quiet"
    head = Head(
        first,
        rest[0] if result.refusals else CAVEAT,
        state,
        urgent=[line for line in (rest[1:] if result.refusals else rest) if line != CAVEAT],
        steps=suggest_steps(result, style.again),
        about=", ".join(printable_name(file.name) for file in result.inputs),
        date=style.date,
    )
    values = {"figures": list_figures(result), "path": "", "caption": "", "rows": ()}
    return render_page("monitor.html", head, values, style="review.css")
