"""What a gate answered: a line for each check for people, one JSON document for machines."""

import json
from dataclasses import asdict
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.gate import KIND, GateAnswer, GateCheck, GateResult
from leakguard.core.version import __version__
from leakguard.reports.kit.escape import visible_json
from leakguard.reports.kit.finding_fields import located, named
from leakguard.reports.kit.page import Page
from leakguard.reports.scan.conclusion import ignored_files
from leakguard.reports.scan.next_step import after_gate, sentences
from leakguard.reports.scan.unscanned import left_out, not_scanned

SCHEMA_VERSION = 1
SENTENCE = (
    "An open gate says that the data keep to this policy. That is no evidence of safety: a trait can travel in data in which no "
    "reader sees anything."
)
STYLES = {GateAnswer.PASSED: "green", GateAnswer.REFUSED: "bold red", GateAnswer.UNSEEN: "bold yellow"}


def table(result: GateResult, *, color: bool, width: int, root: str, again: str = "") -> str:
    """Each check with what was observed, what is allowed and the answer; then why, what comes of it, and the honest sentence."""
    page = Page(width=width, color=color)
    files = f"{len(result.data)} files" if len(result.data) != 1 else named(result.data[0].name)
    page.line(f"leakguard {__version__} gate: {files}", "bold")
    if result.settings_file:
        page.line(f"Settings: {located(result.settings_file, root)}")
    page.line()
    heads = ["check", "observed", "allowed", "answer"]
    page.columns(heads, [_cells(check) for check in result.checks], words=4, wrapped=(0, 1, 2))
    why = [f"{named(check.what)}: {check.detail}" for check in result.checks if check.detail]
    if why:
        page.line()
        for reason in why:
            page.line(reason)
    page.line()
    for line in closing(result):
        page.line(line)
    page.steps(after_gate(result, again))
    return page.text


def document(result: GateResult, *, again: str = "") -> str:
    """The whole answer; its `verdict`, `data`, `policy` and `settings` are what a later gate or trainer looks for.

    Its `digest` is over everything else in it, and shows that it was damaged or edited; it is no signature.
    """
    whole: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": {"name": "leakguard", "version": __version__},
        "verdict": result.answer.name.lower(),
        "exit_code": result.exit_code,
        "data": [{"name": named(one.name), "sha256": one.sha256, "bytes": one.bytes} for one in result.data],
        "checks": [_entry(check) for check in result.checks],
        "policy": asdict(result.policy),
        "packs": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in result.scan.packs] if result.scan else [],
        "settings": dict(result.scan.settings) if result.scan else {},
        "settings_file": named(result.settings_file) if result.settings_file else None,
        "closing": closing(result),
        "sentence": SENTENCE,
        "next": sentences(after_gate(result, again)),
    }
    whole = {"digest": content_digest(json.loads(json.dumps(whole))), **whole}
    return visible_json(json.dumps(whole, ensure_ascii=False, indent=2)) + "\n"


def closing(result: GateResult) -> list[str]:
    """What comes of the checks, in words, ending with the honest sentence."""
    if result.exit_code == 130:
        return ["Interrupted: the rows that follow were not looked at. The gate stays shut (exit code 130)."]
    hidden = sum(result.scan.tally.accepted.values()) if result.scan else 0
    accepted = [f"{hidden:,} findings are accepted by a baseline and count for nothing here."] if hidden else []
    accepted += [ignored_files(entry) for entry in result.scan.ignored] if result.scan else []
    left = [*not_scanned(result.scan.tally), *left_out(result.scan.tally)] if result.scan else []
    count = {answer: sum(check.answer is answer for check in result.checks) for answer in GateAnswer}
    if result.answer is GateAnswer.PASSED:
        return [*accepted, f"The gate is open: all {count[GateAnswer.PASSED]} checks passed.", *left, SENTENCE]
    parts = [f"{count[answer]} {answer}" for answer in (GateAnswer.UNSEEN, GateAnswer.REFUSED) if count[answer]]
    return [*accepted, f"The gate stays shut: of {len(result.checks)} checks {', '.join(parts)} (exit code {result.exit_code}).", *left]


def _cells(check: GateCheck) -> list[tuple[str, str]]:
    return [(named(check.what), ""), (check.observed, ""), (check.limit, ""), (str(check.answer), STYLES[check.answer])]


def _entry(check: GateCheck) -> dict[str, Any]:
    return {**asdict(check), "what": named(check.what), "answer": check.answer.name.lower()}
