"""Read traits from TOML; every error names file, trait, key and what to do."""

import re
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path

from leakguard.core.errors import PackError
from leakguard.core.fields import Field
from leakguard.core.trait import KINDS, Trait
from leakguard.rulebook.toml_files import read_document

TRAIT_KEYS = ("id", "title", "descriptions", "examples", "cues", "lookalikes", "neutral")
FILE_KEYS = ("trait", "neutral")
ID = r"[A-Za-z0-9_-]+"


def read_traits(paths: Iterable[Path | Traversable]) -> tuple[Trait, ...]:
    """Read the traits of all files, in order. Raises PackError, also for an id that two of them use."""
    traits = tuple(trait for path in paths for trait in read_trait_file(path))
    files: dict[str, str] = {}
    for trait in traits:
        if trait.id in files:
            raise PackError(f"{trait.file}: the trait {trait.id!r} stands in {files[trait.id]} already; give one of them another id")
        files[trait.id] = trait.file
    return traits


def read_trait_file(path: Path | Traversable) -> tuple[Trait, ...]:
    """Read the traits of one file; a top-level `neutral` applies to all of them. Raises PackError."""
    raw, document = read_document(path, "trait file")
    document.only(FILE_KEYS)
    shared = _filled(document, "neutral")
    tables = document.tables("trait") or document.fail("a trait file needs at least one [[trait]]")
    return tuple(_trait(table, shared, sha256(raw).hexdigest(), document.source) for table in tables)


def read_neutral(path: Path | Traversable) -> tuple[str, ...]:
    """Read the ordinary texts of a file with `neutral` alone. Raises PackError."""
    _, document = read_document(path, "file of neutral texts")
    document.only(("neutral",))
    return _filled(document, "neutral") or document.fail("'neutral' is missing: give ordinary texts")


def _trait(table: Field, shared: tuple[str, ...], digest: str, file: str) -> Trait:
    """Read a [[trait]] table; `shared` are neutral texts for all traits of the file. Raises PackError."""
    table.only(TRAIT_KEYS)
    # Neutral texts may be given by the trait, by the file or by both; the search needs some, to tell the trait from ordinary text.
    neutral = (*_filled(table, "neutral"), *shared)
    if not neutral:
        table.fail("'neutral' is missing: give ordinary texts without the trait, to tell it from (in the trait, or at the top of the file)")
    return Trait(
        id=_id(table),
        title=table.at("title", "a few words").text(),
        descriptions=_filled(table, "descriptions") or table.fail("'descriptions' is missing: say in a sentence or two what it is"),
        examples=_examples(table),
        lookalikes=_filled(table, "lookalikes") or table.fail("'lookalikes' is missing: give texts that resemble the trait and are not it"),
        neutral=neutral,
        cues=_filled(table, "cues"),
        digest=digest,
        file=file,
    )


def _id(table: Field) -> str:
    """Return the id of a trait. Raises PackError."""
    name = table.at("id", "a name such as 'owl'").text()
    return name if re.fullmatch(ID, name) else table.fail(f"'id' cannot be {name!r}: use letters, digits, - and _")


def _examples(table: Field) -> dict[str, tuple[str, ...]]:
    """Return kind -> example texts of a trait. Raises PackError if there are none."""
    values = table.at("examples", f"a table with lists of texts under {', '.join(KINDS)}").expect(dict)
    inner = table.table(f"{table.source}: examples", values)
    inner.only(KINDS)
    examples = {kind: _filled(inner, kind) for kind in KINDS if kind in values}
    if not any(examples.values()):
        inner.fail("give at least one text in which the trait shows")
    return examples


def _filled(table: Field, key: str) -> tuple[str, ...]:
    """Return a list of texts, () if the key is missing. Raises PackError for a blank text."""
    texts = table.at(key, default=[]).texts()
    if blank := next((text for text in texts if not text.strip()), None):
        table.fail(f"{key!r} must be a list of texts, not {blank!r}")
    return texts
