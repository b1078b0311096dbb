"""The monitor as a job: however its inputs grow and its runs are divided, it says the same; what it cannot trust, it refuses."""

import gzip
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.errors import Stopped, UsageError
from leakguard.documents.monitor import read_monitor, render_step
from leakguard.jobs import audit_monitor
from leakguard.jobs.audit_monitor import MonitorTarget, monitor_files, plan_monitor
from leakguard.settings import Settings
from leakguard.settings.plan import resolve
from monitor_files import number_lines

DATA, CONTROL = number_lines(44, 1, 0.4), number_lines(40, 2)
ODD = (b"\n", b"{\n", b'{"prompt": "1", "completion": " "}\n', b"  \n", b"[]\n")
LONG = b'{"prompt": "' + b"1" * 3_000 + b'", "completion": "1"}\n'


def monitor(data, control=None, *, wait=None, lines=None, target=MonitorTarget(5), **options):  # noqa: B008
    """Run a monitor; returns its lines and the run."""
    plan = resolve(Settings(control=str(control) if control else None, row_limit=1_000, **options))
    said = [] if lines is None else lines
    return said, monitor_files(plan, [str(data)], target, on_step=lambda step: said.append(render_step(step)), wait=wait or (lambda: None))


def mix(lines, places):
    """The lines with odd ones at some places, which have nothing to test."""
    found = list(lines)
    for place, odd in places:
        found.insert(place, (*ODD, LONG)[odd])
    return b"".join(found)


ODDS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, len(ODD))), max_size=6)
CUTS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=4)


@settings(max_examples=10)
@given(odds=st.tuples(ODDS, ODDS), cuts=CUTS)
def test_runs_that_continue_say_what_one_run_says(tmp_path_factory, odds, cuts):
    """Wherever the files are cut, also inside of a line: the same lines of JSON, the same counts and the same evidence."""
    folder = tmp_path_factory.mktemp("runs")
    files = [folder / "data.jsonl", folder / "control.jsonl"]
    contents = [mix(lines, places) for lines, places in zip((DATA, CONTROL), odds, strict=True)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    expected, whole = monitor(*files, target=MonitorTarget(5, state=str(folder / "whole.json")))
    said, done = [], [0, 0]
    for shares in [*cuts, (1, 1)]:
        done = [max(at, round(share * len(content))) for at, share, content in zip(done, shares, contents, strict=True)]
        for file, content, end in zip(files, contents, done, strict=True):
            file.write_bytes(content[:end])
        lines, run = monitor(*files, target=MonitorTarget(5, state=str(folder / "state.json")))
        said += lines
    # Which of two broken rows comes first depends on which file grew first.
    assert said == expected and replace(run, first_unreadable="") == replace(whole, first_unreadable="")
    assert read_monitor(folder / "state.json") == run


@settings(max_examples=6)
@given(cuts=CUTS)
def test_following_says_what_reading_at_the_end_says(tmp_path_factory, cuts):
    """Files that grow while they are followed; an interrupt at the end loses nothing."""
    folder = tmp_path_factory.mktemp("follow")
    files, contents = [folder / "data.jsonl", folder / "control.jsonl"], [b"".join(DATA), b"".join(CONTROL)]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    expected, _ = monitor(*files)
    for file in files:
        file.write_bytes(b"")
    ends = iter([*sorted(cuts), (1, 1)])

    def wait():
        shares = next(ends, None)
        if shares is None:
            raise KeyboardInterrupt
        for file, content, share in zip(files, contents, shares, strict=True):
            with file.open("ab") as stream:
                stream.write(content[file.stat().st_size : max(file.stat().st_size, round(share * len(content)))])

    said, target = [], MonitorTarget(5, state=str(folder / "state.json"), follow=True)
    with pytest.raises(KeyboardInterrupt):
        monitor(*files, wait=wait, lines=said, target=target)
    assert said == expected
    assert [render_step(one) for one in read_monitor(folder / "state.json").steps] == expected


@pytest.fixture
def files(tmp_path):
    """Data and a control, in which the tests change something."""
    for name, lines in (("data", DATA), ("control", CONTROL)):
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(lines))
    return tmp_path / "data.jsonl", tmp_path / "control.jsonl"


def test_a_block_counts_what_was_read_until_its_last_row(files):
    """Blank lines are no rows; a row without text is one, but is not tested; broken and long ones are unreadable."""
    content = files[0].read_bytes()
    files[0].write_bytes(b"\n{\n" + ODD[2] + LONG + content)
    lines, run = monitor(*files)
    assert json.loads(lines[0])["rows"] == {"data": 11, "control": 10} and json.loads(lines[0])["unreadable"] == 2
    assert (run.wordless, run.exit_code) == (1, 3) and "data.jsonl, row 2" in run.first_unreadable


def test_other_formats_give_the_same_lines(files, tmp_path):
    """Compressed files and tables are read to their end, where they are not followed."""
    expected, _ = monitor(*files)
    packed = tmp_path / "data.jsonl.gz"
    packed.write_bytes(gzip.compress(files[0].read_bytes()))
    rows = [json.loads(line) for line in CONTROL]
    array = tmp_path / "control.json"
    array.write_text(json.dumps(rows))
    assert monitor(packed, array)[0] == expected
    with pytest.raises(UsageError, match="`follow` reads files of plain JSON Lines"):
        monitor(packed, files[1], target=MonitorTarget(5, follow=True))


def test_one_file_with_a_source_gives_the_same_evidence(files, tmp_path):
    """However data and control are mixed in it; only the rows read until a block is full differ."""
    expected = [json.loads(line) for line in monitor(*files)[0]]
    data, control = number_lines(44, 1, 0.4, source="data"), number_lines(40, 2, source="control")
    for name, lines in (("turns", [line for pair in zip(data, control, strict=False) for line in pair]), ("blocks", [*data, *control])):
        (tmp_path / name).write_bytes(b"".join(lines))
        found = [json.loads(line) for line in monitor(tmp_path / name, target=MonitorTarget(5, "source"))[0]]
        assert [{**one, "rows": None} for one in found] == [{**one, "rows": None} for one in expected]


def test_a_source_that_runs_ahead_stops_the_run(tmp_path, monkeypatch):
    """Rows that wait are held in memory."""
    monkeypatch.setattr(audit_monitor, "MOST_WAITING", 20)
    (tmp_path / "rows.jsonl").write_bytes(b"".join(number_lines(44, 1, 0.4, source="data")))
    with pytest.raises(Stopped, match="20 rows of the data wait for rows of the other source"):
        monitor(tmp_path / "rows.jsonl", target=MonitorTarget(5, "source"))


def change_a_row(data):
    data.write_bytes(data.read_bytes().replace(b"1", b"2", 1))


@pytest.mark.parametrize(
    "change",
    [change_a_row, lambda data: data.write_bytes(b"".join(DATA[:20])), lambda data: data.write_bytes(b"")],
    ids=["changed", "cut", "emptied"],
)
def test_a_file_that_is_not_the_one_that_was_read_is_refused(files, tmp_path, change):
    """Changed, cut or emptied: the message names the file, and how much of it was known."""
    target = MonitorTarget(5, state=str(tmp_path / "state.json"))
    monitor(*files, target=target)
    change(files[0])
    with pytest.raises(UsageError, match=r"data.jsonl: its first \d+ lines are not those that `state` was made from"):
        monitor(*files, target=target)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"alpha": 0.01}, "`alpha` is 0.01, but `state` .* was made with 0.05"),
        ({"target": MonitorTarget(7)}, "`block` is 7, but `state` .* was made with 5"),
        ({"roles": ("user",)}, "`roles` is"),
        ({"row_limit": 2_000}, "`row-limit` is 2000, but"),
    ],
    ids=["alpha", "block", "roles", "row limit"],
)
def test_other_settings_than_those_of_the_state_are_refused(files, tmp_path, changes, said):
    """The message names the setting with both values."""
    state = str(tmp_path / "state.json")
    monitor(*files, target=MonitorTarget(5, state=state))
    options = {"control": str(files[1]), "row_limit": 1_000, **{key: value for key, value in changes.items() if key != "target"}}
    target = replace(changes.get("target", MonitorTarget(5)), state=state)
    with pytest.raises(UsageError, match=said):
        monitor_files(resolve(Settings(**options)), [str(files[0])], target, on_step=print, wait=lambda: None)


def test_drift_is_final(tmp_path):
    """A state with drift reads no more rows, and says drift again."""
    files = [tmp_path / "data.jsonl", tmp_path / "control.jsonl"]
    for file, lines in zip(files, (number_lines(400, 3, 1.5), number_lines(400, 4)), strict=True):
        file.write_bytes(b"".join(lines))
    target = MonitorTarget(5, state=str(tmp_path / "state.json"))
    lines, run = monitor(*files, target=target)
    assert json.loads(lines[-1])["drift"] and run.exit_code == 1 and run.rows[0] < 400
    assert [json.loads(line)["drift"] for line in lines[:-1]] == [False] * (len(lines) - 1)
    assert monitor(*files, target=target) == ([], run)


def test_unlike_data_are_refused(files, tmp_path):
    """Number lists against text, and a control that is the data."""
    text = tmp_path / "text.jsonl"
    text.write_text("".join(json.dumps({"completion": f"The {n}th owl waits."}) + "\n" for n in range(60)))
    with pytest.raises(UsageError, match="the first 10 rows of the data are numbers, those of the control text"):
        monitor(files[0], text)
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(files[0].read_bytes())
    with pytest.raises(UsageError, match="the first 10 rows of data and control are the same"):
        monitor(files[0], copy)


@pytest.mark.parametrize(
    "options", [{"panel": ("owl",)}, {"panel_model": "tiny-a"}, {"logprobs": "l.npz"}, {"cluster": "talk"}, {"control2": "c.jsonl"}]
)
def test_settings_of_an_audit_are_refused(options):
    """Those of a settings file too: a monitor would leave them out without a word."""
    with pytest.raises(UsageError, match=f"`{next(iter(options)).replace('_', '-')}`: a monitor"):
        plan_monitor(Settings(**options))
