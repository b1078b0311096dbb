"""`leakguard clean`: sort rows by policy into kept, redacted, quarantined and removed."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from leakguard.cli import EXIT_CODES
from leakguard.cli.again import again
from leakguard.cli.croissant import CROISSANT, check_croissant, write_croissant
from leakguard.cli.options import RUN, InputPath, Once, settings_of, settings_options, under, with_options
from leakguard.cli.statements import ATTEST, attest_manifest, check_new
from leakguard.cli.terminal import look, put, tell
from leakguard.reports import SCAN_REPORTS

FOLDER = under(
    "Output",
    click.option(
        "-o",
        "--output",
        "place",
        type=InputPath(),
        metavar="DIR",
        required=True,
        help="Folder for all outputs, or its address: s3://, gs://.",
    ),
    click.option("--resume/--no-resume", default=True, help="Continue an interrupted run, or start over.  [resume]"),
    click.option(
        "--spool", metavar="DIR", help="Folder of this machine for a result until it is in a store.  [state folder of your account]"
    ),
    click.option("--overwrite", is_flag=True, help="Delete the result of another run in DIR first."),
    click.option(
        "--format", metavar="|".join(SCAN_REPORTS), type=click.Choice([*SCAN_REPORTS]), help="Format of the report on stdout.  [table]"
    ),
    ATTEST,
)
NOTES = f"""
\b
Policy: NAME is a severity, a pack, a rule or a pattern ('*.666'), with
numbers: or text: before it for one profile only; ACTION is keep, redact,
quarantine or remove. The most specific entry decides about a finding, and
the strictest action of its findings about a row. NAME undetermined is for
rows that a detector could not check; its ACTION may also be apart. NAME
duplicates is for rows with the same content as an earlier row, and
near-duplicates for nearly the same; they cannot be redacted. The default:
  error=remove  warning=quarantine  note=keep  undetermined=apart
  duplicates=keep

\b
DIR gets kept/, redacted/, quarantine/, removed/, undetermined/ and
unreadable/ with the rows, reasons.jsonl with every reason, and
manifest.json with the hash of every file (see leakguard verify). If the
command is interrupted, the same command continues (--resume).
{EXIT_CODES}

\b
Examples:
  leakguard clean data.jsonl -o cleaned
  leakguard clean data.jsonl -o redacted --policy warning=redact
  leakguard verify cleaned
"""


@click.command(cls=Once, short_help="Sort rows by a policy: keep, redact, quarantine, remove.", epilog=NOTES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=InputPath())
@with_options(FOLDER, CROISSANT, settings_options("clean"), RUN)
def clean(
    paths: tuple[str, ...],
    *,
    place: str,
    resume: bool,
    overwrite: bool,
    spool: str | None,
    attest: str | None,
    croissant: bool,
    written_by: str,
    config: str | None,
    no_config: bool,
    quiet: bool,
    verbose: bool,
    no_progress: bool,
    **flags: Any,
) -> int:
    """Sort rows by their findings: keep, redact, quarantine or remove each; input files are not changed.

    PATH is a file (JSON Lines, a JSON array, CSV, Parquet or Arrow, also packed: .gz, .zst, .xz, .bz2, .zip), a folder, a glob, an
    address of these (s3://, gs://, hf://, https://; see docs/reading.md), or - for stdin.
    """
    from leakguard.cli.outputs import name_today
    from leakguard.cli.progress import show_progress
    from leakguard.jobs.build.cluster import describe_whole_files
    from leakguard.jobs.build.readers import expand_paths, measure_inputs
    from leakguard.jobs.build.traits import describe_gaps
    from leakguard.jobs.clean_to_store import CleanPlace, clean_into
    from leakguard.outputs.hashed_inputs import find_outside
    from leakguard.reports.kit.style import Style
    from leakguard.reports.scan.conclusion import decide_exit_code
    from leakguard.settings.plan import resolve

    check_new(attest)
    check_croissant(place, overwrite=overwrite, wanted=croissant)
    settings = settings_of(config, no_config, paths, flags)
    plan = resolve(settings)
    for line in () if quiet else describe_gaps(plan):
        tell(line)
    find_outside(place, paths)
    files = expand_paths(plan.read, paths)
    for line in () if quiet else describe_whole_files(plan.read, files):
        tell(line)
    with show_progress(not (quiet or no_progress), measure_inputs(files)) as on_progress:
        result = clean_into(
            plan,
            files,
            CleanPlace(place, resume, overwrite, Path(spool) if spool else None),
            stdin=sys.stdin.buffer,
            clock=time.monotonic,
            on_progress=on_progress,
        )
    shape = flags["format"] or "table"
    style = Style(settings.redact or "", verbose, **look(), root=str(Path.cwd()), notes=settings.notes, date=name_today())
    put(SCAN_REPORTS[shape](replace(result, again=again(paths, "gate")), style), None if shape == "table" else "utf-8")
    if result.interrupted:
        raise KeyboardInterrupt
    attest_manifest(attest, place)
    write_croissant(place, written_by, overwrite=overwrite, wanted=croissant)
    return decide_exit_code(result)
