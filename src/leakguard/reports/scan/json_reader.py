"""Reading a saved JSON report, from which every other report can be made again."""

import json
from collections.abc import Callable
from functools import cache
from shlex import quote, split
from typing import get_args

from leakguard.core.baseline import Accepted, BaselineUse
from leakguard.core.errors import UsageError
from leakguard.core.fields import Said
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
        document = Said(json.loads(content))
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


def _result(document: Said) -> ScanResult:
    # Findings refer to rules by id, so the rules are read first; counts are checked against the tally at the end.
    rules = {rule.id: rule for rule in map(_rule, document.at("rules").each())}
    control = document.at("control") if document.has("control") else None
    sealed = document.at("redact").text() != "none"
    marks = _marks(rules)
    result = ScanResult(
        tally=read_tally(document.at("tally")),
        findings=tuple(_finding(said, marks, rules, sealed) for said in document.at("findings").each()),
        unreadable=tuple(map(_unreadable, document.at("unreadable").each())),
        missed=tuple(map(_missed, document.at("missed").each())),
        files=tuple(said.text() for said in document.at("files").each()),
        rules=rules,
        packs=tuple(_pack(said, rules) for said in document.at("packs").each()),
        settings={key: said.value for key, said in document.at("settings").members().items()},
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


def _check(result: ScanResult, document: Said) -> None:
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


def _rule(said: Said) -> Rule:
    return Rule(
        id=said.at("id").text(),
        pack=said.at("pack").text(),
        kind=said.at("kind").one_of(*get_args(Kind)),  # type: ignore[arg-type]
        value=said.at("value").text(),
        meaning=said.at("meaning").text(),
        severity={_profile(Said(name, level.place)): read_severity(level) for name, level in said.at("severity").members().items()},
        numbers=tuple(number.count() for number in said.at("numbers").each()),
        sources=tuple(source.text() for source in said.at("sources").each()),
    )


def _profile(said: Said) -> Profile:
    return next(profile for profile in PROFILES if profile == said.one_of(*PROFILES))


def _pack(said: Said, rules: dict[str, Rule]) -> RulePack:
    name = said.at("id").text()
    mine = tuple(rule for rule in rules.values() if rule.pack == name)
    if said.at("rules").count() > len(mine):
        raise ValueError(f"{said.place}.rules: is {said.at('rules').value}, but the document has {len(mine)} of them")
    return RulePack(name, said.at("version").text(), said.at("title").text(), (), True, said.at("digest").text(), mine)


def _marks(rules: dict[str, Rule]) -> Marks:
    """Return a function that makes marks; equal marks are one object."""

    @cache
    def mark(rule: str, severity: Severity, profile: Profile, form: str) -> Mark:
        return Mark(rules[rule], severity, profile, form)

    return mark


def _finding(said: Said, marks: Marks, rules: dict[str, Rule], sealed: bool) -> Finding:
    rule = said.at("rule")
    if rule.text() not in rules:
        raise ValueError(f"{rule.place}: {rule.value!r} is not a rule of the document")
    record, fingerprint = _hex(said.at("record_id"), ID), _hex(said.at("fingerprint"), FINGERPRINT)
    return Finding(
        mark=marks(rule.text(), read_severity(said.at("severity")), _profile(said.at("profile")), said.at("form").text()),
        record_id=record,
        file=said.at("file").text(),
        row=said.at("row").count(),
        span=Span(said.at("turn").count(), said.at("start").count(), said.at("end").count(), said.at("field").text()),
        quote=said.at("quote").text(),
        detector="",
        sealed=fingerprint if sealed else "",
    )


def _hex(said: Said, digits: int) -> str:
    if len(said.text()) != digits or not set(said.text()) <= DIGITS:
        raise said.wrong(f"{digits} hexadecimal digits")
    return said.text()


def _unreadable(said: Said) -> Unreadable:
    origin = Origin(said.at("file").text(), said.at("row").count(), said.at("offset").count())
    return Unreadable(origin, said.at("reason").text(), said.at("detail").text())


def _missed(said: Said) -> Missed:
    return Missed(said.at("file").text(), said.at("row").count(), said.at("detector").text(), said.at("reason").text())


def _cleaning(said: Said) -> Cleaning:
    outputs = tuple(Output(output.at("path").text(), output.at("rows").count()) for output in said.at("outputs").each())
    return Cleaning(said.at("folder").text(), outputs, said.at("before").text())


def _ignored(said: Said) -> Ignored:
    return Ignored(said.at("pattern").text(), said.at("files").count(), tuple(name.text() for name in said.at("first").each()))


def _words(said: Said) -> str:
    """Return shell words, each quoted anew: an edited document cannot put a second command into a next step."""
    try:
        return " ".join(map(quote, split(said.text())))
    except ValueError:
        raise said.wrong("shell words") from None


def _use(said: Said) -> BaselineUse:
    unused = tuple(Accepted(*(entry.at(key).text() for key in ACCEPTED)) for entry in said.at("unused").each())
    return BaselineUse(said.at("file").text(), said.at("entries").count(), unused)


def _fail_on(said: Said) -> Severity | None:
    return None if said.value == "never" else read_severity(said)
