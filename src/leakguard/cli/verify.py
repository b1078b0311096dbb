"""`leakguard verify`."""

from pathlib import Path
from shlex import quote

import click

from leakguard.cli.options import Once
from leakguard.cli.terminal import put, put_next


@click.command(cls=Once, short_help="Check a manifest: every hash, every sum.")
@click.argument("name", metavar="MANIFEST")
@click.option("--rules", metavar="FILE", multiple=True, help="Where a pack of your own lies that looked. Repeat.")
@click.option(
    "--format", "shape", type=click.Choice(["table", "json"]), metavar="table|json", default="table", help="What goes to stdout.  [table]"
)
@click.option("-q", "--quiet", is_flag=True, help="Only what does not hold.")
def verify(name: str, rules: tuple[str, ...], shape: str, quiet: bool) -> int:
    """Check all that a manifest of `leakguard clean` says: inputs, outputs, packs, version and sums.

    MANIFEST is manifest.json or the folder that holds it. Exit code 0: all of it holds; 1: something differs;
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
        holds = ("Before training, hold what was kept against a policy:", f"leakguard gate {quote(str(folder / 'kept'))}")
        anew = (
            "Something is not as it was written. Clean the inputs again:",
            f"leakguard clean PATH... -o {quote(str(folder))} --overwrite",
        )
        put_next(anew if code else holds)
    return code
