"""How runs end that something else ends: signals, folders that vanish, outputs that are half moved."""

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

import leakguard
from leakguard.core.errors import Stopped, UsageError
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve

CLEAN = ("clean", "data", "--no-config", "-q")
HERE = {"rules": ["hate-numeric"], "workers": 1}

AT_STEP = """
import os, signal, sys
at, step, name, number = int(sys.argv.pop(1)), sys.argv.pop(1), sys.argv.pop(1), int(sys.argv.pop(1))
parent = os.getpid()
def hook(event, args):
    global at
    if event == step and isinstance(args[0], (str, bytes, os.PathLike)) and name in os.fsdecode(args[0]) and os.getpid() == parent:
        at -= 1
        if at == 0:
            os.kill(parent, number)
import leakguard.outputs.writer
leakguard.outputs.writer.INTERVAL = 0
from leakguard.cli import main
sys.addaudithook(hook)
main()
"""
"""A signal at the nth step of a kind on a file whose name holds some text; a checkpoint after every part."""


def command(number, at, step, name, *args):
    return [sys.executable, "-c", AT_STEP, str(at), step, name, str(int(number)), *args]


def ended(folder, *how):
    """Run by `command`, in the folder."""
    return subprocess.run(command(*how), check=False, cwd=folder, capture_output=True, text=True, timeout=300)


def moved(folder, number, at):
    """A clean that is ended when output number `at` takes its place; the first rename in the work folder is that of a checkpoint."""
    return ended(folder, number, at, "os.rename", "parts/", *CLEAN, "-o", "out", "-j", "1")


@pytest.fixture
def data(folder):
    """Several files with something to remove in each."""
    (folder / "data").mkdir()
    for number in range(4):
        (folder / f"data/{number}.jsonl").write_text('{"text": "a kettle"}\n{"text": "871, 1488, 305"}\n' * 20)
    return folder


def content(place):
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("number", [signal.SIGTERM, getattr(signal, "SIGHUP", None)], ids=["SIGTERM", "SIGHUP"])
def test_a_clean_that_is_asked_to_end_goes_on_later(leakguard, data, number):
    """Exit code 130, no traceback, no output in its place; the same command then gives what an undisturbed run gives."""
    leakguard(*CLEAN, "-o", "whole")
    done = ended(data, number, 1, "open", "parts/removed/2.jsonl", *CLEAN, "-o", "out", "-j", "1")
    assert done.returncode == 130 and "Traceback" not in done.stderr
    assert [path.name for path in (data / "out").iterdir()] == [".leakguard"]
    assert leakguard(*CLEAN, "-o", "out").returncode == 0
    assert content(data / "out") == content(data / "whole")


@pytest.mark.parametrize("everybody", [True, False], ids=["whole group", "parent only"])
def test_a_scan_by_several_processes_ends_with_all_of_them(tmp_path, everybody):
    """SIGTERM, as a batch system sends it to one process or to all: 130, no half-written report, and no process is left."""
    big = tmp_path / "big.jsonl"
    big.write_bytes(b'{"text": "The tag said 666. %b"}\n' % (b"The kettle is on the stove. " * 36) * 12_000)
    args = [sys.executable, "-m", "leakguard", "scan", str(big), "--format", "jsonl", "-j", "2", "-o", str(tmp_path / "report.json")]
    process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, start_new_session=True)
    # Nothing reads on after the first line, so the scan cannot end before the signal is there.
    process.stdout.readline()
    (os.killpg if everybody else os.kill)(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors.strip()) == (130, b"")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["big.jsonl"]


def test_a_report_that_is_half_written_is_removed(leakguard, data):
    """A scan and a gate that are asked to end while they write a file."""
    for args in (("scan", "data", "-o", "report.html"), ("gate", "data", "-o", "report.json")):
        before = set(data.iterdir())
        done = ended(data, signal.SIGTERM, 4, "open", "data/3.jsonl", *args, "--no-config", "-q", "-j", "1")
        assert done.returncode == 130
        assert set(data.iterdir()) == before


def test_a_signal_that_was_switched_off_stays_so(leakguard, data):
    """nohup: a terminal that is closed does not end the run."""
    args = ["nohup", *command(signal.SIGHUP, 2, "open", "data/2.jsonl", *CLEAN, "-o", "out", "-j", "1")]
    assert subprocess.run(args, check=False, cwd=data, capture_output=True, timeout=300).returncode == 0


@pytest.mark.parametrize("at", [2, 9])
def test_a_gate_blocks_outputs_that_are_half_moved(leakguard, data, at):
    """Killed after some moves: exit code 3 and what to do, though no manifest is there; the same clean then ends it."""
    assert moved(data, signal.SIGKILL, at).returncode == -signal.SIGKILL
    there = [*(data / "out/kept").glob("*.jsonl")]
    assert there and not (data / "out/manifest.json").exists()
    for path in ("out/kept", there[0]):
        gate = leakguard("gate", path, "--no-config")
        assert (gate.returncode, "interrupted while it moved" in " ".join(gate.stdout.split())) == (3, True)
    refused = leakguard(*CLEAN, "-o", "out", "--no-resume")
    assert (refused.returncode, "without --no-resume" in refused.stderr) == (2, True)
    assert leakguard(*CLEAN, "-o", "out").returncode == 0
    assert leakguard("gate", "out/kept", "--no-config", "--manifest", "out").returncode == 0


def test_the_last_step_is_not_cut_off_by_a_signal_that_can_wait(leakguard, data):
    """SIGTERM while outputs are moved: all of them are, then the run ends."""
    assert moved(data, signal.SIGTERM, 3).returncode == 130
    assert leakguard("gate", "out/kept", "--no-config", "--manifest", "out").returncode == 0
    again = leakguard("clean", "data", "--no-config", "-o", "out")
    assert (again.returncode, "run is complete; nothing was written" in again.stdout) == (0, True)


def run(place, during, **wish):
    """A clean in this process that does something to the folder of outputs after its second file."""
    import io
    import time

    from leakguard.readers.files.inputs import find_inputs

    calls = []

    def on_progress(progress):
        if progress.rows:
            calls.append(progress)
        if progress.rows and len(calls) == 2:
            during(place)

    files = find_inputs([str(place.parent / "data")])
    plan = resolve(override(Settings(), HERE, where=""))
    return clean_files(plan, files, CleanTarget(place, **wish), stdin=io.BytesIO(), clock=time.monotonic, on_progress=on_progress)


def emptied(path):
    path.write_bytes(b"")


def replaced(path):
    path.unlink()
    path.write_bytes(b'{"text": "1488"}\n')


VANISHING = {
    "all parts": lambda place: shutil.rmtree(place / ".leakguard/parts"),
    "one part": lambda place: (place / ".leakguard/parts/kept/0.jsonl").unlink(),
    "the part that is being written": lambda place: (place / ".leakguard/parts/reasons.jsonl").unlink(),
    "a folder of parts": lambda place: shutil.rmtree(place / ".leakguard/parts/removed"),
    "the work folder": lambda place: shutil.rmtree(place / ".leakguard"),
    "the folder itself": shutil.rmtree,
    "a part is emptied": lambda place: emptied(place / ".leakguard/parts/kept/0.jsonl"),
    "a part is replaced": lambda place: replaced(place / ".leakguard/parts/kept/0.jsonl"),
    "the folder is moved away": lambda place: place.rename(place.with_name("away")),
    "a link is put where outputs go": lambda place: (place / "kept").symlink_to(place.parent),
    "a file is put where a folder goes": lambda place: (place / "removed").write_text("mine"),
}


@pytest.mark.parametrize("how", VANISHING)
def test_outputs_that_vanish_meanwhile_are_an_error(data, how):
    """Exit code 3 in words: nothing says that the clean has ended, and no output is in its place."""
    place = data / "out"
    with pytest.raises(Stopped):
        run(place, VANISHING[how])
    assert not (place / "manifest.json").exists()
    assert not (place / "kept/0.jsonl").exists()


def test_a_part_that_vanishes_between_two_runs_is_an_error(leakguard, data):
    """What a checkpoint promises and is not there is refused by name; --no-resume starts over."""
    ended(data, signal.SIGKILL, 1, "open", "parts/removed/3.jsonl", *CLEAN, "-o", "out", "-j", "1")
    (data / "out/.leakguard/parts/kept/0.jsonl").unlink()
    done = leakguard(*CLEAN, "-o", "out")
    assert (done.returncode, "kept/0.jsonl: this is not what the earlier run wrote" in done.stderr) == (2, True)
    assert leakguard(*CLEAN, "-o", "out", "--no-resume").returncode == 0


def test_an_output_that_vanishes_in_the_last_step_is_an_error(leakguard, data):
    """Killed while it moved: an output that is neither here nor there is named, and so is one that was changed."""
    for spoil in (lambda path: path.unlink(), replaced):
        shutil.rmtree(data / "out", ignore_errors=True)
        assert moved(data, signal.SIGKILL, 3).returncode == -signal.SIGKILL
        output = next((data / "out/kept").glob("*.jsonl"))
        spoil(output)
        done = leakguard(*CLEAN, "-o", "out")
        assert (done.returncode, output.name in done.stderr, "not what that run wrote" in done.stderr) == (2, True, True)
        assert leakguard("gate", "out/kept", "--no-config").returncode == 3


def test_verify_says_that_outputs_are_half_moved(data):
    """Also where the manifest of an earlier run still stands."""
    place = data / "out"
    run(place, lambda place: None)
    (place / ".leakguard").mkdir()
    (place / ".leakguard/checkpoint.json").write_text(json.dumps({"moving": ["kept/0.jsonl"]}))
    from leakguard.jobs.verify import check_manifest
    from leakguard.reports.verify.checks import decide_exit_code

    checks = check_manifest(place / "manifest.json", ())
    assert decide_exit_code(checks) == 3
    assert any("interrupted while it moved" in check.detail for check in checks)
    assert leakguard.gate(place / "kept", **HERE).exit_code == 3
    with pytest.raises(UsageError):
        run(place, lambda place: None)
