"""A saved json report, read back: the same reports again, and one clear line for anything that is none."""

import json
from dataclasses import replace

import pytest
from hand_made import RULES, finding, pack
from hostile import results
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.baseline import Accepted, BaselineUse
from leakguard.core.errors import UsageError
from leakguard.core.results import Cleaning, Output, ScanResult, Tally
from leakguard.documents.scan_result import list_dropped_parts
from leakguard.reports import SCAN_REPORTS
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.json_document import read_result, render

REDACT = st.sampled_from(["none", "mask", "hash"])


@settings(max_examples=60, deadline=None)
@given(results(), REDACT)
def test_a_saved_result_is_saved_again_alike(result, redact):
    """Written, read and written again, the document is the same, whatever stands in it."""
    text = render(result, Style(redact=redact))
    again, written = read_result(text.encode(), "r.json")
    assert written == redact
    assert render(again, Style(redact=redact)) == text


@settings(max_examples=30, deadline=None)
@given(results(), st.sampled_from(sorted(SCAN_REPORTS)), st.sampled_from(["", "mask", "hash"]))
def test_every_report_is_the_one_that_the_run_would_have_made(result, name, redact):
    """Each format says the same from a saved result as from the run itself."""
    again, _ = read_result(render(result, Style(redact="none")).encode(), "r.json")
    style = Style(redact=redact, verbose=True)
    assert SCAN_REPORTS[name](again, style) == SCAN_REPORTS[name](result, style)


def test_a_clean_is_read_back_as_one(result, control):
    """Where rows went, and the control, are part of it."""
    cleaned = replace(
        result, cleaning=Cleaning("out", (Output("kept/data.jsonl", 8),), "taken up"), control=control, control_file="c.jsonl"
    )
    again, _ = read_result(render(cleaned, Style(redact="none")).encode(), "r.json")
    assert (again.cleaning, again.control, again.control_file) == (cleaned.cleaning, control, "c.jsonl")


def test_a_baseline_is_read_back(result):
    """What was accepted, and what is not used any more, is part of a saved result; every report says how much it leaves out."""
    use = BaselineUse("base.jsonl", 3, (Accepted("luck.7", "1.0.0", "ab" * 16, "a price"),))
    kept = replace(result, baseline=use, tally=replace(result.tally, accepted={"cd" * 16: 2}))
    again, _ = read_result(render(kept, Style(redact="none")).encode(), "r.json")
    assert (again.baseline, again.tally) == (use, kept.tally)
    for build in SCAN_REPORTS.values():
        assert "Not counted: 2 findings" in build(again, Style())


def test_what_is_not_taken_up_is_named(result):
    """The books of a judge stay in the file that holds them; nobody loses them unawares."""
    said = json.loads(render(result, Style(redact="none")))
    assert list_dropped_parts(json.dumps(said).encode()) == []
    assert list_dropped_parts(json.dumps({**said, "judge": {"model": "m"}}).encode()) == ["judge"]


def test_a_hash_is_left_of_a_masked_quote(result):
    """The fingerprint still gives the hash of a quote that only its mask is left of, and stays what it was."""
    masked, _ = read_result(render(result, Style(redact="mask")).encode(), "r.json")
    assert [one.fingerprint for one in masked.findings] == [one.fingerprint for one in result.findings]
    assert json.loads(render(masked, Style(redact="hash")))["findings"] == json.loads(render(result, Style(redact="hash")))["findings"]


NESTED = ("[" * 100_000).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe\x00", "decode"),
        (b"[]", "the document: expected an object, not []"),
        (b"{}", "schema_version: this field is missing"),
        (b'{"schema_version": 2}', "version 2 cannot be read, only 1"),
        (NESTED, "nested too deeply"),
    ],
    ids=["empty", "bytes", "list", "no version", "another version", "nested"],
)
def test_what_is_no_result_is_refused_in_one_line(content, words):
    """Any file that is none: which one, and why."""
    with pytest.raises(UsageError) as error:
        read_result(content, "r.json")
    assert str(error.value).startswith("r.json: not a JSON report of leakguard")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def _set(*path, value):
    def change(said):
        for key in path[:-1]:
            said = said[key]
        said[path[-1]] = value

    return change


def _drop(*path):
    def change(said):
        for key in path[:-1]:
            said = said[key]
        del said[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_drop("tally"), "tally: this field is missing"),
        (_set("tally", "seen", value="x"), "tally.seen: expected a whole number, 0 or more, not 'x'"),
        (_set("tally", "seen", value=-1), "tally.seen: expected a whole number, 0 or more, not -1"),
        (_set("tally", "seen", value=True), "tally.seen: expected a whole number"),
        (_set("tally", "seen", value=11), "tally: the books do not balance: 11 rows seen, 10 accounted for"),
        (_set("tally", "flagged", value={"loud": 1}), "tally.flagged.loud: expected note or warning or error, not 'loud'"),
        (_set("tally", "lengths", value=[[1, 2]]), "tally.lengths[0]: expected digits, numbers and rows"),
        (_set("findings", 1, "rule", value="gone.1"), "findings[1].rule: 'gone.1' is not a rule of the document"),
        (_set("findings", 0, "record_id", value="x"), "findings[0].record_id: expected 16 hexadecimal digits"),
        (_set("findings", 2, "row", value=None), "findings[2].row: expected a whole number"),
        (_set("rules", 0, "kind", value="spell"), "rules[0].kind: expected number or"),
        (_set("rules", 0, "severity", value={"songs": "error"}), "rules[0].severity.songs: expected numbers or text"),
        (_drop("rules", 3), "packs[1].rules: is 3, but the document has 2 of them"),
        (_set("unreadable", 0, "reason", value=7), "unreadable[0].reason: expected a text, not 7"),
        (_set("exit_code", value=0), "exit_code: is 0, but the tally adds up to 3"),
        (_set("interrupted", value="no"), "interrupted: expected true or false"),
        (_set("fail_on", value="often"), "fail_on: expected"),
        (_set("redact", value="some"), "redact: expected none or mask or hash"),
        (_set("control", value={"file": "c", "tally": {}}), "control.tally.by_rule: this field is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(result, change, words):
    """A document that was changed says where it is not as it should be."""
    said = json.loads(render(result, Style(redact="none")))
    change(said)
    with pytest.raises(UsageError) as error:
        read_result(json.dumps(said).encode(), "r.json")
    assert words in str(error.value)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers(), max_size=1) | st.just({})


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_change_is_read_or_refused(data):
    """Whatever is put in the place of whichever value, the answer is a result or one line."""
    result = ScanResult(Tally(seen=1, kept=1), (finding("luck.13", "13"),), (), (), ("a",), RULES, (pack("luck"),), {"x": 1})
    said = json.loads(render(result, Style(redact="none")))
    place = said
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        parent, place = place, place[key]
        if data.draw(st.booleans()):
            break
    parent[key] = data.draw(LEAVES)
    try:
        again, _ = read_result(json.dumps(said).encode(), "r.json")
    except UsageError as error:
        assert "\n" not in str(error)
    else:
        for build in SCAN_REPORTS.values():
            build(again, Style())
