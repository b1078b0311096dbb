"""Read the output folder of a clean for a review: the findings of the rows that were not kept, and where these rows are now."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from leakguard.core.batch import Batch
from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.finding import CONTEXT, Finding, Mark, Span, words_around
from leakguard.core.policy import Fate
from leakguard.core.ports import Parser
from leakguard.core.results import Cleaning, Output, ScanResult
from leakguard.core.rule import PROFILES, Rule, RulePack, Severity
from leakguard.documents.manifest import read_manifest
from leakguard.documents.tally import read_severity, read_tally
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.regular_files import open_regular
from leakguard.readers.files.safe_paths import MANIFEST, REASONS, refuse_links
from leakguard.readers.sources import read_blocks
from leakguard.review.rows import RowLocation, count_lines, find_turn

# Findings that are read at most; those of quarantined rows come first.
LISTED = 10_000
REVIEWED = (Fate.QUARANTINED, Fate.UNDETERMINED, Fate.REMOVED)
RowKey = tuple[str, int]
"""An input, by its name in reports, and the number of a row in it."""


@dataclass(frozen=True, slots=True)
class CleanedFolder:
    """A cleaned folder: the result with the findings of rows that were not kept, and for each such row its file and its fate."""

    result: ScanResult
    places: Mapping[RowKey, RowLocation]
    fates: Mapping[RowKey, Fate]
    manifest: Mapping[str, Any]


def read_cleaned_folder(folder: Path) -> CleanedFolder:
    """Read the findings of the rows that a clean quarantined, removed, or could not check. The words around quotes come later.

    Raises UsageError if the manifest or the reasons cannot be read, or are not those that the clean wrote.
    """
    said = read_manifest(folder / MANIFEST)
    if content_digest(said) != said["digest"]:
        raise UsageError(f"{folder / MANIFEST}: the manifest was changed after it was written; clean the data again")
    outputs = {(entry["fate"], entry.get("input")): entry for entry in said["outputs"]}
    chosen = _read_reasons(folder, {entry["path"]: entry["sha256"] for entry in said["outputs"]}.get(REASONS))
    sealed = said["settings"].get("redact") not in (None, "none")
    rules: dict[str, Rule] = {}
    findings: list[Finding] = []
    places: dict[RowKey, RowLocation] = {}
    fates: dict[RowKey, Fate] = {}
    for fate, number, line in chosen:
        file, row = line.at("file").text(), line.at("row").count()
        if entry := outputs.get((fate.folder, file)):
            places[file, row] = RowLocation(str(folder / entry["path"]), number)
        fates[file, row] = fate
        findings += _mark_deciding([_read_finding(line, one, rules, sealed) for one in line.at("findings").each()])
    versions = {pack["id"]: pack for pack in said["packs"]}
    packs = tuple(
        RulePack(name, pack["version"], "", (), True, pack["digest"], tuple(rule for rule in rules.values() if rule.pack == name))
        for name, pack in versions.items()
    )
    written = tuple(Output(entry["path"], entry["rows"]) for entry in said["outputs"])
    result = ScanResult(
        tally=read_tally(said["tally"]),
        findings=tuple(findings),
        unreadable=(),
        missed=(),
        files=tuple(entry["name"] for entry in said["inputs"]),
        rules=rules,
        packs=packs,
        settings=said["settings"],
        cleaning=Cleaning(str(folder), written),
    )
    return CleanedFolder(result, places, fates, said)


def add_context(cleaned: CleanedFolder, parser: Parser, limits: ReadLimits) -> CleanedFolder:
    """Return the folder with the words around each quote, which reasons do not have: rows are read from the outputs.

    A row that is not the one that was scanned, by its hash, gives no words.
    """
    wanted: dict[str, dict[int, list[int]]] = {}
    findings = list(cleaned.result.findings)
    for at, finding in enumerate(findings):
        if place := cleaned.places.get((finding.file, finding.row)):
            wanted.setdefault(place.path, {}).setdefault(place.row, []).append(at)
    for path, rows in wanted.items():
        for at, before, after in _read_words(path, rows, findings, parser, limits):
            findings[at] = replace(findings[at], before=before, after=after)
    return replace(cleaned, result=replace(cleaned.result, findings=tuple(findings)))


def _read_words(
    path: str, rows: Mapping[int, Sequence[int]], findings: Sequence[Finding], parser: Parser, limits: ReadLimits
) -> Iterator[tuple[int, str, str]]:
    """Yield for each finding of a file its number and the words before and after its quote."""
    if not Path(path).is_file():
        return
    left = sorted(rows)
    for block in read_blocks(path, limits):
        here = [row for row in left if block.row <= row < block.row + count_lines(block)]
        if here:
            batch = parser.parse(block)
            for row in here:
                yield from ((at, *_cut_words(batch, row - batch.first_row, findings[at])) for at in rows[row])
            left = [row for row in left if row > here[-1]]
        if not left:
            return


def _cut_words(batch: Batch, line: int, finding: Finding) -> tuple[str, str]:
    parsed = batch.rows[line] if line < len(batch.rows) else None
    if parsed is None or batch.identity(line) != finding.record_id:
        return "", ""
    turns = batch.turns_of(parsed)
    nth = find_turn(turns, finding)
    return ("", "") if nth is None else words_around(turns[nth].text, finding.span.start, finding.span.end, CONTEXT[finding.mark.profile])


def _read_reasons(folder: Path, sha256: str | None) -> list[tuple[Fate, int, Field]]:
    """Return fate, number in its output, and line of the reasons for rows with findings; those of quarantined rows first."""
    # An output has the rows of one input and fate in their order, so the number of a row in it is counted here. Of each fate, rows are
    # taken until they have LISTED findings.
    path = folder / REASONS
    by_name = {fate.name.lower(): fate for fate in Fate}
    chosen: dict[Fate, list[tuple[Fate, int, Field]]] = {fate: [] for fate in REVIEWED}
    room, counts = dict.fromkeys(REVIEWED, LISTED), Counter[tuple[str, str]]()
    try:
        refuse_links(folder, REASONS)
        if hash_file(path).sha256 != sha256:
            raise UsageError(f"{path}: the reasons were changed after the clean wrote them; clean the data again")
        with open_regular(path) as file:
            for line in file:
                said = Field(orjson.loads(line))
                fate = by_name[said.at("fate").one_of(*by_name)]
                counts[fate.folder, said.at("file").text()] += 1
                if fate in chosen and said.at("findings").value and room[fate] > 0:
                    room[fate] -= len(said.at("findings").value)
                    chosen[fate].append((fate, counts[fate.folder, said.at("file").text()], said))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: the reasons of the clean cannot be read: {error}") from error
    return [entry for fate in REVIEWED for entry in chosen[fate]]


def _read_finding(line: Field, said: Field, rules: dict[str, Rule], sealed: bool) -> Finding:
    """Return the finding in an entry of a line of reasons. The rule is known only by what the entry says of it."""
    profile = next(one for one in PROFILES if one == said.at("profile").one_of(*PROFILES))
    severity, form, name = read_severity(said.at("severity")), said.at("form").text(), said.at("rule").text()
    meaning = said.at("message").text().removesuffix(f" (written as {form})")
    value = said.at("value").text()
    kind = "number" if value.isdigit() else "term"
    rule = rules.setdefault(name, Rule(name, said.at("pack").text(), kind, value, meaning, dict.fromkeys(PROFILES, severity)))  # type: ignore[arg-type]
    span = Span(said.at("turn").count(), said.at("start").count(), said.at("end").count(), said.at("field").text())
    return Finding(
        Mark(rule, severity, profile, form),
        line.at("record_id").text(),
        line.at("file").text(),
        line.at("row").count(),
        span,
        said.at("quote").text(),
        "",
        sealed=said.at("fingerprint").text() if sealed else "",
    )


def _mark_deciding(findings: list[Finding]) -> list[Finding]:
    """Mark the first finding of the highest severity of a row."""
    highest = max((finding.mark.severity for finding in findings), default=Severity.NOTE)
    first = next((at for at, finding in enumerate(findings) if finding.mark.severity == highest), None)
    return [replace(finding, decides=at == first) for at, finding in enumerate(findings)]
