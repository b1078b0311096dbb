"""The envelope of the JSON documents that leakguard keeps: the kind, the version of the format, who wrote it, and a digest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.fields import Field
from leakguard.core.version import __version__

SHOWN = 60
TOOL = {"name": "leakguard", "version": __version__}


@dataclass(frozen=True, slots=True)
class Envelope:
    """One kind of document.

    `kind` is what its field "kind" says ("" for a kind without that field), `keys` are all keys that it may have, `version` is the
    schema_version that is written and the only one that is read. `digest` documents carry a SHA-256 over everything else in them.
    """

    kind: str
    keys: tuple[str, ...]
    version: int = 1
    digest: bool = False

    def seal(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content as a whole document, with its digest in front; the content must be plain JSON values."""
        whole = {"schema_version": self.version, "kind": self.kind, **content}
        return {"digest": content_digest(json.loads(json.dumps(whole))), **whole}

    def open(self, document: object) -> Field:
        """Return a parsed document as a field. Raises ValueError for another kind, another version, and keys that are not known.

        The digest is not compared here: `is_intact` does, and readers differ in what follows from it.
        """
        field = Field(document)
        if self.kind and (kind := field.at("kind").value) != self.kind:
            raise ValueError(f"kind: expected {self.kind!r}, not {str(kind)[:SHOWN]!r}")
        version = field.at("schema_version").value
        if type(version) is not int or version != self.version:
            raise ValueError(f"schema_version: version {str(version)[:SHOWN]} cannot be read, only {self.version}")
        return field.only(self.keys)

    def is_intact(self, document: Field) -> bool:
        """Return whether the digest of an opened document is that of its content."""
        return document.at("digest").text() == content_digest(document.value)
