"""The files of a review: a log of decisions for each reviewer, and the baseline that is made of all of them.

A log is only appended to, one line for each request, and a line counts once it is whole and on the disk. So a program that is killed while
it writes loses at most a request that it has not confirmed yet. The baseline is replaced in one step, after the log was written; if the
program is killed between the two, the next review makes the baseline again.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import orjson

from leakguard.core.baseline import Accepted
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.fields import Field
from leakguard.outputs.baseline import FINGERPRINT, read_baseline, write_baseline
from leakguard.readers.files.regular_files import MIB, create_regular, read_regular
from leakguard.review.decisions import (
    ANSWERS,
    Decisions,
    FoundKey,
    MergedDecisions,
    PlaceDecision,
    find_unreviewed,
    list_accepted,
    merge_decisions,
)
from leakguard.review.file_locks import is_at, lock_file

MOST = 256 * MIB
EARLIER_FILE, LOCK, SUFFIX = "earlier.jsonl", "lock", ".jsonl"
NAME_MOST = 80
Stamp = tuple[int, int, int]
"""Size, time and identity of a file."""


@dataclass(slots=True)
class _Log:
    """The log of one reviewer as it was last read: their name, last decisions, and every finding that was ever accepted."""

    reviewer: str
    stamp: Stamp
    decisions: dict[str, PlaceDecision] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)

    def take(self, decisions: Sequence[PlaceDecision]) -> None:
        """Apply further decisions; the last one about a place counts."""
        self.decisions.update((decision.key, decision) for decision in decisions)
        self.accepted.update(list_accepted(decisions))


class DecisionFiles:
    """The decisions about the findings of one baseline. `reviewer` writes to a log of their own, in a folder beside the baseline.

    Logs of other reviewers are read again when they change. Use it in a `with` statement: it holds the log of this reviewer.
    """

    def __init__(self, baseline: Path, reviewer: str = "") -> None:
        """Raises UsageError for a folder, and for a name that is too long or has characters that are not printable."""
        if not baseline.name or baseline.is_dir():
            raise UsageError(f"`output` {baseline}: this is a folder; give the path of a file")
        if len(reviewer) > NAME_MOST or not reviewer.isprintable():
            raise UsageError(f"`reviewer`: give a name of at most {NAME_MOST} printable characters")
        self.baseline, self.reviewer = baseline, " ".join(reviewer.split())
        self.folder = baseline.with_name(f"{baseline.name}.decisions")
        self._path = self.folder / name_log(self.reviewer)
        self._logs: dict[Path, _Log] = {}
        self._baselines: dict[Path, tuple[Stamp, tuple[Accepted, ...]]] = {}
        self._file: BinaryIO | None = None
        self._made = False

    def __enter__(self) -> "DecisionFiles":
        """Open the log of this reviewer, and make the baseline of all decisions again if an earlier review was killed before it did."""
        try:
            self._open()
        except OSError as error:
            raise UsageError(f"{self.folder}: decisions cannot be written there: {error.strerror or error}") from error
        with self._lock():
            if any(log.decisions for log in self._read_logs()):
                self._keep_unreviewed()
                self._write_baseline()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the log; an empty one is removed, and so is its folder if nothing else is in it."""
        if self._file is None:
            return
        # Both locks are held until the files are gone, so that no other review writes to a log without a name.
        with suppress(OSError), self._lock():
            if not os.fstat(self._file.fileno()).st_size and {path.name for path in self.folder.iterdir()} <= {self._path.name, LOCK}:
                self._path.unlink()
                (self.folder / LOCK).unlink()
                self.folder.rmdir()
        self._file.close()
        self._file = None

    def add(self, decisions: Sequence[PlaceDecision]) -> MergedDecisions:
        """Write decisions of this reviewer to their log, then the baseline of all reviewers, and return it.

        Raises Stopped if the log cannot be written: then nothing has changed. Raises UsageError if the baseline was changed by hand into
        something that cannot be read; the log then has the decisions.
        """
        assert self._file is not None
        with self._lock():
            self._keep_unreviewed()
            handle = self._file.fileno()
            start = os.fstat(handle).st_size
            try:
                # Not through the buffer of the file, which would keep the rest of a write that failed, and write it later.
                left = memoryview(write_line(self.reviewer, decisions))
                while left:
                    left = left[os.write(handle, left) :]
                os.fsync(handle)
                self._take_own(decisions)
            except OSError as error:
                with suppress(OSError):
                    os.ftruncate(handle, start)
                raise Stopped(f"{self._path}: the decision cannot be written: {error.strerror or error}") from error
            return self._write_baseline()

    def merge(self) -> MergedDecisions:
        """Return the baseline of all reviewers as their logs are now."""
        return merge_decisions(self.list_decisions(), self.list_earlier())

    def list_decisions(self) -> dict[str, Decisions]:
        """Return the last decisions of each reviewer, by name."""
        by_reviewer: dict[str, Decisions] = {}
        for log in self._read_logs():
            by_reviewer[log.reviewer] = {**by_reviewer.get(log.reviewer, {}), **log.decisions}
        return by_reviewer

    def list_earlier(self) -> tuple[Accepted, ...]:
        """Return the entries of the baseline that no review made, as they were when a review found them."""
        kept, found = (self._read_entries(path) or () for path in (self.folder / EARLIER_FILE, self.baseline))
        return (*kept, *find_unreviewed(found, self._list_accepted(), kept))

    def _list_accepted(self) -> set[str]:
        return {fingerprint for log in self._read_logs() for fingerprint in log.accepted}

    def _keep_unreviewed(self) -> None:
        """Write the entries of the baseline that no review made to a file of their own: a decision may take one out of the baseline."""
        path, earlier = self.folder / EARLIER_FILE, self.list_earlier()
        if len(earlier) > len(self._read_entries(path) or ()):
            write_baseline(path, {entry.fingerprint: entry for entry in earlier}.values())

    def _write_baseline(self) -> MergedDecisions:
        merged = self.merge()
        there = self._read_entries(self.baseline)
        if there != merged.entries and (merged.entries or there is not None):
            write_baseline(self.baseline, merged.entries)
            self._baselines[self.baseline] = _read_stamp(self.baseline), merged.entries
        return merged

    def _read_entries(self, path: Path) -> tuple[Accepted, ...] | None:
        """Return the entries of a baseline, read again only if its size or time has changed; None if there is no such file."""
        if not path.exists():
            return None
        stamp = _read_stamp(path)
        if path not in self._baselines or self._baselines[path][0] != stamp:
            self._baselines[path] = stamp, read_baseline(path).entries
        return self._baselines[path][1]

    def _take_own(self, decisions: Sequence[PlaceDecision]) -> None:
        """Apply decisions that were just written to this reviewer's log, so that the whole log need not be read again."""
        log = self._logs.get(self._path)
        if log is not None and log.reviewer == self.reviewer:
            log.take(decisions)
            log.stamp = _read_stamp(self._path)

    def _open(self) -> None:
        """Make the folder and the log of this reviewer if they are new, lock the log, and cut off a line that was not written whole."""
        if self.folder.is_symlink():
            raise OSError("this is a link; take it away")
        while self._file is None:
            # A review that ends may remove its empty folder in between: then all of this is done again.
            self.folder.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):
                self._file = self._open_log()
        data = read_regular(self._path, MOST)
        os.ftruncate(self._file.fileno(), data.rfind(b"\n") + 1)

    def _open_log(self) -> BinaryIO:
        """Return the log of this reviewer, open and locked. Raises FileNotFoundError if another review removed it meanwhile."""
        if not os.path.lexists(self._path):
            with suppress(FileExistsError):
                create_regular(self._path).close()
        file = create_regular(self._path, append=True)
        locked = lock_file(file, wait=False)
        if locked and is_at(file, self._path):
            return file
        file.close()
        if locked:
            raise FileNotFoundError(self._path)
        who = f"of {self.reviewer}" if self.reviewer else "without a name"
        raise UsageError(f"{self.baseline}: another review {who} is open; end it, or give another name with `reviewer`")

    def _read_logs(self) -> Iterator[_Log]:
        """Yield the log of every reviewer, read again if its size or time has changed. Raises UsageError for a log that is damaged."""
        try:
            paths = sorted(self.folder.glob(f"*{SUFFIX}"))
        except OSError as error:
            raise UsageError(f"{self.folder}: cannot be listed: {error.strerror or error}") from error
        for path in (path for path in paths if path.name != EARLIER_FILE):
            try:
                stamp = _read_stamp(path)
                if path not in self._logs or self._logs[path].stamp != stamp:
                    self._logs[path] = _read_log(path, stamp)
            except OSError as error:
                raise UsageError(f"{path}: these decisions cannot be read: {error.strerror or error}") from error
            yield self._logs[path]

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Wait until no other review writes the baseline."""
        path, flags = self.folder / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        while True:
            with open(os.open(path, flags, 0o666), "rb") as file:
                lock_file(file, wait=True)
                # Another review may have removed the file while this one waited for it.
                if is_at(file, path):
                    yield
                    return


def name_log(reviewer: str) -> str:
    """Return the name of a reviewer's log: letters of the name that every file system has, and a hash that tells equal ones apart.

    >>> name_log("Ada Lovelace"), name_log("")
    ('ada-lovelace-76740216.jsonl', 'unnamed.jsonl')
    """
    if not reviewer:
        return f"unnamed{SUFFIX}"
    plain = re.sub("[^a-z0-9]+", "-", reviewer.lower()).strip("-")[:40]
    return f"{plain or 'reviewer'}-{sha256(reviewer.encode()).hexdigest()[:8]}{SUFFIX}"


def write_line(reviewer: str, decisions: Sequence[PlaceDecision]) -> bytes:
    """Return the line of a log for the decisions of one request."""
    changes = [
        {
            "answer": decision.answer,
            "reason": decision.reason,
            "place": [{"rule": found.rule, "version": found.version, "fingerprint": found.fingerprint} for found in decision.place],
        }
        for decision in decisions
    ]
    return orjson.dumps({"reviewer": reviewer, "decisions": changes}) + b"\n"


def read_line(where: str, line: bytes) -> tuple[str, list[PlaceDecision]]:
    """Return the reviewer and the decisions of one line of a log. Raises UsageError that begins with `where`."""
    try:
        said = Field(orjson.loads(line)).only(("reviewer", "decisions"))
        return said.at("reviewer").text(), [_read_decision(one) for one in said.at("decisions").each()]
    except ValueError as error:
        raise UsageError(f"{where}: this is no decision of a review: {error}") from error


def _read_decision(said: Field) -> PlaceDecision:
    answer = next(one for one in ANSWERS if one == said.only(("answer", "reason", "place")).at("answer").one_of(*ANSWERS))
    place = tuple(FoundKey(*(one.at(key).text() for key in ("rule", "version", "fingerprint"))) for one in said.at("place").each())
    if not place or not all(FINGERPRINT.fullmatch(found.fingerprint) for found in place):
        raise said.at("place").wrong("findings with fingerprints of 32 hexadecimal digits")
    reason = said.at("reason").text()
    if answer == "accepted" and not reason.strip():
        raise said.at("reason").wrong("a reason for accepting")
    return PlaceDecision(answer, place, reason)


def _read_stamp(path: Path) -> Stamp:
    """Return size, time and identity of a file, by which a change shows."""
    said = path.stat()
    return said.st_size, said.st_mtime_ns, said.st_ino


def _read_log(path: Path, stamp: Stamp) -> _Log:
    """Read a log up to its last whole line: what follows it is being written, or was cut off by a kill."""
    data = read_regular(path, MOST)
    log: _Log | None = None
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):
        reviewer, decisions = read_line(f"{path}: line {number}", line)
        log = log or _Log(reviewer, stamp)
        if reviewer != log.reviewer:
            raise UsageError(f"{path}: line {number}: this is the log of {log.reviewer!r}, and the line is of {reviewer!r}")
        log.take(decisions)
    return log or _Log("", stamp)
