"""A certificate as Markdown, for a dataset card."""

from leakguard.core.certificate import SurvivalCertificate
from leakguard.reports.certificate.conclusion import HEADS, explain_verdict, list_arms, list_figures, suggest_steps
from leakguard.reports.kit.markdown import code_element, escape_markup, write_steps, write_table
from leakguard.reports.kit.style import Style


def render(certificate: SurvivalCertificate, style: Style) -> str:
    """Return the verdict, a table of the arms, and what the certificate holds for."""
    first, *rest = explain_verdict(certificate)
    arms = [[escape_markup(text) for text in cells] for cells in list_arms(certificate)]
    figures = [[escape_markup(name), code_element(value)] for name, value in list_figures(certificate)]
    parts = [
        f"### Survival certificate: {certificate.verdict}",
        f"**{escape_markup(first)}**",
        *map(escape_markup, rest),
        write_table(HEADS, arms, words=2),
        write_table(["holds for", "value"], figures, words=2),
        write_steps(suggest_steps(certificate, style.again)),
    ]
    return "\n\n".join([*parts, f"<sub>leakguard {escape_markup(certificate.scope.version)}</sub>"]) + "\n"
