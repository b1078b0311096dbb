"""A source of blocks for rows in memory: each row, a Python object, becomes a line of canonical JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO

import orjson

from leakguard.core.batch import Block
from leakguard.readers.files.limits import BLOCK_SIZE, ROW_LIMIT
from leakguard.readers.formats.row_lines import RowLine, build_blocks, make_row_line
from leakguard.readers.python.json_values import holds_media

NAME = "rows"
# Rows of a generator are kept in memory up to this number of bytes, then on disk.
SPOOLED = 8 << 20
MEDIA_SIGN = b'"bytes":'


@dataclass(slots=True)
class PythonRows:
    """A source of rows in memory, numbered from 1 and without byte offsets.

    With `once` the rows can be iterated only once (a generator): they are copied into a temporary file and read from there the next
    time. `media` counts the rows with bytes or pictures, by key, during the first reading.
    """

    rows: Iterable[object]
    name: str = NAME
    block_size: int = BLOCK_SIZE
    row_limit: int = ROW_LIMIT
    once: bool = False
    media: Counter[str] = field(default_factory=Counter)
    _spool: IO[bytes] | None = None
    _counted: bool = False

    def blocks(self) -> Iterator[Block]:
        """Yield blocks of canonical JSON lines."""
        lines = self._read_spool(self._spool) if self._spool else self._read()
        yield from build_blocks(self.name, lines, self.block_size)

    def _read(self) -> Iterator[RowLine]:
        """Yield the rows, and copy them into the temporary file if they can be read only once."""
        # A line of that file is "=" and the row's JSON, or "!" with the reason and detail of an unreadable row.
        spool = SpooledTemporaryFile(max_size=SPOOLED) if self.once else None  # noqa: SIM115
        for row, value in enumerate(self.rows, 1):
            one = make_row_line(row, value, limit=self.row_limit)
            if not self._counted and MEDIA_SIGN in one.line:
                self.media.update(key for key, item in orjson.loads(one.line).items() if holds_media(item))
            if spool:
                spool.write(b"!%b\n" % orjson.dumps([one.reason, one.detail]) if one.reason else b"=%b\n" % one.line)
            yield one
        self._spool, self._counted = spool, True

    def _read_spool(self, spool: IO[bytes]) -> Iterator[RowLine]:
        """Yield the rows of the temporary file."""
        spool.seek(0)
        for row, line in enumerate(spool, 1):
            body = line[1:-1]
            if line[:1] == b"=":
                yield RowLine(row, line=body)
            else:
                reason, detail = orjson.loads(body)
                yield RowLine(row, reason=reason, detail=detail)
