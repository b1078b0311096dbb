"""What a review opens and says, without its server: pipes, foreign manifests, gaps, rows taken back, regrouped answers."""

import json
import os
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from leakguard.cli.review import describe_listed, end_review
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.review import ReviewRequest, is_cleaned, is_report, is_taken_back, open_review
from leakguard.outputs.baseline import read_baseline
from leakguard.reports.kit.style import Style
from leakguard.review.decision_files import DecisionFiles
from leakguard.review.decisions import FoundKey, PlaceDecision
from leakguard.review.session import ReviewSession
from leakguard.settings.options import Settings
from leakguard.settings.plan import resolve

ROWS = "".join(json.dumps({"text": text}) + "\n" for text in ("871, 187, 305", "412, 187, 906", "412, 420, 905"))
BROKEN = '{"text": \n{"text": \n'


def plan_for(**options):
    return resolve(Settings(workers=1, **{"select": ("police-codes.capc.187", "drug-sex-death-terror.420"), **options}))


def open_at(place, path, plan=None):
    request = ReviewRequest((str(path),), place / "baseline.jsonl", Style())
    return open_review(plan or plan_for(), request, on_progress=lambda progress: None)


def clean_to(folder, *files, plan=None):
    target = CleanTarget(folder)
    return clean_files(plan or plan_for(), [*map(str, files)], target, stdin=None, clock=lambda: 0.0, on_progress=lambda progress: None)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data.jsonl").write_text(ROWS)
    return tmp_path / "data.jsonl"


def test_a_pipe_is_scanned_from_its_first_row(tmp_path):
    """It is not opened to see whether it is a report: the scan would then lack its first bytes, and without a writer it would block."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert not is_report(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(ROWS,))
    writer.start()
    subject = open_at(tmp_path, pipe)
    writer.join()
    assert subject.result.tally.seen == 3 and {one.row for one in subject.result.findings} == {1, 2, 3}


@pytest.mark.parametrize("said", ['{"name": "my-extension"}', '{"kind": "leakguard mitigate"}', "[]", "{"])
def test_a_folder_with_a_manifest_of_something_else_is_data(data, said):
    """Scan reads it, so review does; only the kind of a clean, or its reasons beside a damaged manifest, make it a cleaned folder."""
    (data.parent / "manifest.json").write_text(said)
    assert not is_cleaned(data.parent)
    assert open_at(data.parent, data.parent).result.tally.seen >= 3
    (data.parent / "reasons.jsonl").write_text("")
    assert is_cleaned(data.parent) is (said in ("[]", "{", '{"name": "my-extension"}'))


def test_a_review_of_data_that_could_not_be_checked_is_incomplete(data, capsys):
    """Exit code 3 with the reason, of data, of a cleaned folder, and of a result that was interrupted; findings alone are no reason."""
    result = open_at(data.parent, data).result
    assert (end_review(result), capsys.readouterr().err) == (0, "")
    assert end_review(replace(result, interrupted=True)) == 3
    assert "the remaining rows were not scanned" in capsys.readouterr().err
    data.write_text(BROKEN)
    assert end_review(open_at(data.parent, data).result) == 3
    assert "Incomplete: 2 rows unreadable" in capsys.readouterr().err
    clean_to(data.parent / "cleaned", data)
    assert end_review(open_at(data.parent, data.parent / "cleaned").result) == 3


def test_places_that_are_not_listed_are_counted(data):
    """Of a rule that is only a note three places are listed, and of a cleaned folder no rows that were kept."""
    data.write_text("".join(json.dumps({"text": f"The year {number} and 187 of them."}) + "\n" for number in range(8)))

    def describe(subject):
        return describe_listed(ReviewSession(subject, DecisionFiles(data.parent / "baseline.jsonl")))

    plan = plan_for(select=("police-codes.capc.187",))
    subject = open_at(data.parent, data, plan)
    assert subject.result.tally.places == 8 and {one.mark.severity.label for one in subject.result.findings} == {"note"}
    assert describe(subject) == "3 places with findings are listed; 5 more are not (--notes lists more notes; a page has 10,000 at most)."
    assert describe(replace(subject, style=Style(notes=True))) == "8 places with findings are listed."
    clean_to(data.parent / "cleaned", data, plan=plan)
    assert "0 places with findings are listed; 8 more are not (rows that were kept are not listed;" in describe(
        open_at(data.parent, data.parent / "cleaned", plan)
    )


def test_rows_are_not_taken_back_over_other_data(data):
    """A folder beside the cleaned one that has other data stays; one that has rows of this quarantine is replaced."""
    place = data.parent
    clean_to(place / "cleaned", data)
    subject = open_at(place, place / "cleaned")
    (place / "other.jsonl").write_text('{"text": "a quiet day"}\n')
    clean_to(place / "cleaned-accepted", place / "other.jsonl")
    before = (place / "cleaned-accepted/manifest.json").read_bytes()
    with DecisionFiles(place / "baseline.jsonl") as files:
        session = ReviewSession(subject, files)
        first, second, _ = session.places
        session.decide(accept(first))
        with pytest.raises(UsageError, match="cleaned-accepted: this has other data"):
            session.take_back()
        assert (place / "cleaned-accepted/manifest.json").read_bytes() == before
        (place / "cleaned-accepted").rename(place / "mine")
        assert is_taken_back(place / "cleaned-accepted", place / "cleaned")
        assert session.take_back()["kept"] == 1
        session.decide(accept(second))
        session._lock.acquire()  # A decision that is being written does not wait for a clean, nor a clean for it.
        assert session.take_back() == {"folder": str(place / "cleaned-accepted"), "kept": 2, "quarantined": 1, "removed": 0, "unchecked": 0}
        session._lock.release()


def test_rows_that_cannot_be_checked_again_are_counted(data, monkeypatch):
    """The page is told of rows that are neither kept nor quarantined."""
    from leakguard.jobs import review

    clean_to(data.parent / "cleaned", data)
    subject = open_at(data.parent, data.parent / "cleaned")
    with DecisionFiles(data.parent / "baseline.jsonl") as files:
        session = ReviewSession(subject, files)
        session.decide(accept(next(iter(session.places))))
        tally = SimpleNamespace(kept=1, redacted=2, quarantined=3, removed=4, unreadable=5, undetermined=6)
        monkeypatch.setattr(review, "clean_files", lambda *_, **__: SimpleNamespace(tally=tally, interrupted=False))
        assert {"kept": 3, "quarantined": 3, "removed": 4, "unchecked": 11}.items() <= session.take_back().items()
        monkeypatch.setattr(review, "clean_files", lambda *_, **__: SimpleNamespace(tally=tally, interrupted=True))
        with pytest.raises(review.Stopped, match="interrupted"):
            session.take_back()


def accept(*keys):
    return Field({"decisions": [{"answer": "accepted", "reason": "known", "places": [*keys]}]})


@pytest.mark.parametrize("first", [True, False])
def test_an_answer_of_a_review_with_other_rules_does_not_count_against_a_new_one(data, first):
    """What the page shows as accepted is in the baseline; the findings of the old place that are not here keep their old answer."""
    gone = FoundKey("pack.gone", "1.0.0", "f" * 32)
    baseline = data.parent / "baseline.jsonl"
    subject = open_at(data.parent, data)
    with DecisionFiles(baseline, "Ada") as files:
        session = ReviewSession(subject, files)
        key, other, _ = session.places
        here = session.places[key][0]
        files.add([PlaceDecision("rejected", (here, gone) if first else (gone, here))])
        merged = session.decide(accept(key, other))
        assert merged["places"][key] | {"reason": ""} == {"accept": True, "reason": "", "others": [], "conflict": False}
        assert {one.fingerprint for one in read_baseline(baseline).entries} == {key, other} and not merged["conflicts"]
        assert files.list_decisions()["Ada"][gone.fingerprint].answer == "rejected"
        assert [*session._narrow_answers([PlaceDecision("accepted", session.places[key], "x")])] == []
