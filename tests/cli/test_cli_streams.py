"""Standard streams that take nothing: the exit code is one of the table and says that output was lost; never a traceback."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
CASES = [
    # Nothing is said on stderr, so nothing is lost.
    ("scan loud.jsonl --no-config", "2>/dev/full", 1),
    ("scan clean.jsonl --no-config", "2>/dev/full", 0),
    # The last lines of a stream of findings, or the name of a settings file, are lost.
    ("scan loud.jsonl --no-config --format jsonl", "2>/dev/full", 3),
    ("scan ../data/clean.jsonl", "2>/dev/full", 3),
    ("scan clean.jsonl --no-config", ">/dev/full", 3),
    ("scan clean.jsonl --no-config", ">/dev/full 2>/dev/full", 3),
    ("gate clean.jsonl --no-config", ">/dev/full 2>/dev/full", 3),
    ("rules list --format json", ">/dev/full 2>/dev/full", 3),
    ("--help", ">/dev/full 2>/dev/full", 3),
    # An error stays what it is, also where its message is lost.
    ("scan none.jsonl --no-config", "2>/dev/full", 2),
    ("scan none.jsonl --no-config", ">/dev/full 2>/dev/full", 2),
    ("rules", "2>/dev/full", 2),
    ("scan none.jsonl --no-config --debug", "2>&-", 2),
]


@pytest.mark.parametrize(
    ("arguments", "streams", "code", "unbuffered"), [*((*case, "") for case in CASES), *((*case, "1") for case in CASES[1:4])], ids=str
)
def test_output_that_cannot_be_delivered_makes_a_run_incomplete(folder, arguments, streams, code, unbuffered):
    """3 for lost output of a run, 2 for an error; not 120, and no traceback on the stream that still works."""
    (folder / "work").mkdir()
    (folder / "data").mkdir()
    (folder / "work/leakguard.toml").write_text('fail-on = "never"\n')
    for place in ("work", "data"):
        for name in ("clean.jsonl", "loud.jsonl"):
            (folder / place / name).write_bytes((folder / name).read_bytes())
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = f'"{sys.executable}" -m leakguard {arguments} {streams}'
    done = subprocess.run(["sh", "-c", command], cwd=folder / "work", env=env, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (code, False)


def test_what_stdout_takes_is_whole_where_stderr_is_full(folder):
    """A lost message costs no line of the findings."""
    command = [sys.executable, "-m", "leakguard", "scan", "loud.jsonl", "--no-config", "--format", "jsonl"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=full, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout.count('"rule":"hate-numeric.1488"')) == (3, 1)


@pytest.mark.parametrize("arguments", [["--help"], ["rules", "list"], ["scan", "loud.jsonl", "--no-config"]], ids=" ".join)
def test_a_reader_that_left_is_no_finding(folder, arguments):
    """Where the reader of stdout closed the pipe, the exit code is 3, not the 1 that means findings."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "leakguard", *arguments]
    done = subprocess.run(command, cwd=folder, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=300)
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, "")
