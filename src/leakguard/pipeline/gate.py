"""Decide a gate: from facts about the data to one check for each statement of the policy. Nothing is read here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from leakguard.core.attestation import SignatureSearch
from leakguard.core.certificate import CertificateReading
from leakguard.core.check import Check, CheckStatus
from leakguard.core.gate import GateAnswer, GateCheck, GatedFile, GatePolicy, Held, RequiredResult, Statement
from leakguard.core.results import Tally
from leakguard.core.rule import Severity
from leakguard.pipeline.gate_certificate import check_certificates
from leakguard.pipeline.gate_duplicates import check_duplicates, format_percent
from leakguard.pipeline.gate_lineage import LineageReading, check_lineage
from leakguard.pipeline.gate_results import check_result
from leakguard.pipeline.gate_signatures import check_signatures
from leakguard.stats.intervals import count_rows_without_hits, wilson

if TYPE_CHECKING:
    from leakguard.core.duplicates import Duplicates

USABLE = ("kept", "redacted")
# Files that are listed one by one if they could not be read.
MOST_UNREAD = 20
# Fields that a message names, and the characters of each.
NAMED, LONGEST = 5, 60


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """The tally and the detectors of the scan; `failed` says why no scan was possible (then the tally is empty).

    `first` describes the first row that is "unreadable" or "undetermined".
    """

    tally: Tally
    detectors: tuple[str, ...]
    failed: str = ""
    first: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest about some of the data: its checks, and for each file the fate and hash of the output (None: not listed).

    `sha256` is the hash of the bytes that were read.
    """

    file: str
    checks: tuple[Check, ...]
    outputs: Mapping[str, tuple[str, str] | None]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a gate decides by.

    `changed` maps files that could not be hashed or changed during the scan to the reason, `unread` those that were not read. `unspoken`
    are files without a manifest. `duplicates` is None if they were not counted. `certificates` are those found for each file. `lineage` and
    `signatures` are None if the policy requires none.
    """

    data: tuple[GatedFile, ...]
    looked: ScanFacts = field(default_factory=lambda: ScanFacts(Tally(), (), "nothing was scanned"))
    manifests: tuple[Manifest, ...] = ()
    unspoken: tuple[str, ...] = ()
    results: tuple[tuple[RequiredResult, Statement], ...] = ()
    changed: Mapping[str, str] = field(default_factory=dict)
    held: Held | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    duplicates: "Duplicates | None" = None
    certificates: Mapping[str, Sequence[CertificateReading]] = field(default_factory=dict)
    lineage: LineageReading | None = None
    signatures: SignatureSearch | None = None


def decide(policy: GatePolicy, facts: Facts) -> tuple[GateCheck, ...]:
    """Return one check for each statement of the policy, in a fixed order. A missing fact is UNSEEN, never a pass."""
    looked = facts.looked
    return (
        *_data(facts),
        _rows(looked),
        _share("unreadable", looked, looked.tally.unreadable, policy.max_unreadable),
        _share("undetermined", looked, looked.tally.missed, policy.max_undetermined),
        _share("unscanned", looked, looked.tally.empty, policy.max_unscanned),
        _fields(looked, policy.ignored_fields),
        *(_detector(name, looked) for name in policy.detectors),
        *(_rate(name, limit, policy.confidence, looked) for name, limit in policy.rates.items()),
        *check_duplicates(policy, facts.duplicates),
        *_manifests(policy, facts),
        *(check_result(wanted, said, facts.data) for wanted, said in facts.results),
        *check_certificates(policy.certificate, facts.certificates, facts.data, inputs=policy.manifest_inputs),
        *check_lineage(policy.lineage, facts.lineage),
        *check_signatures(facts.signatures, facts.data, _list_documents(facts)),
    )


def check_binding(facts: Facts) -> tuple[GateCheck, ...]:
    """Return checks that an earlier gate was about exactly these data and passed them; nothing is scanned again."""
    results = (check_result(wanted, said, facts.data) for wanted, said in facts.results)
    return (*_data(facts), *results, *check_signatures(facts.signatures, facts.data, _list_documents(facts)))


def _list_documents(facts: Facts) -> list[tuple[str, str]]:
    """Return file and SHA-256 of every document that the gate relies on; those that could not be read have checks of their own."""
    readings = [one for found in facts.certificates.values() for one in found]
    documents = [
        *((one.file, one.sha256) for one in facts.manifests),
        *((wanted.file, said.sha256) for wanted, said in facts.results if not said.flaw),
        *((one.file, one.sha256) for one in readings),
        *([(facts.lineage.file, facts.lineage.sha256)] if facts.lineage else []),
    ]
    return [document for document in dict.fromkeys(documents) if document[1]]


def _data(facts: Facts) -> Iterator[GateCheck]:
    """Yield a check for each file that changed or was not read, one for all other files, and one for the rows of a trainer."""
    for name, why in facts.changed.items():
        yield GateCheck("data", name, "changed or unreadable", "unchanged during the scan", GateAnswer.UNSEEN, why)
    yield from _unread(facts.unread)
    if not facts.changed:
        passed = GateAnswer.PASSED if facts.data else GateAnswer.UNSEEN
        yield GateCheck("data", "files unchanged during the scan", f"{len(facts.data)} of {len(facts.data)}", "all", passed)
    if facts.held:
        yield _held(facts.held)


def _unread(unread: Mapping[str, str]) -> Iterator[GateCheck]:
    """Yield a check for files that were not read, the first ones by name. No limit allows one, as its number of rows is unknown."""
    for name, why in islice(unread.items(), MOST_UNREAD):
        yield GateCheck("data", name, "unreadable", "readable", GateAnswer.UNSEEN, why)
    more = len(unread) - MOST_UNREAD
    if more > 0:
        yield GateCheck("data", "further files", f"{more:,} unreadable", "readable", GateAnswer.UNSEEN, "leakguard scan lists them")


def _held(held: Held) -> GateCheck:
    """Return the check that the rows of a trainer are rows of the data."""
    what, limit = "rows that the trainer holds", "all in the data"
    if held.flaw or not held.rows:
        return GateCheck("data", what, f"{held.rows} rows", limit, GateAnswer.UNSEEN, held.flaw or "it holds no rows")
    observed = f"{held.known:,} of {held.rows:,} in the data"
    if held.known < held.rows:
        return GateCheck(
            "data", what, observed, limit, GateAnswer.REFUSED, f"the first row that is not in the data is number {held.stranger}"
        )
    return GateCheck("data", what, observed, limit, GateAnswer.PASSED)


def _rows(looked: ScanFacts) -> GateCheck:
    """Check that at least one row with text was scanned."""
    seen, rows = looked.tally.seen, _looked_at(looked.tally)
    answer = GateAnswer.PASSED if rows > 0 and not looked.failed else GateAnswer.UNSEEN
    why = looked.failed or ("" if rows > 0 else "no row has text to scan")
    return GateCheck("rows", "rows scanned", f"{rows:,} of {seen:,}", "at least 1", answer, why)


def _share(kind: str, looked: ScanFacts, rows: int, limit: float) -> GateCheck:
    """Check a share of rows. All rows are counted, so the share itself is compared with the limit; above it the rows are unchecked."""
    seen = looked.tally.seen
    share = rows / seen if seen else 1.0
    observed = f"{rows:,} of {seen:,} rows ({format_percent(share)})" if seen else "nothing was scanned"
    answer = GateAnswer.PASSED if seen and share <= limit and not looked.failed else GateAnswer.UNSEEN
    first = f"; the first: {looked.first[kind]}" if kind in looked.first else ""
    unknown = f"their content is unknown{first}" if rows else looked.failed or "there are no rows"
    why = "" if answer is GateAnswer.PASSED else unknown
    return GateCheck(kind, f"{kind} rows", observed, format_percent(limit), answer, why)


def _fields(looked: ScanFacts, ignored: Sequence[str]) -> GateCheck:
    """Check fields with text that was not scanned. The policy names fields for which that is allowed, with * as a wildcard."""
    patterns = [re.compile(f"{'.*'.join(map(re.escape, name.split('*')))}(?:[.\\[].*)?", re.DOTALL) for name in ignored]
    prose = looked.tally.prose
    unknown = {field: rows for field, rows in prose.items() if not any(pattern.fullmatch(field) for pattern in patterns)}
    what, limit = "fields not scanned", "none but ignored-fields"
    if looked.failed:
        return GateCheck("unscanned", what, "nothing was scanned", limit, GateAnswer.UNSEEN, looked.failed)
    if looked.tally.never:
        named = ", ".join(sorted(looked.tally.never))
        return GateCheck(
            "unscanned", what, f"no row has: {named}", limit, GateAnswer.UNSEEN, "correct the name in the setting, or remove it"
        )
    if not unknown:
        hidden = f"{len(prose):,}, all in ignored-fields" if prose else "none"
        return GateCheck("unscanned", what, hidden, limit, GateAnswer.PASSED)
    most = sorted(unknown.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = [f"{field[:LONGEST]} ({rows:,} row{'' if rows == 1 else 's'})" for field, rows in most[:NAMED]]
    more = f" and {len(most) - NAMED:,} more" if len(most) > NAMED else ""
    why = "set roles to all to scan them, or add them to ignored-fields"
    return GateCheck("unscanned", what, f"{', '.join(shown)}{more}", limit, GateAnswer.UNSEEN, why)


def _detector(name: str, looked: ScanFacts) -> GateCheck:
    """Check that a detector ran and checked every row."""
    limit = "checked every row"
    # From the most to the least general reason: the scan failed, the detector is not enabled, it did not check some rows.
    if looked.failed:
        return GateCheck("detector", f"detector {name}", "could not run", limit, GateAnswer.UNSEEN, looked.failed)
    if name not in looked.detectors:
        on = ", ".join(looked.detectors) or "none"
        return GateCheck("detector", f"detector {name}", "not enabled", limit, GateAnswer.UNSEEN, f"enabled detectors: {on}")
    missed = looked.tally.missed_by.get(name, 0)
    if missed or not _looked_at(looked.tally):
        return GateCheck(
            "detector",
            f"detector {name}",
            f"did not check {missed:,} row{'' if missed == 1 else 's'}",
            limit,
            GateAnswer.UNSEEN,
            "rows that were not checked may have findings",
        )
    return GateCheck("detector", f"detector {name}", limit, limit, GateAnswer.PASSED)


def _rate(name: str, limit: float, confidence: float, looked: ScanFacts) -> GateCheck:
    """Check a rate of findings. A limit of 0 allows no such row; for any other limit the upper end of the Wilson interval decides."""
    what = f"rows at {name} or above" if name in _SEVERITIES else f"rows with {name}"
    rows = _looked_at(looked.tally)
    if looked.failed or not rows:
        return GateCheck("rate", what, "nothing was scanned", format_percent(limit), GateAnswer.UNSEEN, looked.failed)
    hits = min(_hits(name, looked.tally), rows)
    observed = f"{hits:,} of {rows:,} ({format_percent(hits / rows)})"
    if not limit:
        return GateCheck("rate", what, observed, "none", GateAnswer.REFUSED if hits else GateAnswer.PASSED)
    upper = wilson(hits, rows, confidence).high
    shown = f"{observed}, upper bound {format_percent(upper)}"
    if upper <= limit:
        return GateCheck("rate", what, shown, format_percent(limit), GateAnswer.PASSED)
    why = ""
    if hits / rows <= limit:
        why = f"too few rows to show that the rate is below the limit ({format_percent(confidence)} Wilson interval)"
        if not hits:
            why += f": without a finding, {count_rows_without_hits(limit, confidence):,} rows are needed"
    return GateCheck("rate", what, shown, format_percent(limit), GateAnswer.REFUSED, why)


_SEVERITIES = {severity.label: severity for severity in Severity}


def _hits(name: str, tally: Tally) -> int:
    """Return the number of rows that a rate counts. A rule with two severities in one row counts the row twice, so never too few."""
    if name in _SEVERITIES:
        return sum(rows for severity, rows in tally.flagged.items() if severity >= _SEVERITIES[name])
    if name in tally.by_pack:
        return tally.by_pack[name]
    return sum(count.rows for (rule, _), count in tally.by_rule.items() if rule == name)


def _looked_at(tally: Tally) -> int:
    """Return the number of rows with text that every detector checked."""
    return max(tally.seen - tally.unreadable - tally.empty - tally.missed, 0)


def _manifests(policy: GatePolicy, facts: Facts) -> Iterator[GateCheck]:
    """Yield the checks of each manifest and of the files that it lists; a file without one blocks if the policy requires manifests."""
    if policy.manifest == "off":
        return
    hashes = {data.name: data.sha256 for data in facts.data}
    for manifest in facts.manifests:
        yield from _spoken(manifest, policy.manifest_inputs)
        for name, output in manifest.outputs.items():
            yield _output(name, output, hashes.get(name), manifest.file)
    if policy.manifest == "required":
        for name in facts.unspoken:
            why = "no folder above it has a manifest.json: clean the data and check its folder kept, or name one with the setting manifest"
            yield GateCheck("manifest", name, "no manifest", "in a manifest", GateAnswer.UNSEEN, why)


def _spoken(manifest: Manifest, inputs: bool) -> Iterator[GateCheck]:
    """Yield a check for the whole manifest, then one for each of its statements that does not hold."""
    checks = [check for check in manifest.checks if inputs or not check.what.startswith("input ")]
    wrong = [check for check in checks if check.verdict is not CheckStatus.HOLDS]
    unseen = not checks or any(check.verdict is CheckStatus.UNSEEN for check in wrong)
    answer = GateAnswer.UNSEEN if unseen else GateAnswer.REFUSED if wrong else GateAnswer.PASSED
    observed = f"{len(checks) - len(wrong)} of {len(checks)} checks passed"
    yield GateCheck("manifest", manifest.file, observed, "all", answer)
    for check in wrong:
        answer = GateAnswer.UNSEEN if check.verdict is CheckStatus.UNSEEN else GateAnswer.REFUSED
        yield GateCheck("manifest", f"{manifest.file}: {check.what}", str(check.verdict), "passed", answer, check.detail)


def _output(name: str, output: tuple[str, str] | None, now: str | None, file: str) -> GateCheck:
    """Check one data file against the manifest that lists it as an output of a clean."""
    limit = " or ".join(USABLE) + ", same hash"
    if output is None:
        return GateCheck("manifest", name, "not an output", limit, GateAnswer.REFUSED, f"{file} does not list it")
    fate, sha256 = output
    if fate not in USABLE:
        return GateCheck("manifest", name, fate, limit, GateAnswer.REFUSED, f"{file} lists these rows as not for use")
    if sha256 != now:
        return GateCheck(
            "manifest", name, f"{fate}, different hash", limit, GateAnswer.REFUSED, f"its content differs from what {file} lists"
        )
    return GateCheck("manifest", name, f"{fate}, same hash", limit, GateAnswer.PASSED)
