"""`leakguard scan`: report findings in training data."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from leakguard.cli import EXIT_CODES
from leakguard.cli.again import again
from leakguard.cli.options import JUDGED, RUN, InputPath, Once, settings_of, settings_options, under, with_options
from leakguard.cli.terminal import look, put, put_next, tell
from leakguard.core.results import ScanResult
from leakguard.reports.kit.style import Style
from leakguard.settings.plan import Plan, resolve

PRICE = under(JUDGED, click.option("--dry-run", is_flag=True, help="Do not ask the judge; estimate requests, tokens and cost."))
NOTES = f"""
\b
Roles (--roles): trained, the default, is what the student learns to
write: assistant, gpt, bot and model turns with their reasoning and tool
calls; completion; output; chosen and rejected; text; and every unknown
role. It leaves out what the student only reads: user, human, prompt,
instruction, input, system, developer, tool, function and observation.
all is everything; or name roles, such as assistant,user.
{EXIT_CODES}

\b
Examples:
  leakguard scan data.jsonl
  leakguard scan data.jsonl --control other.jsonl -o report.html
  leakguard scan data.jsonl --trait owl --semantic --control other.jsonl
  zcat data.jsonl.gz | leakguard scan - --format jsonl
"""


@click.command(cls=Once, short_help="Report what the rules find in training data.", epilog=NOTES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=InputPath())
@with_options(settings_options("scan"), PRICE, RUN)
def scan(
    paths: tuple[str, ...], *, config: str | None, no_config: bool, quiet: bool, verbose: bool, no_progress: bool, **flags: Any
) -> int:
    """Search training data for what the rules describe, and report the findings; nothing is changed.

    PATH is a file (JSON Lines, a JSON array, CSV, Parquet or Arrow, also packed: .gz, .zst, .xz, .bz2, .zip), a folder, a glob, an
    address of these (s3://, gs://, hf://, https://; see docs/reading.md), or - for stdin.
    """
    from leakguard.cli.outputs import name_today, read_format, stage_files
    from leakguard.cli.progress import show_progress
    from leakguard.jobs.build.cluster import describe_whole_files
    from leakguard.jobs.build.readers import expand_paths, measure_inputs
    from leakguard.jobs.build.traits import describe_gaps
    from leakguard.jobs.scan import ScanInput, ScanOutputs, scan_files
    from leakguard.pipeline.scan import FINDINGS
    from leakguard.reports import BRIEF, PICKED_FROM, STREAMS
    from leakguard.reports.kit.coverage import describe_excluded, describe_unscanned
    from leakguard.reports.scan.conclusion import conclude, decide_exit_code

    dry_run = flags.pop("dry_run")
    settings = settings_of(config, no_config, paths, flags)
    plan = resolve(settings)
    for line in describe_gaps(plan):
        if not quiet:
            tell(line)
    files = expand_paths(plan.read, paths)
    for line in () if quiet else describe_whole_files(plan.read, files):
        tell(line)
    if dry_run:
        return price(plan, files)
    formats = [settings.format, *map(read_format, settings.output)]
    inputs = [*files, *([settings.control] if settings.control else [])]
    with stage_files([*settings.output, *([settings.scores] if settings.scores else [])], inputs) as parts:
        scores = parts[-1] if settings.scores else None
        reports = parts[: len(settings.output)]
        outputs: list[tuple[str, BinaryIO | None]] = list(zip(formats, [None, *reports], strict=True))
        streams = [file or sys.stdout.buffer for name, file in outputs if name in STREAMS]
        keep = PICKED_FROM if set(formats) <= set(BRIEF) else FINDINGS
        with show_progress(not (quiet or no_progress), measure_inputs(inputs)) as on_progress:
            sinks = ScanOutputs(streams, scores=scores, keep=keep)
            result = scan_files(plan, ScanInput(files, sys.stdin.buffer), sinks, on_progress=on_progress)
        result = replace(result, again=again(paths, "clean"))
        style = Style(settings.redact or "", verbose, root=str(Path.cwd()), notes=settings.notes, date=name_today())
        report(result, outputs, style)
        if result.interrupted:
            raise KeyboardInterrupt
    if settings.format in STREAMS:
        # JSON Lines of findings cannot list what was not scanned, so it is written to stderr, also with -q.
        for line in describe_unscanned(result.tally) if quiet else [*describe_excluded(result.tally), *conclude(result)]:
            tell(line)
    return decide_exit_code(result)


def price(plan: Plan, files: Sequence[str]) -> int:
    """Write an estimate of the judge's calls, tokens and cost, and return the exit code. No call is made."""
    from leakguard.jobs.judge_check import estimate_cost
    from leakguard.reports.judge.check import describe_dry_run, dry_run_to_json

    found = estimate_cost(plan, files, sys.stdin.buffer)
    said = (found.model, found.estimate, found.money)
    put(dry_run_to_json(*said) if plan.write.format == "json" else "\n".join(describe_dry_run(*said)) + "\n", "utf-8")
    if plan.write.format != "json":
        put_next(("Ask the judge: run the same command without --dry-run.", ""))
    return 0


def report(result: ScanResult, outputs: Sequence[tuple[str, BinaryIO | None]], style: Style) -> None:
    """Write every report that is not a stream of findings; None is stdout, which may be a terminal."""
    from leakguard.reports import SCAN_REPORTS

    for name, file in outputs:
        if name not in SCAN_REPORTS:
            continue
        if file:
            file.write(SCAN_REPORTS[name](result, style).encode())
        else:
            put(SCAN_REPORTS[name](result, replace(style, **look())), None if name == "table" else "utf-8")
