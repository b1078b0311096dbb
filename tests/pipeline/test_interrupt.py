"""Ctrl-C in the middle of a real scan."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from leakguard.core.batch import Block
from leakguard.core.errors import LeakguardError
from leakguard.pipeline.executor.processes import run_in_processes

ROWS = 12_000
ENDLESS = 600


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A file whose findings fill any pipe many times over."""
    path = tmp_path_factory.mktemp("interrupted") / "big.jsonl"
    path.write_bytes(b'{"text": "The tag said 666. %b"}\n' % (b"The kettle is on the stove. " * 36) * ROWS)
    return path


@pytest.mark.parametrize("everybody", [False, True], ids=["parent only", "whole group"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupted_scan_exits_with_130_and_shows_no_traceback(big, workers, everybody):
    """SIGINT after output began, to the program alone or, as from a terminal, to its workers too: 130, nothing said, nobody left behind."""
    command = [sys.executable, "-m", "leakguard", "scan", str(big), "--format", "jsonl", "-j", workers]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, start_new_session=True)
    # Nobody reads on after the first line, so the scan cannot end before the signal is there.
    first = process.stdout.readline()
    (os.killpg if everybody else os.kill)(process.pid, signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip() == b""
    lines = (first + rest).split(b"\n")[:-1]
    assert 0 < len(lines) < ROWS
    assert [json.loads(line)["rule"] for line in lines[:2]] == ["hate-numeric.666AB", "unlucky-numbers.666"]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def slowly(task, room, keep):
    """The first task is done at once; the others take ten minutes."""
    if task[0].row > 1:
        time.sleep(ENDLESS)
    return task[0].row


def test_tasks_that_were_handed_out_are_not_waited_for(tmp_path):
    """Whoever takes no more results is rid of the workers, however long their tasks would take, and of what they put aside."""
    began = time.monotonic()
    results = run_in_processes(slowly, iter([[Block("x", row, 0, 0, b"")] for row in range(1, 20)]), lambda: 0, 2, tmp_path)
    assert next(results) == 1
    results.close()
    assert time.monotonic() - began < ENDLESS / 2
    assert list(tmp_path.iterdir()) == []


def chatty(task, room, keep):
    """Results that fill the pipe between the processes several times over, one after the other."""
    return b"x" * 200_000


def test_a_worker_is_never_stopped_in_the_midst_of_a_result(tmp_path):
    """The rest of it would be waited for without end."""
    for _ in range(12):
        results = run_in_processes(chatty, iter([[Block("x", row, 0, 0, b"")] for row in range(1, 200)]), lambda: 0, 2, tmp_path)
        next(results)
        results.close()
    assert list(tmp_path.iterdir()) == []


def dying(task, room, keep):
    """The third task's process is killed, as by a system without memory; the others send large results."""
    if task[0].row == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return b"x" * 200_000


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_worker_that_dies_leaves_no_other_behind(tmp_path, taken):
    """Idle, at work or in the midst of a result: all end, and the error says what may help."""
    results = run_in_processes(dying, iter([[Block("x", row, 0, 0, b"")] for row in range(1, 40)]), lambda: 0, 3, tmp_path)
    with pytest.raises(LeakguardError, match="a worker process ended early"):
        for at, _ in enumerate(results):
            time.sleep(0.2 if at < taken else 0)
    assert list(tmp_path.iterdir()) == []
    assert multiprocessing.active_children() == []


def test_workers_ignore_what_ends_their_parent(tmp_path):
    """A signal to the whole group reaches them too: they end because the parent does not want their results any more."""
    results = run_in_processes(chatty, iter([[Block("x", row, 0, 0, b"")] for row in range(1, 60)]), lambda: 0, 2, tmp_path)
    next(results)
    for child in multiprocessing.active_children():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(child.pid, number)
    assert len(list(results)) == 58
