"""The result of a gate as a JSON document: its writer, and the check that a document was written by a gate and not edited."""

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
    """Return the result of a gate as a document. `words` are the sentences of the report under "closing", "sentence" and "next"."""
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
    """Return why a document cannot have been written by a gate; "" if it can. Raises ValueError for a missing field or a wrong type.

    The digest, the checks, the verdict and the policy must be consistent. This finds documents that are damaged, edited, or written by
    hand with only the fields that a reader uses. It is not a signature: a consistent document can be forged.
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
    """Return the distinct answers of all checks in a document. Raises ValueError if there is none or one is incomplete."""
    answers = set()
    for check in field.at("checks").each():
        for key in ("kind", "what", "observed", "limit", "detail"):
            check.at(key).text()
        answers.add(check.at("answer").one_of(*ANSWERS))
    if not answers:
        raise ValueError("checks: there is none")
    return answers


def _policy(field: Field) -> int:
    """Validate the policy in a document and return its number of rates. Raises ValueError for a missing field or a wrong type."""
    for setting in fields(GatePolicy):
        field.at(setting.name)
    for name in ("detectors", "results", "signed_by", "attestations"):
        field.at(name).each()
    field.at("manifest").one_of(*MANIFEST_STRICTNESS)
    field.at("manifest_inputs").flag()
    rates = field.at("rates").members()
    shares = [field.at(setting.name) for setting in fields(GatePolicy) if setting.name.startswith("max_")]
    for share in (*rates.values(), *shares, field.at("confidence")):
        share.share()
    return len(rates)
