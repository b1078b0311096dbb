"""Parts of SARIF 2.1.0 logs for code scanning: the document around a run, locations, messages and fingerprints."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from leakguard.core.version import __version__
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.wording import relative_name, shorten

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# Largest number of characters of a message.
TEXT = 2_000
Node = dict[str, Any]


def write_log(run: Node) -> str:
    """Return a log with one run."""
    return write_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def make_driver(rules: Iterable[Node], notifications: Iterable[Node]) -> Node:
    """Return the description of this tool with its rules and kinds of notifications."""
    return {
        "name": "leakguard",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [*rules],
        "notifications": [*notifications],
    }


def make_message(text: str) -> Node:
    """Return the text as a plain-text message, with square brackets (links) and braces (placeholders) escaped."""
    plain = shorten(escape_text(text), TEXT).replace("\\", "\\\\")
    return {"text": plain.replace("[", "\\[").replace("]", "\\]").replace("{", "{{").replace("}", "}}")}


def make_fingerprints(digest: str, nth: int) -> Node:
    """Return the fingerprints of a result by its content; `nth` numbers equal results. GitHub reads the second name."""
    return {"leakguard/v1": f"{digest}:{nth}", "primaryLocationLineHash": f"{digest}:{nth}"}


class Locations:
    """The files of a run, to which results refer by index."""

    def __init__(self, files: Iterable[str], root: str) -> None:
        """`files` are named relative to the folder `root`."""
        self._root = root
        self._files = {relative_name(file, root): at for at, file in enumerate(files)}

    def artifacts(self) -> list[Node]:
        """Return all files of the run."""
        return [{"location": self._artifact(name), "roles": ["analysisTarget"]} for name in self._files]

    def row(self, file: str, row: int, offset: int | None = None) -> Node:
        """Return the location of a row (a line, from 1); `offset` is that of its first byte in the unpacked file."""
        region = {"startLine": max(row, 1)} if offset is None else {"startLine": max(row, 1), "byteOffset": offset}
        return {"artifactLocation": self._artifact(relative_name(file, self._root)), "region": region}

    def _artifact(self, name: str) -> Node:
        uri = quote(name)
        place: Node = {"uri": f"file://{uri}"} if name.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}
        return {**place, "index": self._files[name]} if name in self._files else place
