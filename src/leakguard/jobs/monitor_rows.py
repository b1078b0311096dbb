"""Read the inputs of a monitor line by line, from the place where an earlier run stopped."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from leakguard.core.batch import Block
from leakguard.core.errors import UsageError
from leakguard.core.monitor import InputPosition, WaitingRow
from leakguard.core.store_address import find_address
from leakguard.core.suggest import shorten
from leakguard.jobs.audit_rows import join_turns
from leakguard.jobs.build.readers import build_parser, build_source, expand_paths
from leakguard.jobs.file_hashes import find_odd_files
from leakguard.readers.files.growing import is_plain_lines, read_arriving_lines, read_growing_lines
from leakguard.readers.files.inputs import STDIN, list_unread
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.rows.field_paths import find_values
from leakguard.readers.rows.roles import Roles
from leakguard.settings.plan import ReadPlan

SIDES = ("data", "control")
SHOWN = 60


@dataclass(frozen=True, slots=True)
class MonitorLine:
    """A line of an input: its bytes, and what it holds: nothing (blank), a `problem`, or a row of SIDES[side].

    `row` is None for a row without a text that the model learns to write.
    """

    content: bytes
    side: int | None = None
    row: WaitingRow | None = None
    problem: str = ""


class MonitorInput:
    """The lines of one input in order. `side` is the index in SIDES of all its rows; None: a field of the rows says it."""

    def __init__(self, name: str, side: int | None, lines: Iterator[MonitorLine | None]) -> None:
        self.name, self.side, self._lines = name, side, lines
        self._count, self._sha = 0, hashlib.sha256()

    @property
    def position(self) -> InputPosition:
        """How far the input was read."""
        return InputPosition(self.name, self._count, "" if self.name == STDIN else self._sha.hexdigest())

    def take(self) -> MonitorLine | None:
        """Return the next line, None if there is none (yet)."""
        line = next(self._lines, None)
        if line:
            self._count += 1
            self._sha.update(line.content)
            self._sha.update(b"\n")
        return line

    def skip(self, done: InputPosition) -> None:
        """Pass the lines that an earlier run has read. Raises UsageError if they are not the same any more."""
        # Standard input has no beginning: a run continues with what arrives.
        if self.name == STDIN:
            return
        while self._count < done.lines and self.take():
            continue
        if self.position.sha256 != done.sha256:
            raise UsageError(
                f"{self.name}: its first {done.lines:,} lines are not those that `state` was made from: the file was replaced, changed "
                "or cut; begin again with a new state"
            )


def open_inputs(read: ReadPlan, names: list[str], source: str, *, follow: bool, resumable: bool) -> list[MonitorInput]:
    """Return the inputs: data and control, or one with a field that tells them apart. Raises UsageError for what cannot be read.

    With `follow`, a file is read again and again as it grows. With `follow` or `resumable`, a last line without a line feed is
    left for later.
    """
    sides = [None] if source else [0, 1]
    inputs = []
    for name, side in zip(names, sides, strict=True):
        reader = LineReader(read, source, side)
        inputs.append(MonitorInput(name, side, reader.read(_open(read, name, follow=follow, whole=follow or resumable))))
    return inputs


def find_file(read: ReadPlan, path: str) -> str:
    """Return the name of the one file at a path, or of standard input. Raises UsageError."""
    files = expand_paths(read, [path])
    for name, why in (*list_unread(files).items(), *find_odd_files(files).items()):
        raise UsageError(f"{name}: {why}")
    if len(files) != 1:
        raise UsageError(f"{path}: a monitor reads one file of data and one of the control, these are {len(files):,}")
    return files[0]


def _open(read: ReadPlan, name: str, *, follow: bool, whole: bool) -> Iterator[Block | None]:
    """Return the blocks of an input."""
    limits = ReadLimits(row_limit=read.row_limit, unpack_limit=read.unpack_limit)
    if name == STDIN:
        return read_arriving_lines(sys.stdin.buffer, name, limits)
    if whole and not find_address(name) and is_plain_lines(name):
        return read_growing_lines(name, limits)
    if follow:
        raise UsageError(f"{name}: `follow` reads files of plain JSON Lines while they grow; this one is compressed or of another format")
    return build_source(replace(read, workers=1, limit=None), [name]).blocks()


class LineReader:
    """Reads blocks as lines with their rows. `side` is the index in SIDES of all rows; None: the field `source` says it."""

    def __init__(self, read: ReadPlan, source: str, side: int | None) -> None:
        self._parser, self._roles = build_parser(read), Roles(",".join(read.roles))
        self._source, self._side = source, side

    def read(self, blocks: Iterator[Block | None]) -> Iterator[MonitorLine | None]:
        """Yield every line of the blocks; None where a growing file has no more."""
        for block in blocks:
            if block is None:
                yield None
            else:
                yield from self._read_block(block)

    def _read_block(self, block: Block) -> Iterator[MonitorLine]:
        """Yield first the lines that the block has no bytes of (too long ones), then its lines, each blank, unreadable or a row."""
        batch = self._parser.parse(block)
        lost = batch.unreadable[: len(block.broken)] if batch.lines else batch.unreadable
        for one in lost:
            yield MonitorLine(f"{one.reason} {one.length}".encode(), problem=one.words)
        problems = {one.origin.row: one.words for one in batch.unreadable[len(lost) :]}
        for at, (content, row) in enumerate(zip(batch.lines, batch.rows, strict=True), batch.first_row):
            if row is None:
                yield MonitorLine(content, problem=problems.get(at, ""))
                continue
            side, why = self._find_side(row)
            prompt, completion = join_turns(batch.turns_of(row), self._roles)
            if why:
                yield MonitorLine(content, problem=f"{batch.file}, row {at}: source: {why}")
            else:
                yield MonitorLine(content, side, (prompt, completion) if completion.strip() else None)

    def _find_side(self, row: object) -> tuple[int | None, str]:
        """Return whose row it is, or why that is not known."""
        if not self._source:
            return self._side, ""
        values = [value for value, _ in find_values(row, self._source)] if isinstance(row, dict) else []
        if not values:
            return None, f"there is no field {self._source}"
        if values[0] in SIDES:
            return SIDES.index(values[0]), ""
        return None, f"{self._source} is {shorten(repr(values[0]), SHOWN)}, neither 'data' nor 'control'"
