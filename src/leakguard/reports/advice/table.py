"""Advice as text."""

from leakguard.core.advice import Advice
from leakguard.reports.advice.conclusion import CAVEAT, SMALL, conclude, list_options, list_sources, suggest_steps
from leakguard.reports.kit.page import Page
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import printable_name

HEADS = ["option", "trait left", "skill kept", "loss kept", "measured on"]


def render(result: Advice, style: Style) -> str:
    """Return the whole report."""
    page = Page(width=style.width, color=style.color)
    for line in conclude(result):
        page.line(printable_name(line))
    page.line()
    page.columns(HEADS, [[(cell, "") for cell in line] for line in list_options(result)], words=len(HEADS), wrapped=(0, 4))
    for line in ("", list_sources(result), SMALL, CAVEAT):
        page.line(line)
    page.steps(suggest_steps(result))
    return page.text
