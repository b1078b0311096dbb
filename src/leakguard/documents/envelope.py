"""The header that all JSON documents of leakguard share: kind, version of the format (schema_version), tool, and a digest."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from leakguard.core.digests import content_digest
from leakguard.core.errors import LeakguardError, UsageError
from leakguard.core.fields import Field
from leakguard.core.suggest import shorten
from leakguard.core.version import __version__

SHOWN = 60
Parsed = TypeVar("Parsed")
TOOL = {"name": "leakguard", "version": __version__}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The header and the valid keys of one kind of JSON document.

    `kind` is the value of the member "kind" ("" for documents without it), `keys` are all top-level keys that a document may have.
    `version` is the schema_version that is written and the only one that is read. `digest`: documents contain a SHA-256 of their other
    members.
    """

    kind: str
    keys: tuple[str, ...]
    version: int = 1
    digest: bool = False

    def seal(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole document for a content of JSON values: digest, schema_version and kind, then the content."""
        whole = {"schema_version": self.version, "kind": self.kind, **content}
        return {"digest": content_digest(json.loads(json.dumps(whole))), **whole}

    def open(self, document: object) -> Field:
        """Return a parsed document as a field. Raises ValueError for another kind, another version and unknown keys.

        The digest is not checked here but by `is_intact`, because readers differ in how they treat a wrong one.
        """
        field = Field(document)
        if self.kind and (kind := field.at("kind").value) != self.kind:
            raise ValueError(f"kind: expected {self.kind!r}, not {str(kind)[:SHOWN]!r}")
        version = field.at("schema_version").value
        if type(version) is not int or version != self.version:
            raise ValueError(f"schema_version: version {str(version)[:SHOWN]} cannot be read, only {self.version}")
        return field.only(self.keys)

    def is_intact(self, document: Field) -> bool:
        """Return whether the digest in a document is the digest of its content, so that the document was not edited."""
        return document.at("digest").text() == content_digest(document.value)


def read_kind(content: bytes) -> str:
    """Return the kind that a JSON object in these bytes says it is of, whole or not; "" for anything else."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    kind = document.get("kind") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else ""


def parse_content(
    content: bytes, name: str, what: str, parse: Callable[[object], Parsed], error: type[LeakguardError] = UsageError
) -> Parsed:
    """Return what `parse` makes of the JSON in the bytes of the file `name`.

    Raises `error` "NAME: this is no WHAT: reason" for bytes that are no JSON, and where `parse` raises ValueError or OverflowError.
    """
    try:
        return parse(json.loads(content))
    except (ValueError, OverflowError, RecursionError) as problem:
        why = "it is nested too deeply" if isinstance(problem, RecursionError) else shorten(str(problem))
        raise error(f"{name}: this is no {what}: {why}") from problem
