"""The result of a gate as a JSON document, which a later gate or a trainer can require."""

from leakguard.core.gate import GateResult
from leakguard.documents.gate_answer import gate_answer_to_dict
from leakguard.reports.gate.conclusion import CAVEAT, conclude, suggest_steps
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.steps import join_steps
from leakguard.reports.kit.style import Style


def render(result: GateResult, style: Style) -> str:
    """Return the result of a gate as JSON text. A trainer reads its `verdict`, `data`, `policy` and `settings`.

    Its `digest` is a hash of all other members: it detects damage and edits, but is not a signature.
    """
    words = {"closing": conclude(result), "sentence": CAVEAT, "next": join_steps(suggest_steps(result, style.again))}
    return write_json(gate_answer_to_dict(result, words))
