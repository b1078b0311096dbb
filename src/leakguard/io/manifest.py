"""manifest.json: what went in, what came out, who looked and how; and the check that all of it still holds."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError

SCHEMA_VERSION = 1
KIND = "leakguard clean"


@dataclass(frozen=True, slots=True)
class Digest:
    """A file's content in 32 bytes (hexadecimal SHA-256), its size, and what the file system says of its last change."""

    sha256: str
    bytes: int
    changed: tuple[int, int, int]


def digest(path: Path) -> Digest:
    """The digest of a file as it is now. Raises OSError."""
    # Before the first byte is read: a change while it is hashed must show later.
    before = stamp(path)
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256")
        size = file.tell()
    return Digest(sha.hexdigest(), size, before)


def stamp(path: Path) -> tuple[int, int, int]:
    """Size, time of the last change and identity of a file: a cheap sign that it is what it was. Raises OSError."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def manifest(content: Mapping[str, Any]) -> bytes:
    """The bytes of a manifest: sorted, without a clock, with a digest over everything else in it."""
    whole = {"schema_version": SCHEMA_VERSION, "kind": KIND, **content}
    return json.dumps({"digest": content_digest(whole), **whole}, indent=2, ensure_ascii=True).encode() + b"\n"


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest in a file, checked against its own digest. Raises UsageError."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: the manifest cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{path}: this is no manifest: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise UsageError(f"{path}: this is no manifest of leakguard clean")
    if found.get("schema_version") != SCHEMA_VERSION:
        raise UsageError(f"{path}: manifests of version {found.get('schema_version')!r} are not read, only {SCHEMA_VERSION}")
    return found


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What decides about a run's bytes and is not what it was, in words."""
    words = []
    if before["tool"] != now["tool"]:
        words.append(f"it was leakguard {before['tool']['version']}, this is {now['tool']['version']}")
    for key in sorted({*before["settings"], *now["settings"]}):
        if before["settings"].get(key) != now["settings"].get(key):
            words.append(f"the setting {key} was {before['settings'].get(key)!r} and is {now['settings'].get(key)!r}")
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


def _changed(kind: str, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    """What happened to named files with hashes."""
    then, here = ({entry[key]: {**entry, "rows": None, "broken": None} for entry in entries} for entries in (before, now))
    gone = [f"the {kind} {name} is no part of this one" for name in then if name not in here]
    added = [f"the {kind} {name} is new" for name in here if name not in then]
    return [*gone, *added, *(f"the {kind} {name} has changed" for name in here if name in then and then[name] != here[name])]
