"""Render findings as JSON lines, fast: the encoded fields of a mark and a quote are cached.

A line consists of two pieces: the head (file, row, record id, first half of the fingerprint) and the tail (second half, rule, place,
quote). The heads of a batch are built as one table of bytes. If all hits of a mark have the same quote (a listed number, written
plainly), the tail depends only on mark and place, and a whole column of tails is looked up at once.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import orjson
from numpy.typing import NDArray

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.finding import Mark, quote_digest
from leakguard.core.record import ID_DIGITS, record_ids
from leakguard.reports.kit.escape import escape_json
from leakguard.reports.kit.findings import redact_quote
from leakguard.reports.kit.wording import printable_name

_REMEMBERED = 20_000
_AT_ONCE = 1 << 15
_MANY = 3
_ZERO = ord("0")
_FAR = 1 << 12  # Offsets beyond this are rare: caching them would cost more than it saves.

Parts = tuple[bytes, bytes]
"""The parts of a tail before and after its place."""


def make_renderer(redact: str = "none") -> Callable[[Batch, Sequence[Detections]], bytes]:
    """Return a function from a batch and its detections to JSON lines; `redact` (none, mask, hash) is applied to quotes."""
    return FindingRenderer(redact)


class FindingRenderer:
    """Writes the fields of `kit.findings.list_fields` in their order, one JSON object per line."""

    def __init__(self, redact: str) -> None:
        self._redact = redact
        self._parts: dict[Mark, dict[str, Parts]] = {}
        self._plain = _Plain(self._make_parts)

    def __reduce__(self) -> tuple[object, ...]:
        return FindingRenderer, (self._redact,)

    def __call__(self, batch: Batch, answers: Sequence[Detections]) -> bytes:
        """Return the lines of all findings of a batch, ordered by text and place."""
        return b"".join(self.pieces(batch, answers))

    def pieces(self, batch: Batch, answers: Sequence[Detections]) -> Iterator[bytes]:
        """Yield the lines in pieces of some megabytes: one row can have a million findings, whose lines are many times its size."""
        found = [answer.hits for answer in answers if len(answer.hits)]
        if not found:
            return
        hits = found[0] if len(found) == 1 else _sorted(found)
        for start in range(0, len(hits), _AT_ONCE):
            yield self._lines(batch, hits.part(start, start + _AT_ONCE) if len(hits) > _AT_ONCE else hits)

    def _lines(self, batch: Batch, hits: Hits) -> bytes:
        # Hits are ordered by text: `begins` marks the first hit of each text, and its running sum numbers the heads.
        texts = np.asarray(hits.text)
        begins = np.diff(texts, prepend=-1) != 0
        distinct = texts[begins]
        owners = distinct if batch.owners == range(len(batch.texts)) else np.asarray(batch.owners)[distinct]
        heads = _heads(batch, owners)
        pieces: list[bytes] = [b""] * (2 * len(hits))
        pieces[0::2] = map(heads.__getitem__, (np.cumsum(begins) - 1).tolist())
        pieces[1::2] = self._pieces(batch, hits)
        return b"".join(pieces)

    def _pieces(self, batch: Batch, hits: Hits) -> list[bytes]:
        """Return the tail of each hit's line. Tails of plain marks at small offsets come from a cache, the others are built one by one."""
        place = batch.place_of_all
        if place is None or not hits.quotes:
            return self._one_by_one(batch, hits, range(len(hits)))
        mark, start = np.asarray(hits.mark), np.asarray(hits.start)
        number_of = np.full(len(hits.marks), -1)
        for index in np.flatnonzero(np.bincount(mark)).tolist():
            quote = hits.quotes[index]
            if quote is not None:
                number_of[index] = self._plain.number(hits.marks[index], quote)
        numbers = number_of[mark]
        fixed = (numbers >= 0) & (start < _FAR)
        if fixed.all():
            return self._plain.pieces(numbers, start, place)
        tails = [b""] * len(hits)
        chosen, others = np.flatnonzero(fixed), np.flatnonzero(~fixed)
        plain = self._plain.pieces(numbers[chosen], start[chosen], place)
        odd = self._one_by_one(batch, hits, others.tolist())
        for places, pieces in ((chosen, plain), (others, odd)):
            for at, piece in zip(places.tolist(), pieces, strict=True):
                tails[at] = piece
        return tails

    def _one_by_one(self, batch: Batch, hits: Hits, chosen: Sequence[int]) -> list[bytes]:
        texts, starts, ends, marks = (np.asarray(column)[chosen].tolist() for column in (hits.text, hits.start, hits.end, hits.mark))
        tails: list[bytes] = []
        last, words, where, turn = -1, "", b"", 0
        for text, start, end, index in zip(texts, starts, ends, marks, strict=True):
            if text != last:
                last, words, place = text, batch.texts[text], batch.place(text)
                turn, where = place[0], _where(place)
            before, after = self._make_parts(hits.marks[index], words[start:end])
            tails.append(b'%b%b"start":%d,"end":%d,"place":"%d:%d-%d",%b' % (before, where, start, end, turn, start, end, after))
        return tails

    def _make_parts(self, mark: Mark, quote: str) -> Parts:
        """Return the parts of a tail before and after its place; they depend only on mark and quote, and are cached."""
        known = self._parts.setdefault(mark, {}) if len(self._parts) < _REMEMBERED else {}
        if quote in known:
            return known[quote]
        rule = mark.rule
        first = {"rule": rule.id, "pack": rule.pack, "value": rule.value, "severity": mark.severity.label, "profile": mark.profile}
        last = {"quote": redact_quote(quote, rule.id, self._redact), "form": mark.form, "message": mark.message}
        parts = b'%b",%b,' % (quote_digest(rule.id, quote).encode(), _json(first)[1:-1]), _json(last)[1:] + b"\n"
        if len(known) < _REMEMBERED:
            known[quote] = parts
        return parts


class _Plain(dict[int, bytes]):
    """Cache of tails of marks that always have the same quote, by number of the mark and offset; built on first use."""

    def __init__(self, make_parts: Callable[[Mark, str], Parts]) -> None:
        super().__init__()
        self._make_parts = make_parts
        self._numbers: dict[Mark, int] = {}
        self._quoted: list[tuple[Parts, int]] = []
        self._place = (0, "")

    def number(self, mark: Mark, quote: str) -> int:
        """Return the number of a mark that always has this quote."""
        number = self._numbers.get(mark)
        if number is None:
            number = self._numbers[mark] = len(self._quoted)
            self._quoted.append((self._make_parts(mark, quote), len(quote)))
        return number

    def pieces(self, numbers: NDArray[np.int64], start: NDArray[np.int64], place: tuple[int, str]) -> list[bytes]:
        """Return the tails of marks (by number) at these offsets."""
        if place != self._place or len(self) > _REMEMBERED:
            self.clear()
            self._place = place
        return list(map(self.__getitem__, (numbers * _FAR + start).tolist()))

    def __missing__(self, key: int) -> bytes:
        number, start = divmod(key, _FAR)
        (before, after), length = self._quoted[number]
        values = before, _where(self._place), start, start + length, self._place[0], start, start + length, after
        piece = self[key] = b'%b%b"start":%d,"end":%d,"place":"%d:%d-%d",%b' % values
        return piece


def _heads(batch: Batch, owners: NDArray[np.int64]) -> list[bytes]:
    """Return the head of each row's findings: file, row, record id and first half of the fingerprint.

    Rows whose numbers have equally many digits have heads of equal length: they are built as one byte table with a row per head.
    """
    chosen = owners.tolist()
    lines = batch.lines[:] if len(chosen) * _MANY > len(batch.lines) else batch.lines
    ids = record_ids(map(lines.__getitem__, chosen)).encode()
    numbers = batch.first_row + owners
    before, between, last = b'{"file":%b,"row":' % _json(printable_name(batch.file)), b',"record_id":"', b'","fingerprint":"'
    heads: list[bytes] = []
    for digits in range(len(str(numbers[0])), len(str(numbers[-1])) + 1):
        first, end = np.searchsorted(numbers, (10 ** (digits - 1), 10**digits)).tolist()
        columns = (
            _tiled(before, end - first),
            (numbers[first:end, None] // 10 ** np.arange(digits)[::-1] % 10 + _ZERO).astype(np.uint8),
            _tiled(between, end - first),
            identities := np.frombuffer(ids, np.uint8).reshape(-1, ID_DIGITS)[first:end],
            _tiled(last, end - first),
            identities,
        )
        table = np.hstack(columns)
        heads += table.view(f"S{table.shape[1]}").ravel().tolist()
    return heads


def _tiled(text: bytes, times: int) -> NDArray[np.uint8]:
    # A view: each row of the table is the same bytes.
    return np.broadcast_to(np.frombuffer(text, np.uint8), (times, len(text)))


def _sorted(found: Sequence[Hits]) -> Hits:
    return Hits.of(sorted((hit for hits in found for hit in hits), key=lambda hit: hit[:3]))


@lru_cache(maxsize=_REMEMBERED)
def _where(place: tuple[int, str]) -> bytes:
    return b'"turn":%d,"field":%b,' % (place[0], _json(place[1]))


def _json(value: object) -> bytes:
    """Return the value as JSON with control characters escaped; done per value, because values are cached and lines are not."""
    text = orjson.dumps(value)
    return text if text.isascii() and b"\x7f" not in text else escape_json(text.decode()).encode()
