"""A lineage as Markdown, for a model or dataset card."""

from leakguard.core.lineage import Lineage
from leakguard.core.version import __version__
from leakguard.reports.kit.markdown import code_element, escape_markup, write_steps, write_table
from leakguard.reports.kit.style import Style
from leakguard.reports.lineage.conclusion import conclude, list_figures, suggest_steps


def render(result: Lineage, style: Style) -> str:
    """Return the relation and the figures."""
    first, *rest = conclude(result)
    figures = [[escape_markup(name), code_element(value)] for name, value in list_figures(result)]
    parts = [
        f"### Lineage: {result.relation}",
        f"**{escape_markup(first)}**",
        *map(escape_markup, rest),
        write_table(["figure", "value"], figures, words=2),
        write_steps(suggest_steps(result)),
    ]
    return "\n\n".join([*parts, f"<sub>leakguard {__version__}</sub>"]) + "\n"
