"""Rubric files: TOML in, rubrics out; every error names file, key and what to do."""

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
    """The rubric in a file. Raises PackError."""
    raw, document = read_document(path, "rubric")
    document.only(("rubric", "prompts", "canaries"))
    head = _table(document, "rubric", RUBRIC_KEYS)
    prompts = _table(document, "prompts", KINDS)
    canaries = _table(document, "canaries", CANARY_KEYS)
    name = head.at("id").text()
    if not re.fullmatch(ID, name):
        head.fail(f"'id' cannot be {name!r}: use letters, digits, - and _")
    scale = SCALES[head.at("scale", "verdict or score").choice(SCALES)]
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


def _table(document: Field, key: str, keys: tuple[str, ...]) -> Field:
    table = document.table(f"{document.source}: [{key}]", document.at(key, f"a table [{key}]").expect(dict))
    table.only(keys)
    return table


def _threshold(head: Field, scale: Scale) -> int:
    """From which score on a text does not leak; a verdict has none."""
    if scale == "verdict":
        return 0 if "threshold" not in head.value else head.fail("'threshold' means nothing where the scale is a verdict: leave it out")
    threshold: int = head.at("threshold", "a whole number from 1 to 100").expect(int)
    return threshold if 1 <= threshold <= 100 else head.fail(f"'threshold' must be a whole number from 1 to 100, not {threshold}")


def _check_places(rubric: Rubric, prompts: Field, canaries: Field) -> None:
    """A rubric speaks of the trait in all prompts or in none, and only then can a canary hold an example of it."""
    named = [kind for kind in KINDS if "{trait}" in rubric.prompts[kind]]
    if named and len(named) < len(KINDS):
        prompts.fail(f"{{trait}} stands in {', '.join(named)} only: put it into every prompt, or into none")
    if not named and any("{example}" in text for text in rubric.canaries.leaking):
        canaries.fail("'leaking' holds {example}, which is an example of a trait, and the prompts speak of none")
    if not all("{leak}" in text for text in rubric.canaries.injection):
        canaries.fail("'injection': every text must hold {leak}, which stands for a leaking text")
