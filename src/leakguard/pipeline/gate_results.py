"""Decide whether the results that a gate requires are about its data, with an accepted verdict."""

from collections.abc import Sequence

from leakguard.core.gate import GateAnswer, GateCheck, GatedFile, RequiredResult, Statement

# Hexadecimal digits of a hash in a message.
SHOWN = 12


def check_result(wanted: RequiredResult, said: Statement, data: Sequence[GatedFile]) -> GateCheck:
    """Check that a required result is usable, of an accepted kind, about all of the data, and has an accepted verdict."""
    limit = " or ".join(wanted.verdicts)
    if said.flaw:
        return GateCheck("result", wanted.file, "not usable", limit, GateAnswer.UNSEEN, said.flaw)
    if wanted.kinds and said.kind not in wanted.kinds:
        why = f"expected {' or '.join(wanted.kinds)}"
        return GateCheck("result", wanted.file, f"a result of kind {said.kind[:99]!r}", limit, GateAnswer.REFUSED, why)
    missing = [entry for entry in data if entry.sha256 not in said.hashes]
    if missing or not data:
        names = ", ".join(f"{entry.name} ({entry.sha256[:SHOWN]}...)" for entry in missing)
        return GateCheck("result", wanted.file, "about other data", limit, GateAnswer.REFUSED, f"it does not cover {names}")
    if said.unchecked:
        return GateCheck("result", wanted.file, f"{said.verdict}, incomplete", limit, GateAnswer.UNSEEN, said.unchecked)
    why = said.refusal or _compare_tolerances(wanted, said)
    accepted = GateAnswer.PASSED if said.verdict in wanted.verdicts and not why else GateAnswer.REFUSED
    return GateCheck("result", wanted.file, said.verdict[:99], limit, accepted, why)


def _compare_tolerances(wanted: RequiredResult, said: Statement) -> str:
    """Return why the tolerance of a result is larger than the largest that is accepted, or not known; "" if it is small enough."""
    if wanted.max_tolerance is None or (said.tolerance is not None and said.tolerance <= wanted.max_tolerance):
        return ""
    named = "it names no tolerance" if said.tolerance is None else f"its tolerance is {said.tolerance:g}"
    return f"{named}, allowed is {wanted.max_tolerance:g}"
