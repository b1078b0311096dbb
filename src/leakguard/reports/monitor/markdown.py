"""A monitor as Markdown for a comment or a dataset card."""

from leakguard.core.monitor import MonitorRun
from leakguard.core.version import __version__
from leakguard.reports.kit.markdown import code_element, escape_markup, write_details, write_steps, write_table
from leakguard.reports.kit.style import Style
from leakguard.reports.monitor.conclusion import conclude, list_figures, list_steps, name_inputs, name_result, suggest_steps


def render(run: MonitorRun, style: Style) -> str:
    """Return the result, its figures, and the e-value over time folded away."""
    first, *rest = conclude(run)
    parts = [
        f"### leakguard audit, monitor: {name_result(run)}",
        f"**{escape_markup(first)}**",
        *map(escape_markup, rest),
        code_element(name_inputs(run)),
        write_table(["figure", "value"], [[escape_markup(cell) for cell in pair] for pair in list_figures(run)], words=2),
        write_details("The e-value over time", write_table(["pairs", "e-value", "highest", "p"], list_steps(run), words=0)),
        write_steps(suggest_steps(run)),
    ]
    return "\n\n".join([*parts, f"<sub>leakguard {__version__}</sub>"]) + "\n"
