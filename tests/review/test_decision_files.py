"""The files of a review: decisions survive a kill at every byte, two reviewers are merged, and nothing is overwritten without a word."""

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.baseline import Accepted
from leakguard.core.errors import Stopped, UsageError
from leakguard.outputs.baseline import read_baseline, write_baseline
from leakguard.review.decision_files import DecisionFiles, name_log
from leakguard.review.decisions import FoundKey, PlaceDecision, merge_decisions
from leakguard.review.file_locks import lock_file


def place(letter, *more):
    """A place with one finding for each hexadecimal digit."""
    return tuple(FoundKey("pack.rule", "1.0.0", one * 32) for one in (letter, *more))


def accept(letter, *more, reason="known"):
    return PlaceDecision("accepted", place(letter, *more), reason)


def reject(letter, *more):
    return PlaceDecision("rejected", place(letter, *more))


def withdraw(letter):
    return PlaceDecision("withdrawn", place(letter))


def entry(letter, reason, reviewer=""):
    return Accepted("pack.rule", "1.0.0", letter * 32, reason, reviewer)


@pytest.fixture
def baseline(tmp_path):
    return tmp_path / "baseline.jsonl"


def saved(baseline):
    return {one.fingerprint[0]: (one.reason, one.reviewer) for one in read_baseline(baseline).entries}


def test_a_decision_is_in_the_baseline_at_once(baseline):
    """Accepted findings are, with all rules at their place; rejected and withdrawn ones are not."""
    with DecisionFiles(baseline, "Ada") as files:
        files.add([accept("a", "b"), reject("c")])
        assert saved(baseline) == {"a": ("known", "Ada"), "b": ("known", "Ada")}
        files.add([withdraw("a"), accept("c", reason="a house")])
        assert saved(baseline) == {"c": ("a house", "Ada")}


def test_a_finding_at_two_places_is_rejected_if_one_of_them_is(baseline):
    """Whichever was decided first, as in the page without a server."""
    for order in ([accept("a", "c"), reject("b", "c")], [reject("b", "c"), accept("a", "c")]):
        with DecisionFiles(baseline) as files:
            files.add(order)
            assert set(saved(baseline)) == {"a"}


def test_a_log_that_is_cut_at_any_byte_loses_only_the_line_that_was_not_whole(baseline, tmp_path):
    """A kill in the middle of a write: the next review has every earlier decision, and can go on."""
    with DecisionFiles(baseline) as files:
        files.add([accept("a")])
        files.add([accept("b")])
    log = baseline.with_name("baseline.jsonl.decisions") / name_log("")
    whole = log.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in [*range(first, len(whole), 7), len(whole)]:
        log.write_bytes(whole[:cut])
        baseline.unlink()
        with DecisionFiles(baseline) as files:
            assert set(saved(baseline)) == ({"a", "b"} if cut == len(whole) else {"a"})
            files.add([accept("c")])
            assert "c" in saved(baseline)


def test_a_kill_between_log_and_baseline_is_mended(baseline):
    """The log counts: a baseline that is missing, or older, is made again when the next review opens."""
    with DecisionFiles(baseline) as files:
        files.add([accept("a")])
        old = baseline.read_bytes()
        files.add([accept("b"), withdraw("a")])
    for left in (None, old):
        baseline.unlink() if left is None else baseline.write_bytes(left)
        with DecisionFiles(baseline):
            assert set(saved(baseline)) == {"b"}


def test_two_reviewers_at_once_are_merged_and_a_conflict_is_in_no_baseline(baseline):
    """Either may accept; what one accepts and the other rejects waits until they agree. Neither log is changed by the other."""
    with DecisionFiles(baseline, "Ada") as ada, DecisionFiles(baseline, "Bo") as bo:
        ada.add([accept("a"), accept("b"), accept("c", reason="a year")])
        merged = bo.add([reject("a"), accept("c", reason="a street")])
        assert saved(baseline) == {"b": ("known", "Ada"), "c": ("a year; a street", "Ada, Bo")}
        assert merged.conflicts == {"a" * 32}
        ada.add([withdraw("a")])
        assert not bo.merge().conflicts and "a" not in saved(baseline)
        assert set(ada.list_decisions()["Ada"]) == {letter * 32 for letter in "abc"}


def test_one_reviewer_has_one_review_at_a_time(baseline):
    """The second is told to end the first, or to give another name."""
    with DecisionFiles(baseline, "Ada"):
        with pytest.raises(UsageError, match="another review of Ada is open"), DecisionFiles(baseline, "Ada"):
            pass
        with DecisionFiles(baseline, "ada"):
            pass


def test_entries_that_no_review_made_are_kept_and_a_rejection_of_another_is_a_conflict(baseline):
    """A baseline by hand stays, also entries that are added while a review is open; a rejected one is kept in a file of its own."""
    write_baseline(baseline, [entry("a", "by hand", "Zoe"), entry("b", "by hand")])
    with DecisionFiles(baseline, "Ada") as files:
        files.add([accept("c")])
        assert set(saved(baseline)) == {"a", "b", "c"}
        write_baseline(baseline, [*read_baseline(baseline).entries, entry("d", "added")])
        merged = files.add([reject("a"), reject("d")])
        assert merged.conflicts == {"a" * 32, "d" * 32} and set(saved(baseline)) == {"b", "c"}
    with DecisionFiles(baseline, "Ada") as files:
        assert {one.fingerprint[0]: one.reason for one in files.list_earlier()} == {"a": "by hand", "b": "by hand", "d": "added"}
        files.add([withdraw("a")])
        assert saved(baseline)["a"] == ("by hand", "Zoe")


def test_a_reviewer_may_change_what_they_accepted_before(baseline):
    """An earlier entry of the same reviewer is no conflict: the new answer replaces it."""
    write_baseline(baseline, [entry("a", "by hand", "Ada"), entry("b", "by hand")])
    with DecisionFiles(baseline, "Ada") as files:
        assert not files.add([reject("a")]).conflicts
        assert set(saved(baseline)) == {"b"}
    with DecisionFiles(baseline) as files:
        assert not files.add([reject("b")]).conflicts
        assert saved(baseline) == {}


def test_a_review_without_a_decision_leaves_nothing(baseline, tmp_path):
    """No file, no folder; and a baseline that was there has the same bytes."""
    with DecisionFiles(baseline):
        pass
    assert list(tmp_path.iterdir()) == []
    write_baseline(baseline, [entry("a", "by hand")])
    before = baseline.read_bytes()
    with DecisionFiles(baseline):
        pass
    assert baseline.read_bytes() == before and list(tmp_path.iterdir()) == [baseline]


def test_a_review_that_begins_while_another_ends_has_a_log_with_a_name(baseline, monkeypatch):
    """The other one removes its empty log and folder between opening and locking: the log is then made again."""
    first = DecisionFiles(baseline).__enter__()

    def lock_late(file, *, wait):
        if first._file is not None and not wait:
            first.__exit__()
        return lock_file(file, wait=wait)

    monkeypatch.setattr("leakguard.review.decision_files.lock_file", lock_late)
    with DecisionFiles(baseline) as files:
        files.add([accept("a")])
    assert set(saved(baseline)) == {"a"} and (files.folder / name_log("")).stat().st_size
    with pytest.raises(UsageError, match="cannot be written"), DecisionFiles(baseline.parent / "none" / "baseline.jsonl"):
        pass


def test_a_lock_that_was_removed_is_no_lock(baseline, monkeypatch):
    """One that waited for it locks the new file, which the next review locks too."""
    with DecisionFiles(baseline) as files:
        seen = []

        def lock_removed(file, *, wait):
            seen.append(file)
            if len(seen) == 1:
                (files.folder / "lock").unlink()
            return lock_file(file, wait=wait)

        monkeypatch.setattr("leakguard.review.decision_files.lock_file", lock_removed)
        files.add([accept("a")])
        assert len(seen) == 2


@pytest.mark.parametrize("name", ["../../x", "a/b", "C:\\x", ".", "..", "Ünïcode 💥", "x" * 80, "con", "a\u00a0b"])
def test_a_name_of_a_reviewer_is_no_path(baseline, tmp_path, name):
    """Logs are named after letters and a hash, so that a name leads nowhere."""
    if not name.isprintable():
        return
    with DecisionFiles(baseline, name) as files:
        files.add([accept("a")])
    assert {path.parent for path in tmp_path.rglob("*.jsonl")} == {tmp_path, tmp_path / "baseline.jsonl.decisions"}


@pytest.mark.parametrize("name", ["x" * 81, "a\nb", "\x1b[31m", "\u202eada"])
def test_a_name_that_could_deceive_is_refused(baseline, name):
    """Before anything is written."""
    with pytest.raises(UsageError, match="printable"):
        DecisionFiles(baseline, name)


@pytest.mark.parametrize(
    "line",
    [
        *('{"reviewer": "x"}', "[]", "{", '{"reviewer": "x", "decisions": [{"answer": "maybe", "reason": "", "place": []}]}'),
        *('{"reviewer": 1, "decisions": []}', '{"reviewer": "x", "decisions": [{"answer": "accepted", "reason": "", "place": [{}]}]}'),
        '{"reviewer": "x", "decisions": [{"answer": "rejected", "reason": "", "place": [{"rule": "r", "version": "1", "fingerprint": "../x"}]}]}',
    ],
)
def test_a_damaged_log_is_refused_with_its_line(baseline, line):
    """Decisions are never guessed; the message names file and line, and the baseline stays as it is."""
    folder = baseline.with_name("baseline.jsonl.decisions")
    folder.mkdir()
    (folder / "x.jsonl").write_text(line + "\n")
    with pytest.raises(UsageError, match=r"x\.jsonl: line 1"), DecisionFiles(baseline):
        pass
    assert not baseline.exists()


def test_a_folder_that_is_a_link_and_a_log_with_a_second_name_are_refused(baseline, tmp_path):
    """Nothing is written through them: a folder may have come with the data."""
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "baseline.jsonl.decisions"
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="link"), DecisionFiles(baseline):
        pass
    folder.unlink()
    folder.mkdir()
    (tmp_path / "other").write_text("")
    for make in (os.link, os.symlink):
        make(tmp_path / "other", folder / name_log(""))
        with pytest.raises(UsageError, match="cannot be written"), DecisionFiles(baseline):
            pass
        (folder / name_log("")).unlink()


@pytest.mark.linux("a device that is always full")
def test_a_full_disk_changes_nothing(baseline, tmp_path):
    """The decision is refused, the log is as long as before, and the next one is written."""
    import resource
    import signal

    with DecisionFiles(baseline) as files:
        files.add([accept("a")])
        log = baseline.with_name("baseline.jsonl.decisions") / name_log("")
        before = log.read_bytes()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
        try:
            with pytest.raises(Stopped, match="cannot be written"):
                files.add([accept("b")])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, old)
        assert log.read_bytes() == before and set(saved(baseline)) == {"a"}
        files.add([accept("c")])
        assert set(saved(baseline)) == {"a", "c"}
        assert stat.S_ISREG(log.stat().st_mode)


LETTERS = st.sampled_from("abcdef")
DECISIONS = st.lists(st.one_of(st.builds(accept, LETTERS, LETTERS), st.builds(reject, LETTERS), st.builds(withdraw, LETTERS)), max_size=8)


@given(DECISIONS, DECISIONS)
def test_the_order_of_reviewers_plays_no_part_and_a_rejected_finding_is_never_accepted(one, two):
    """The law of the merge: what any reviewer rejects is in no baseline, and every entry was accepted by somebody."""
    books = {name: {decision.key: decision for decision in found} for name, found in (("Ada", one), ("Bo", two))}
    merged = merge_decisions(books, ())
    assert merged == merge_decisions(dict(reversed(books.items())), ())
    said = [decision for book in books.values() for decision in book.values()]
    rejected = {found.fingerprint for decision in said if decision.answer == "rejected" for found in decision.place}
    accepted = {found.fingerprint for decision in said if decision.answer == "accepted" for found in decision.place}
    assert {entry.fingerprint for entry in merged.entries} == accepted - rejected
    assert merged.conflicts <= accepted | rejected
