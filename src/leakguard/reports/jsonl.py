"""One finding a line, fast: everything that a mark says is encoded once, the rest is filled in."""

from collections.abc import Callable, Sequence

import orjson

from leakguard.core.batch import Batch, Detections
from leakguard.core.finding import Mark, quote_digest
from leakguard.core.record import record_id
from leakguard.reports.fields import redacted


def render(redact: str = "none") -> Callable[[Batch, Sequence[Detections]], bytes]:
    """A renderer of batches; `redact` says how much of a quote may be seen."""
    return Renderer(redact)


class Renderer:
    """Writes the fields of `fields.fields` in their order, as one JSON object a line."""

    def __init__(self, redact: str) -> None:
        self._redact = redact
        self._templates: dict[Mark, bytes] = {}
        self._quotes: dict[tuple[str, str], tuple[bytes, bytes]] = {}

    def __call__(self, batch: Batch, answers: Sequence[Detections]) -> bytes:
        """All findings of a batch, by text and place."""
        if not any(answer.hits for answer in answers):
            return b""
        hits = answers[0].hits if len(answers) == 1 else sorted((hit for answer in answers for hit in answer.hits), key=lambda hit: hit[:3])
        file = _json(batch.file)
        texts, owners, lines = batch.texts, batch.owners, batch.lines
        templates, quotes = self._templates, self._quotes
        out: list[bytes] = []
        last = -1
        for text, start, end, mark in hits:
            if text != last:
                last = text
                line = owners[text]
                identity = record_id(lines[line]).encode()
                turn, path = batch.place(text)
                head = b'{"file":%b,"row":%d,"record_id":"%b",' % (file, batch.first_row + line, identity)
                where = b'"turn":%d,"field":%b,' % (turn, _json(path))
            quote = texts[text][start:end]
            said = quotes.get((mark.rule.id, quote)) or self._quote(mark.rule.id, quote)
            template = templates.get(mark) or self._template(mark)
            out.append(template % (head, where, start, end, said[0], identity, said[1]))
        return b"".join(out)

    def _template(self, mark: Mark) -> bytes:
        rule = mark.rule
        first = {"rule": rule.id, "pack": rule.pack, "value": rule.value, "severity": mark.severity.label, "profile": mark.profile}
        last = {"form": mark.form, "message": mark.message}
        before = _json(first)[1:-1].replace(b"%", b"%%")
        after = _json(last)[1:-1].replace(b"%", b"%%")
        template = b"%b" + before + b',%b"start":%d,"end":%d,"quote":%b,' + after + b',"fingerprint":"%b%b"}\n'
        if len(self._templates) < _REMEMBERED:
            self._templates[mark] = template
        return template

    def _quote(self, rule: str, quote: str) -> tuple[bytes, bytes]:
        said = _json(redacted(quote, rule, self._redact)), quote_digest(rule, quote).encode()
        if len(self._quotes) < _REMEMBERED:
            self._quotes[rule, quote] = said
        return said


_REMEMBERED = 10_000


def _json(value: object) -> bytes:
    return orjson.dumps(value)
