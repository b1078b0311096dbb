"""The result of a scan or clean as a JSON document, from which every report can be made again: writer and reader."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from shlex import quote, split
from typing import Any, get_args

from leakguard.core.baseline import Accepted, BaselineUse
from leakguard.core.errors import LeakguardError, UsageError
from leakguard.core.fields import Field
from leakguard.core.finding import Finding, Mark, Span
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Cleaning, Ignored, Missed, Output, ScanResult, Tally
from leakguard.core.rule import PROFILES, Kind, Profile, Rule, RulePack, Severity
from leakguard.core.suggest import spell
from leakguard.documents.duplicates import duplicates_to_dict, read_duplicates
from leakguard.documents.envelope import TOOL, Envelope
from leakguard.documents.tally import read_severity, read_tally, tally_to_dict

ENVELOPE = Envelope(
    "",
    (
        *("schema_version", "tool", "redact", "settings", "settings_file", "files", "ignored", "packs", "fail_on", "exit_code"),
        *("interrupted", "tally", "by_rule", "by_place", "by_pack", "findings", "findings_total", "places_total", "findings_truncated"),
        *("unreadable", "unreadable_total", "unreadable_truncated", "missed", "control", "cleaning", "similarity", "judge"),
        *("duplicates", "baseline", "closing", "left_out", "sentence", "again", "next", "rules"),
    ),
)
LISTED = 10_000
REDACTIONS = ("none", "mask", "hash")
ACCEPTED = ("rule", "version", "fingerprint", "reason")
DIGITS = frozenset("0123456789abcdef")
ID, FINGERPRINT = 16, 32
Marks = Callable[[str, Severity, Profile, str], Mark]
ExitCode = Callable[[ScanResult], int]


def scan_result_to_dict(result: ScanResult, redact: str, derived: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a scan as a document. Lists of unchecked rows have the first 10,000 rows and the number of all.

    `redact` is the setting by which quotes were masked. `derived` are the members that a report computes: exit_code, findings, rates
    (by_rule, by_place, by_pack), statistics of detectors (similarity, judge) and sentences (closing, left_out, sentence, next).
    """
    total = _count_findings(result.tally)
    known = {
        "schema_version": ENVELOPE.version,
        "tool": TOOL,
        "redact": redact,
        "settings": dict(result.settings),
        "settings_file": result.settings_file,
        "files": [*map(spell, result.files)],
        "ignored": [{"pattern": one.pattern, "files": one.files, "first": [*map(spell, one.first)]} for one in result.ignored],
        "packs": _packs(result),
        "fail_on": result.fail_on.label if result.fail_on else "never",
        "interrupted": result.interrupted,
        "tally": tally_to_dict(result.tally),
        "findings_total": total,
        "places_total": result.tally.places,
        "findings_truncated": total > len(result.findings),
        "unreadable": [_unreadable(entry) for entry in result.unreadable[:LISTED]],
        "unreadable_total": result.tally.unreadable,
        "unreadable_truncated": result.tally.unreadable > min(len(result.unreadable), LISTED),
        "missed": [_missed(entry) for entry in result.missed[:LISTED]],
        "control": {"file": result.control_file, "tally": tally_to_dict(result.control)} if result.control else None,
        "cleaning": _cleaning(result),
        "duplicates": duplicates_to_dict(result.duplicates) if result.duplicates else None,
        "baseline": _baseline(result),
        "again": result.again,
        "rules": [_rule(rule) for rule in _rules(result)],
        **derived,
    }
    return {key: known[key] for key in ENVELOPE.keys}


def read_scan_result(content: bytes, name: str, decide_exit_code: ExitCode) -> tuple[ScanResult, str]:
    """Read a document and return (result, setting by which its quotes were masked). Raises UsageError, which names file and field.

    `decide_exit_code` computes the exit code of a result, which must be equal to the one in the document.
    """
    try:
        document = ENVELOPE.open(json.loads(content))
        return _result(document, decide_exit_code), document.at("redact").one_of(*REDACTIONS)
    except RecursionError:
        raise UsageError(f"{name}: not a JSON report of leakguard: it is nested too deeply") from None
    except ValueError as error:
        raise UsageError(f"{name}: not a JSON report of leakguard, or changed by hand: {error}") from error


def list_dropped_parts(content: bytes) -> list[str]:
    """Return the members of a document that `read_scan_result` ignores, so that reports made from it lack them."""
    return [key for key in ("judge",) if json.loads(content).get(key)]


def _count_findings(tally: Tally) -> int:
    return sum(count.findings for count in tally.by_rule.values())


def _cleaning(result: ScanResult) -> dict[str, Any] | None:
    if not result.cleaning:
        return None
    outputs = [{"path": output.path, "rows": output.rows} for output in result.cleaning.outputs]
    return {"folder": result.cleaning.folder, "before": result.cleaning.before, "outputs": outputs}


def _baseline(result: ScanResult) -> dict[str, Any] | None:
    use = result.baseline
    if not use:
        return None
    accepted = {"file": use.file, "entries": use.entries, "findings_accepted": sum(result.tally.accepted.values())}
    return {**accepted, "unused": [asdict(entry) for entry in use.unused[:LISTED]], "unused_total": len(use.unused)}


def _packs(result: ScanResult) -> list[dict[str, Any]]:
    return [
        {"id": pack.id, "version": pack.version, "title": pack.title, "digest": pack.digest, "rules": len(pack.rules)}
        for pack in result.packs
    ]


def _rules(result: ScanResult) -> list[Rule]:
    """Return all rules that were applied or that a finding refers to."""
    return list({**result.rules, **{finding.mark.rule.id: finding.mark.rule for finding in result.findings}}.values())


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "pack": rule.pack,
        "kind": rule.kind,
        "value": rule.value,
        "meaning": rule.meaning,
        "severity": {profile: level.label for profile, level in rule.severity.items()},
        "numbers": list(rule.numbers),
        "sources": list(rule.sources),
    }


def _unreadable(entry: Unreadable) -> dict[str, Any]:
    origin = entry.origin
    return {"file": spell(origin.file), "row": origin.row, "offset": origin.offset, "reason": entry.reason, "detail": entry.detail}


def _missed(entry: Missed) -> dict[str, Any]:
    return {"file": spell(entry.file), "row": entry.row, "detector": entry.detector, "reason": entry.reason}


def _result(document: Field, decide_exit_code: ExitCode) -> ScanResult:
    """Read the result of a scan from a parsed document. Raises ValueError with the place of the first invalid value."""
    # Rules are read first, because findings and packs refer to them by id. The parts are compared with each other at the end.
    rules = {rule.id: rule for rule in map(_read_rule, document.at("rules").each())}
    control = document.at("control") if document.has("control") else None
    sealed = document.at("redact").text() != "none"
    marks = _marks(rules)
    result = ScanResult(
        tally=read_tally(document.at("tally")),
        findings=tuple(_finding(field, marks, rules, sealed) for field in document.at("findings").each()),
        unreadable=tuple(map(_read_unreadable, document.at("unreadable").each())),
        missed=tuple(map(_read_missed, document.at("missed").each())),
        files=tuple(field.text() for field in document.at("files").each()),
        rules=rules,
        packs=tuple(_read_pack(field, rules) for field in document.at("packs").each()),
        settings={key: field.value for key, field in document.at("settings").members().items()},
        settings_file=document.at("settings_file").text() if document.has("settings_file") else None,
        control=read_tally(control.at("tally")) if control else None,
        control_file=control.at("file").text() if control and control.has("file") else None,
        interrupted=document.at("interrupted").flag(),
        fail_on=_fail_on(document.at("fail_on")),
        cleaning=_read_cleaning(document.at("cleaning")) if document.has("cleaning") else None,
        baseline=_use(document.at("baseline")) if document.has("baseline") else None,
        again=_words(document.at("again")) if document.has("again") else "",
        ignored=tuple(map(_ignored, document.at("ignored").each())) if document.has("ignored") else (),
        duplicates=read_duplicates(document.at("duplicates")) if document.has("duplicates") else None,
    )
    _check(result, document, decide_exit_code)
    return result


def _check(result: ScanResult, document: Field, decide_exit_code: ExitCode) -> None:
    """Recompute counts and the exit code, and raise ValueError if the document has other values."""
    try:
        result.tally.check()
    except LeakguardError as error:
        raise ValueError(f"tally: {error}") from error
    for key, counted in (("exit_code", decide_exit_code(result)), ("findings_total", _count_findings(result.tally))):
        if document.at(key).value != counted:
            raise ValueError(f"{key}: is {document.at(key).value!r}, but the tally adds up to {counted}")


def _read_rule(field: Field) -> Rule:
    return Rule(
        id=field.at("id").text(),
        pack=field.at("pack").text(),
        kind=field.at("kind").one_of(*get_args(Kind)),  # type: ignore[arg-type]
        value=field.at("value").text(),
        meaning=field.at("meaning").text(),
        severity={_profile(Field(name, level.place)): read_severity(level) for name, level in field.at("severity").members().items()},
        numbers=tuple(number.count() for number in field.at("numbers").each()),
        sources=tuple(source.text() for source in field.at("sources").each()),
    )


def _profile(field: Field) -> Profile:
    return next(profile for profile in PROFILES if profile == field.one_of(*PROFILES))


def _read_pack(field: Field, rules: dict[str, Rule]) -> RulePack:
    name = field.at("id").text()
    mine = tuple(rule for rule in rules.values() if rule.pack == name)
    if field.at("rules").count() > len(mine):
        raise ValueError(f"{field.place}.rules: is {field.at('rules').value}, but the document has {len(mine)} of them")
    return RulePack(name, field.at("version").text(), field.at("title").text(), (), True, field.at("digest").text(), mine)


def _marks(rules: dict[str, Rule]) -> Marks:
    """Return a function that makes marks and returns the same object for equal arguments."""

    @cache
    def mark(rule: str, severity: Severity, profile: Profile, form: str) -> Mark:
        return Mark(rules[rule], severity, profile, form)

    return mark


def _finding(field: Field, marks: Marks, rules: dict[str, Rule], sealed: bool) -> Finding:
    rule = field.at("rule")
    if rule.text() not in rules:
        raise ValueError(f"{rule.place}: {rule.value!r} is not a rule of the document")
    record, fingerprint = _hex(field.at("record_id"), ID), _hex(field.at("fingerprint"), FINGERPRINT)
    return Finding(
        mark=marks(rule.text(), read_severity(field.at("severity")), _profile(field.at("profile")), field.at("form").text()),
        record_id=record,
        file=field.at("file").text(),
        row=field.at("row").count(),
        span=Span(field.at("turn").count(), field.at("start").count(), field.at("end").count(), field.at("field").text()),
        quote=field.at("quote").text(),
        detector="",
        sealed=fingerprint if sealed else "",
        # Documents of earlier versions have no context.
        before=field.at("before").text() if field.has("before") else "",
        after=field.at("after").text() if field.has("after") else "",
        decides=field.has("decides") and field.at("decides").flag(),
    )


def _hex(field: Field, digits: int) -> str:
    if len(field.text()) != digits or not set(field.text()) <= DIGITS:
        raise field.wrong(f"{digits} hexadecimal digits")
    return field.text()


def _read_unreadable(field: Field) -> Unreadable:
    origin = Origin(field.at("file").text(), field.at("row").count(), field.at("offset").count())
    return Unreadable(origin, field.at("reason").text(), field.at("detail").text())


def _read_missed(field: Field) -> Missed:
    return Missed(field.at("file").text(), field.at("row").count(), field.at("detector").text(), field.at("reason").text())


def _read_cleaning(field: Field) -> Cleaning:
    outputs = tuple(Output(output.at("path").text(), output.at("rows").count()) for output in field.at("outputs").each())
    return Cleaning(field.at("folder").text(), outputs, field.at("before").text())


def _ignored(field: Field) -> Ignored:
    return Ignored(field.at("pattern").text(), field.at("files").count(), tuple(name.text() for name in field.at("first").each()))


def _words(field: Field) -> str:
    """Read shell words and quote each again, so that an edited document cannot put another command into a suggested one."""
    try:
        return " ".join(map(quote, split(field.text())))
    except ValueError:
        raise field.wrong("shell words") from None


def _use(field: Field) -> BaselineUse:
    unused = tuple(map(_read_accepted, field.at("unused").each()))
    return BaselineUse(field.at("file").text(), field.at("entries").count(), unused)


def _read_accepted(field: Field) -> Accepted:
    reviewer = field.at("reviewer").text() if field.has("reviewer") else ""
    rule, version, found, reason = (field.at(key).text() for key in ACCEPTED)
    return Accepted(rule, version, found, reason, reviewer)


def _fail_on(field: Field) -> Severity | None:
    return None if field.value == "never" else read_severity(field)
