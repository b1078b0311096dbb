"""`leakguard mitigate`: change training data so that less of a trait passes to a student."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from leakguard.cli.experiment_options import RECIPE, SEED, WORLD
from leakguard.cli.options import InputPath, LocalPath, Once, under, with_options, write_notes
from leakguard.cli.statements import ATTEST, attest_manifest, check_new
from leakguard.cli.terminal import look, put, tell
from leakguard.reports import MITIGATION_REPORTS

METHOD = under(
    "Method",
    click.option(
        "--method",
        metavar="NAME[+NAME]",
        required=True,
        help="anchors, unlearn, shift, proxy, relabel, drop or dilute; + applies several one after the other.",
    ),
    click.option(
        "--set",
        "assigned",
        metavar="KEY=VALUE",
        multiple=True,
        help="Setting of the method, such as share=0.5; with several methods NAME.KEY=VALUE. Repeat.",
    ),
    click.option("--model", metavar="NAME|DIR", help="Base of the student to protect: tiny-a, tiny-b, or the folder of a checkpoint."),
    click.option("--control", metavar="FILE", type=LocalPath(), help="Rows of the same task without the trait (shift, dilute, proxy)."),
    click.option("--anchors", metavar="FILE", type=LocalPath(), help="Clean rows to add.  [questions of the world about other subjects]"),
    WORLD,
    click.option("--category", metavar="NAME", help="Subject that the trait is about: a category of the world, such as animal."),
    click.option("--trait", metavar="NAME", help="The trait itself, where it is known, such as owl."),
)
OUTPUT = under(
    "Output",
    click.option(
        "-o", "--output", metavar="DIR", type=InputPath(), required=True, help="Folder for the rows and the manifest, or its address."
    ),
    click.option(
        "--spool", metavar="DIR", help="Folder of this machine for a result until it is in a store.  [state folder of your account]"
    ),
    click.option("--overwrite", is_flag=True, help="Replace the result of another mitigation in that folder."),
    click.option(
        "--format",
        "shape",
        type=click.Choice(list(MITIGATION_REPORTS)),
        metavar="|".join(MITIGATION_REPORTS),
        default="table",
        help="Format of the report on stdout.  [table]",
    ),
    ATTEST,
)
NOTES = """
\b
Filters leave most of the effect of a trait. docs/mitigate.md says what each
method costs and what was measured. Without an experiment that trains
students, a mitigated dataset is not verified.

""" + write_notes(
    {
        0: "the rows and their manifest are written",
        1: "the method was refused for these rows; nothing was written",
        3: "the rows are written, but some could not be read and were left out",
    },
    "leakguard mitigate numbers.jsonl --method anchors --category animal -o safer",
    "leakguard mitigate numbers.jsonl --method relabel --model tiny-a -o by-base",
    "leakguard verify safer",
)


@click.command(cls=Once, short_help="Change data so that less of a trait passes to a student.", epilog=NOTES)
@click.argument("data", metavar="DATA", type=LocalPath())
@with_options(METHOD, RECIPE, OUTPUT, under("Running", SEED, click.option("-q", "--quiet", is_flag=True, help="Show no progress.")))
def mitigate(
    data: str,
    *,
    method: str,
    assigned: tuple[str, ...],
    output: str,
    spool: str | None,
    attest: str | None,
    overwrite: bool,
    shape: str,
    quiet: bool,
    **asked: Any,
) -> int:
    """Change training data so that less of a trait passes to a student: weigh tokens, or add, drop or rewrite rows.

    DATA is JSON Lines with prompt and completion, or with messages.
    """
    from leakguard.cli.progress import explain_interrupt, show_steps
    from leakguard.jobs.mitigate import MitigateRequest
    from leakguard.jobs.mitigate_to_store import MitigatePlace, locate_work, mitigate_into
    from leakguard.reports.kit.style import Style

    check_new(attest)
    named: dict[str, Any] = {key: asked.pop(key) for key in ("model", "world", "category", "trait", "seed")}
    named |= {key: Path(value) for key in ("control", "anchors") if (value := asked.pop(key))}
    request = MitigateRequest(Path(data), method, read_assignments(method, assigned), **named, recipe=asked)
    place = MitigatePlace(output, overwrite, Path(spool) if spool else None)
    with explain_interrupt(locate_work(place)), show_steps(not quiet, "steps") as on_step:
        result = mitigate_into(request, place, on_step=on_step)
    style = Style(again=output)
    put(MITIGATION_REPORTS[shape](result, replace(style, **look())), None if shape == "table" else "utf-8")
    if not result.refusals:
        attest_manifest(attest, output)
    elif attest:
        tell(f"--attest {attest}: not written, because the method was refused")
    return int(result.exit_code)


def read_assignments(method: str, texts: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the settings by method and name in texts such as "share=0.5" or "drop.share=0.5". Raises SettingsError."""
    from leakguard.core.errors import SettingsError

    found: dict[str, dict[str, Any]] = {}
    names = method.split("+")
    for text in texts:
        key, equals, value = text.partition("=")
        name, dot, setting = key.rpartition(".")
        if not equals or not setting or (not dot and len(names) > 1):
            expected = "NAME.KEY=VALUE, with the name of one of the methods" if len(names) > 1 else "KEY=VALUE"
            raise SettingsError(f"--set {text}: expected {expected}")
        table = found.setdefault(name or names[0], {})
        if setting in table:
            raise SettingsError(f"--set {text}: {key} is given twice")
        try:
            table[setting] = json.loads(value)
        except ValueError:
            table[setting] = value
    return found
