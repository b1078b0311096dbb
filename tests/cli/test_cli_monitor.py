"""`leakguard audit --monitor`: exit codes, lines as they are found, interrupts, and wrong calls."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from monitor_files import number_lines

QUICK = ("--monitor", "--no-config")
SHOWN = {"pairs", "e_value", "highest", "p_value", "drift", "rows", "unreadable"}


@pytest.fixture
def files(tmp_path):
    """Data with a tilt, data without, and a control."""
    named = {"tilted": number_lines(300, 3, 1.5), "plain": number_lines(100, 5), "control": number_lines(300, 4)}
    for name, lines in named.items():
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(lines))
    return {name: tmp_path / f"{name}.jsonl" for name in named}


def test_drift_ends_the_run_with_1(leakguard, files):
    """A line a block, the last one with drift; the rest of the rows is not read."""
    done = leakguard("audit", files["tilted"], "--control", files["control"], *QUICK)
    assert done.returncode == 1, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["pairs"] for one in lines] == list(range(50, 50 + 25 * len(lines), 25)) and lines[-1]["pairs"] < 300
    assert [one["drift"] for one in lines] == [*[False] * (len(lines) - 1), True] and set(lines[0]) == SHOWN
    assert lines[-1]["e_value"] >= 20 and lines[-1]["p_value"] == pytest.approx(1 / lines[-1]["highest"])
    assert "Drift: the e-value passed 20 within" in done.stderr and "Which trait it is" in done.stderr


def test_no_drift_passes_with_0_and_is_no_evidence_of_safety(leakguard, files):
    """If pairs were bet on, and no row of the data lacks a control row."""
    done = leakguard("audit", files["plain"], "--control", files["control"], *QUICK)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3), done.stderr
    assert "No drift so far: after 100 pairs of rows" in done.stderr and "not evidence of safety" in done.stderr


@pytest.mark.parametrize(
    ("data", "control", "said"),
    [
        (number_lines(60, 5), number_lines(80, 4), "Nothing tested yet: the first 50 pairs"),
        ((), number_lines(80, 4), "Nothing tested yet"),
        ((*number_lines(100, 5), b"{\n"), number_lines(100, 4), None),
        ((b"{\n", *number_lines(100, 5)), number_lines(100, 4), "Incomplete: 1 row unreadable, such as"),
        ((b"{\n", *number_lines(300, 3, 1.5)), number_lines(300, 4), "Incomplete: 1 row unreadable, such as"),
        (number_lines(150, 5), number_lines(100, 4), "there are rows of the data without a row of the control"),
    ],
    ids=["few", "empty", "broken end", "broken start", "broken and drift", "short control"],
)
def test_what_was_not_tested_ends_with_3(leakguard, tmp_path, data, control, said):
    """Too few pairs to bet on, unreadable rows (with drift too), and data without a control."""
    for name, lines in (("data", data), ("control", control)):
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(lines))
    done = leakguard("audit", "data.jsonl", "--control", "control.jsonl", *QUICK)
    assert done.returncode == 3, done.stderr
    assert (said or "Incomplete: 1 row unreadable") in done.stderr


def test_a_stream_with_a_source_field(leakguard):
    """Rows of any other source are unreadable, and named."""
    data, control = number_lines(100, 5, origin="data"), number_lines(100, 4, origin="control")
    lines = [line.decode() for pair in zip(data, control, strict=True) for line in pair]
    done = leakguard("audit", "-", "--source", "origin", *QUICK, data="".join(lines))
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 3, done.stderr
    other = number_lines(1, 5, origin="web")[0].decode() + number_lines(1, 5)[0].decode()
    done = leakguard("audit", "-", "--source", "origin", *QUICK, data=other + "".join(lines))
    assert done.returncode == 3 and json.loads(done.stdout.splitlines()[0])["unreadable"] == 2
    assert "row 1: source: origin is 'web', neither 'data' nor 'control'" in done.stderr


def test_standard_input_continues_where_it_ended(leakguard, tmp_path):
    """Rows that wait for their partner are in the state."""
    data, control = number_lines(100, 5, origin="data"), number_lines(100, 4, origin="control")
    lines = [line.decode() for pair in zip(data, control, strict=True) for line in pair]
    call = ("audit", "-", "--source", "origin", *QUICK)
    whole = leakguard(*call, data="".join(lines)).stdout
    parts = [leakguard(*call, "--state", "state.json", data="".join(lines[start : start + 67])).stdout for start in range(0, 200, 67)]
    assert "".join(parts) == whole
    (tmp_path / "rows.jsonl").write_text("".join(lines))
    done = leakguard("audit", "rows.jsonl", "--source", "origin", *QUICK, "--state", "state.json")
    assert done.returncode == 2 and "was made from -: files continue files, streams continue streams" in done.stderr


def start(*args, folder):
    """A program that runs while its files grow; its lines arrive at once."""
    command = [sys.executable, "-m", "leakguard", *map(str, args)]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_files_are_followed_until_there_is_drift(files, tmp_path):
    """A line arrives once its rows are there, while the program goes on; a part of a line is no row yet."""
    grown = tmp_path / "grown.jsonl"
    content = files["tilted"].read_bytes()
    lines = content.splitlines(keepends=True)
    grown.write_bytes(b"".join(lines[:60]) + lines[60][:9])
    process = start("audit", grown, "--control", files["control"], *QUICK, "--follow", folder=tmp_path)
    assert json.loads(process.stdout.readline())["pairs"] == 50
    time.sleep(0.2)
    assert process.poll() is None
    with grown.open("ab") as file:
        file.write(content[grown.stat().st_size :])
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert json.loads(said.splitlines()[-1])["drift"]


def test_an_interrupt_keeps_what_is_known(leakguard, files, tmp_path):
    """Ctrl-C ends following with 130; the state continues without it, and the lines together are those of one run."""
    grown, state = tmp_path / "grown.jsonl", tmp_path / "state.json"
    lines = files["plain"].read_bytes().splitlines(keepends=True)
    grown.write_bytes(b"".join(lines[:80]))
    process = start("audit", grown, "--control", files["control"], *QUICK, "--follow", "--state", state, folder=tmp_path)
    first = process.stdout.readline() + process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest) == (130, ""), errors
    assert f"Interrupted: {state} keeps what was tested; the same command continues from it: leakguard audit {grown}" in errors
    assert "\n" not in errors.strip()
    grown.write_bytes(b"".join(lines))
    done = leakguard("audit", grown, "--control", files["control"], *QUICK, "--state", state)
    assert first + done.stdout == leakguard("audit", grown, "--control", files["control"], *QUICK).stdout


def test_a_last_line_without_a_line_feed_is_named(leakguard, files, tmp_path):
    """With a state it waits for its end; without, it is a row like the others."""
    part = tmp_path / "part.jsonl"
    part.write_bytes(files["plain"].read_bytes()[:-1])
    call = ("audit", "part.jsonl", "--control", "control.jsonl", *QUICK)
    assert "part.jsonl: the last line has no line feed yet and waits." in leakguard(*call, "--state", "state.json").stderr
    assert "line feed" not in leakguard(*call).stderr


def test_an_interrupt_without_a_state_says_so(files, tmp_path):
    """SIGTERM is an interrupt too."""
    process = start("audit", files["plain"], "--control", files["control"], *QUICK, "--follow", folder=tmp_path)
    process.stdout.readline()
    os.kill(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.strip() == "leakguard: Interrupted: nothing was kept; with --state FILE a run continues where it stopped"


def test_an_interrupt_of_a_stream_keeps_the_rows_that_wait(leakguard, tmp_path):
    """They could not be read again."""
    data, control = number_lines(100, 5, origin="data"), number_lines(100, 4, origin="control")
    lines = [line.decode() for pair in zip(data, control, strict=True) for line in pair]
    call = ("audit", "-", "--source", "origin", *QUICK, "--state", "state.json")
    process = start(*call, folder=tmp_path)
    process.stdin.write("".join(lines[:110]))
    process.stdin.flush()
    first = process.stdout.readline()
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    process.wait(timeout=60)
    process.stdin.close()
    assert process.returncode == 130
    state = json.loads((tmp_path / "state.json").read_text())["state"]
    assert (len(state["data"]), len(state["control"])) == (5, 5)
    done = leakguard(*call, data="".join(lines[110:]))
    assert first + done.stdout == leakguard(*call[:-2], data="".join(lines)).stdout


def test_a_state_is_converted_to_every_report(leakguard, files, tmp_path):
    """With the exit code of the run; the JSON report is the state itself."""
    leakguard("audit", files["tilted"], "--control", files["control"], *QUICK, "--state", "state.json")
    done = leakguard("report", "state.json", "-o", "monitor.html", "-o", "monitor.md", "--format", "json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout) == json.loads((tmp_path / "state.json").read_text())
    assert '<path d="M52.0' in (tmp_path / "monitor.html").read_text()
    assert "### leakguard audit, monitor: Drift" in (tmp_path / "monitor.md").read_text()
    text = leakguard("report", "state.json").stdout
    assert "The e-value over time" in text and "leakguard audit" in text
    assert leakguard("report", "state.json", "--format", "sarif").returncode == 2
    (tmp_path / "state.json").write_text((tmp_path / "state.json").read_text().replace('"drift": true', '"drift": false'))
    for changed in (leakguard("report", "state.json"), leakguard("audit", "tilted.jsonl", "--control", "control.jsonl", *QUICK, "--state", "state.json")):  # fmt: skip
        assert changed.returncode == 2 and "it was changed after it was written" in changed.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["plain.jsonl", "--control", "control.jsonl", "--follow"], "--follow belongs to --monitor"),
        (["plain.jsonl", "--control", "control.jsonl", "--state", "s.json"], "--state belongs to --monitor"),
        (["plain.jsonl", "--monitor"], "--control: a monitor compares data with control data of the same kind"),
        (["plain.jsonl", "tilted.jsonl", "--monitor", "--control", "control.jsonl"], "--monitor reads one file of data"),
        ([".", "--monitor", "--control", "control.jsonl"], "a monitor reads one file of data and one of the control, these are"),
        (["plain.jsonl", "--monitor", "--control", "plain.jsonl"], "--control: plain.jsonl is the data"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--source", "origin"], "--source says which rows are the control"),
        (["-", "--monitor", "--control", "control.jsonl"], "name the field that tells data from control with --source"),
        (["-", "--monitor", "--source", "origin", "--follow"], "--follow: standard input is always read as it arrives"),
        (["later.jsonl", "--monitor", "--control", "control.jsonl", "--follow"], "later.jsonl: no such file or folder"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--control2", "tilted.jsonl"], "--control2 is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--cluster", "talk"], "--cluster is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--most-rows", "90"], "--most-rows is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--trait", "owl"], "--trait is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--model", "tiny-a"], "--model is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--placebos", "9"], "--placebos is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--logprobs", "l.npz"], "--logprobs is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--format", "html"], "--format is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "-o", "a.html"], "--output is not for --monitor"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--state", "plain.jsonl"], "--state plain.jsonl: this is an input"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--state", "no/s.json"], "there is no folder"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--alpha", "0"], "alpha"),
        (["plain.jsonl", "--monitor", "--control", "control.jsonl", "--block", "0"], "--block"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.usefixtures("files")
def test_wrong_calls_end_with_2_and_one_line(leakguard, args, said):
    """The message says what is wrong; nothing is tested."""
    done = leakguard("audit", *args, "--no-config")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert said in done.stderr and done.stderr.count("\n") == 1
