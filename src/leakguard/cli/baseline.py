"""`leakguard baseline`: write, prune and show files of accepted findings."""

from pathlib import Path
from shlex import quote
from typing import Any

import click

from leakguard.cli.again import again
from leakguard.cli.options import RUN, Commands, InputPath, LocalPath, settings_of, settings_options, under, with_options, write_notes
from leakguard.cli.terminal import put, put_next
from leakguard.core.exit_codes import ExitCode
from leakguard.core.rule import Severity

LEVELS = [severity.label for severity in reversed(Severity)]
PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=InputPath())
FILE = click.argument("name", metavar="FILE", type=LocalPath())
WRITE = under(
    "Output",
    click.option("-o", "--output", "name", metavar="FILE", type=LocalPath(), required=True, help="File of the baseline."),
    click.option("--reason", metavar="TEXT", required=True, help="Why these findings are accepted."),
    click.option(
        "--at-least", "least", type=click.Choice(LEVELS), default="error", help="Accept findings of this severity or higher.  [error]"
    ),
    click.option("--add", is_flag=True, help="Add to the file if it exists; its entries keep their reasons."),
)


NOTES = """
\b
Examples:
  leakguard baseline create data.jsonl -o ok.json --reason "house numbers"
  leakguard scan data.jsonl --baseline ok.json
  leakguard baseline prune ok.json data.jsonl
  leakguard baseline show ok.json
"""


@click.group(cls=Commands, short_help="Accept findings: create, prune and show a baseline.", epilog=NOTES)
def baseline() -> None:
    """Accept findings, so that `leakguard scan --baseline FILE` and `leakguard clean --baseline FILE` leave them out.

    A baseline is a file with a line for each accepted finding and the reason. A finding is recognised by its rule, the version of the
    rule, the content of its row and the quote; rows may be moved.
    """


@baseline.command(
    short_help="Accept the findings of a scan.",
    epilog=write_notes(
        {0: "the baseline is written", 3: "the baseline is written, but some rows could not be checked"},
        'leakguard baseline create data.jsonl -o known.jsonl --reason "checked"',
        'leakguard baseline create other.jsonl -o known.jsonl --reason "dates" --add',
    ),
)
@PATHS
@with_options(WRITE, settings_options("baseline"), RUN)
def create(paths: tuple[str, ...], *, name: str, reason: str, least: str, add: bool, **flags: Any) -> int:
    """Scan PATH... and write its findings to a baseline, as accepted for one reason.

    Accepted findings are not counted by `leakguard scan --baseline FILE` and have no effect on its exit code; `leakguard clean` keeps
    their rows. All findings of this scan at or above --at-least are accepted. An existing file is an error without --add.
    """
    from leakguard.jobs.baseline import Acceptance, create_baseline
    from leakguard.reports.scan.conclusion import conclude, describe_severities

    plan, files, bar = _ready(paths, flags)
    with bar as on_progress:
        acceptance = Acceptance(reason, Severity[least.upper()], add)
        change = create_baseline(plan, files, Path(name), acceptance, on_progress=on_progress)
    put(_lines(f"{name}: {change.added:,} finding{'' if change.added == 1 else 's'} accepted, {change.stay:,} accepted before"))
    if not change.added and any(change.result.tally.flagged.values()):
        put(_lines(f"Nothing new is at or above {least}. {describe_severities(change.result.tally)} See --at-least."))
    if not (change.result.tally.unseen or change.result.tally.blind):
        put_next(("Scan again, without the accepted findings:", f"leakguard scan {again(paths, 'scan')} --baseline {quote(name)}"))
        return 0
    put(_lines(conclude(change.result)[0]))
    put_next(("Repair or exclude what could not be read, then accept its findings with the same command and --add.", ""))
    return ExitCode.INCOMPLETE


@baseline.command(
    short_help="Remove entries whose finding is gone.",
    epilog=write_notes(
        {0: "FILE was rewritten", 3: "some rows could not be checked; nothing was removed"},
        "leakguard baseline prune known.jsonl data.jsonl other.jsonl",
    ),
)
@FILE
@PATHS
@with_options(settings_options("baseline"), RUN)
def prune(name: str, paths: tuple[str, ...], **flags: Any) -> int:
    """Scan PATH... and remove the entries of the baseline FILE whose finding is not there any more. FILE is rewritten.

    PATH... must be all data that FILE is about: entries for other data are removed. Entries of rules that this scan does not use are
    kept, such as those that --rules or --select leave out, or of --semantic without this option.
    """
    from leakguard.jobs.baseline import prune_baseline

    plan, files, bar = _ready(paths, flags)
    with bar as on_progress:
        change = prune_baseline(plan, files, Path(name), on_progress=on_progress)
    lines = [f"{entry.rule} {entry.version} {entry.fingerprint}: {entry.reason}" for entry in change.taken_out]
    unjudged = f" ({change.unjudged:,} of them of rules that this scan did not use)" if change.unjudged else ""
    removed = f"{len(lines):,} {'entry' if len(lines) == 1 else 'entries'} removed"
    put(_lines(*lines, f"{name}: {removed}, {change.stay:,} kept{unjudged}"))
    put_next(("Scan again, without the accepted findings:", f"leakguard scan {again(paths, 'scan')} --baseline {quote(name)}"))
    return 0


@baseline.command(
    short_help="List accepted findings and reasons.",
    epilog=write_notes({0: "the entries are listed"}, "leakguard baseline show known.jsonl"),
)
@FILE
def show(name: str) -> int:
    """List the entries of the baseline FILE: rule, version of the rule, fingerprint of the finding, and reason."""
    from leakguard.outputs.baseline import read_baseline

    entries = read_baseline(Path(name)).entries
    lines = [
        f"{entry.rule} {entry.version} {entry.fingerprint}: {entry.reason}{f' (accepted by {entry.reviewer})' if entry.reviewer else ''}"
        for entry in entries
    ]
    put(_lines(*lines, f"{name}: {len(entries):,} findings accepted"))
    put_next(("Remove entries whose finding no longer occurs:", f"leakguard baseline prune {quote(name)} PATH..."))
    return 0


def _ready(paths: tuple[str, ...], flags: dict[str, Any]) -> Any:
    """Return the plan, input files and a progress bar from the options of a scan."""
    from leakguard.cli.progress import show_progress
    from leakguard.jobs.build.readers import expand_paths, measure_inputs
    from leakguard.settings.plan import resolve

    config, no_config = flags.pop("config"), flags.pop("no_config")
    # All three are taken out, whichever is given: the rest are settings.
    quiet, no_progress, _ = (flags.pop(name) for name in ("quiet", "no_progress", "verbose"))
    plan = resolve(settings_of(config, no_config, paths, flags))
    files = expand_paths(plan.read, paths)
    return plan, files, show_progress(not (quiet or no_progress), measure_inputs(files))


def _lines(*lines: str) -> str:
    from leakguard.reports.kit.escape import escape_text

    return "".join(f"{escape_text(line)}\n" for line in lines)
