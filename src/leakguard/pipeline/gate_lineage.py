"""Decide whether a saved lineage says that the models a policy names do not share an initialisation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from leakguard.core.gate import GateAnswer, GateCheck, RequiredLineage
from leakguard.core.lineage import Lineage, Relation

# Hexadecimal digits of a digest in a message.
SHOWN = 12
LIMIT = str(Relation.INDEPENDENT)


@dataclass(frozen=True, slots=True)
class LineageReading:
    """A lineage as it was found in `file`, or the reason why it cannot be used (`flaw`); `sha256` is the hash of its bytes.

    `digests` are those of the weights of now, by "teacher" and "student"; `unseen` says which weights could not be hashed.
    """

    file: str
    lineage: Lineage | None = None
    flaw: str = ""
    sha256: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()


def check_lineage(required: RequiredLineage | None, reading: LineageReading | None) -> Iterator[GateCheck]:
    """Yield the check of a required lineage: about these weights, and INDEPENDENT."""
    if not required:
        return
    what = f"{required.file}: lineage of {required.teacher} and {required.student}"
    if not reading or not reading.lineage:
        yield GateCheck("lineage", what, "not usable", LIMIT, GateAnswer.UNSEEN, reading.flaw if reading else "it was not read")
        return
    found = reading.lineage
    if reading.unseen:
        yield GateCheck("lineage", what, "cannot be compared", LIMIT, GateAnswer.UNSEEN, "; ".join(reading.unseen))
        return
    others = [
        f"the {name} is {model.name} with the weights {model.digest[:SHOWN] or 'unknown'}, not {reading.digests[name][:SHOWN]}"
        for name, model in (("teacher", found.teacher), ("student", found.student))
        if model.digest != reading.digests[name]
    ]
    if others:
        why = f"{'; '.join(others)}: compare these models with leakguard lineage"
        yield GateCheck("lineage", what, "about other models", LIMIT, GateAnswer.REFUSED, why)
        return
    answers = {Relation.INDEPENDENT: GateAnswer.PASSED, Relation.SAME: GateAnswer.REFUSED, Relation.UNKNOWN: GateAnswer.UNSEEN}
    why = "" if found.relation is Relation.INDEPENDENT else found.reason or "train another base, or mitigate the data and certify them"
    yield GateCheck("lineage", what, str(found.relation), LIMIT, answers[found.relation], why)
