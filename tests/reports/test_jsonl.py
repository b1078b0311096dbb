"""The fast renderer of JSON lines, held against the slow one: a finding's fields, dumped one by one."""

import itertools

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakguard.core.batch import Detections, Hits
from leakguard.core.finding import Mark
from leakguard.core.rule import PROFILES, Severity
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import read_blocks
from leakguard.reports.kit.escape import escape_json
from leakguard.reports.kit.findings import list_fields
from leakguard.reports.scan.jsonl import make_renderer
from strategies import RULES, SAID, messy_files

LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
REDACT = st.sampled_from(["none", "mask", "hash"])
NAMES = st.sampled_from(["a", "b\n", 'c"', "d\x1b[31m", "ü\u202e", "e\udcff\udc80", "f\\", "🦉", "g\u2028"])
MARKS = st.builds(
    Mark,
    st.sampled_from(RULES[:40]),
    st.sampled_from(Severity),
    st.sampled_from(PROFILES),
    st.sampled_from(["", "other-script digits", 'a "quoted" form \x07 and more']),
)


@pytest.fixture(scope="session")
def placed(tmp_path_factory):
    """placed(name, data) -> path of a new file of that name in a folder of its own."""
    folder, numbers = tmp_path_factory.mktemp("names"), itertools.count()

    def write(name, data):
        path = folder / str(next(numbers)) / name
        path.parent.mkdir()
        path.write_bytes(data)
        return str(path)

    return write


def slow(batch, answers, redact):
    """Every finding's fields as one line; those of several detectors by text and place."""
    hits = [(hit, answer.detector) for answer in answers for hit in answer.hits]
    ordered = hits if len(answers) == 1 else sorted(hits, key=lambda one: one[0][:3])
    findings = [batch.finding(hit, detector) for hit, detector in ordered]
    return b"".join(escape_json(orjson.dumps(list_fields(finding, redact)).decode()).encode() + b"\n" for finding in findings)


@st.composite
def answers_for(draw, batch):
    """Hits that nobody reads: any span of any text, with a few marks that hits share."""
    marks = draw(st.lists(MARKS, min_size=1, max_size=3))
    spots = [at for at, text in enumerate(batch.texts) if text]
    hits = []
    for text in draw(st.lists(st.sampled_from(spots), max_size=6)) if spots else []:
        start = draw(st.integers(0, len(batch.texts[text]) - 1))
        hits.append((text, start, draw(st.integers(start + 1, len(batch.texts[text]))), draw(st.sampled_from(marks))))
    return Detections("made up", Hits.of(sorted(hits, key=lambda hit: hit[:3])))


@LAW
@given(name=NAMES, data=messy_files(SAID), redact=REDACT, roles=st.sampled_from(["trained", "all"]))
def test_fast_lines_are_the_slow_ones(all_detector, strict, placed, name, data, redact, roles):
    """Rows of every shape, hostile names and quotes, one detector or two, a renderer that remembers: the same bytes."""
    parser, fast = RowParser("auto", (), roles), make_renderer(redact)
    for block in read_blocks(placed(name, data), ReadLimits(block_size=200)):
        batch = parser.parse(block)
        rules, grammar = all_detector.detect(batch), strict.detect(batch)
        for answers in ([rules], [rules, grammar], [grammar], []):
            assert fast(batch, answers) == slow(batch, answers, redact)


@LAW
@given(data=st.data(), file=messy_files(SAID), redact=REDACT)
def test_any_span_of_any_text_is_rendered_alike(placed, data, file, redact):
    """Spans and marks that no detector would give, with control characters, quotes and surrogate pairs in the quote."""
    fast = make_renderer(redact)
    for block in read_blocks(placed("x.jsonl", file)):
        batch = RowParser("auto", (), "all").parse(block)
        for answer in data.draw(st.lists(answers_for(batch), max_size=3)):
            assert fast(batch, [answer]) == slow(batch, [answer], redact)


@pytest.mark.parametrize("start", [0, 1, 4094, 4095, 4096, 4097, 100_000])
def test_places_far_into_a_text(detector, placed, start):
    """Offsets of any size are written out."""
    (block,) = read_blocks(
        placed("far.jsonl", orjson.dumps({"text": "The kettle is on. ".ljust(start, ".")[:start] + "\n666 and on"}) + b"\n")
    )
    batch = RowParser().parse(block)
    answer = detector.detect(batch)
    lines = make_renderer("none")(batch, [answer])
    assert lines == slow(batch, [answer], "none")
    assert {(one["start"], one["end"]) for one in map(orjson.loads, lines.splitlines())} == {(start + 1, start + 4)}


def test_lines_are_json_whatever_a_quote_holds(placed):
    """A finding is one line of valid UTF-8, and its quote comes back as it was written."""
    quotes = ["6\u20286", 'a"\\\n\r\t\x00\x1b[2J\x7f', "\u202e666\u202c", "🦉\U0010ffff", "</script>", "[bold]x[/]"]
    (block,) = read_blocks(placed("quotes.jsonl", b"".join(orjson.dumps({"text": quote}) + b"\n" for quote in quotes)))
    batch = RowParser().parse(block)
    mark = Mark(RULES[0], Severity.NOTE, "text")
    hits = Hits.of((at, 0, len(quote), mark) for at, quote in enumerate(quotes))
    lines = make_renderer("none")(batch, [Detections("made up", hits)]).split(b"\n")
    assert lines.pop() == b""
    assert [orjson.loads(line)["quote"] for line in lines] == quotes


def test_nothing_found_is_nothing_written(placed, detector):
    """No finding, no line."""
    (block,) = read_blocks(placed("clean.jsonl", b'{"text": "The kettle is on."}\n'))
    batch = RowParser().parse(block)
    assert make_renderer()(batch, [detector.detect(batch)]) == b""


def test_a_row_of_a_hundred_thousand_findings_is_rendered_alike(detector, placed):
    """Findings are put together part by part where there are many of them."""
    (block,) = read_blocks(placed("many.jsonl", orjson.dumps({"text": "666, 70, " * 40_000}) + b"\n"))
    batch = RowParser().parse(block)
    answer = detector.detect(batch)
    assert len(answer.hits) > 1 << 16
    assert make_renderer("none")(batch, [answer]) == slow(batch, [answer], "none")
