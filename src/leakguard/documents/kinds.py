"""A table of the JSON documents that leakguard writes and reads, each with its header and valid keys."""

from leakguard.documents import audit, certificate, gate_answer, judge_check, lineage, manifest, mitigation, monitor, scan_result
from leakguard.documents.envelope import Envelope

KINDS: dict[str, Envelope] = {
    "manifest": manifest.ENVELOPE,
    "scan result": scan_result.ENVELOPE,
    "gate answer": gate_answer.ENVELOPE,
    "audit": audit.ENVELOPE,
    "audit monitor": monitor.ENVELOPE,
    "judge check": judge_check.ENVELOPE,
    "mitigation": mitigation.ENVELOPE,
    "certificate": certificate.ENVELOPE,
    "lineage": lineage.ENVELOPE,
}
