"""Detect the format of an input file from its name and its first bytes, including formats that leakguard does not read."""

import os
import re
from typing import TYPE_CHECKING, Any

import orjson

from leakguard.core.store_address import find_address
from leakguard.readers.files.archives import open_member, split_member
from leakguard.readers.files.compression import BZIP2, COMPRESSED_SUFFIXES, COMPRESSIONS
from leakguard.readers.files.encodings import UTF8_MARK
from leakguard.readers.files.format_names import JSON, PARQUET
from leakguard.readers.files.signatures import ARROW, explain_unread, match_signature
from leakguard.readers.files.stores import open_input
from leakguard.readers.files.streams import WINDOW, open_stream, peek
from leakguard.readers.formats import FORMATS

if TYPE_CHECKING:
    from leakguard.readers.formats.json_layout import Layout

LINES = "lines"
LINE_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines", ".ldjson")
SIGNATURE_SIZE = 512
MARKUP = (
    ("html", re.compile(rb"<!doctype html|<html", re.IGNORECASE)),
    ("xml", re.compile(rb"<\?xml|<[a-zA-Z]")),
    ("yaml", re.compile(rb"---\s|%YAML")),
)
# First bytes of unpacked data that show a second compression. Those of bzip2 are letters, which a text may begin with.
TWICE = tuple(sign for format, (_, sign) in COMPRESSIONS.items() if format != BZIP2)
BY_SUFFIX = {".yaml": "yaml", ".yml": "yaml", ".html": "html", ".htm": "html", ".xml": "xml", ".tfrecord": "tfrecord"}
TEXTS = frozenset({"html", "xml", "yaml", "text"})


def detect_format(path: str) -> str:
    """Return the format of a regular file: LINES, a key of formats.FORMATS, or a key of signatures.UNREAD. Raises OSError.

    First bytes decide before the name. A file with a name of JSON Lines is read as such, so that its bad lines are listed one by one; of
    any other file, at least half of the lines in the first 64 KiB (unpacked) must be JSON objects.
    """
    found = match_signature(_read_head(path))
    table = detect_file_format(path)
    if table and found in ("", PARQUET):
        return table
    if found and found != ARROW:
        return found
    return _detect_in_stream(path, path)


def detect_file_format(path: str) -> str:
    """Return the format of a file if its reader opens the path itself (CSV by name, Parquet by first bytes); "" for any other file."""
    name = path.lower()
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    if found := next((key for key, format in FORMATS.items() if format.suffixes and name.endswith(format.suffixes)), ""):
        return found
    return PARQUET if _begins_as_parquet(path) else ""


def detect_stored_format(name: str, path: str) -> str:
    """Return the format in which a file called `name` and stored at `path` is read: LINES or a key of FORMATS. Raises OSError."""
    if table := detect_file_format(path):
        return table
    kind = _detect_in_stream(name, path)
    return kind if kind in FORMATS else LINES


def classify_head(path: str, head: bytes, *, whole: bool) -> "tuple[str, Layout | None]":
    """Return the format of unpacked data that begin with `head`, and for a JSON document where its rows are.

    `whole`: the data end there. The format is LINES, a key of FORMATS or a key of signatures.UNREAD.
    """
    # In this order: first bytes of a known format, a second compression, a JSON document, JSON Lines, other text or binary data.
    if found := match_signature(head):
        return (f"packed-{found}" if found == PARQUET else found), None
    if any(head.startswith(sign) for sign in TWICE):
        return "packed-twice", None
    named = has_lines_name(path)
    body = head.removeprefix(UTF8_MARK)
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not whole and len(lines) > 1:
        lines.pop()
    if _may_be_document(lines):
        # Imported here because most files are not JSON documents, and compiling the patterns of layouts takes longer than this check.
        from leakguard.readers.formats.json_layout import DOCUMENT, detect_layout

        layout = detect_layout(head, lines=named)
        if not isinstance(layout, str):
            # A single line with an object of known keys is a row of JSON Lines.
            return (JSON, layout) if layout.depth or len(lines) > 1 else (LINES, None)
        if layout and not (layout == DOCUMENT and len(lines) == 1):
            return layout, None
    if named or not lines or lines[0].lstrip()[:1] == b"{" or _mostly_objects(lines):
        return LINES, None
    return _classify_other(path, body, lines[0].strip(), whole), None


def has_lines_name(path: str) -> bool:
    """Return whether a file has a name of JSON Lines, with or without a suffix of a compression."""
    name = path.lower()
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name.endswith(LINE_SUFFIXES)


def explain_refusal(kind: str) -> str:
    """Return why a stream of this format is not read, and what to do; "" for one whose lines are listed one by one."""
    return "" if kind in TEXTS or kind in ("binary", "tfrecord") else explain_unread(kind)


def _begins_as_parquet(path: str) -> bool:
    """Return whether a file is Parquet. An empty file with the suffix .parquet is one too: it could not be written or copied."""
    if not (find_address(path) or os.path.isfile(path)):
        return False
    try:
        with open_input(path) as file:
            head = file.read(SIGNATURE_SIZE)
    except OSError:
        return False
    return match_signature(head) == PARQUET if head else path.lower().endswith(f".{PARQUET}")


def _read_head(path: str) -> bytes:
    member = split_member(path)
    with open_member(*member, path, None) if member else open_input(path) as file:
        return file.read(WINDOW)


def _detect_in_stream(name: str, path: str) -> str:
    """Return the format of the unpacked data of a file."""
    stream = open_stream(path)
    try:
        _, (head, whole) = peek(stream.chunks(WINDOW))
    finally:
        stream.close()
    return classify_head(name, head, whole=whole)[0]


def _may_be_document(lines: list[bytes]) -> bool:
    """Return whether these first lines of a file can begin one JSON document: a single line can, several can if they are no JSON Lines.

    An object over several lines breaks after a bracket or a comma; a row that is too long or damaged breaks elsewhere.
    """
    first = lines[0].strip() if lines else b""
    if first[:1] == b"[":
        return len(lines) == 1 or not (_mostly_objects(lines) or _are_lists(lines[:2]))
    if first[:1] != b"{":
        return False
    return len(lines) == 1 or (first.endswith((b"{", b"[", b",")) and not _mostly_objects(lines))


def _are_lists(lines: list[bytes]) -> bool:
    """Return whether each line is a JSON array by itself."""
    return all(isinstance(_parse_line(line), list) for line in lines)


def _mostly_objects(lines: list[bytes]) -> bool:
    """Return whether at least half of the lines are JSON objects."""
    return 2 * sum(isinstance(_parse_line(line), dict) for line in lines) >= len(lines)


def _classify_other(path: str, head: bytes, first: bytes, whole: bool) -> str:
    """Return the format of data without rows and without known first bytes: markup, other text or binary."""
    name = path.lower()
    if not _is_text(head, whole):
        return "binary" if not name.endswith(".tfrecord") else "tfrecord"
    named = next((format for suffix, format in BY_SUFFIX.items() if name.endswith(suffix)), "")
    return named or next((format for format, sign in MARKUP if sign.match(first)), "text")


def _parse_line(line: bytes) -> Any:
    """Return the value of a line of JSON; None for null and for a line that is not JSON."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _is_text(head: bytes, whole: bool) -> bool:
    """Return whether the data are UTF-8 without a NUL. The last character may be cut where more data follow."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if whole or error.start < len(head) - 3:
            return False
    return b"\0" not in head
