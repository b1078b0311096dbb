"""Advice as Markdown."""

from leakguard.core.advice import Advice
from leakguard.core.version import __version__
from leakguard.reports.advice.conclusion import CAVEAT, SMALL, conclude, list_options, list_sources, suggest_steps
from leakguard.reports.advice.table import HEADS
from leakguard.reports.kit.markdown import escape_markup, write_steps, write_table
from leakguard.reports.kit.style import Style


def render(result: Advice, style: Style) -> str:
    """Return what is known, the options as a table, and the next steps."""
    lines = [[escape_markup(cell) for cell in line] for line in list_options(result)]
    parts = [
        "### What to do next",
        "\n".join(f"- {escape_markup(line)}" for line in conclude(result)),
        write_table(HEADS, lines, words=len(HEADS)),
        *map(escape_markup, (list_sources(result), SMALL, CAVEAT)),
        write_steps(suggest_steps(result)),
    ]
    return "\n\n".join([*parts, f"<sub>leakguard {__version__}</sub>"]) + "\n"
