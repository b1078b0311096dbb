"""`leakguard verify`: check the files of a clean against its manifest."""

from pathlib import Path
from shlex import quote

import click

from leakguard.cli.options import Once
from leakguard.cli.terminal import put, put_next

NOTES = """
\b
Examples:
  leakguard verify cleaned
  leakguard verify cleaned --format json
"""


@click.command(cls=Once, short_help="Check the hashes and sums of a manifest.", epilog=NOTES)
@click.argument("name", metavar="MANIFEST")
@click.option("--rules", metavar="FILE", multiple=True, help="File of your own rule pack that the clean used. Repeat.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json"]),
    metavar="table|json",
    default="table",
    help="Format of the report on stdout.  [table]",
)
@click.option("-q", "--quiet", is_flag=True, help="Show only checks that failed.")
def verify(name: str, rules: tuple[str, ...], shape: str, quiet: bool) -> int:
    """Check the manifest of `leakguard clean`: inputs, outputs, packs, version and sums.

    MANIFEST is manifest.json or the folder that holds it. Exit code 0: every check passed; 1: a check failed;
    3: something could not be checked.
    """
    from leakguard.jobs.verify import check_manifest
    from leakguard.readers.files.safe_paths import MANIFEST
    from leakguard.reports.verify.checks import checks_to_json, decide_exit_code, list_checks

    path = Path(name)
    checks = check_manifest(path / MANIFEST if path.is_dir() else path, rules)
    code = decide_exit_code(checks)
    put(checks_to_json(checks) if shape == "json" else list_checks(checks, quiet=quiet), "utf-8" if shape == "json" else None)
    if shape == "table" and not quiet:
        folder = path if path.is_dir() else path.parent
        holds = ("Before training, check the kept rows against a policy:", f"leakguard gate {quote(str(folder / 'kept'))}")
        anew = (
            "A file has changed. Clean the inputs again:",
            f"leakguard clean PATH... -o {quote(str(folder))} --overwrite",
        )
        put_next(anew if code else holds)
    return code
