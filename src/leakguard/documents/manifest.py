"""manifest.json of a clean (hashes of inputs and outputs, rule packs, settings, counts): writer, reader, and comparison of two."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.policy import Fate
from leakguard.documents.envelope import Envelope
from leakguard.documents.tally import read_tally
from leakguard.readers.files.places import ResultPlace, read_document
from leakguard.readers.files.safe_paths import refuse_name

ENVELOPE = Envelope(
    "leakguard clean",
    (
        *("digest", "schema_version", "kind", "tool", "settings", "packs", "inputs", "unread", "meaning", "judge_weights", "baseline"),
        *("ignored", "outputs", "tally", "detectors", "control", "settings_file", "judge", "similarity", "duplicates"),
    ),
    digest=True,
)
REQUIRED = ("digest", "tool", "settings", "packs", "inputs", "outputs", "tally")
DEEPEST = 64
SHOWN = 60
LONGEST = 1000


def write_manifest(content: Mapping[str, Any]) -> bytes:
    """Return a manifest as bytes of JSON with a digest of all other members. Equal contents give equal bytes: there is no time stamp."""
    return json.dumps(ENVELOPE.seal(content), indent=2, ensure_ascii=True).encode() + b"\n"


def read_manifest(path: ResultPlace) -> dict[str, Any]:
    """Read a manifest from a regular file or an object, and validate all of it that is used. Raises UsageError, which names the entry."""
    return parse_manifest(read_manifest_bytes(path), str(path))


def read_manifest_bytes(path: ResultPlace) -> bytes:
    """Return the bytes of a manifest, or of another document in its place. Raises UsageError."""
    try:
        return read_document(path)
    except OSError as error:
        raise UsageError(f"{path}: the manifest cannot be read: {error.strerror or error}") from error


def parse_manifest(content: bytes, path: str) -> dict[str, Any]:
    """Return the manifest in the bytes of a file, whose `path` is for messages. Raises UsageError, which names the entry.

    Its own digest is not checked here. Depth is limited, because a manifest from elsewhere may have been written to do harm.
    """
    try:
        found = json.loads(content, object_pairs_hook=_once)
        _refuse_depth(found)
    except RecursionError as error:
        raise UsageError(f"{path}: this is no manifest: it is nested too deeply") from error
    except ValueError as error:
        raise UsageError(f"{path}: this is no manifest: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != ENVELOPE.kind:
        raise UsageError(f"{path}: this is no manifest of leakguard clean")
    try:
        document = ENVELOPE.open(found)
    except ValueError as error:
        raise UsageError(f"{path}: this manifest cannot be read: {error}") from error
    if missing := next((key for key in REQUIRED if found.get(key) is None), None):
        raise UsageError(f"{path}: this manifest lacks {missing}, so it is not one that leakguard wrote; clean the data again")
    try:
        _check(document)
    except ValueError as error:
        raise UsageError(f"{path}: this manifest is not one that leakguard wrote: {error}; clean the data again") from error
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object from its pairs. Raises ValueError for a repeated key, of which JSON readers take different values."""
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:SHOWN]!r} is written twice")
    return members


def _refuse_depth(found: object) -> None:
    """Raise RecursionError for a document with more than DEEPEST levels, because later code reads it recursively."""
    level = [found]
    for _ in range(DEEPEST):
        level = [value for one in level if isinstance(one, (dict, list)) for value in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return
    raise RecursionError


def _check(said: Field) -> None:
    """Validate all entries of a manifest that later code uses. Raises ValueError for one that is missing or has another type."""
    # Reading a value raises ValueError with its place in the document, so it is enough to read each entry that later code uses: first the
    # header, then packs, inputs, files that were not read, outputs and counts. Paths must be possible file names, because they are opened.
    said.at("digest").text()
    said.at("tool").at("version").text()
    said.at("settings").members()
    said.at("baseline")
    if said.at("settings").has("traits"):
        for trait in said.at("settings").at("traits").each():
            _file_name(trait)
    for pack in said.at("packs").each():
        for key in ("id", "version", "digest"):
            pack.at(key).text()
    for entry in said.at("inputs").each():
        entry.at("name").text()
        if entry.at("path").value is not None:
            _file_name(entry.at("path"))
        _hashed(entry)
        for fate in Fate:
            entry.at("rows").at(fate.folder).count()
        if entry.has("broken"):
            entry.at("broken").text()
    for entry in said.at("unread").each() if "unread" in said.value else ():
        for key in ("name", "path", "reason", "detail"):
            entry.at(key).text()
    for entry in said.at("outputs").each():
        try:
            refuse_name(_file_name(entry.at("path")))
        except ValueError as error:
            raise ValueError(f"{entry.place}.path: {error}") from error
        entry.at("fate").text()
        entry.at("rows").count()
        _hashed(entry)
    read_tally(said.at("tally"))


def _hashed(entry: Field) -> None:
    entry.at("sha256").text()
    entry.at("bytes").count()


def _file_name(said: Field) -> str:
    """Return a value that is a possible file name. Raises ValueError for any other."""
    name = said.text()
    try:
        plain = "\0" not in name and bool(os.fsencode(name))
    except UnicodeEncodeError:
        plain = False
    if not plain:
        raise said.wrong("the name of a file")
    return name


def list_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the differences of two manifests, as texts, in everything that determines the output bytes of a clean."""
    words = []
    # Compared in this order: version, settings, models, baseline, then packs and files by name and hash.
    if before["tool"] != now["tool"]:
        words.append(f"it was leakguard {before['tool']['version'][:SHOWN]}, this is {now['tool']['version']}")
    for key in sorted({*before["settings"], *now["settings"]}):
        if before["settings"].get(key) != now["settings"].get(key):
            was, value = (_shown(said["settings"].get(key)) for said in (before, now))
            words.append(f"the setting {key[:SHOWN]} was {was} and is {value}")
    if before.get("meaning") != now.get("meaning"):
        words.append("the model or the control of the search by meaning has changed")
    if before.get("judge_weights") != now.get("judge_weights"):
        words.append(f"the local judge was {before.get('judge_weights')} and is {now.get('judge_weights')}")
    if before["baseline"] != now["baseline"]:
        words.append("the baseline was another one")
    words += _changed("rule pack", before["packs"], now["packs"], "id")
    words += _changed("input", before["inputs"], now["inputs"], "name")
    words += _changed("file that is not read,", before.get("unread", ()), now.get("unread", ()), "name")
    return words


def _shown(value: object) -> str:
    words = repr(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


def _changed(kind: str, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    """Return texts about entries (packs or files, identified by `key`) that are missing, new or changed."""
    then, here = ({entry[key]: {**entry, "rows": None, "broken": None} for entry in entries} for entries in (before, now))
    gone = [f"the {kind} {name} is no part of this one" for name in then if name not in here]
    added = [f"the {kind} {name} is new" for name in here if name not in then]
    return [*gone, *added, *(f"the {kind} {name} has changed" for name in here if name in then and then[name] != here[name])]
