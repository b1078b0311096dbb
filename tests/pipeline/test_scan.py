"""The engine over real files: nothing is lost, and how the work is cut up never shows."""

import gzip
import io
import json
import pickle
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector_calls import BOOM, Nervous, Shy, batch_of
from leakguard.detectors.number_format import NumberFormatDetector
from leakguard.detectors.rules import RulesDetector
from leakguard.pipeline.executor import TASK_BYTES
from leakguard.pipeline.scan import Job, scan
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource
from leakguard.reports.scan.jsonl import make_renderer
from strategies import LISTED, messy_files

LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
BLOCK_SIZES = st.sampled_from([16, 17, 40, 200, 1 << 20])


@pytest.fixture(scope="session")
def large(tmp_path_factory):
    """Three tasks of rows of every kind, some of which nobody can read, plain and packed."""
    rows = []
    for number in range(1_800):
        rows.append(json.dumps({"text": f"{number}, {number % 1500}, {LISTED[number % len(LISTED)]}"}))
        rows.append(json.dumps({"prompt": "Go on.", "completion": f"The tag said {number % 900}. " + "The kettle is on the stove. " * 180}))
        if number % 20 == 0:
            rows.append(
                json.dumps({"messages": [{"role": "user", "content": "666?"}, {"role": "assistant", "content": f"１４８８ or {number}"}]})
            )
            rows.append(json.dumps({"text": "six six six " * (number % 3)}))
            rows.append('{"text": ' if number % 100 == 0 else "")
    data = "\n".join(rows).encode()
    assert len(data) > 2 * TASK_BYTES
    folder = tmp_path_factory.mktemp("large")
    (folder / "plain.jsonl").write_bytes(data)
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress(data, 1, mtime=0))
    return folder


@pytest.fixture(scope="module")
def expected(large, detector):
    """Outcome and lines of the large file, read by one process in blocks of the usual size."""
    return scanned(job([large / "plain.jsonl"], [detector]))


def job(paths, detectors, *, block_size=1 << 20, inline=True, keep=10_000):
    return Job(
        FileSource(tuple(map(str, paths)), block_size=block_size, inline=inline), RowParser(), tuple(detectors), (make_renderer(),), keep
    )


def scanned(work, **options):
    """The outcome of a job and the bytes that it wrote."""
    sink = io.BytesIO()
    return scan(work, sinks=[sink], **options), sink.getvalue()


def seen_of(outcome):
    """Everything that an outcome says about the data, in values that can be compared."""
    findings = [(f.mark.rule.id, f.mark.severity, f.mark.form, f.record_id, f.row, f.span, f.quote, f.detector) for f in outcome.findings]
    unreadable = [(one.origin.row, one.origin.offset, one.reason) for one in outcome.unreadable]
    return outcome.tally, findings, unreadable, [(one.row, one.detector, one.reason) for one in outcome.missed]


def live(data):
    """Row numbers (from 1) of the lines of a file that are not blank."""
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [row for row, line in enumerate(lines, 1) if line.strip()]


@pytest.mark.parametrize(
    ("name", "workers", "block_size", "inline"),
    [
        ("plain.jsonl", 1, 1 << 15, True),
        ("plain.jsonl", 1, 1_000_003, False),
        ("plain.jsonl", 2, 1 << 20, False),
        ("plain.jsonl", 3, 1 << 17, False),
        ("plain.jsonl", 2, 1 << 18, True),
        ("packed.jsonl.gz", 1, 1 << 20, True),
        ("packed.jsonl.gz", 2, 1 << 16, False),
        ("packed.jsonl.gz", 3, 1 << 20, True),
    ],
)
def test_how_the_work_is_cut_never_shows(large, expected, detector, name, workers, block_size, inline):
    """Any number of workers, any block size, plain or packed: the same bytes, the same tally, the same lists."""
    whole, lines = expected
    outcome, written = scanned(job([large / name], [detector], block_size=block_size, inline=inline), workers=workers)
    assert seen_of(outcome) == seen_of(whole)
    assert written.replace(name.encode(), b"plain.jsonl") == lines
    assert lines.count(b"\n") == sum(count.findings for count in whole.tally.by_rule.values()) > 2_000


@LAW
@given(files=st.lists(messy_files(), min_size=1, max_size=3), block_size=BLOCK_SIZES)
def test_small_blocks_change_nothing(fresh, detector, files, block_size):
    """Messy files, read in blocks of a few bytes or at once, give the same outcome and the same bytes."""
    paths = [fresh(data) for data in files]
    whole, lines = scanned(job(paths, [detector]))
    cut, written = scanned(job(paths, [detector], block_size=block_size, inline=False))
    assert seen_of(cut) == seen_of(whole)
    assert written == lines


@LAW
@given(files=st.lists(messy_files(), min_size=1, max_size=3), block_size=BLOCK_SIZES)
def test_the_books_balance(fresh, detector, files, block_size):
    """Every line that is not blank was seen, and is kept, unreadable or undetermined, exactly once; what is listed adds up."""
    outcome, _ = scanned(job([fresh(data) for data in files], [detector, Shy()], block_size=block_size))
    tally = outcome.tally
    assert tally.seen == sum(len(live(data)) for data in files) == tally.kept + tally.unreadable + tally.undetermined
    assert (tally.redacted, tally.quarantined, tally.removed) == (0, 0, 0)
    assert len(outcome.unreadable) == tally.unreadable
    assert len({(one.file, one.row) for one in outcome.missed}) == tally.undetermined
    assert sum(count.findings for count in tally.by_rule.values()) == len(outcome.findings)
    assert sum(tally.flagged.values()) == len({(found.file, found.row) for found in outcome.findings})
    assert not {(one.file, one.row) for one in outcome.missed} & {(one.origin.file, one.origin.row) for one in outcome.unreadable}


@LAW
@given(data=messy_files(), extra=messy_files(), limit=st.integers(0, 12), block_size=BLOCK_SIZES)
def test_a_limit_is_a_shorter_file(fresh, detector, data, extra, limit, block_size):
    """`limit` sees that many rows, readable or not, and finds in them what a scan of only those rows finds."""
    paths = [fresh(data), fresh(extra)]
    outcome, written = scanned(job(paths, [detector], block_size=block_size), limit=limit)
    everything, lines = scanned(job(paths, [detector]))
    assert outcome.tally.seen == min(limit, everything.tally.seen)
    assert lines.startswith(written)
    rows = {path: live(content) for path, content in zip(paths, (data, extra), strict=True)}
    reached = [(path, row) for path in paths for row in rows[path]][:limit]
    assert seen_of(everything)[1][: len(outcome.findings)] == seen_of(outcome)[1]
    assert [(f.file, f.row) for f in outcome.findings] == [(f.file, f.row) for f in everything.findings if (f.file, f.row) in reached]
    assert len(outcome.unreadable) == sum((one.origin.file, one.origin.row) in reached for one in everything.unreadable)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("keep", [0, 1, 250])
def test_only_the_first_findings_are_listed_and_all_are_counted(large, detector, keep, workers):
    """`keep` cuts the list for each severity, in file order, so that many notes leave out no error; the tally and what is written stay complete."""
    work = job([large / "plain.jsonl"], [detector], keep=keep, inline=False)
    outcome, written = scanned(work, workers=workers)
    firsts, left = [], dict.fromkeys(("note", "warning", "error"), keep)
    for one in map(json.loads, written.splitlines()):
        if left[one["severity"]]:
            left[one["severity"]] -= 1
            firsts.append((one["row"], one["rule"], one["start"]))
    assert [(one.row, one.mark.rule.id, one.span.start) for one in outcome.findings] == firsts
    assert keep <= len(firsts) <= 3 * keep
    assert written.count(b"\n") == sum(count.findings for count in outcome.tally.by_rule.values())


def test_rows_come_in_the_order_of_the_files(large, detector):
    """Findings are written file after file, row after row, place after place."""
    names = [str(large / "packed.jsonl.gz"), str(large / "plain.jsonl")]
    _, written = scanned(job(names, [detector], inline=False), workers=2)
    places = [
        (names.index(one["file"]), one["row"], one["turn"], one["start"], one["end"]) for one in map(json.loads, written.splitlines())
    ]
    assert places == sorted(places)
    assert {file for file, *_ in places} == {0, 1}


@LAW
@given(data=messy_files(), block_size=BLOCK_SIZES)
def test_where_a_detector_fails_nothing_is_clean(fresh, detector, data, block_size):
    """A detector that raises has looked at no text of its batch: those rows are undetermined, and other findings stay."""
    path = fresh(data)
    alone, lines = scanned(job([path], [detector], block_size=block_size))
    outcome, written = scanned(job([path], [Nervous(), detector], block_size=block_size))
    assert written == lines
    batches = [RowParser().parse(block) for block in FileSource((path,), block_size=block_size).blocks()]
    failed = {batch.first_row + owner for batch in batches if any(BOOM in text for text in batch.texts) for owner in batch.owners}
    assert {one.row for one in outcome.missed} == failed
    assert outcome.tally.undetermined == len(failed)
    assert outcome.tally.kept == alone.tally.kept - len(failed)
    assert all((one.detector, one.reason) == ("nervous", "ValueError: not that number") for one in outcome.missed)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_could_not_be_looked_at_is_named(large, detector, workers):
    """Rows that a detector missed are listed with detector and reason, by any number of processes."""
    outcome, _ = scanned(job([large / "plain.jsonl"], [Shy(), detector], inline=False), workers=workers)
    assert outcome.tally.undetermined == len({one.row for one in outcome.missed}) > 0
    assert {(one.detector, one.reason) for one in outcome.missed} == {("shy", "will not look")}
    assert [one.row for one in outcome.missed] == sorted(one.row for one in outcome.missed)


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_grows_to_the_end(large, detector, workers):
    """Rows and bytes never go back, and end at what was seen and at the size of the file."""
    told = []
    outcome, _ = scanned(job([large / "plain.jsonl"], [detector], inline=False), workers=workers, on_progress=told.append)
    assert [(one.rows, one.bytes) for one in told] == sorted((one.rows, one.bytes) for one in told)
    assert (told[-1].rows, told[-1].bytes) == (outcome.tally.seen, (large / "plain.jsonl").stat().st_size)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_ends_the_scan_with_what_is_done(large, detector, workers):
    """Ctrl-C while a part is taken in: no exception, the outcome says so, and its books balance."""

    def interrupt(progress):
        raise KeyboardInterrupt

    began = time.monotonic()
    outcome, written = scanned(job([large / "plain.jsonl"], [detector], inline=False), workers=workers, on_progress=interrupt)
    assert outcome.interrupted
    assert time.monotonic() - began < 20
    assert written.count(b"\n") == sum(count.findings for count in outcome.tally.by_rule.values()) > 0
    outcome.tally.check()


@pytest.mark.parametrize(
    "make", [RulesDetector, NumberFormatDetector, lambda rules: RowParser("auto", (), "trained"), lambda rules: make_renderer("mask")]
)
def test_what_a_worker_needs_can_be_sent_to_it(packs, fresh, make):
    """Where processes are not forked, detectors, parser and renderer arrive whole and work as before."""
    original = make(packs["paper-numbers"].rules)
    copy = pickle.loads(pickle.dumps(original))
    (block,) = FileSource((fresh(b'{"text": "871, 666"}\n'),)).blocks()
    detector = NumberFormatDetector(packs["paper-numbers"].rules)
    if isinstance(original, RowParser):
        assert list(copy.parse(block).texts) == list(original.parse(block).texts) == ["871, 666"]
    elif hasattr(original, "detect"):
        batch = batch_of(["871, 666", "666 and more"])
        places = [[(*hit[:3], hit[3].rule.id) for hit in one.detect(batch).hits] for one in (original, copy)]
        assert places[0] == places[1] != []
    else:
        batch = RowParser().parse(block)
        assert copy(batch, [detector.detect(batch)]) == original(batch, [detector.detect(batch)]) != b""
