"""`leakguard lineage`: do two models share an initialisation?"""

from dataclasses import replace

import click

from leakguard.cli.options import Once, write_notes
from leakguard.cli.terminal import look, put
from leakguard.reports import LINEAGE_REPORTS

NOTES = """
\b
Only safetensors files are read, one matrix at a time. docs/lineage.md says
how the test works and what it was measured to find.

""" + write_notes(
    {
        0: "INDEPENDENT: no shared initialisation was found",
        1: "SAME: both models were made from the same initial weights",
        3: "UNKNOWN: the weights are not at hand, or cannot be compared",
    },
    "leakguard lineage tiny-a tiny-b",
    "leakguard lineage tiny-a tiny-a --format json -o lineage.md",
)


@click.command(cls=Once, short_help="Say whether two models share an initialisation.", epilog=NOTES)
@click.argument("teacher", metavar="TEACHER")
@click.argument("student", metavar="STUDENT")
@click.option("--format", "shape", metavar="|".join(LINEAGE_REPORTS), default="table", help="Format of the report on stdout.  [table]")
@click.option(
    "-o", "--output", metavar="FILE", multiple=True, help="Also write the report to this file; the suffix sets its format. Repeat."
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def lineage(teacher: str, student: str, shape: str, output: tuple[str, ...], quiet: bool) -> int:
    """Say whether TEACHER and STUDENT were made from the same initial weights, by comparing their weights.

    Hidden traits pass from a teacher to students that share its initialisation. Each model is tiny-a, tiny-b, the folder of a checkpoint or
    of a LoRA adapter, or the name of a model whose weights are not here.
    """
    from leakguard.cli.outputs import choose_reports, stage_files
    from leakguard.cli.progress import show_steps
    from leakguard.jobs.lineage import compare_lineage
    from leakguard.reports.kit.style import Style

    shown, written = choose_reports(LINEAGE_REPORTS, shape, output)
    with stage_files(output, []) as files:
        with show_steps(not quiet, "layers") as on_layer:
            result = compare_lineage(teacher, student, on_layer=on_layer)
        for render, file in zip(written, files, strict=True):
            file.write(render(result, Style()).encode())
    put(shown(result, replace(Style(), **look())), None if shape == "table" else "utf-8")
    return int(result.exit_code)
