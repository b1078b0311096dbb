"""One finding a line, fast: what a mark says about a quote is encoded once, only places and ids are filled in."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import orjson

from leakguard.core.batch import Batch, Detections, Hits
from leakguard.core.finding import Mark, quote_digest
from leakguard.core.record import record_id
from leakguard.reports.escape import visible_json
from leakguard.reports.fields import named, redacted

_REMEMBERED = 20_000
_SMALL = 4096
_STARTS = [b'"start":%d,"end":' % number for number in range(_SMALL)]
_ENDS = [b"%d," % number for number in range(_SMALL)]

Said = tuple[bytes, bytes, bytes]


def render(redact: str = "none") -> Callable[[Batch, Sequence[Detections]], bytes]:
    """A renderer of batches; `redact` says how much of a quote may be seen."""
    return Renderer(redact)


class Renderer:
    """Writes the fields of `fields.fields` in their order, as one JSON object a line."""

    def __init__(self, redact: str) -> None:
        self._redact = redact
        self._said: dict[Mark, dict[str, Said]] = {}

    def __call__(self, batch: Batch, answers: Sequence[Detections]) -> bytes:
        """All findings of a batch, by text and place."""
        found = [answer.hits for answer in answers if len(answer.hits)]
        if not found:
            return b""
        hits = found[0] if len(found) == 1 else _sorted(found)
        texts, owners, lines = batch.texts, batch.owners, batch.lines
        said = [self._said.setdefault(mark, {}) if len(self._said) < _REMEMBERED else {} for mark in hits.marks]
        head = b'{"file":%b,"row":' % _json(named(batch.file))
        columns = (np.asarray(column).tolist() for column in (hits.text, hits.start, hits.end, hits.mark))
        out: list[bytes] = []
        last, words = -1, ""
        row = identity = where = b""
        for text, start, end, mark in zip(*columns, strict=True):
            if text != last:
                last, words, line = text, texts[text], owners[text]
                identity = record_id(lines[line]).encode()
                row = b"%d" % (batch.first_row + line)
                where = _where(batch.place(text))
            quote = words[start:end]
            before, after, digest = said[mark].get(quote) or self._say(hits.marks[mark], quote, said[mark])
            begin = _STARTS[start] if start < _SMALL else b'"start":%d,"end":' % start
            finish = _ENDS[end] if end < _SMALL else b"%d," % end
            out += (head, row, b',"record_id":"', identity, before, where, begin, finish, after, identity, digest)
        return b"".join(out)

    def _say(self, mark: Mark, quote: str, known: dict[str, Said]) -> Said:
        """What a finding of this quote says before its place, between place and fingerprint, and after the record's id."""
        rule = mark.rule
        first = {"rule": rule.id, "pack": rule.pack, "value": rule.value, "severity": mark.severity.label, "profile": mark.profile}
        last = {"quote": redacted(quote, rule.id, self._redact), "form": mark.form, "message": mark.message}
        digest = quote_digest(rule.id, quote).encode()
        said = b'",' + _json(first)[1:-1] + b",", _json(last)[1:-1] + b',"fingerprint":"', digest + b'"}\n'
        if len(known) < _REMEMBERED:
            known[quote] = said
        return said


def _sorted(found: Sequence[Hits]) -> Hits:
    return Hits.of(sorted((hit for hits in found for hit in hits), key=lambda hit: hit[:3]))


@lru_cache(maxsize=_REMEMBERED)
def _where(place: tuple[int, str]) -> bytes:
    return b'"turn":%d,"field":%b,' % (place[0], _json(place[1]))


def _json(value: object) -> bytes:
    """JSON in which no character of the data can steer a terminal; done here, where each text is seen once, not on whole lines."""
    said = orjson.dumps(value)
    return said if said.isascii() and b"\x7f" not in said else visible_json(said.decode()).encode()
