"""The report of a scan or a clean as SARIF 2.1.0 for code scanning: findings, and rows that could not be checked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import islice

from leakguard.core.finding import Finding
from leakguard.core.record import Unreadable
from leakguard.core.results import Missed, ScanResult
from leakguard.core.rule import Rule, Severity
from leakguard.documents.scan_result import LISTED
from leakguard.reports.kit.coverage import describe_excluded, describe_unscanned
from leakguard.reports.kit.escape import choose_address, escape_text
from leakguard.reports.kit.findings import show_quote, sort_by_severity
from leakguard.reports.kit.sarif import Locations, Node, make_driver, make_fingerprints, make_message, write_log
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_rows, format_severities, relative_name, shorten
from leakguard.reports.scan.conclusion import conclude, count_findings, decide_exit_code, name_full_list, write_caveat

# GitHub refuses a run with more than 25,000 results and keeps 5,000 of them.
RESULTS, NOTIFICATIONS, TEXT = 5_000, 1_000, 1_000
UNREADABLE, UNDETERMINED, LEFT_OUT = "leakguard.unreadable", "leakguard.undetermined", "leakguard.left-out"
UNSEEN = {
    UNREADABLE: "Rows that could not be read: their content is unknown.",
    UNDETERMINED: "Rows that a detector could not check: their content is unknown.",
}


def render(result: ScanResult, style: Style) -> str:
    """Return the SARIF log, which contains no user name, machine name or command line."""
    return write_log(_Run(result, style.redact or "mask", style.root).node())


class _Run:
    """Builds the SARIF run: files and rules are listed once, and results refer to them by index."""

    def __init__(self, result: ScanResult, redact: str, root: str) -> None:
        self._result, self._redact, self._root = result, redact, root
        self._locations = Locations(result.files, root)
        self._shown = sort_by_severity(result.findings)[:RESULTS]
        self._rules = list({finding.mark.rule.id: finding.mark.rule for finding in self._shown}.values())
        self._place = {rule.id: at for at, rule in enumerate(self._rules)}
        self._unseen = [name for name, rows in zip(UNSEEN, (result.unreadable, result.missed), strict=True) if rows]

    def node(self) -> Node:
        """Return the run: tool, invocation, files and results. Rows that could not be checked are results as well."""
        result, total = self._result, count_findings(self._result.tally)
        return {
            "tool": {"driver": self._driver(), "extensions": [_pack(pack.id, pack.version, pack.digest) for pack in result.packs]},
            "invocations": [self._invocation()],
            "artifacts": self._locations.artifacts(),
            "columnKind": "unicodeCodePoints",
            "results": [*self._results()],
            "properties": {
                "sentence": write_caveat(result),
                "rowsSeen": result.tally.seen,
                "rowsUnreadable": result.tally.unreadable,
                "rowsUndetermined": result.tally.unsure,
                "rowsNotScanned": result.tally.empty,
                "notScanned": [*map(escape_text, [*describe_unscanned(result.tally), *describe_excluded(result.tally)])],
                "findingsTotal": total,
                "findingsListed": len(self._shown),
                **({"settingsFile": relative_name(result.settings_file, self._root)} if result.settings_file else {}),
            },
        }

    def _driver(self) -> Node:
        own = [{"id": name, "shortDescription": {"text": UNSEEN[name]}, "help": {"text": UNSEEN[name]}} for name in self._unseen]
        notes = [{"id": name, "shortDescription": {"text": text}} for name, text in UNSEEN.items()]
        notes.append({"id": LEFT_OUT, "shortDescription": {"text": "The data contain more findings than this file."}})
        return make_driver([*map(_rule, self._rules), *own], notes)

    def _invocation(self) -> Node:
        """Return how the run ended: rows that could not be checked make it unsuccessful, findings do not."""
        code = decide_exit_code(self._result)
        return {
            "executionSuccessful": code in (0, 1),
            "exitCode": code,
            "exitCodeDescription": " ".join(map(escape_text, conclude(self._result))),
            "toolExecutionNotifications": [*self._notifications()],
        }

    def _notifications(self) -> Iterator[Node]:
        result = self._result
        total, listed = count_findings(result.tally), len(self._shown)
        if total > listed:
            text = f"{listed:,} of {total:,} findings are in this file, the highest severity first; {name_full_list(result)} lists all."
            yield _notification(LEFT_OUT, "warning", text)
        unseen = [*map(self._unread, result.unreadable), *map(self._missed, result.missed)]
        yield from unseen[:NOTIFICATIONS]
        rows = result.tally.unseen
        if rows > NOTIFICATIONS:
            text = f"{rows:,} rows could not be checked; the first {min(len(unseen), NOTIFICATIONS):,} are listed here."
            yield _notification(LEFT_OUT, "error", text)

    def _unread(self, entry: Unreadable) -> Node:
        why = f"Row {entry.origin.row} could not be read: {entry.reason}{': ' + entry.detail if entry.detail else ''}"
        return _notification(UNREADABLE, "error", why, self._locations.row(entry.origin.file, entry.origin.row, entry.origin.offset))

    def _missed(self, entry: Missed) -> Node:
        why = f"Row {entry.row} could not be checked by {entry.detector}: {entry.reason}"
        return _notification(UNDETERMINED, "error", why, self._locations.row(entry.file, entry.row))

    def _results(self) -> Iterator[Node]:
        """Yield first a result for each file with rows that could not be checked (1,000 files), at its first such row; then findings."""
        firsts: dict[tuple[str, str], list[int]] = {}
        for row in self._result.unreadable:
            firsts.setdefault((UNREADABLE, row.origin.file), []).append(row.origin.row)
        for miss in self._result.missed:
            firsts.setdefault((UNDETERMINED, miss.file), []).append(miss.row)
        for (name, file), rows in islice(firsts.items(), NOTIFICATIONS):
            yield self._blind(name, file, rows)
        seen: Counter[str] = Counter()
        for finding in self._shown:
            seen[finding.fingerprint] += 1
            yield self._finding(finding, seen[finding.fingerprint])

    def _blind(self, name: str, file: str, rows: Sequence[int]) -> Node:
        mark = blake2b(f"{name}\0{relative_name(file, self._root)}".encode(), digest_size=16).hexdigest()
        what = "could not be read" if name == UNREADABLE else "could not be checked by every detector"
        more = "at least " if len(self._result.unreadable if name == UNREADABLE else self._result.missed) >= LISTED else ""
        return {
            "ruleId": name,
            "ruleIndex": len(self._rules) + self._unseen.index(name),
            "level": "error",
            "message": make_message(
                f"{more}{format_rows(len(set(rows)))} of this file {what}; this is the first. Their content is unknown."
            ),
            "locations": [{"physicalLocation": self._locations.row(file, rows[0])}],
            "partialFingerprints": make_fingerprints(mark, 1),
        }

    def _finding(self, finding: Finding, nth: int) -> Node:
        # GitHub groups alerts by fingerprint; `nth` distinguishes equal findings in equal rows.
        mark, span = finding.mark, finding.span
        shown = shorten(escape_text(show_quote(finding, self._redact)), TEXT)
        return {
            "ruleId": mark.rule.id,
            "ruleIndex": self._place[mark.rule.id],
            "level": mark.severity.label,
            "message": make_message(f"{mark.message}: {shown}"),
            "locations": [
                {
                    "physicalLocation": self._locations.row(finding.file, finding.row),
                    "logicalLocations": [{"fullyQualifiedName": escape_text(span.field), "kind": "value"}],
                }
            ],
            "partialFingerprints": make_fingerprints(finding.fingerprint, nth),
            "properties": {
                "recordId": finding.record_id,
                "profile": mark.profile,
                "form": mark.form,
                "turn": span.turn,
                "start": span.start,
                "end": span.end,
            },
        }


def _rule(rule: Rule) -> Node:
    sources = "".join(f" Source: {source}." for source in rule.sources)
    text = (
        f"{rule.meaning}. Severity: {format_severities(rule.severity)}. A finding shows that the text occurs in the data, not that the "
        f"data carry a trait; compare with control data that another model wrote.{sources}"
    )
    link = choose_address(rule.sources)
    return {
        "id": rule.id,
        "shortDescription": {"text": escape_text(rule.meaning)},
        "fullDescription": {"text": escape_text(rule.meaning)},
        "help": {"text": escape_text(text)},
        **({"helpUri": link} if link else {}),
        "defaultConfiguration": {"level": max(rule.severity.values(), default=Severity.NOTE).label},
        "properties": {"pack": rule.pack, "kind": rule.kind, "value": rule.value, "tags": [rule.pack]},
    }


def _pack(name: str, version: str, digest: str) -> Node:
    return {"name": name, "version": version, "properties": {"sha256": digest}}


def _notification(name: str, level: str, text: str, place: Node | None = None) -> Node:
    notification: Node = {
        "descriptor": {"id": name, "index": [*UNSEEN, LEFT_OUT].index(name)},
        "level": level,
        "message": make_message(text),
    }
    return {**notification, "locations": [{"physicalLocation": place}]} if place else notification
