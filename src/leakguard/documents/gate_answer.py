"""The JSON answer of a gate: written by the gate, read by later gates and trainers that require it."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from leakguard.core.exit_codes import ExitCode
from leakguard.core.fields import Field
from leakguard.core.gate import KIND, MANIFEST_STRICTNESS, GateAnswer, GateCheck, GatePolicy, GateResult
from leakguard.core.suggest import spell
from leakguard.documents.envelope import TOOL, Envelope

ENVELOPE = Envelope(
    KIND,
    (
        *("digest", "schema_version", "kind", "tool", "verdict", "exit_code", "data", "checks", "policy", "packs"),
        *("settings", "settings_file", "closing", "sentence", "next"),
    ),
    digest=True,
)
ANSWERS = {answer.name.lower(): answer for answer in GateAnswer}
EXIT_CODES = {"passed": {ExitCode.PASSED}, "refused": {ExitCode.FOUND}, "unseen": {ExitCode.INCOMPLETE, ExitCode.INTERRUPTED}}
ALWAYS = ("data", "rows", "unreadable", "undetermined")
AGAIN = "gate the data again with leakguard gate -o"


def gate_answer_to_dict(result: GateResult, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer as a document. `words` are the sentences of the report under "closing", "sentence" and "next"."""
    return ENVELOPE.seal(
        {
            "tool": TOOL,
            "verdict": result.answer.name.lower(),
            "exit_code": result.exit_code,
            "data": [{"name": spell(one.name), "sha256": one.sha256, "bytes": one.bytes} for one in result.data],
            "checks": [_check_to_dict(check) for check in result.checks],
            "policy": asdict(result.policy),
            "packs": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in result.scan.packs] if result.scan else [],
            "settings": dict(result.scan.settings) if result.scan else {},
            "settings_file": spell(result.settings_file) if result.settings_file else None,
            **words,
        }
    )


def _check_to_dict(check: GateCheck) -> dict[str, Any]:
    return {**asdict(check), "what": spell(check.what), "answer": check.answer.name.lower()}


def answer_flaw(field: Field) -> str:
    """Why this cannot be the answer of a gate; "" if it can. Raises ValueError for a field that is missing or of another type.

    Its digest, its checks, its verdict and its policy must fit together. Anyone can write a document that does: this finds answers
    that are damaged, edited or made by hand from the few fields that a reader needs, and is no signature.
    """
    if not ENVELOPE.is_intact(field):
        return f"it was changed after it was written, or made by hand (its digest differs); {AGAIN}"
    answers = _checks(field)
    verdict = field.at("verdict").one_of(*ANSWERS)
    expected = next((name for name in ("unseen", "refused") if name in answers), "passed")
    if verdict != expected or field.at("exit_code").count() not in EXIT_CODES[verdict]:
        return f"its verdict is {verdict}, but its checks say {expected}; {AGAIN}"
    kinds = {check.at("kind").text() for check in field.at("checks").each()}
    if missing := [kind for kind in ALWAYS if kind not in kinds]:
        return f"it has no check of {missing[0]}; {AGAIN}"
    rates = _policy(field.at("policy"))
    checked = sum(check.at("kind").text() == "rate" for check in field.at("checks").each())
    if checked < rates:
        return f"it has {checked} checks of rates where its policy has {rates}; {AGAIN}"
    field.at("tool").at("version").text()
    for pack in field.at("packs").each():
        _ = pack.at("id").text(), pack.at("version").text(), pack.at("digest").text()
    if verdict == "passed" and not (field.at("settings").members() and field.at("packs").each()):
        return f"it does not say what looked; {AGAIN}"
    for entry in field.at("data").each():
        _ = entry.at("name").text(), entry.at("sha256").text(), entry.at("bytes").count()
    return ""


def _checks(field: Field) -> set[str]:
    """The answers of all checks, each of which must be whole."""
    answers = set()
    for check in field.at("checks").each():
        for key in ("kind", "what", "observed", "limit", "detail"):
            check.at(key).text()
        answers.add(check.at("answer").one_of(*ANSWERS))
    if not answers:
        raise ValueError("checks: there is none")
    return answers


def _policy(field: Field) -> int:
    """How many rates a policy has; every field must be there and of its type."""
    for setting in fields(GatePolicy):
        field.at(setting.name)
    for name in ("detectors", "results"):
        field.at(name).each()
    field.at("manifest").one_of(*MANIFEST_STRICTNESS)
    field.at("manifest_inputs").flag()
    rates = field.at("rates").members()
    shares = [field.at(setting.name) for setting in fields(GatePolicy) if setting.name.startswith("max_")]
    for share in (*rates.values(), *shares, field.at("confidence")):
        share.share()
    return len(rates)
