"""`leakguard attest`: statements about results that others can verify, signed with a key."""

from datetime import UTC, datetime
from pathlib import Path

import click

from leakguard.cli.options import Commands, Once, write_notes
from leakguard.cli.statements import write_new
from leakguard.cli.terminal import put

NOTES = """
\b
Statements are in-toto Statements v1, and signed ones DSSE envelopes, which
other tools of these standards read. docs/attest.md says what they claim.

""" + write_notes(
    {},
    "leakguard attest create cleaned/manifest.json",
    "leakguard attest sign cleaned/manifest.json --key key.pem -o m.dsse.json",
)
OUTPUT = click.option("-o", "--output", metavar="FILE", help="Write it to this file, which must not exist.  [stdout]")


@click.group(cls=Commands, short_help="Make, sign and verify statements about results.", epilog=NOTES)
def attest() -> None:
    """Make statements about results of leakguard that others can verify, and sign them with a key."""


@attest.command(
    cls=Once,
    short_help="Make a statement of a result.",
    epilog=write_notes(
        {0: "the statement is written", 2: "the result cannot be read or was changed, or a gate blocked"},
        "leakguard attest create cleaned/manifest.json -o statement.json",
    ),
)
@click.argument("result", metavar="RESULT")
@OUTPUT
def create(result: str, output: str | None) -> int:
    """Make an in-toto statement of a result: its files by their SHA-256, and what leakguard says of them.

    RESULT is the manifest of a clean or a mitigation, or the JSON of an audit, a certificate, a lineage or a gate that opened.
    """
    from leakguard.documents.attestation import statement_to_dict
    from leakguard.jobs.attest import attest_result, render_json

    attestation = attest_result(Path(result), datetime.now(UTC))
    _write(render_json(statement_to_dict(attestation)), output)
    return 0


@attest.command(
    cls=Once,
    short_help="Sign a statement, or a result.",
    epilog=write_notes(
        {0: "the envelope is written", 2: "the key or the statement cannot be used"},
        "leakguard attest sign cleaned/manifest.json --key key.pem -o signed.json",
    ),
)
@click.argument("statement", metavar="STATEMENT|RESULT")
@click.option("--key", metavar="FILE", required=True, help="Private Ed25519 key (PEM) that nobody else may read.")
@OUTPUT
def sign(statement: str, key: str, output: str | None) -> int:
    """Sign a statement with a key; of a result, the statement is made first. The envelope is in the format DSSE."""
    from leakguard.documents.envelope import read_kind
    from leakguard.jobs.attest import attest_result, read_file, read_statement_file, sign_attestation

    path = Path(statement)
    attestation = attest_result(path, datetime.now(UTC)) if read_kind(read_file(path)) else read_statement_file(path)
    _write(sign_attestation(attestation, Path(key)), output)
    return 0


@attest.command(
    cls=Once,
    short_help="Verify a signed statement.",
    epilog=write_notes(
        {
            0: "one of the keys signed it, and the files are those that were attested",
            1: "no key signed it, or a file is another one",
            3: "a file is missing (takes precedence over 1)",
        },
        "leakguard attest verify signed.json --key key.pub --data cleaned",
    ),
)
@click.argument("envelope", metavar="ENVELOPE")
@click.option("--key", metavar="FILE", multiple=True, required=True, help="Public Ed25519 key (PEM). Repeat.")
@click.option("--data", metavar="DIR", help="Folder of the attested files, to compare them.  [only signatures are checked]")
def verify(envelope: str, key: tuple[str, ...], data: str | None) -> int:
    """Check that one of the keys signed a statement, and with --data that the files are those that it is about."""
    from leakguard.jobs.attest import decide_exit_code, verify_attestation
    from leakguard.reports.verify.attestation import describe_attestation

    checked = verify_attestation(Path(envelope), [Path(one) for one in key], Path(data) if data is not None else None)
    put(describe_attestation(checked))
    return int(decide_exit_code(checked))


def _write(content: bytes, output: str | None) -> None:
    """Write to a new file, or to stdout. Raises UsageError for a file that exists or cannot be written."""
    if output:
        write_new(output, content, "--output")
    else:
        put(content.decode(), "utf-8")
