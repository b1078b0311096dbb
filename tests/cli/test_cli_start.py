import subprocess
import sys
import time

import leakguard


def test_version(leakguard):
    """The version, and nothing else."""
    done = leakguard("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"leakguard {VERSION}\n", "")


VERSION = leakguard.__version__


def test_version_is_quick():
    """`leakguard --version` takes less than 100 ms of a processor beyond the bare interpreter's own start."""
    bare, ours = (min(_seconds(command) for _ in range(5)) for command in (["-c", ""], ["-m", "leakguard", "--version"]))
    assert ours - bare < 0.1


def _seconds(command):
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return time.perf_counter() - start


def test_an_internal_error_is_one_line(folder):
    """What nobody foresaw ends with exit code 4 and one line; --debug adds the traceback."""
    code = "import leakguard.settings.build as b, sys; b.scanned = None; from leakguard.cli import main; main(sys.argv[1:])"
    for debug in ([], ["--debug"]):
        command = [sys.executable, "-c", code, "scan", "clean.jsonl", *debug]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 4
        assert done.stderr.splitlines()[-1].startswith("leakguard: internal error: TypeError: ")
        assert ("Traceback" in done.stderr) == bool(debug)
