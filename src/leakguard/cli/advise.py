"""`leakguard advise`: what to do next about a hidden trait."""

from dataclasses import replace

import click

from leakguard.cli.options import Once, write_notes
from leakguard.cli.terminal import look, put
from leakguard.reports import ADVICE_REPORTS

NOTES = """
\b
Figures come from the project's own measurements alone, with their
intervals and sources. docs/advise.md says what they are worth.

""" + write_notes(
    {0: "the options are shown", 2: "a result cannot be read"},
    "leakguard advise",
    "leakguard lineage tiny-a tiny-b -o lineage.json",
    "leakguard advise lineage.json --format markdown",
)


@click.command(cls=Once, short_help="Say what to do next, ranked by measured effect.", epilog=NOTES)
@click.argument("results", metavar="[RESULT...]", nargs=-1)
@click.option("--format", "shape", metavar="|".join(ADVICE_REPORTS), default="table", help="Format of the report on stdout.  [table]")
def advise(results: tuple[str, ...], shape: str) -> int:
    """Say what can be done about a hidden trait, ranked by what was measured to be left of it, and what your own results say.

    RESULT is the JSON of an audit, a scan, a certificate or a lineage, or the manifest (or folder) of a clean or a mitigation.
    """
    from leakguard.cli.outputs import choose_reports
    from leakguard.jobs.advise import advise as find_advice
    from leakguard.reports.kit.style import Style

    shown, _ = choose_reports(ADVICE_REPORTS, shape, ())
    put(shown(find_advice(results), replace(Style(), **look())), None if shape == "table" else "utf-8")
    return 0
