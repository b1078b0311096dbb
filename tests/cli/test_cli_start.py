import os
import shlex
import subprocess
import sys

import pytest

from leakguard import __version__


def test_version(leakguard):
    """The version, and nothing else."""
    done = leakguard("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"leakguard {__version__}\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_what_nobody_foresaw_is_one_line(folder, debug):
    """A full disk ends with exit code 3 and one line; --debug adds the traceback."""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "leakguard", "scan", "clean.jsonl", *debug]
        done = subprocess.run(command, cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    *traceback, line = done.stderr.splitlines()
    assert line.startswith("leakguard: cannot go on: ")
    assert bool(traceback) == bool(debug)


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes streams")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0)])
def test_a_closed_stream_is_one_that_nobody_reads(folder, closed, code):
    """Some services start programs without standard streams: that is no error of theirs."""
    command = f"{shlex.quote(sys.executable)} -m leakguard scan clean.jsonl --no-config {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, "internal error" in done.stderr) == (code, False)
