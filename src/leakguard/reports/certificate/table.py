"""A certificate as text."""

from leakguard.core.certificate import CANNOT_TELL, STOPPED, SurvivalCertificate
from leakguard.reports.certificate.conclusion import HEADS, explain_verdict, list_arms, list_figures, suggest_steps
from leakguard.reports.kit.page import Page, TableColumn
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import printable_name

STYLES = {STOPPED: "bold green", "REDUCED": "bold yellow", "SURVIVES": "bold red", CANNOT_TELL: "bold"}
# How early a narrow page leaves out each column of HEADS.
NEEDS = (0, 0, 2, 0, 4, 1, 1, 5)


def render(certificate: SurvivalCertificate, style: Style) -> str:
    """Return the whole report; `style.again` is the folder of the mitigated data."""
    page = Page(width=style.width, color=style.color)
    page.line(certificate.verdict, STYLES[certificate.verdict])
    for line in explain_verdict(certificate):
        page.line(printable_name(line))
    page.line()
    columns = [TableColumn(head, (head,), need, numeric=at > 1) for at, (head, need) in enumerate(zip(HEADS, NEEDS, strict=True))]
    left = page.grid(columns, [[(text, "") for text in cells] for cells in list_arms(certificate)])
    if left:
        page.line(f"No room for: {', '.join(left)}.")
    page.line()
    lines = [[(name, ""), (printable_name(value), "")] for name, value in list_figures(certificate)]
    page.columns(["holds for", ""], lines, words=2, wrapped=(1,))
    page.steps(suggest_steps(certificate, style.again))
    return page.text
