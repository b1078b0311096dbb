"""The result of a gate as a JSON document, which a later gate or a trainer can require."""

import json
from dataclasses import asdict
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.gate import KIND, GateCheck, GateResult
from leakguard.core.version import __version__
from leakguard.reports.gate.conclusion import CAVEAT, conclude, suggest_steps
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.steps import join_steps
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import printable_name

SCHEMA_VERSION = 1


def render(result: GateResult, style: Style) -> str:
    """Return the document. A trainer reads its `verdict`, `data`, `policy` and `settings`.

    Its `digest` is over everything else in it: it shows that the document was damaged or edited, but is no signature.
    """
    whole: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": {"name": "leakguard", "version": __version__},
        "verdict": result.answer.name.lower(),
        "exit_code": result.exit_code,
        "data": [{"name": printable_name(one.name), "sha256": one.sha256, "bytes": one.bytes} for one in result.data],
        "checks": [_check(check) for check in result.checks],
        "policy": asdict(result.policy),
        "packs": [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in result.scan.packs] if result.scan else [],
        "settings": dict(result.scan.settings) if result.scan else {},
        "settings_file": printable_name(result.settings_file) if result.settings_file else None,
        "closing": conclude(result),
        "sentence": CAVEAT,
        "next": join_steps(suggest_steps(result, style.again)),
    }
    return write_json({"digest": content_digest(json.loads(json.dumps(whole))), **whole})


def _check(check: GateCheck) -> dict[str, Any]:
    return {**asdict(check), "what": printable_name(check.what), "answer": check.answer.name.lower()}
