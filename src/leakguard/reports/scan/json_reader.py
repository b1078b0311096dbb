"""Reading a saved JSON report, from which every other report can be made again."""

import json
from collections.abc import Callable
from functools import cache
from shlex import quote, split
from typing import get_args

from leakguard.core.baseline import Accepted, BaselineUse
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.finding import Finding, Mark, Span
from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Cleaning, Ignored, Missed, Output, ScanResult
from leakguard.core.rule import PROFILES, Kind, Profile, Rule, RulePack, Severity
from leakguard.documents.tally import read_severity, read_tally
from leakguard.reports.scan.duplicates import read_duplicates
from leakguard.reports.scan.json_document import SCHEMA_VERSION

REDACTIONS = ("none", "mask", "hash")
ACCEPTED = ("rule", "version", "fingerprint", "reason")
DIGITS = frozenset("0123456789abcdef")
ID, FINGERPRINT = 16, 32
Marks = Callable[[str, Severity, Profile, str], Mark]


def read_result(content: bytes, name: str) -> tuple[ScanResult, str]:
    """Return the result in a JSON report, and how its quotes are redacted. Raises UsageError, which names the file and the field."""
    try:
        document = Field(json.loads(content))
        version = document.at("schema_version").value
        if version != SCHEMA_VERSION:
            raise ValueError(f"schema_version: version {version!r} cannot be read, only {SCHEMA_VERSION}")
        return _result(document), document.at("redact").one_of(*REDACTIONS)
    except RecursionError:
        raise UsageError(f"{name}: not a JSON report of leakguard: it is nested too deeply") from None
    except ValueError as error:
        raise UsageError(f"{name}: not a JSON report of leakguard, or changed by hand: {error}") from error


def list_dropped_parts(content: bytes) -> list[str]:
    """Return the parts of a JSON report that `read_result` drops: no report made from it contains them."""
    return [key for key in ("judge",) if json.loads(content).get(key)]


def _result(document: Field) -> ScanResult:
    rules = {rule.id: rule for rule in map(_rule, document.at("rules").each())}
    control = document.at("control") if document.has("control") else None
    sealed = document.at("redact").text() != "none"
    marks = _marks(rules)
    result = ScanResult(
        tally=read_tally(document.at("tally")),
        findings=tuple(_finding(field, marks, rules, sealed) for field in document.at("findings").each()),
        unreadable=tuple(map(_unreadable, document.at("unreadable").each())),
        missed=tuple(map(_missed, document.at("missed").each())),
        files=tuple(field.text() for field in document.at("files").each()),
        rules=rules,
        packs=tuple(_pack(field, rules) for field in document.at("packs").each()),
        settings={key: field.value for key, field in document.at("settings").members().items()},
        settings_file=document.at("settings_file").text() if document.has("settings_file") else None,
        control=read_tally(control.at("tally")) if control else None,
        control_file=control.at("file").text() if control and control.has("file") else None,
        interrupted=document.at("interrupted").flag(),
        fail_on=_fail_on(document.at("fail_on")),
        cleaning=_cleaning(document.at("cleaning")) if document.has("cleaning") else None,
        baseline=_use(document.at("baseline")) if document.has("baseline") else None,
        again=_words(document.at("again")) if document.has("again") else "",
        ignored=tuple(map(_ignored, document.at("ignored").each())) if document.has("ignored") else (),
        duplicates=read_duplicates(document.at("duplicates")) if document.has("duplicates") else None,
    )
    _check(result, document)
    return result


def _check(result: ScanResult, document: Field) -> None:
    """Compare the counts in the document with the tally. Raises ValueError if they differ."""
    from leakguard.core.errors import LeakguardError
    from leakguard.reports.scan.conclusion import count_findings, decide_exit_code

    try:
        result.tally.check()
    except LeakguardError as error:
        raise ValueError(f"tally: {error}") from error
    for key, counted in (("exit_code", decide_exit_code(result)), ("findings_total", count_findings(result.tally))):
        if document.at(key).value != counted:
            raise ValueError(f"{key}: is {document.at(key).value!r}, but the tally adds up to {counted}")


def _rule(field: Field) -> Rule:
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


def _pack(field: Field, rules: dict[str, Rule]) -> RulePack:
    name = field.at("id").text()
    mine = tuple(rule for rule in rules.values() if rule.pack == name)
    if field.at("rules").count() > len(mine):
        raise ValueError(f"{field.place}.rules: is {field.at('rules').value}, but the document has {len(mine)} of them")
    return RulePack(name, field.at("version").text(), field.at("title").text(), (), True, field.at("digest").text(), mine)


def _marks(rules: dict[str, Rule]) -> Marks:
    """Return a function that makes marks; equal marks are one object."""

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
    )


def _hex(field: Field, digits: int) -> str:
    if len(field.text()) != digits or not set(field.text()) <= DIGITS:
        raise field.wrong(f"{digits} hexadecimal digits")
    return field.text()


def _unreadable(field: Field) -> Unreadable:
    origin = Origin(field.at("file").text(), field.at("row").count(), field.at("offset").count())
    return Unreadable(origin, field.at("reason").text(), field.at("detail").text())


def _missed(field: Field) -> Missed:
    return Missed(field.at("file").text(), field.at("row").count(), field.at("detector").text(), field.at("reason").text())


def _cleaning(field: Field) -> Cleaning:
    outputs = tuple(Output(output.at("path").text(), output.at("rows").count()) for output in field.at("outputs").each())
    return Cleaning(field.at("folder").text(), outputs, field.at("before").text())


def _ignored(field: Field) -> Ignored:
    return Ignored(field.at("pattern").text(), field.at("files").count(), tuple(name.text() for name in field.at("first").each()))


def _words(field: Field) -> str:
    """Return shell words, each quoted anew: an edited document cannot put a second command into a next step."""
    try:
        return " ".join(map(quote, split(field.text())))
    except ValueError:
        raise field.wrong("shell words") from None


def _use(field: Field) -> BaselineUse:
    unused = tuple(Accepted(*(entry.at(key).text() for key in ACCEPTED)) for entry in field.at("unused").each())
    return BaselineUse(field.at("file").text(), field.at("entries").count(), unused)


def _fail_on(field: Field) -> Severity | None:
    return None if field.value == "never" else read_severity(field)
