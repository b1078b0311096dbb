"""`leakguard review`: look at findings in a browser and decide about them."""

import sys
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from shlex import quote
from typing import Any

import click

from leakguard.cli.again import again
from leakguard.cli.options import RUN, InputPath, LocalPath, Once, settings_of, settings_options, under, with_options, write_notes
from leakguard.cli.terminal import put, put_next, tell
from leakguard.core.exit_codes import ExitCode
from leakguard.core.results import ScanResult
from leakguard.reports.kit.style import Style

REVIEW = under(
    "Review",
    click.option(
        "-o",
        "--output",
        "--baseline",
        "output",
        metavar="FILE",
        type=LocalPath(),
        help="Baseline to which decisions are written.  [baseline.jsonl, or the one of the settings]",
    ),
    click.option("--reviewer", metavar="NAME", default="", help="Who decides; each reviewer of a baseline has a log of their own."),
    click.option("--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="Port of this machine.  [any that is free]"),
    click.option("--idle", metavar="MINUTES", type=click.FloatRange(0.01, 1440), default=30.0, help="End after so long a pause.  [30]"),
    click.option("--open", "opens", is_flag=True, help="Open the page in a browser."),
)
NOTES = write_notes(
    {0: "the review has ended; every decision is in the baseline", 3: "some rows or files could not be read or checked"},
    "leakguard review data.jsonl",
    "leakguard review report.json --reviewer Ada -o accepted.jsonl",
    "leakguard review cleaned --open",
)


@click.command(cls=Once, short_help="Review findings in a browser; write a baseline.", epilog=NOTES)
@click.argument("paths", metavar="RESULT.json|CLEANED|PATH...", nargs=-1, required=True, type=InputPath())
@with_options(REVIEW, settings_options("review"), RUN)
def review(paths: tuple[str, ...], *, output: str | None, reviewer: str, port: int, idle: float, opens: bool, **flags: Any) -> int:
    """Review findings in a browser of this machine, and accept or reject them; extra: review.

    Give a JSON report of `leakguard scan`, the folder of a clean, or data, which are scanned first. Every decision is written to the
    baseline as it is made. The page is for you alone: it is served at 127.0.0.1, and its address has a token.
    """
    from leakguard.cli.outputs import name_today
    from leakguard.cli.progress import show_progress
    from leakguard.jobs.review import ReviewRequest, open_review
    from leakguard.review.decision_files import DecisionFiles
    from leakguard.review.server import check_packages, listen, make_site, serve, write_opener
    from leakguard.review.session import ReviewSession
    from leakguard.settings import resolve

    check_packages()
    run = {key: flags.pop(key) for key in ("config", "no_config", "quiet", "verbose", "no_progress")}
    settings = settings_of(run["config"], run["no_config"], paths, flags)
    plan = resolve(settings)
    place = Path(output or settings.baseline or "baseline.jsonl")
    style = Style(root=str(Path.cwd()), notes=settings.notes, date=name_today())
    with ExitStack() as stack:
        files = stack.enter_context(DecisionFiles(place, reviewer))
        with show_progress(not (run["quiet"] or run["no_progress"]), None) as on_progress:
            subject = open_review(plan, ReviewRequest(paths, place, style), on_progress=on_progress)
        session = ReviewSession(subject, files)
        if not session.places:
            put(f"{', '.join(paths)}: no findings are listed, so there is nothing to review.\n")
            return end_review(subject.result)
        socket = stack.enter_context(listen(port))
        site = make_site(socket)
        try:
            put(f"{describe_listed(session)} Decisions are written to {place} as they are made.\n")
            put(f"Open in a browser of this machine:\n  {site.address}\n")
            put(f"The address is for you alone. The review ends in the page, with Ctrl-C, or after {idle:g} minutes without a request.\n")
            sys.stdout.flush()
            if opens:
                webbrowser.open(stack.enter_context(write_opener(site)).as_uri())
            serve(session, socket, site, idle=60 * idle, on_end=lambda why: tell(f"review: {why}"))
        finally:
            put(describe_end(session))
    if place.exists():
        put_next(suggest_next(subject.result, subject.result.again if subject.saved else again(paths, "scan"), place))
    return end_review(subject.result)


def end_review(result: ScanResult) -> int:
    """Return the exit code of a review, after a line for each reason why not everything was checked."""
    from leakguard.reports.scan.conclusion import decide_exit_code, describe_incomplete

    # The findings are what a review is about, so they are no reason for exit code 1. A saved report may be of an interrupted scan.
    if decide_exit_code(result) not in (ExitCode.INCOMPLETE, ExitCode.INTERRUPTED):
        return ExitCode.PASSED
    for line in describe_incomplete(result):
        tell(line)
    return ExitCode.INCOMPLETE


def describe_listed(session: Any) -> str:
    """Return a sentence about how many places the page lists, and why there are more, if there are."""
    result, style = session.subject.result, session.subject.style
    # Some saved results count findings only, and several may be at one place.
    left = result.tally.places - session.listed if result.tally.by_place else 0
    said = f"{len(session.places):,} places with findings are listed"
    if left <= 0:
        return f"{said}."
    why = ["rows that were kept are not listed"] if result.cleaning else []
    why += [] if style.notes else ["--notes lists more notes"]
    return f"{said}; {left:,} more are not ({'; '.join([*why, 'a page has 10,000 at most'])})."


def suggest_next(result: ScanResult, words: str, place: Path) -> tuple[str, str]:
    """Return what to do after a review, with its command; `words` are the paths and options of the scan ("" if they are unknown)."""
    command = "clean PATH... -o DIR" if result.cleaning else f"scan {words or 'PATH...'}"
    return (
        f"{'Clean' if result.cleaning else 'Scan'} again, without the accepted findings:",
        f"leakguard {command} --baseline {quote(str(place))}",
    )


def describe_end(session: Any) -> str:
    """Return a line about what was decided."""
    places, decided, entries, conflicts = session.summarize()
    clash = f"; {conflicts:,} on which reviewers disagree are left out" if conflicts else ""
    return f"{decided:,} of {places:,} listed places decided; the baseline has {entries:,} accepted findings{clash}.\n"
