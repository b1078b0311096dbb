"""Laws for any bytes: of a file that is read, and of a text that is folded and scanned."""

import gzip
import io
from collections.abc import Callable
from functools import cache

import orjson
import zstandard

from detector_calls import batch_of
from leakguard.detectors.rules import RulesDetector
from leakguard.outputs.redaction import redact_line
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.rows.shapes import AUTO, SCHEMAS
from leakguard.readers.sources import read_blocks
from leakguard.rulebook.contexts import read_contexts
from leakguard.rulebook.packs import read_packs
from leakguard.rulebook.shipped import list_packs
from leakguard.text.fold import FoldTable, fold, fold_with_offsets
from leakguard.text.layers import remove_layers
from leakguard.text.repeated_letters import shorten_runs

KNOBS = 3
LIMIT = 4096
PACKINGS: tuple[Callable[[bytes], bytes], ...] = (bytes, bytes, bytes, gzip.compress, zstandard.ZstdCompressor().compress)
PARSERS = (*(RowParser(schema, (), "all") for schema in SCHEMAS), RowParser(AUTO, ("a.b", "messages.0.content"), "all"), RowParser())
SIZES = (16, 64, 1 << 20)
TABLE = FoldTable()


@cache
def detector() -> RulesDetector:
    """Judges by every shipped rule; it takes a while to be made."""
    return RulesDetector([rule for pack in read_packs(list_packs().values()) for rule in pack.rules], read_contexts())


def reader(data: bytes) -> None:
    """Every row is read or reported as unreadable, wherever blocks end; the positions of its texts lead to them.

    The first three bytes choose the parser, the block size and the compression.
    """
    if len(data) < KNOBS:
        return
    parser, size = PARSERS[data[0] % len(PARSERS)], SIZES[data[1] % len(SIZES)]
    pack, body = PACKINGS[data[2] % len(PACKINGS)], data[KNOBS:]
    once, again = ([*_batches(parser, pack(body), size)] for size in (size, 1 << 20))
    assert _books(once) == _books(again), "where blocks end shows"
    for batch in once:
        assert batch.seen == len(batch.unreadable) + sum(row is not None for row in batch.rows), "a row is lost"
        for text, said in enumerate(batch.texts):
            _follow(batch, text, said)


def _batches(parser, data, size):
    return (parser.parse(block) for block in read_blocks("-", ReadLimits(block_size=size, row_limit=LIMIT), stdin=io.BytesIO(data)))


def _books(batches):
    """Return (row, offset) of unreadable rows, the readable lines, and the texts."""
    bad = [(entry.origin.row, entry.origin.offset, entry.reason) for batch in batches for entry in batch.unreadable]
    lines = [(batch.first_row + at, batch.lines[at]) for batch in batches for at, row in enumerate(batch.rows) if row is not None]
    return bad, lines, [text for batch in batches for text in batch.texts]


def _follow(batch, text, said):
    line = batch.owners[text]
    turn, field = batch.place(text)
    turns = batch.turns_of(batch.rows[line])
    assert (turns[turn].text, turns[turn].field) == (said, field), "a place leads elsewhere"
    cut = redact_line(batch.lines[line], {field: (said, [(0, len(said) // 2)])}, "x")
    if cut is not None:
        after = batch.turns_of(orjson.loads(cut))
        assert sum(one.text != two.text for one, two in zip(turns, after, strict=True)) <= 1, "more than one text was cut"


def folding(data: bytes) -> None:
    """Folding is deterministic, and every folded character and every finding maps to the original."""
    text = data.decode("utf-8", "surrogateescape")
    view = fold_with_offsets(text, TABLE)
    assert view.text == fold(text, TABLE), "the fast fold reads something else"
    assert fold(view.text, TABLE) == view.text, "folding twice is not folding once"
    for layer, source in ((view, text), *((other, view.text) for other in (remove_layers(view.text), *shorten_runs(view.text)) if other)):
        assert len(layer.text) == len(layer.starts) == len(layer.ends) == len(layer.forms)
        assert all(0 <= start < end <= len(source) for start, end in zip(layer.starts, layer.ends, strict=True)), "no way home"
    batch = batch_of([text, "an honest neighbour"])
    answer = detector().detect(batch)
    assert not answer.missed
    for hit in answer.hits:
        number, start, end, _ = hit
        assert number == 0 and 0 <= start < end <= len(text), "a finding stands nowhere"


TARGETS = {"reader": reader, "folding": folding}
