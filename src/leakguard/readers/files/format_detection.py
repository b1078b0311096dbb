"""The format of a file, told by its name and its first bytes: one that is read, or one that is not and what to do about it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from leakguard.readers.files.archives import open_member, split_member
from leakguard.readers.files.compression import BZIP2, COMPRESSED_SUFFIXES, COMPRESSIONS, BrokenStream
from leakguard.readers.files.encodings import UTF8_MARK
from leakguard.readers.files.format_names import JSON, STREAMED_FORMATS, detect_table_format
from leakguard.readers.files.signatures import ARROW, PARQUET, explain_unread, match_signature
from leakguard.readers.files.streams import open_stream

if TYPE_CHECKING:
    from leakguard.readers.formats.json_layout import Layout

WINDOW = 1 << 16
LINES = "lines"
LINE_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines", ".ldjson")
MARKUP = (
    ("html", re.compile(rb"<!doctype html|<html", re.IGNORECASE)),
    ("xml", re.compile(rb"<\?xml|<[a-zA-Z]")),
    ("yaml", re.compile(rb"---\s|%YAML")),
)
# What unpacked data begin with that must be unpacked once more. The sign of bzip2 are letters.
TWICE = tuple(sign for format, (_, sign) in COMPRESSIONS.items() if format != BZIP2)
BY_SUFFIX = {".yaml": "yaml", ".yml": "yaml", ".html": "html", ".htm": "html", ".xml": "xml", ".tfrecord": "tfrecord"}
TEXTS = frozenset({"html", "xml", "yaml", "text"})


def detect_format(path: str) -> str:
    """The format of a regular file: LINES, a name of formats.FORMATS, or a key of magic.UNREAD. Raises OSError.

    The first bytes decide before the name. Names that promise JSON Lines are believed, so that their bad lines are listed one by
    one; of any other name, most lines in the first 64 KiB (unpacked) must be JSON objects.
    """
    found = match_signature(_head(path))
    table = detect_table_format(path)
    if table and found in ("", PARQUET):
        return table
    if found and found != ARROW:
        return found
    return _of_stream(path, path)


def _head(path: str) -> bytes:
    member = split_member(path)
    with open_member(*member, path, None) if member else open(path, "rb") as file:
        return file.read(WINDOW)


def detect_stored_format(name: str, path: str) -> str:
    """The format in which a file that is called `name` and lies at `path` is read: LINES or a name of formats. Raises OSError."""
    if table := detect_table_format(path):
        return table
    kind = _of_stream(name, path)
    return kind if kind in STREAMED_FORMATS else LINES


def _of_stream(name: str, path: str) -> str:
    stream = open_stream(path)
    try:
        _, (head, whole) = peek(stream.chunks(WINDOW))
    finally:
        stream.close()
    return classify_head(name, head, whole=whole)[0]


def peek(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], tuple[bytes, bool]]:
    """The same chunks, and their first WINDOW bytes or so with whether that is all. What is broken is raised by the chunks."""
    taken: list[bytes] = []
    size, broken = 0, None
    try:
        while size < WINDOW and (chunk := next(chunks, b"")):
            taken.append(chunk)
            size += len(chunk)
    except BrokenStream as error:
        broken = error
    head = b"".join(taken) if size < WINDOW else b"".join(taken)[:WINDOW]
    return _again(taken, chunks, broken), (head, size < WINDOW and not broken)


def _again(taken: list[bytes], chunks: Iterator[bytes], broken: BrokenStream | None) -> Iterator[bytes]:
    yield from taken
    taken.clear()
    if broken:
        raise broken
    yield from chunks


def classify_head(path: str, head: bytes, *, whole: bool) -> "tuple[str, Layout | None]":
    """The format of text or bytes that begin with `head`, and for JSON documents where their rows stand. `whole`: that is all of it."""
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
        # Most files are none, and compiling the patterns of layouts takes longer than telling that.
        from leakguard.readers.formats.json_layout import DOCUMENT, detect_layout

        layout = detect_layout(head, lines=named)
        if not isinstance(layout, str):
            # A row with known keys that stands in one line is a line.
            return (JSON, layout) if layout.depth or len(lines) > 1 else (LINES, None)
        if layout and not (layout == DOCUMENT and len(lines) == 1):
            return layout, None
    if named or not lines or lines[0].lstrip()[:1] == b"{" or _mostly_objects(lines):
        return LINES, None
    return _text(path, body, lines[0].strip(), whole), None


def has_lines_name(path: str) -> bool:
    """Whether a file's name promises JSON Lines, plain or packed."""
    name = path.lower()
    for suffix in COMPRESSED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name.endswith(LINE_SUFFIXES)


def explain_refusal(kind: str) -> str:
    """Why a stream of this format is not read, and what to do; "" for one whose lines are listed one by one."""
    return "" if kind in TEXTS or kind in ("binary", "tfrecord") else explain_unread(kind)


def _may_be_document(lines: list[bytes]) -> bool:
    """Whether these first lines of a file can begin one JSON document: one line may, several if they are no JSON Lines.

    An object that spans lines breaks off after a bracket or a comma; a row that is too long or damaged does so elsewhere.
    """
    first = lines[0].strip() if lines else b""
    if first[:1] == b"[":
        return len(lines) == 1 or not (_mostly_objects(lines) or _are_lists(lines[:2]))
    if first[:1] != b"{":
        return False
    return len(lines) == 1 or (first.endswith((b"{", b"[", b",")) and not _mostly_objects(lines))


def _are_lists(lines: list[bytes]) -> bool:
    """Whether each of these lines is a JSON array by itself."""
    return all(isinstance(_value(line), list) for line in lines)


def _mostly_objects(lines: list[bytes]) -> bool:
    return 2 * sum(map(_is_object, lines)) >= len(lines)


def _text(path: str, head: bytes, first: bytes, whole: bool) -> str:
    """The format of data without magic bytes that are no rows: markup, other text or binary."""
    if not _is_text(head, whole):
        return "binary" if not path.lower().endswith(".tfrecord") else "tfrecord"
    name = path.lower()
    named = next((format for suffix, format in BY_SUFFIX.items() if name.endswith(suffix)), "")
    return named or next((format for format, sign in MARKUP if sign.match(first)), "text")


def _is_object(line: bytes) -> bool:
    return isinstance(_value(line), dict)


def _value(line: bytes) -> Any:
    """What a line of JSON stands for; None for null and for a line that is no JSON."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _is_text(head: bytes, whole: bool) -> bool:
    """UTF-8 without a NUL; the last character may be cut where there is more."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if whole or error.start < len(head) - 3:
            return False
    return b"\0" not in head
