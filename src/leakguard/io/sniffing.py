"""The format of a file, told by its name and its first bytes: one that is read, or one that is not and what to do about it."""

import re

import orjson

from leakguard.io.formats import PACKED, format_of
from leakguard.io.magic import PARQUET, magic
from leakguard.io.streams import UNPACKERS, BrokenStream, Stream, packing_of

WINDOW = 1 << 16
LINES = "lines"
LINE_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines", ".ldjson")
MARKUP = (
    ("html", re.compile(rb"<!doctype html|<html", re.IGNORECASE)),
    ("xml", re.compile(rb"<\?xml|<[a-zA-Z]")),
    ("yaml", re.compile(rb"---\s|%YAML")),
)
BY_SUFFIX = {".yaml": "yaml", ".yml": "yaml", ".html": "html", ".htm": "html", ".xml": "xml", ".tfrecord": "tfrecord"}
TEXTS = frozenset({"html", "xml", "yaml", "text"})


def sniff(path: str) -> str:
    """The format of a regular file: LINES, a name of formats.FORMATS, or a key of magic.UNREAD. Raises OSError.

    The first bytes decide before the name. Names that promise JSON Lines are believed, so that their bad lines are listed one by
    one; of any other name, most lines in the first 64 KiB (unpacked) must be JSON objects.
    """
    with open(path, "rb") as file:
        head = file.read(WINDOW)
        whole = len(head) < WINDOW
    found = magic(head)
    table = format_of(path)
    if table and found in ("", PARQUET):
        return table
    if found:
        return found
    if packing_of(path, head) in UNPACKERS:
        try:
            head, whole = _unpacked(path)
        except BrokenStream:
            # Where gzip or zstd data break off is said by whoever reads them.
            return LINES
        if found := magic(head):
            return f"packed-{found}" if found == PARQUET else found
    return LINES if is_named_lines(path) else _text(path, head, whole)


def is_named_lines(path: str) -> bool:
    """Whether a file's name promises JSON Lines, plain or packed."""
    name = path.lower()
    for suffix in PACKED:
        name = name.removesuffix(suffix)
    return name.endswith(LINE_SUFFIXES)


def _unpacked(path: str) -> tuple[bytes, bool]:
    """The first WINDOW bytes of packed data, and whether they are all."""
    stream = Stream(path)
    try:
        head = next(stream.chunks(WINDOW), b"")
    finally:
        stream.close()
    return head, len(head) < WINDOW


def _text(path: str, head: bytes, whole: bool) -> str:
    """The format of data without magic bytes: JSON Lines, a JSON document, markup, other text or binary."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    lines = [line for line in head.split(b"\n") if line.strip()]
    if not whole and len(lines) > 1:
        lines.pop()
    if not lines or 2 * sum(map(_is_object, lines)) >= len(lines):
        return LINES
    first = lines[0].strip()
    if first.startswith(b"["):
        return "json-array"
    if first.startswith(b"{"):
        # One object that spans lines breaks off after a bracket or a comma; a row that is too long or damaged does so elsewhere.
        return "json-document" if len(lines) > 1 and first.endswith((b"{", b"[", b",")) else LINES
    if not _is_text(head, whole):
        return "binary" if not path.lower().endswith(".tfrecord") else "tfrecord"
    name = path.lower()
    named = next((format for suffix, format in BY_SUFFIX.items() if name.endswith(suffix)), "")
    return named or next((format for format, sign in MARKUP if sign.match(first)), "text")


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _is_text(head: bytes, whole: bool) -> bool:
    """UTF-8 without a NUL; the last character may be cut where there is more."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if whole or error.start < len(head) - 3:
            return False
    return b"\0" not in head
