"""Read and write baseline files: one accepted finding per line, sorted; row numbers play no part."""

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

# Largest baseline file that is read, in bytes.
MOST = 128 * MIB
KEYS = ("rule", "version", "fingerprint", "reason")
# A key that an entry may have besides.
REVIEWER = "reviewer"
FINGERPRINT = re.compile("[0-9a-f]{32}")
BatchRenderer = Callable[[Batch, Sequence[Detections]], bytes]


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises UsageError if the file cannot be read, and for a line that is invalid or repeats a finding."""
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
    """Replace the file `path` by these entries, sorted, in one step: after a crash it is the old or the new file. Raises UsageError."""
    lines = [orjson.dumps(_fields(entry)) + b"\n" for entry in sorted(entries)]
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(b"".join(lines))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path}: the baseline cannot be written: {error.strerror or error}") from error


def render_fingerprints(versions: Mapping[str, str], least: Severity) -> BatchRenderer:
    """Return a renderer of batches: a line with rule, version and fingerprint for each finding at or above `least`.

    `versions`: rule id -> version. The lines of a batch are sorted, and equal ones are written once.
    """

    def render(batch: Batch, answers: Sequence[Detections]) -> bytes:
        lines = set()
        for text, start, end, mark in (hit for answer in answers for hit in answer.hits):
            if mark.severity >= least:
                found = fingerprint(mark.rule.id, batch.identity(batch.owners[text]), batch.texts[text][start:end])
                lines.add(f"{mark.rule.id}\0{versions.get(mark.rule.id, NO_VERSION)}\0{found}\n")
        return "".join(sorted(lines)).encode()

    return render


def read_fingerprints(lines: Iterable[bytes], reason: str) -> set[Accepted]:
    """Return the accepted findings in lines that `render_fingerprints` wrote, each with the same `reason`."""
    said = (line.decode().rstrip("\n").split("\0") for line in lines)
    return {Accepted(rule, version, found, reason) for rule, version, found in said}


def _fields(entry: Accepted) -> dict[str, str]:
    """Return an entry as JSON values; the reviewer only if there is one."""
    fields = {key: getattr(entry, key) for key in KEYS}
    return {**fields, REVIEWER: entry.reviewer} if entry.reviewer else fields


def _entry(where: str, line: bytes) -> Accepted:
    """Return the accepted finding in a line. Raises UsageError that begins with `where`."""
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{where}: this is not JSON: {error.msg}") from error
    if not isinstance(said, dict) or {*said} - {REVIEWER} != {*KEYS} or not all(isinstance(value, str) for value in said.values()):
        raise UsageError(f"{where}: expected an object of the texts {', '.join(KEYS)} (and {REVIEWER})")
    if not said["reason"].strip():
        raise UsageError(f"{where}: a finding is accepted for a reason: say it in 'reason'")
    if not FINGERPRINT.fullmatch(said["fingerprint"]):
        raise UsageError(f"{where}: 'fingerprint' must be 32 hexadecimal digits, as reports write it")
    return Accepted(**said)
