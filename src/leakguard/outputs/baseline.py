"""Baseline files: accepted findings, one a line, sorted; nothing in them depends on where a row stands."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import orjson

from leakguard.core.baseline import NO_VERSION, Accepted, Baseline
from leakguard.core.batch import Batch, Detections
from leakguard.core.errors import UsageError
from leakguard.core.finding import fingerprint
from leakguard.core.rule import Severity
from leakguard.readers.files.regular_files import MIB
from leakguard.readers.files.small_files import read_small_file

MOST = 128 * MIB
KEYS = ("rule", "version", "fingerprint", "reason")
FINGERPRINT = re.compile("[0-9a-f]{32}")
BatchRenderer = Callable[[Batch, Sequence[Detections]], bytes]


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Raises UsageError that names the line that is wrong."""
    raw = read_small_file(path, "baseline", UsageError, MOST)
    entries: dict[str, Accepted] = {}
    for number, line in enumerate(BytesIO(raw), 1):
        if line.strip():
            entry = _entry(f"{path}: line {number}", line)
            if entry.fingerprint in entries:
                raise UsageError(f"{path}: line {number}: this finding is accepted in an earlier line already; keep one of them")
            entries[entry.fingerprint] = entry
    return Baseline(str(path), hashlib.sha256(raw).hexdigest(), tuple(sorted(entries.values())))


def write_baseline(path: Path, entries: Iterable[Accepted]) -> None:
    """Write a baseline whole, or not at all. Raises UsageError."""
    lines = [orjson.dumps({key: getattr(entry, key) for key in KEYS}) + b"\n" for entry in sorted(entries)]
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(b"".join(lines))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path}: the baseline cannot be written: {error.strerror or error}") from error


def render_fingerprints(versions: Mapping[str, str], least: Severity) -> BatchRenderer:
    """A renderer of batches: a line of rule, version and fingerprint for each finding at or above `least`."""

    def render(batch: Batch, answers: Sequence[Detections]) -> bytes:
        lines = set()
        for text, start, end, mark in (hit for answer in answers for hit in answer.hits):
            if mark.severity >= least:
                found = fingerprint(mark.rule.id, batch.identity(batch.owners[text]), batch.texts[text][start:end])
                lines.add(f"{mark.rule.id}\0{versions.get(mark.rule.id, NO_VERSION)}\0{found}\n")
        return "".join(sorted(lines)).encode()

    return render


def read_fingerprints(lines: Iterable[bytes], reason: str) -> set[Accepted]:
    """What `render_fingerprints` wrote, with the reason for which it is accepted."""
    said = (line.decode().rstrip("\n").split("\0") for line in lines)
    return {Accepted(rule, version, found, reason) for rule, version, found in said}


def _entry(where: str, line: bytes) -> Accepted:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{where}: this is not JSON: {error.msg}") from error
    if not isinstance(said, dict) or set(said) != set(KEYS) or not all(isinstance(value, str) for value in said.values()):
        raise UsageError(f"{where}: expected an object of the texts {', '.join(KEYS)}")
    if not said["reason"].strip():
        raise UsageError(f"{where}: a finding is accepted for a reason: say it in 'reason'")
    if not FINGERPRINT.fullmatch(said["fingerprint"]):
        raise UsageError(f"{where}: 'fingerprint' must be 32 hexadecimal digits, as reports write it")
    return Accepted(**said)
