"""`leakguard audit`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from leakguard.cli.again import again
from leakguard.cli.audit_logprobs import logprobs
from leakguard.cli.audit_monitor import MONITOR, monitor_audit, refuse_audit_options, refuse_monitor_options
from leakguard.cli.options import RUN, DefaultCommand, InputPath, settings_of, settings_options, under, with_options, write_notes
from leakguard.cli.statements import ATTEST, attest_report, check_new
from leakguard.cli.terminal import look, put
from leakguard.reports import AUDIT_REPORTS

REPORT = under(
    "Output",
    click.option("--format", "shape", metavar="|".join(AUDIT_REPORTS), default="table", help="Format of the report on stdout.  [table]"),
    click.option(
        "-o", "--output", "outputs", metavar="FILE", multiple=True, help="Also write .json (for a gate), .txt, .md or .html. Repeat."
    ),
    ATTEST,
)
NOTES = """
\b
The control must be data of the same kind: the same prompts and settings,
written by the same model without the trait. docs/audit.md says what the
test sees, how much data it takes, and what it cannot say. With --monitor,
0 says that there is no drift so far.

""" + write_notes(
    {
        0: "no drift found, and one as large as --tolerance would have been",
        1: "drift in content, or a leak of a trait (trait panel)",
        3: "no verdict: underpowered, not comparable, or unreadable rows",
    },
    "leakguard audit numbers.jsonl --control control.jsonl",
    "leakguard audit numbers.jsonl --control control.jsonl -o audit.html",
    "leakguard audit numbers.jsonl --control control.jsonl --monitor --block 5",
    "leakguard audit numbers.jsonl -c panel.toml",
)


@click.group(cls=DefaultCommand, no_args_is_help=False, short_help="Test whether data differ in content from control data.", epilog=NOTES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=InputPath())
@with_options(settings_options("audit"), MONITOR, REPORT, RUN)
def audit(
    paths: tuple[str, ...],
    *,
    monitor: bool,
    follow: bool,
    state: str | None,
    source: str | None,
    block: int | None,
    shape: str,
    outputs: tuple[str, ...],
    attest: str | None,
    config: str | None,
    no_config: bool,
    quiet: bool,
    verbose: bool,
    no_progress: bool,
    **flags: Any,
) -> int:
    """Test whether data carry a statistical signal that control data of the same kind do not.

    PATH is a file of training data, a folder or a glob; not standard input. No model is needed: the test compares the rows themselves.
    With --monitor, rows are tested while they arrive. With a model and --trait the audit also tells whether the data fit the prompt of a
    trait better than those of placebos.
    """
    from leakguard.cli.outputs import choose_reports, stage_files
    from leakguard.cli.progress import explain_interrupt, show_progress
    from leakguard.jobs.audit import audit_files
    from leakguard.reports.kit.style import Style
    from leakguard.settings.plan import resolve

    if monitor:
        refuse_audit_options(flags, shape=shape, outputs=outputs, attest=attest)
    else:
        refuse_monitor_options(follow=follow, state=state, source=source, block=block)
    settings = settings_of(config, no_config, paths, flags)
    if monitor:
        return monitor_audit(settings, paths, block=block, source=source, state=state, follow=follow, quiet=quiet)
    check_new(attest)
    plan = resolve(settings)
    style = Style(verbose=verbose, root=str(Path.cwd()), again=again(paths, "audit"))
    report, written = choose_reports(AUDIT_REPORTS, shape, outputs)
    inputs = [*paths, *(one for one in (settings.control, settings.control2) if one)]
    with explain_interrupt(None), stage_files(outputs, inputs) as parts:
        with show_progress(not (quiet or no_progress), None) as on_progress:
            result = audit_files(plan, paths, on_progress=on_progress)
        for render, part in zip(written, parts, strict=True):
            part.write(render(result, style).encode())
        put(report(result, replace(style, **look())), None if shape == "table" else "utf-8")
    attest_report(attest, lambda: AUDIT_REPORTS["json"](result, style), outputs)
    return int(result.exit_code)


audit.add_command(logprobs)
