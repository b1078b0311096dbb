"""Recognise files beside data that contain no data, such as README.md and dataset_info.json, by name and content."""

import os
import re
from base64 import b64decode
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import orjson

from leakguard.readers.files.format_detection import TEXTS
from leakguard.readers.files.signatures import APPLE_DOUBLE, ARROW, UNREAD
from leakguard.readers.files.stores import open_input
from leakguard.readers.rows.column_names import PROMPTS, TRAINED, resolve_name
from leakguard.readers.rows.shapes import KNOWN, TEXT_KEYS

FOLDERS = (".git", ".cache/huggingface")
PLUMBING = frozenset(
    (
        *(".git", ".gitattributes", ".gitignore", ".gitkeep", ".gitmodules"),
        *(".ds_store", "thumbs.db", "desktop.ini", "leakguard.toml", "pyproject.toml"),
    )
)
# The first word of a file name, before a full stop, hyphen or underscore.
PROSE = frozenset({"readme", "license", "licence", "copying", "notice", "citation", "changelog", "contributing", "authors"})
METADATA = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "croissant.json"})
MANIFEST, REASONS, KIND = "manifest.json", "reasons.jsonl", "leakguard clean"
# Documents that leakguard writes beside rows: pattern of the name -> valid kinds.
DOCUMENTS = {MANIFEST: (KIND, "leakguard mitigate"), "certificate-*.json": ("leakguard certificate",)}
# Signed statements, whose payload is an in-toto Statement in base64.
ENVELOPES, PAYLOAD, STATEMENT = "*.dsse.json", "application/vnd.in-toto+json", "https://in-toto.io/Statement/"
CACHED = re.compile(r"cache-[0-9a-f]+\.arrow|indices\.arrow")
CHECKSUMS = ("*.md5", "*.sha1", "*.sha256", "*.sha512", "md5sums*", "sha1sums*", "sha256sums*", "sha512sums*", "checksums*")
CHECKSUM = re.compile(rb"\\?[0-9a-fA-F]{32,128}([ \t].*)?|(MD5|SHA\d+|BLAKE2b) ?\(.*\) ?= ?[0-9a-fA-F]{32,128}")
RULING = frozenset({"file", "row", "fate", "findings"})
# Largest size in bytes of a description of data; a longer file is read as data.
MOST = 16 << 20
WORDS = frozenset(TEXT_KEYS)


def is_non_data(path: str, format: str) -> bool:
    """Return whether a file in a folder of data is known to contain no data. `format` is its result of `detect_format`. Raises OSError.

    The name alone is not enough, because every file that a trainer could read as rows is data. Files of tools and prose must have a format
    that is not read; descriptions of data must be one JSON object without a key of any known shape of rows.
    """
    # One test for each kind of file: tools and prose, checksums, caches of datasets, descriptions, and what `leakguard clean` writes.
    name = os.path.basename(path).lower()
    if name in PLUMBING or _is_prose(name) or format == APPLE_DOUBLE:
        return _is_empty(path) or has_non_data_name(path, format)
    if any(fnmatchcase(name, pattern) for pattern in CHECKSUMS):
        return format in TEXTS and all(map(CHECKSUM.fullmatch, _lines(path)))
    if format == ARROW and CACHED.fullmatch(name):
        return _holds_row_numbers(path)
    if name in METADATA:
        return _described(path)
    if fnmatchcase(name, ENVELOPES):
        return _is_envelope(path)
    for pattern, kinds in DOCUMENTS.items():
        if fnmatchcase(name, pattern):
            return any(_described(path, kind) for kind in kinds)
    return name == REASONS and _described(os.path.join(os.path.dirname(path), MANIFEST), kind=KIND) and all(map(_is_ruling, _lines(path)))


def has_non_data_name(path: str, format: str) -> bool:
    """Return whether a file that is not read as rows has the name of a file beside data: of a tool, of prose, or of macOS metadata."""
    name = os.path.basename(path).lower()
    if _is_prose(name):
        return format in TEXTS
    return (name in PLUMBING and format in UNREAD) or (name.startswith("._") and format == APPLE_DOUBLE)


def _is_prose(name: str) -> bool:
    """Return whether a name begins like README or LICENSE."""
    return re.split(r"[._-]", name)[0] in PROSE


def _holds_row_numbers(path: str) -> bool:
    """Return whether an Arrow file is an index of the datasets cache: it holds row numbers of another file and no rows."""
    try:
        from pyarrow import ArrowException, ipc
    except ImportError:
        return False
    try:
        with open_input(path) as file, ipc.open_stream(file) as reader:
            return [(field.name, str(field.type)) for field in reader.schema] == [("indices", "uint64")]
    except (ArrowException, OSError, ValueError):
        return False


def _is_empty(path: str) -> bool:
    """Return whether a file has no bytes."""
    with open_input(path) as file:
        return not file.read(1)


def _lines(path: str) -> list[bytes]:
    """Return the lines of a file that are not blank. For a file that is too long it is one line that matches no kind of file."""
    with open_input(path) as file:
        data = file.read(MOST + 1)
    return [b"?"] if len(data) > MOST else [line.strip() for line in data.split(b"\n") if line.strip()]


def _described(path: str, kind: str = "") -> bool:
    """Return whether a file is one JSON object that describes data, with this "kind" if one is given."""
    try:
        with open_input(path) as file:
            data = file.read(MOST + 1)
        found = orjson.loads(data) if len(data) <= MOST else None
    except (OSError, orjson.JSONDecodeError):
        return False
    if not isinstance(found, dict) or (kind and found.get("kind") != kind):
        return False
    # The files that a manifest lists as inputs and outputs are no texts, which columns of these names would be.
    return not _has_words({key: value for key, value in found.items() if not kind or not _lists_files(value)})


def _is_envelope(path: str) -> bool:
    """Return whether a file is a signed statement and nothing else."""
    with open_input(path) as file:
        data = file.read(MOST + 1)
    try:
        found = orjson.loads(data) if len(data) <= MOST else None
        if not isinstance(found, dict) or {*found} != {"payload", "payloadType", "signatures"} or found["payloadType"] != PAYLOAD:
            return False
        if any({*one} - {"keyid", "sig"} for one in found["signatures"]):
            return False
        said = orjson.loads(b64decode(found["payload"], validate=True))
    except (ValueError, TypeError):
        return False
    return isinstance(said, dict) and str(said.get("_type")).startswith(STATEMENT)


def _lists_files(value: object) -> bool:
    """Return whether a value is a list of files with their hashes."""
    return isinstance(value, list) and all(isinstance(one, dict) and "sha256" in one and not _has_words(one) for one in value)


def _is_ruling(line: bytes) -> bool:
    """Return whether a line is one of reasons.jsonl, the list of rows that a clean did not keep."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and found.keys() >= RULING and not _has_words(found)


def _has_words(row: Mapping[str, Any]) -> bool:
    """Return whether an object has keys of a row of training data."""
    if not WORDS.isdisjoint(row):
        return True
    names = {resolve_name(key, KNOWN) for key in row}
    return not names.isdisjoint(PROMPTS["user"]) and not names.isdisjoint(TRAINED)
