"""Labelled examples for a judge check, as JSON lines."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from leakguard.core.errors import UsageError
from leakguard.readers.files.regular_files import MIB

ROW_MOST = 16 * MIB


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, whether it leaks, and the trait that this is about ("" for whatever the rubric asks)."""

    text: str
    leaks: bool
    trait: str


def read_labels(path: str) -> Iterator[Labelled]:
    """Rows {"text": ..., "label": 0 or 1, "trait": ...}; `trait` may be left out. Raises UsageError naming the row."""
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(ROW_MOST + 1), b""), 1):
                if len(line) > ROW_MOST:
                    raise UsageError(f"{path}: row {number} is longer than {ROW_MOST // MIB} MiB")
                if line.strip():
                    yield _labelled(f"{path}: row {number}", line)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def _labelled(where: str, line: bytes) -> Labelled:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{where}: not JSON: {error}") from error
    text, label, trait = (row.get(key) for key in ("text", "label", "trait")) if isinstance(row, dict) else (None, None, None)
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"{where}: 'text' must be a text")
    if label not in (0, 1):
        raise UsageError(f"{where}: 'label' must be 1 (it leaks) or 0, not {label!r}")
    if trait is not None and not isinstance(trait, str):
        raise UsageError(f"{where}: 'trait' must be the name of a trait, not {trait!r}")
    return Labelled(text, bool(label), trait or "")
