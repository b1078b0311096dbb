"""Read rubrics from TOML; every error names file, key and what to do."""

import re
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path

from leakguard.core.fields import Field
from leakguard.core.rubric import Canaries, Rubric, Scale
from leakguard.core.rule import Severity
from leakguard.core.trait import KINDS
from leakguard.rulebook.toml_files import read_document

RUBRIC_KEYS = ("id", "version", "title", "scale", "severity", "meaning", "threshold")
CANARY_KEYS = ("clean", "leaking", "injection")
SCALES: dict[str, Scale] = {"verdict": "verdict", "score": "score"}
SEVERITIES = {severity.label: severity for severity in Severity}
ID = r"[A-Za-z0-9_-]+"


def read_rubric(path: Path | Traversable) -> Rubric:
    """Read the rubric in a file. Raises PackError."""
    raw, document = read_document(path, "rubric")
    document.only(("rubric", "prompts", "canaries"))
    head = document.subtable("rubric").only(RUBRIC_KEYS)
    prompts = document.subtable("prompts").only(KINDS)
    canaries = document.subtable("canaries").only(CANARY_KEYS)
    name = head.at("id").text()
    if not re.fullmatch(ID, name):
        head.fail(f"'id' cannot be {name!r}: use letters, digits, - and _")
    scale = SCALES[head.at("scale", "verdict or score").choice(SCALES)]
    # Values are checked as they are read; how prompts and canaries fit together is checked at the end.
    rubric = Rubric(
        id=name,
        version=head.at("version", 'a version such as "1.0.0"').text(),
        title=head.at("title").text(),
        scale=scale,
        meaning=head.at("meaning", "what a finding by this rubric says").text(),
        severity=SEVERITIES[head.at("severity", "error, warning or note", "error").choice(SEVERITIES)],
        prompts={kind: prompts.at(kind, "the words for this kind of text").text().strip() for kind in KINDS},
        canaries=Canaries(
            *(canaries.at(key, default=[]).texts() or canaries.fail(f"{key!r} is missing: give at least one text") for key in CANARY_KEYS)
        ),
        threshold=_threshold(head, scale),
        digest=sha256(raw).hexdigest(),
        file=str(path),
    )
    _check_places(rubric, prompts, canaries)
    return rubric


def _threshold(head: Field, scale: Scale) -> int:
    """Return the score from which a text does not leak, 0 for the scale verdict. Raises PackError."""
    if scale == "verdict":
        return 0 if "threshold" not in head.value else head.fail("'threshold' means nothing where the scale is a verdict: leave it out")
    return head.at("threshold", "a whole number from 1 to 100").count(1, 100)


def _check_places(rubric: Rubric, prompts: Field, canaries: Field) -> None:
    """Raise PackError if only some prompts name the trait, or a canary has an example of a trait that no prompt names."""
    named = [kind for kind in KINDS if "{trait}" in rubric.prompts[kind]]
    if named and len(named) < len(KINDS):
        prompts.fail(f"{{trait}} stands in {', '.join(named)} only: put it into every prompt, or into none")
    if not named and any("{example}" in text for text in rubric.canaries.leaking):
        canaries.fail("'leaking' holds {example}, which is an example of a trait, and the prompts speak of none")
    if not all("{leak}" in text for text in rubric.canaries.injection):
        canaries.fail("'injection': every text must hold {leak}, which stands for a leaking text")
