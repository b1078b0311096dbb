"""A certificate as a web page: verdict, a bar for each arm, and everything that it holds for."""

from leakguard.core.certificate import CANNOT_TELL, STOPPED, SurvivalCertificate
from leakguard.reports.certificate.conclusion import HEADS, explain_verdict, list_arms, list_figures, suggest_steps
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.web import Head, make_bar, render_page
from leakguard.stats.intervals import Interval

STATES = {STOPPED: "quiet", CANNOT_TELL: "incomplete"}
LEVELS = {"control": "note", "base": "note", "raw": "error"}


def render(certificate: SurvivalCertificate, style: Style) -> str:
    """Return the page. Every text that came from data or settings is escaped."""
    head = Head(
        f"{certificate.verdict}: {certificate.scope.trait} after {certificate.method}",
        " ".join(explain_verdict(certificate)),
        STATES.get(certificate.verdict, "found"),
        steps=suggest_steps(certificate, style.again),
    )
    control = next((arm.trait for arm in certificate.arms if arm.name == "control"), None)
    bars = [make_bar(arm.trait, Interval(arm.trait, arm.trait), control, 1.0) for arm in certificate.arms]
    values = {
        "heads": HEADS,
        "arms": [
            (list(zip(HEADS, cells, strict=True)), bar, LEVELS.get(cells[0], "pack"))
            for cells, bar in zip(list_arms(certificate), bars, strict=True)
        ],
        "figures": list_figures(certificate),
        "environment": certificate.environment,
    }
    return render_page("certificate.html", head, values, style="experiment.css")
