"""`leakguard gate`: check data against a policy before training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from leakguard.cli.again import again
from leakguard.cli.options import RUN, InputPath, Once, settings_of, settings_options, under, with_options
from leakguard.cli.statements import ATTEST, attest_report, check_new
from leakguard.cli.terminal import look, put, tell
from leakguard.core.exit_codes import ExitCode
from leakguard.core.store_address import find_address
from leakguard.reports import GATE_REPORTS

DECIDE = under(
    "Policy",
    click.option(
        "--allow",
        metavar="NAME=SHARE",
        multiple=True,
        help="Allowed share of rows with findings of a severity, pack or rule: error=0, hate-text=0.001. Repeat.",
    ),
    click.option(
        "--require",
        metavar="DETECTOR",
        multiple=True,
        help="Require that this detector checks every row: rules, keys, grammar, semantic or judge. Repeat.",
    ),
    click.option(
        "--manifest",
        metavar="FILE",
        type=InputPath(),
        help="Require that the data are outputs of this manifest of leakguard clean, unchanged.",
    ),
    click.option(
        "--attestation",
        metavar="FILE",
        multiple=True,
        type=InputPath(),
        help="Signed statement for the key signed-by of the policy. Repeat.  [NAME.dsse.json beside the data]",
    ),
)
REPORT = under(
    "Output",
    click.option("--format", "shape", metavar="|".join(GATE_REPORTS), default="table", help="Format of the report on stdout.  [table]"),
    click.option(
        "-o",
        "--output",
        "outputs",
        metavar="FILE",
        multiple=True,
        help="Also write .json (for a trainer or a later gate), .txt, .xml, .md or .html. Repeat.",
    ),
    ATTEST,
)
NOTES = """
\b
The policy is the table [gate] of a settings file, which is named with
--config or found upwards from the working folder to the root of its
repository; one among the data is not used. Without one, rows at error are
not allowed, every row must have been checked, and a manifest in a folder
above the data is checked. See docs/gate.md.

\b
Exit codes:
  0    passed: every check passed
  1    blocked: everything was checked; something is not allowed
  2    usage, settings or rule file error; nothing was scanned
  3    blocked: something could not be checked (takes precedence over 1)
  4    internal error
  130  interrupted (Ctrl-C, SIGTERM, SIGHUP)

\b
Examples:
  leakguard gate cleaned/kept
  leakguard gate data.jsonl --config gate.toml -o gate.json
  leakguard gate data.jsonl --allow warning=0.01 --require rules
"""


@click.command(cls=Once, short_help="Check data against a policy; exit 0 only if every check passes.", epilog=NOTES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=InputPath())
@with_options(DECIDE, settings_options("gate"), REPORT, RUN)
def gate(
    paths: tuple[str, ...],
    *,
    allow: tuple[str, ...],
    require: tuple[str, ...],
    manifest: str | None,
    attestation: tuple[str, ...],
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
    """Check data against a policy before training; exit 0 only if every check passes.

    PATH is a file of training data, a folder, a glob or an address (see docs/reading.md); not standard input, which cannot be hashed first.
    """
    from leakguard.cli.outputs import choose_reports, name_today, stage_files
    from leakguard.cli.progress import show_progress
    from leakguard.jobs.build.readers import expand_paths, measure_inputs
    from leakguard.jobs.gate import extend_policy, gate_files
    from leakguard.reports.kit.style import Style
    from leakguard.settings.plan import resolve

    check_new(attest)
    settings = settings_of(config, no_config, paths, flags)
    plan = resolve(extend_policy(settings, allow=allow, require=require, attestations=attestation))
    files = expand_paths(plan.read, paths)
    style = Style(verbose=verbose, root=str(Path.cwd()), again=again(paths, "scan"), date=name_today())
    report, written = choose_reports(GATE_REPORTS, shape, outputs)
    with stage_files(outputs, files) as parts:
        with show_progress(not (quiet or no_progress), measure_inputs(files)) as on_progress:
            named = (find_address(manifest) or Path(manifest)) if manifest else None
            result = gate_files(plan, files, manifest=named, on_progress=on_progress)
        for render, part in zip(written, parts, strict=True):
            part.write(render(result, style).encode())
        put(report(result, replace(style, **look())), None if shape == "table" else "utf-8")
        if result.exit_code == ExitCode.INTERRUPTED:
            raise KeyboardInterrupt
    if result.ok:
        attest_report(attest, lambda: GATE_REPORTS["json"](result, style), outputs)
    elif attest:
        tell(f"--attest {attest}: not written, because the gate did not open")
    return result.exit_code
