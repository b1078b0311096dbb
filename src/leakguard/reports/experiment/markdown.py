"""Render the result of an experiment as Markdown: verdict, a table of the arms, and notes."""

from leakguard.documents.experiment import ExperimentResult
from leakguard.reports.experiment.arm_columns import list_arm_columns
from leakguard.reports.experiment.summary import list_notes
from leakguard.reports.kit.markdown import escape_markup, write_table


def render_markdown(result: ExperimentResult) -> str:
    """Return the result as Markdown, in which names from settings are never parsed as markup."""
    columns = list_arm_columns(result)
    lines = [[escape_markup(column.write(arm)) for column in columns] for arm in result.arms]
    table = write_table([column.name for column in columns], lines, words=1)
    notes = "\n".join(f"- {escape_markup(note)}" for note in list_notes(result))
    return f"**{result.conclusion.verdict}**: {escape_markup(result.conclusion.sentence)}\n\n{table}\n\n{notes}\n"
