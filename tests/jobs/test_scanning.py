"""The result of a scan in Python: what was not read or not looked at never passes for clean."""

import itertools
import json
from dataclasses import replace

import pytest

import leakguard
from leakguard.core.errors import NotClean, Stopped, UsageError
from leakguard.jobs import python_scan as scan_job

ONE = {"rules": ["hate-numeric"]}
UNTRAINED = {"messages": [{"role": "user", "content": "1488"}]}
CLEAN, HOT = {"text": "The gate is green."}, {"text": "871, 1488, 305"}
QUESTIONS = [bool, lambda scan: scan.ok, lambda scan: scan.tally, lambda scan: scan.unreadable, lambda scan: scan.missed]
QUESTIONS += [lambda scan: scan.raise_for_status(), lambda scan: scan.result, lambda scan: scan.media, lambda scan: scan.to_dict()]


def test_a_scan_is_true_only_for_data_that_were_looked_at_and_are_clean():
    """Without having been iterated over."""
    assert leakguard.scan([CLEAN], **ONE)
    for rows in ([HOT], [CLEAN, {"text": {1}}], [CLEAN, {"other": 5}], [], iter([]), [UNTRAINED]):
        assert not leakguard.scan(rows, **ONE), rows


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([CLEAN, HOT], "1 of 2 rows have a finding at error or above"),
        (
            [CLEAN, {"text": {1}}],
            "1 of 2 rows could not be read (the first: rows, row 2: no-json: a value of type set cannot be written as JSON",
        ),
        ([], "0 rows, and none of them could be looked at"),
        ([{"text": {1}}], "1 rows, and none of them could be looked at; the first: rows, row 1: no-json"),
    ],
)
def test_why_a_scan_is_not_ok(rows, words):
    """raise_for_status says it, and nothing for a clean scan."""
    with pytest.raises(NotClean) as error:
        leakguard.scan(rows, **ONE).raise_for_status()
    assert words in str(error.value)
    assert leakguard.scan([CLEAN], **ONE).raise_for_status() is None


def test_fail_on_says_which_findings_count():
    """As in the settings file."""
    rows = [{"text": "412, 666, 301"}]
    assert leakguard.scan(rows, rules="unlucky-numbers", fail_on="never") and not leakguard.scan(
        rows, rules="unlucky-numbers", fail_on="note"
    )


def test_a_row_that_a_detector_missed_is_not_clean(tmp_path):
    """A pattern that ran out of time has not looked."""
    pack = tmp_path / "slow.toml"
    pack.write_text(
        '[pack]\nid = "slow"\nversion = "1.0.0"\ntitle = "slow"\n[[rule]]\nid = "slow.one"\nkind = "regex"\nvalue = "slow"\n'
        'pattern = \'(a|aa)+(a|aa)+(a|aa)+b\\b\'\nseverity = "note"\nmeaning = "m"\nhits = ["aab aaab"]\nmisses = ["ccc"]\n'
    )
    scan = leakguard.scan([CLEAN, {"text": "a" * 5000}], rules=[str(pack)])
    assert [one.row for one in scan.missed] == [2] and not scan.ok
    with pytest.raises(NotClean, match=r"1 rows could not be looked at by every detector \(the first: row 2, rules"):
        scan.raise_for_status()


def test_a_stream_answers_nothing_before_its_end():
    """Each question raises and says what to do; after one whole iteration each has its answer."""
    scan = leakguard.scan([CLEAN, CLEAN], stream=True, **ONE)
    rows = iter(scan)
    for drawn in (0, 1):
        for question in QUESTIONS:
            with pytest.raises(UsageError, match="this stream was not read to its end"):
                question(scan)
        assert scan.so_far.seen in (0, 2) and "not read to its end" in repr(scan)
        assert drawn or next(rows)
    assert len(list(rows)) == 1 and scan.ok and scan.tally.seen == 2
    with pytest.raises(UsageError, match="read already"):
        list(scan)


def test_rows_and_findings_of_large_data_are_read_again(monkeypatch):
    """What is not held in memory is the same the second time; the tally is made once."""
    monkeypatch.setattr(scan_job, "HELD", 100)
    monkeypatch.setattr(scan_job, "FINDINGS", 3)
    rows = [CLEAN, HOT, {"text": {1}}, {"text": "1488 and 1488"}] * 5
    for data in (rows, (row for row in rows)):
        scan = leakguard.scan(data, **ONE)
        assert len(scan.result.findings) < 15
        assert [row.origin.row for row in scan] == list(range(1, 21))
        found = [(one.row, one.span.start) for one in scan.findings()]
        assert len(found) == 15 and found == sorted(found) and scan.tally.unreadable == 5


def test_data_that_change_after_the_scan_are_noticed(tmp_path, monkeypatch):
    """Rows that are read again must be those that were counted."""
    monkeypatch.setattr(scan_job, "HELD", 0)
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(CLEAN) + "\n")
    scan = leakguard.scan(path, **ONE)
    path.write_text(json.dumps(HOT) + "\n")
    with pytest.raises(Stopped, match="changed after they were scanned"):
        list(scan)


def test_findings_that_are_held_are_those_of_the_rows():
    """In the same order, from several detectors and texts. Only those that are held for a report have the words around them."""
    rows = [{"messages": [{"role": "assistant", "content": "1488 88/14"}, {"role": "assistant", "content": "666"}]}, HOT] * 3
    scan = leakguard.scan(rows)
    held = [replace(finding, before="", after="", decides=False) for finding in scan.findings()]
    assert held == [finding for row in scan for finding in row.findings] and any(finding.decides for finding in scan.findings())


def test_the_result_can_be_reported():
    """As the command line's JSON, and in every other format."""
    scan = leakguard.scan([CLEAN, HOT], **ONE)
    said = scan.to_dict()
    assert said["tally"]["seen"] == 2 and [one["quote"] for one in said["findings"]] == ["1488"]
    assert repr(scan) == "<Scan: 2 rows, 0 unreadable, 1 with findings>"


def test_an_endless_stream_is_read_as_far_as_it_is_asked():
    """No more is drawn than a block holds, by rows or by findings."""
    drawn = itertools.count()
    endless = ({"text": f"{next(drawn)} 1488 {'x' * 1000}"} for _ in itertools.count())
    assert next(iter(leakguard.scan(endless, stream=True, **ONE).findings())).quote == "1488"
    assert next(drawn) < 3000


def test_a_gate_is_true_only_if_it_is_open():
    """And raises GateBlocked with the reasons otherwise; a result without a check is no pass."""
    assert leakguard.gate([CLEAN], **ONE).ok and leakguard.gate([CLEAN], **ONE).raise_for_status() is None
    for rows in ([HOT], [], [UNTRAINED], [{"other": 5}]):
        shut = leakguard.gate(rows, **ONE)
        assert not shut and not shut.ok and bool(shut) is False
        with pytest.raises(leakguard.GateBlocked, match="the gate is blocked: "):
            shut.raise_for_status()
    assert repr(leakguard.gate([HOT], **ONE)) == "<GateReport: failed, 6 of 7 checks passed>"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: leakguard.scan([CLEAN], config=7), "config: expected a path"),
        (lambda: leakguard.scan([CLEAN], config=b"a.toml"), "config: expected a path"),
        (lambda: leakguard.clean([CLEAN], None), "folder: expected a path"),
        (lambda: leakguard.gate([CLEAN], manifest=["m"]), "manifest: expected a path"),
        (lambda: leakguard.scan([CLEAN], workers="two"), "option workers: expected a whole number"),
        (lambda: leakguard.guard(unseen="keep"), "unseen: unknown value 'keep'"),
        (lambda: leakguard.trainer_callback([CLEAN]), "data: expected the path of the training files"),
        (lambda: leakguard.trainer_callback("a.jsonl", answer=5), "answer: expected a path"),
        (lambda: leakguard.trainer_callback("a.jsonl", rows=5), "a number holds no rows"),
        (lambda: leakguard.trainer_callback("a.jsonl", rows=iter([])), "a generator can be read only once"),
        (lambda: leakguard.trainer_callback("a.jsonl", prepare=len), "give rows= too"),
        (lambda: leakguard.trainer_callback("a.jsonl", rows=[CLEAN], prepare=5), "prepare: expected a function"),
        (lambda: leakguard.trainer_callback("a.jsonl", answer="a.json", manifest="m"), "leave out manifest= or answer="),
    ],
)
def test_arguments_of_a_wrong_type_are_usage_errors(ask, words):
    """In the error tree, with the argument's name."""
    with pytest.raises(UsageError) as error:
        ask()
    assert words in str(error.value)
