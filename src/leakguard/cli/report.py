"""`leakguard report`: convert a saved result to another report format."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

import click

from leakguard.cli.options import DefaultCommand, LocalPath, write_notes
from leakguard.cli.terminal import look, put, tell
from leakguard.core.errors import UsageError
from leakguard.reports import (
    AUDIT_REPORTS,
    CERTIFICATE_REPORTS,
    CLEANED_REPORTS,
    LINEAGE_REPORTS,
    MITIGATION_REPORTS,
    MONITOR_REPORTS,
    SCAN_REPORTS,
)
from leakguard.reports.kit.style import Style

Reports = Mapping[str, Callable[[Any, Style], str]]
"""Name of a format -> function that writes the report."""
NOTES = write_notes(
    {
        **{0: "as in the saved run: nothing at or above --fail-on", 1: "as in the saved run: findings at or above --fail-on"},
        **{2: "usage error, or the result cannot be read", 3: "as in the saved run: incomplete"},
    },
    "leakguard scan data.jsonl -o result.json",
    "leakguard report result.json --format markdown -o report.html",
    "leakguard scan other.jsonl -o other.json",
    "leakguard report diff result.json other.json",
)


@click.group(cls=DefaultCommand, no_args_is_help=False, short_help="Convert or compare saved JSON results.", epilog=NOTES)
@click.argument("name", metavar="RESULT.json", type=LocalPath())
@click.option("--format", "shape", metavar="|".join(SCAN_REPORTS), default="table", help="Format of the report on stdout.  [table]")
@click.option(
    "-o", "--output", metavar="FILE", multiple=True, help="Also write the report to this file; the suffix sets its format. Repeat."
)
@click.option(
    "--redact",
    metavar="hash|mask|none",
    default="",
    help="Show quotes as a hash, masked, or in full (none).  [json, html: none; else mask]",
)
@click.option("-v", "--verbose", is_flag=True, help="List every rule in the report, also those with notes only.")
@click.option("--notes", is_flag=True, help="List findings of severity note, which reports only count with examples.")
@click.option("--written-by", metavar="MODEL", default="", help="Model that wrote cleaned data, for --format card or croissant.")
def report(name: str, shape: str, output: tuple[str, ...], redact: str, *, verbose: bool, notes: bool, written_by: str) -> int:
    """Convert a JSON result of `leakguard scan`, `clean` or `audit`, the state of a monitor, the manifest of a mitigation, a
    certificate or the result of `leakguard lineage` to another format, without reading the data again; - is stdin. The folder of a clean
    becomes a section for a dataset card (--format card) or metadata (--format croissant).
    """
    from leakguard.cli.outputs import check_format, name_today, read_format, stage_files
    from leakguard.documents import experiment, manifest
    from leakguard.documents.envelope import read_kind
    from leakguard.documents.scan_result import list_dropped_parts
    from leakguard.reports.scan.conclusion import decide_exit_code
    from leakguard.reports.scan.json_document import read_result

    # A result says itself of which kind it is; formats are checked before the rest of it is read.
    name = _find_cleaned(name)
    content = _content(name)
    kind = read_kind(content)
    if kind == experiment.KIND:
        place = "DIR" if name == "-" else quote(str(Path(name).parent))
        raise UsageError(f"{name}: this is the result of an experiment; use leakguard experiment show {place}")
    known = _list_converted()
    if written_by and kind != manifest.ENVELOPE.kind:
        raise UsageError(f"--written-by: {name} is not the manifest of a clean, and no other report names the model that wrote data")
    if kind in known:
        reports, read = known[kind]
        if written_by:
            read = partial(_read_written, written_by)
        return _convert(reports, read, content, name, shape=shape, output=output, verbose=verbose)
    check_format(SCAN_REPORTS, shape, "--format")
    shapes = [_saved_format(path, read_format(path)) for path in output]
    result, written = read_result(content, name)
    for part in list_dropped_parts(content):
        tell(f"{name}: what it says of the {part} is in this file alone, and left out of reports that are made of it again")
    style = Style(_redaction(redact, written, name), verbose, root=str(Path.cwd()), notes=notes, date=name_today())
    with stage_files(output, [name]) as files:
        for one, file in zip(shapes, files, strict=True):
            file.write(SCAN_REPORTS[one](result, style).encode())
    put(SCAN_REPORTS[shape](result, replace(style, **look())), None if shape == "table" else "utf-8")
    return decide_exit_code(result)


@report.command(
    short_help="Compare the findings of two saved results.",
    epilog=write_notes({0: "the results are compared, whatever changed"}, "leakguard report diff result.json other.json"),
)
@click.argument("old", metavar="OLD.json")
@click.argument("new", metavar="NEW.json")
@click.option("--redact", metavar="hash|mask|none", default="", help="Show quotes as a hash, masked, or in full (none).  [mask]")
def diff(old: str, new: str, redact: str) -> int:
    """Compare two JSON results of `leakguard scan`: new, gone and unchanged findings, and the rate of each rule in both.

    Findings are recognised by their fingerprints, so rows may be moved and files renamed. OLD or NEW may be - for stdin.
    """
    from leakguard.reports.scan.changes import render_changes
    from leakguard.reports.scan.json_document import read_result

    if old == new == "-":
        raise UsageError("stdin can be only one of the two results: give the other as a file")
    contents = [(_content(name), name) for name in (old, new)]
    (before, masked), (after, also_masked) = (read_result(content, name) for content, name in contents)
    redact = _redaction(redact, masked, old) if also_masked == "none" else _redaction(redact, also_masked, new)
    put(render_changes(before, after, Style(redact, **look())))
    return 0


def _find_cleaned(name: str) -> str:
    """Return the manifest in the folder of a clean; any other name as it is."""
    from leakguard.documents import manifest
    from leakguard.documents.envelope import read_kind
    from leakguard.readers.files.regular_files import read_regular
    from leakguard.readers.files.safe_paths import MANIFEST

    with suppress(OSError):
        if name != "-" and read_kind(read_regular(Path(name) / MANIFEST)) == manifest.ENVELOPE.kind:
            return str(Path(name) / MANIFEST)
    return name


def _read_written(writer: str, content: bytes, name: str) -> Any:
    """Read the manifest of a clean, and name the model that wrote the data."""
    from leakguard.documents.cleaned_data import read_content

    return replace(read_content(content, name), writer=writer)


def _list_converted() -> dict[str, tuple[Reports, Callable[[bytes, str], Any]]]:
    """Return kind of a result, other than a scan's -> (its reports, its reader)."""
    from leakguard.documents import audit, certificate, cleaned_data, lineage, manifest, mitigation, monitor

    return {
        audit.ENVELOPE.kind: (AUDIT_REPORTS, audit.read_content),
        monitor.ENVELOPE.kind: (MONITOR_REPORTS, monitor.parse_monitor),
        mitigation.ENVELOPE.kind: (MITIGATION_REPORTS, mitigation.read_content),
        certificate.ENVELOPE.kind: (CERTIFICATE_REPORTS, certificate.read_content),
        lineage.ENVELOPE.kind: (LINEAGE_REPORTS, lineage.read_content),
        manifest.ENVELOPE.kind: (CLEANED_REPORTS, cleaned_data.read_content),
    }


def _convert(
    reports: Reports,
    read: Callable[[bytes, str], Any],
    content: bytes,
    name: str,
    *,
    shape: str,
    output: tuple[str, ...],
    verbose: bool,
) -> int:
    """Convert a result other than a scan's to other reports. Returns its exit code."""
    from leakguard.cli.outputs import choose_reports, stage_files

    shown, written = choose_reports(reports, shape, output)
    result = read(content, name)
    style = Style(verbose=verbose, root=str(Path.cwd()))
    with stage_files(output, [name]) as files:
        for render, file in zip(written, files, strict=True):
            file.write(render(result, style).encode())
    put(shown(result, replace(style, **look())), None if shape == "table" else "utf-8")
    return int(result.exit_code)


def _content(name: str) -> bytes:
    """Return the bytes of a saved result. Raises UsageError, for a folder with what to give in its place."""
    if name != "-" and Path(name).is_dir():
        raise UsageError(f"{name}: this is a folder; {_suggest_file(Path(name))}")
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: the result cannot be read: {error.strerror or error}") from error


def _suggest_file(folder: Path) -> str:
    """Return which file in a folder can be converted, or the command that shows the folder."""
    from leakguard.documents import experiment
    from leakguard.documents.envelope import read_kind
    from leakguard.readers.files.regular_files import MIB, read_regular

    kinds, found = _list_converted(), []
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError):
            kind = read_kind(read_regular(path, 16 * MIB))
            if kind == experiment.KIND:
                return f"use leakguard experiment show {quote(str(folder))}"
            if kind in kinds:
                found.append(str(path))
    return f"give a file in it: {' or '.join(found)}" if found else "give the file of a saved result"


def _saved_format(path: str, shape: str) -> str:
    if shape not in SCAN_REPORTS:
        raise UsageError(f"--output {path}: a saved result holds the first findings only, {shape} is for all of them; scan again")
    return shape


def _redaction(wanted: str, written: str, name: str) -> str:
    """Return the masking of quotes for a report. Raises UsageError if the saved result has no unmasked quotes but they are requested."""
    from leakguard.cli.outputs import check_format
    from leakguard.documents.scan_result import REDACTIONS

    if wanted:
        check_format(REDACTIONS, wanted, "--redact")
    if written != "none" and wanted not in ("", written, "hash"):
        raise UsageError(f"--redact {wanted}: the quotes in {name} were written with --redact {written}; scan again to see them")
    return wanted or ("" if written == "none" else written)
