"""leakguard.monitor: rows that a program adds, and the state from which it continues."""

import json
import subprocess
import sys

import pytest

import leakguard
from leakguard.core.errors import Stopped, UsageError
from monitor_files import number_lines

DATA, CONTROL = ([json.loads(line) for line in number_lines(300, seed, tilt)] for seed, tilt in ((3, 1.5), (4, 0.0)))


def test_rows_give_what_the_command_gives(leakguard_lines):
    """One pair at a time, all at once, or in parts with a state between: the reports of the command, up to drift."""
    expected = leakguard_lines
    one = leakguard.monitor()
    pairs = [report for data, control in zip(DATA, CONTROL, strict=True) for report in one.add([data], [control])]
    whole = leakguard.monitor()
    assert [report.e_value for report in pairs] == [report.e_value for report in whole.add(DATA, CONTROL)] == expected
    assert one.drift and whole.drift and one.add(DATA, CONTROL) == []


@pytest.fixture
def leakguard_lines(tmp_path):
    """The e-values that the command writes for these rows."""
    from programs import run_program

    for name, rows in (("data", DATA), ("control", CONTROL)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run_program("audit", "data.jsonl", "--control", "control.jsonl", "--monitor", "--no-config", folder=tmp_path)
    return [json.loads(line)["e_value"] for line in done.stdout.splitlines()]


def test_a_state_continues_with_the_rows_that_wait(tmp_path):
    """Rows are added to either source in any order."""
    reports = []
    for start in range(0, 300, 70):
        monitor = leakguard.monitor(state=tmp_path / "state.json")
        reports += monitor.add(data=DATA[start : start + 70])
        reports += monitor.add(control=(row for row in CONTROL[start : start + 70]))
    assert reports == leakguard.monitor().add(DATA, CONTROL)
    with pytest.raises(UsageError, match=r"alpha is 0.01, but state= .* was made with 0.05"):
        leakguard.monitor(alpha=0.01, state=tmp_path / "state.json")


def test_rows_that_cannot_be_read_are_counted():
    """As in the command: they make the run incomplete."""
    monitor = leakguard.monitor(block=5)
    monitor.add([{"text": {1}}, *DATA[:20]], CONTROL[:20])
    assert (monitor.run.unreadable, monitor.run.exit_code, monitor.report.pairs) == (1, 3, 20)


@pytest.mark.parametrize("options", [{"cluster": "talk"}, {"rounds": 99}, {"panel": ["owl"]}, {"logprobs": "l.npz"}])
def test_options_of_an_audit_are_refused(options):
    """A monitor has no use for them."""
    with pytest.raises(UsageError, match=f"^{next(iter(options))}= is not for a monitor"):
        leakguard.monitor(**options)


def test_a_settings_file_with_a_trait_panel_is_refused(tmp_path):
    """As in the command."""
    (tmp_path / "leakguard.toml").write_text('panel = ["owl"]\n')
    with pytest.raises(UsageError, match=r"^panel: a monitor has no trait panel"):
        leakguard.monitor(config=tmp_path / "leakguard.toml")


def test_tables_are_rows_too():
    """A DataFrame and an Arrow table give what a list of their rows gives."""
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    expected = leakguard.monitor().add(DATA[:100], CONTROL[:100])
    assert expected
    assert leakguard.monitor().add(data=pandas.DataFrame(DATA[:100]), control=pyarrow.Table.from_pylist(CONTROL[:100])) == expected


@pytest.mark.parametrize("side", ["data", "control"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("rows.jsonl", "a path or text is no row; give rows"),
        (["12, 3", "4, 5"], r"make each a row: \[\{\"text\": text\} for text in (data|control)\]"),
        ({"text": "12, 3"}, r"give a list, \[(data|control)\] if it is one row"),
        (5, "a number holds no rows"),
        (None, "None holds no rows"),
        ([[1, 2]], "its first row is a list"),
    ],
    ids=str,
)
def test_anything_but_rows_is_refused(side, value, said):
    """The message names the argument and says what to give; no row is taken."""
    monitor = leakguard.monitor()
    with pytest.raises(UsageError, match=f"^{side}: .*{said}"):
        monitor.add(**{side: value})
    assert monitor.run.rows == (0, 0)


def test_no_more_than_10_000_rows_wait(tmp_path):
    """As in the command. Rows that were taken are kept; more pairs than that may come in one call."""
    monitor = leakguard.monitor(state=tmp_path / "state.json")
    with pytest.raises(Stopped, match=r"^data: 10,000 rows wait for rows of the other source"):
        monitor.add(data=({"completion": f"{number}, 3"} for number in range(20_000)))
    assert len(leakguard.monitor(state=tmp_path / "state.json").run.state.data) == monitor.run.rows[0] == 10_000
    many = [{"completion": f"{number}, 3"} for number in range(11_000)]
    assert leakguard.monitor(block=5_000).add(many, ({"completion": f"{number}, 4"} for number in range(11_000)))


@pytest.mark.parametrize("block", ["a", 2.5, 0, -1, True, None])
def test_a_block_is_a_number_of_pairs(block):
    """Anything else is named in the message."""
    with pytest.raises(UsageError, match=f"^block= is {block!r}: give a whole number of pairs"):
        leakguard.monitor(block=block)


@pytest.mark.parametrize(("state", "said"), [("no/state.json", "there is no folder"), (5, "expected a path"), ("", "cannot be written")])
def test_a_state_without_a_place_is_refused_at_the_start(tmp_path, monkeypatch, state, said):
    """Before any row is taken."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"^state.*{said}"):
        leakguard.monitor(state=state)


def test_one_process_at_a_time_uses_a_state(tmp_path):
    """A second one is refused until the first ends; monitors of one process may follow each other."""
    call = [sys.executable, "-c", "import leakguard; leakguard.monitor(state='state.json')"]
    monitor = leakguard.monitor(state=tmp_path / "state.json")
    refused = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "UsageError: state= state.json: another process uses it" in refused.stderr
    monitor = leakguard.monitor(state=tmp_path / "state.json")
    monitor.add(DATA[:1])
    assert subprocess.run(call, cwd=tmp_path, capture_output=True, check=False).returncode == 1
    del monitor
    assert subprocess.run(call, cwd=tmp_path, capture_output=True, check=False).returncode == 0
