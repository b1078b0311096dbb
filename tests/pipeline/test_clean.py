"""The clean over real files: every row has one fate, nothing is lost, and what is kept is what was there."""

import gzip
import os
import signal
from functools import partial

import orjson
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector_calls import Nervous, Shy
from leakguard.core.batch import Detections, Hits
from leakguard.core.finding import fingerprint
from leakguard.core.policy import SEVERITIES, Action, Fate, Policy
from leakguard.detectors.baseline_filter import BaselineFilter
from leakguard.outputs.redaction import redact_line
from leakguard.pipeline.clean import CleanJob, CleanTotals, Extent, clean
from leakguard.pipeline.detect import detect_block
from leakguard.pipeline.route import Router
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource
from leakguard.reports.scan.reasons import ReasonLines
from strategies import SAID, messy_files

LAW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
BLOCK_SIZES = st.sampled_from([16, 40, 200, 1 << 20])
NAMES = [*sorted(SEVERITIES), "unlucky-numbers", "*.666", "numbers:error", "text:hate-numeric"]
POLICIES = st.builds(Policy, st.dictionaries(st.sampled_from(NAMES), st.sampled_from(Action)), st.none() | st.sampled_from(Action))
REDACTING = Policy({"error": Action.REDACT, "warning": Action.REDACT, "note": Action.REDACT})
REPLACEMENT = "[redacted]"


class Drawers:
    """What a clean handed out: bytes for each fate, and the rulings."""

    def __init__(self):
        self.bytes, self.rulings, self.parts = dict.fromkeys(Fate, b""), [], 0

    def take(self, part, books):
        self.parts += 1
        assert books.tasks == self.parts
        for fate, pieces in part.pieces.items():
            self.bytes[fate] += b"".join(_read(piece) for piece in pieces)
        self.rulings += [orjson.loads(line) for line in b"".join(map(_read, part.rulings)).splitlines()]

    def lines(self, fate):
        return self.bytes[fate].split(b"\n")[:-1]


def _read(piece):
    if isinstance(piece, Extent):
        with open(piece.file, "rb") as file:
            file.seek(piece.offset)
            return file.read(piece.length).removesuffix(b"\n") + b"\n"
    return piece if isinstance(piece, bytes) else piece.read_bytes()


def cleaned(path, detectors, policy, *, workers=1, block_size=1 << 20, row_limit=16 << 20):
    """The books and drawers of one file."""
    sorter = Router(RowParser(), tuple(detectors), policy, partial(redact_line, replacement=REPLACEMENT))
    source = FileSource((path,), block_size=block_size, row_limit=row_limit, inline=workers == 1)
    books, drawers = CleanTotals(), Drawers()
    clean(CleanJob(source, sorter, ReasonLines(), _as_it_is), drawers.take, books, workers=workers, on_progress=lambda progress: None)
    return books, drawers


def _as_it_is(file, data):
    return data


def rows_in(data):
    """The rows of a file's content, as bytes, with the number of the line."""
    body = data.removeprefix(b"\xef\xbb\xbf")
    return {number: line for number, line in enumerate(body.split(b"\n"), 1) if line.strip()}


@LAW
@given(data=messy_files(SAID), policy=POLICIES, block_size=BLOCK_SIZES)
def test_every_row_has_one_fate_and_what_was_not_redacted_is_what_was_there(fresh, detector, data, policy, block_size):
    """Put back together by line number, the outputs are the input: byte-identical rows, in order, and each that was not kept has its reasons."""
    books, drawers = cleaned(fresh(data), [detector], policy, block_size=block_size)
    rows = rows_in(data)
    ruled = {ruling["row"]: ruling for ruling in drawers.rulings}
    kept = [row for row in rows if row not in ruled]
    assert drawers.lines(Fate.KEPT) == [rows[row] for row in kept]
    for fate in (Fate.QUARANTINED, Fate.REMOVED, Fate.UNREADABLE):
        assert drawers.lines(fate) == [rows[row] for row, ruling in ruled.items() if ruling["fate"] == fate.name.lower()]
    for fate in Fate:
        assert books.files.get("", {}) == {}
        assert sum(each[fate] for each in books.files.values()) == len(drawers.lines(fate))
    assert books.outcome.tally.seen == len(rows)
    books.outcome.tally.check()
    assert list(ruled) == sorted(ruled)
    assert all(ruling["findings"] or ruling.get("reason") for ruling in ruled.values())


@LAW
@given(data=messy_files(SAID), policy=POLICIES)
def test_cleaning_what_was_kept_removes_nothing(fresh, detector, data, policy):
    """A clean is idempotent: its kept rows are all kept again."""
    _, drawers = cleaned(fresh(data), [detector], policy)
    again, second = cleaned(fresh(drawers.bytes[Fate.KEPT]), [detector], policy)
    assert second.bytes == {**dict.fromkeys(Fate, b""), Fate.KEPT: drawers.bytes[Fate.KEPT]}
    assert again.outcome.tally.kept == again.outcome.tally.seen


@LAW
@given(data=messy_files(SAID))
def test_redaction_leaves_no_match_behind(fresh, detector, data):
    """Redacted rows are rows of the same keys in which nothing is found; what cannot be redacted is set apart."""
    _, drawers = cleaned(fresh(data), [detector], REDACTING)
    again, second = cleaned(fresh(drawers.bytes[Fate.REDACTED]), [detector], REDACTING)
    assert again.outcome.tally.by_rule == {}
    assert second.bytes[Fate.KEPT] == drawers.bytes[Fate.REDACTED]
    rows = rows_in(data)
    before = [orjson.loads(rows[ruling["row"]]) for ruling in drawers.rulings if ruling["fate"] == "redacted"]
    after = [orjson.loads(line) for line in drawers.lines(Fate.REDACTED)]
    assert [list(row) for row in before] == [list(row) for row in after]
    assert all(ruling["detail"] for ruling in drawers.rulings if ruling["fate"] == "quarantined")


@LAW
@given(data=messy_files(), policy=POLICIES, failing=st.sampled_from([Nervous(), Shy()]))
def test_what_a_detector_could_not_look_at_is_never_kept_unless_the_policy_says_so(fresh, detector, data, policy, failing):
    """Undetermined rows go to a file of their own, with the detector and its reason; found ones may go to a stricter fate."""
    path = fresh(data)
    _, alone = cleaned(path, [detector], policy)
    books, drawers = cleaned(path, [failing, detector], policy)
    missed = {entry.row for entry in books.outcome.missed}
    assert books.outcome.tally.undetermined <= books.outcome.tally.missed
    assert books.outcome.tally.missed == len(missed)
    before = {ruling["row"]: Fate[ruling["fate"].upper()] for ruling in alone.rulings}
    after = {ruling["row"]: Fate[ruling["fate"].upper()] for ruling in drawers.rulings}
    for row in rows_in(data):
        assert after.get(row, Fate.KEPT) >= before.get(row, Fate.KEPT)
        if row in missed and policy.missed is None:
            assert after[row] >= Fate.UNDETERMINED
    assert all(ruling["missed"] for ruling in drawers.rulings if ruling["row"] in missed)


@settings(max_examples=5, deadline=None)
@given(data=st.lists(messy_files(SAID), min_size=3, max_size=3), policy=POLICIES)
def test_how_the_work_is_cut_never_shows(fresh, detector, data, policy):
    """Any block size and any number of processes give the same bytes for every fate, the same rulings and the same books."""
    path = fresh(b"\n".join(data * 40))
    expected, drawers = cleaned(path, [detector], policy)
    for workers, block_size in ((1, 300), (2, 1000)):
        books, other = cleaned(path, [detector], policy, workers=workers, block_size=block_size)
        assert (other.bytes, other.rulings) == (drawers.bytes, drawers.rulings)
        assert (books.outcome.tally, books.files) == (expected.outcome.tally, expected.files)


def test_a_row_that_is_too_long_to_be_held_is_not_lost(fresh, detector):
    """Its bytes are handed out as a place in the file."""
    long = b'{"text": "' + b"6" * 5000 + b'"}'
    data = b'{"text": "one"}\n' + long + b'\n{"text": "two"}\n' + long
    _, drawers = cleaned(fresh(data), [detector], Policy({}), block_size=64, row_limit=1000)
    assert drawers.lines(Fate.UNREADABLE) == [long, long]
    assert drawers.lines(Fate.KEPT) == [b'{"text": "one"}', b'{"text": "two"}']


@settings(max_examples=25, deadline=None)
@given(data=st.lists(messy_files(), min_size=2, max_size=3), policy=POLICIES, pack=st.sampled_from([gzip.compress, zstandard.compress]))
def test_sharding_and_compression_never_change_a_verdict(fresh, detector, data, policy, pack):
    """Each shard alone, packed or not, gives the rows of each fate that the whole file gives."""
    shards = [shard.removeprefix(b"\xef\xbb\xbf") + b"\n" for shard in data]
    _, whole = cleaned(fresh(b"".join(shards)), [detector], policy)
    parts = [cleaned(fresh(pack(shard)), [detector], policy)[1] for shard in shards]
    for fate in (Fate.KEPT, Fate.REDACTED, Fate.QUARANTINED, Fate.REMOVED):
        assert whole.lines(fate) == [line for part in parts for line in part.lines(fate)]


class Wrong:
    """Answers in a way that no detector may."""

    name = "wrong"

    def __init__(self, answer):
        self.detect = answer


NO_ANSWERS = [
    lambda batch: None,
    lambda batch: Detections("wrong", Hits(), number_lists=[False] * (len(batch.texts) - 1)),
    lambda batch: Detections("wrong", Hits([len(batch.texts)], [0], [1], [0], [None])),
    lambda batch: Detections("wrong", Hits([0], [0], [1], [], [])),
    lambda batch: Detections("wrong", Hits(), {len(batch.texts): "?"}),
]


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_an_answer_that_cannot_be_one_is_none(fresh, answer):
    """A detector that says nothing, too little, or speaks of texts that are not there makes records undetermined, never clean."""
    books, drawers = cleaned(fresh(b'{"text":"one"}\n{"prompt":"p","completion":"c"}\n'), [Wrong(answer)], Policy({}))
    assert (books.outcome.tally.undetermined, books.outcome.tally.kept) == (2, 0)
    assert all(set(ruling["missed"]) == {"wrong"} for ruling in drawers.rulings)


class Squeamish:
    """Cannot look at what was redacted."""

    name = "squeamish"

    def detect(self, batch):
        return Detections(self.name, Hits(), {at: "will not look" for at, text in enumerate(batch.texts) if REPLACEMENT in text})


def test_what_cannot_be_looked_at_again_is_not_redacted_but_undetermined(fresh, detector):
    """The row goes apart as it was, is counted as missed, and its reasons name who could not look."""
    row = b'{"text":"it said 1488 there"}'
    books, drawers = cleaned(fresh(row), [detector, Squeamish()], REDACTING)
    assert drawers.lines(Fate.UNDETERMINED) == [row]
    assert (books.outcome.tally.missed, books.outcome.tally.unseen, books.outcome.tally.missed_by) == (1, 1, {"squeamish": 1})
    assert drawers.rulings[0]["missed"] == {"squeamish": "will not look"}


@LAW
@given(data=messy_files(), policy=POLICIES, chance=st.randoms(use_true_random=False))
def test_a_baseline_entry_hides_exactly_its_finding(fresh, detector, data, policy, chance):
    """Without the accepted findings, everything else is found as before; hidden and found together are what there was."""
    parser, source = RowParser(), FileSource((fresh(data),))
    found = [_fingerprints(detect_block(parser, [detector], block)) for block in source.blocks()]
    everything = {key: rule for block in found for key, rule in block}
    accepted = {key: rule for key, rule in everything.items() if chance.random() < 0.5}
    left = [detect_block(parser, [BaselineFilter(detector, accepted)], block) for block in source.blocks()]
    assert [_fingerprints(block) for block in left] == [[one for one in block if one[0] not in accepted] for block in found]
    hidden = sum(times for block in left for answer in block.answers for times in answer.accepted.values())
    assert hidden == sum(key in accepted for block in found for key, _ in block)


def _fingerprints(looked):
    batch = looked.batch
    return [
        (fingerprint(mark.rule.id, batch.identity(batch.owners[text]), batch.texts[text][start:end]), mark.rule.id)
        for answer in looked.answers
        for text, start, end, mark in answer.hits
    ]


def test_an_interrupt_waits_until_a_part_is_in_the_books_and_in_the_files(tmp_path, detector):
    """Ctrl-C in the midst of taking a part: the part is taken whole, then the clean is interrupted, and whoever goes on misses no row."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text": "a kettle"}\n{"text": "1488"}\n' * 3)
    job = CleanJob(
        FileSource((str(path),)),
        Router(RowParser(), (detector,), Policy({}), partial(redact_line, replacement=REPLACEMENT)),
        ReasonLines(),
        _as_it_is,
    )
    books, drawers = CleanTotals(), Drawers()

    def take(part, entered):
        os.kill(os.getpid(), signal.SIGINT)
        drawers.take(part, entered)

    with pytest.raises(KeyboardInterrupt):
        clean(job, take, books, on_progress=lambda progress: None)
    assert books.tasks == drawers.parts == 1
    assert sum(books.files[str(path)].values()) == sum(len(drawers.lines(fate)) for fate in Fate) == 6
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
