"""An audit as a web page: verdict, figures, the permutation null as a picture, readable features as bars, comparability."""

from typing import Any

from leakguard.core.audit import LeakVerdict, ReadableFeature
from leakguard.core.dataset_audit import DatasetAudit
from leakguard.core.exit_codes import ExitCode
from leakguard.reports.audit.conclusion import (
    EMPTY_TABLE,
    HEADINGS,
    describe_detectable,
    describe_unused,
    explain_verdict,
    list_features,
    list_figures,
    suggest_steps,
)
from leakguard.reports.audit.panel import HEADS, describe_panel, list_traits
from leakguard.reports.audit.pictures import draw_null, draw_panel
from leakguard.reports.audit.power_curves import draw_power
from leakguard.reports.audit.table import format_figure, name_data
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import Bar, Head, choose_scale, make_bar, render_page, trust
from leakguard.stats.intervals import Interval

STATES = {LeakVerdict.DRIFT: "found", LeakVerdict.NO_DRIFT_FOUND: "quiet"}
CAPTION = "How often a random assignment of the rows to the two datasets gives a statistic this strong (bars), and the observed one (line)"

POWER_CAPTION = (
    "How often the test would find a difference of AUROC {tolerance:.2f} per row, by the number of rows: simulated with these rows, and "
    "carried over to other numbers of rows by the size of the effect"
)


def render(audit: DatasetAudit, style: Style) -> str:
    """Return the page. Every text that came from data or settings is escaped."""
    head = Head(
        f"{HEADINGS[audit.verdict]}: {name_data(audit.data)} against {name_data(audit.control)}",
        " ".join(explain_verdict(audit)),
        _choose_state(audit),
        urgent=describe_unused(audit),
        steps=suggest_steps(audit, style.again),
    )
    shares = [value for one in audit.result.features if one.is_share for value in (one.data, one.control)]
    end = choose_scale(shares)
    drawing, power = draw_null(audit.result), draw_power(audit.result, audit.settings)
    values = {
        "figures": list_figures(audit),
        "null": trust(drawing) if drawing else "",
        "caption": CAPTION,
        "features": list(zip(list_features(audit.result), (_draw(one, end) for one in audit.result.features), strict=True)),
        "no_features": EMPTY_TABLE if audit.verdict is LeakVerdict.DRIFT else "None.",
        "compared": [format_figure(one) for one in audit.result.comparability.figures],
        "notes": audit.result.comparability.notes,
        "detectable": [describe_detectable(one) for one in audit.result.detectable],
        "power": trust(power) if power else "",
        "power_caption": POWER_CAPTION.format(tolerance=audit.settings.tolerance),
        "panel": _list_panel(audit),
        "files": [(name, file) for name, one in (("data", audit.data), ("control", audit.control)) for file in one.files],
    }
    return render_page("audit.html", head, values, style="audit.css")


def _choose_state(audit: DatasetAudit) -> str:
    """Return the state that colours the heading: found also for a leak that the panel found."""
    if audit.exit_code is ExitCode.FOUND:
        return "found"
    return STATES.get(audit.verdict, "incomplete")


def _list_panel(audit: DatasetAudit) -> dict[str, Any] | None:
    """Return table, picture and notes of the trait panel; None without a panel."""
    if not audit.panel:
        return None
    rows = list_traits(audit.panel)
    return {"heads": HEADS, "rows": rows, "drawing": trust(draw_panel(audit.panel.result)), "notes": describe_panel(audit.panel)}


def _draw(one: ReadableFeature, end: float) -> Bar | None:
    """Return the bar of a share, with the control's share as a mark; None for a mean."""
    if not one.is_share:
        return None
    return make_bar(one.data, Interval(one.data, one.data), one.control, end)
