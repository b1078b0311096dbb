"""`leakguard verify`: check the files of a clean against its manifest."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import click

from leakguard.cli.options import InputPath, Once, write_notes
from leakguard.cli.terminal import put, put_next
from leakguard.core.exit_codes import ExitCode
from leakguard.core.store_address import find_address
from leakguard.readers.files.places import ResultPlace, join_place
from leakguard.reports.kit.steps import repeat_option

NOTES = write_notes(
    {0: "every check passed", 1: "a check failed", 3: "some checks could not be made (takes precedence over 1)"},
    "leakguard verify cleaned",
    "leakguard verify cleaned --format json",
)


@click.command(cls=Once, short_help="Check files and rules against a manifest or a certificate.", epilog=NOTES)
@click.argument("name", metavar="MANIFEST", type=InputPath())
@click.option(
    "--rules",
    metavar="FILE",
    multiple=True,
    help="File of your own rule pack that the clean used; a pack without its file cannot be checked. Repeat.",
)
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
    """Check that files and rules are still those of a `leakguard clean` or a `leakguard mitigate`, as its manifest says.

    MANIFEST is manifest.json or the folder that holds it, also an address of a store. Hashes of inputs, outputs and rule packs are
    computed again, the numbers of rows are added up again, and leakguard must be of the same version. The manifest of a mitigation
    lists files alone; the certificates beside it are checked too. MANIFEST may also be a certificate.
    """
    from leakguard.documents.certificate import is_certificate
    from leakguard.documents.mitigation import is_mitigation
    from leakguard.jobs.certificates import describe_mitigated
    from leakguard.jobs.verify import check_manifest, list_rules_used
    from leakguard.outputs.manifest_search import find_named
    from leakguard.readers.files.places import get_parent
    from leakguard.reports.verify.checks import checks_to_json, decide_exit_code, list_checks

    manifest = find_named(find_address(name) or Path(name))
    checks = check_manifest(manifest, rules)
    code = decide_exit_code(checks)
    mitigated = is_mitigation(manifest)
    note = describe_mitigated(manifest.parent) if mitigated and isinstance(manifest, Path) else ""
    put(checks_to_json(checks, note) if shape == "json" else list_checks(checks, note, quiet=quiet), "utf-8" if shape == "json" else None)
    if shape == "table" and not quiet and not (mitigated or is_certificate(manifest)):
        put_next(_next_step(code, get_parent(manifest), list_rules_used(manifest, rules)))
    return code


def _next_step(code: ExitCode, folder: ResultPlace, rules: Sequence[str]) -> tuple[str, str]:
    """Return what to do after a verification with this exit code; `rules` are the packs of the clean."""
    options = repeat_option("rules", rules)
    if code is ExitCode.PASSED:
        return "Before training, check the kept rows against a policy:", f"leakguard gate {quote(str(join_place(folder, 'kept')))}{options}"
    if code is ExitCode.INCOMPLETE:
        return "Some checks could not be made: provide what the lines above name, then run the same command again.", ""
    return (
        "Something has changed, see above. Clean the inputs again:",
        f"leakguard clean PATH... -o {quote(str(folder))}{options} --overwrite",
    )
