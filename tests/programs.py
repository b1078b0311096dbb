"""Runs the command line as a shell would: each run has its own process, streams, folder and environment."""

import functools
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

COMMAND = [sys.executable, "-m", "leakguard"]
SERVER = Path(__file__).with_name("program_server.py")
TIMEOUT = 300
SHELL_SIGNS = frozenset("|&;<>$*?[]{}`~#")
# Variables that the interpreter, coverage or a numerical library reads when a process starts or first imports it.
AT_START = re.compile("(PYTHON(?!PATH$)|LC_|LANG|COVERAGE|OMP_).*")


def run_program(*arguments, folder, data=None, env=None, modules=()):
    """Run `leakguard ARGUMENTS` in the folder with the text `data` on stdin; returns a CompletedProcess with text.

    On Linux the process is a fork of one that has imported the commands and `modules`, so that 0.4 s of imports are not repeated.
    """
    env = dict(os.environ if env is None else env)
    arguments = [*map(str, arguments)]
    if sys.platform != "linux":
        return subprocess.run(
            [*COMMAND, *arguments],
            check=False,
            cwd=folder,
            input=data,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT,
        )
    variables = frozenset((name, value) for name, value in env.items() if AT_START.match(name))
    server = start_server(modules, variables, os.getpid())
    request = json.dumps({"arguments": arguments, "folder": str(folder), "environment": env}).encode()
    streams = [os.pipe() for _ in range(3)]
    (child_in, to_child), (from_out, child_out), (from_err, child_err) = streams
    socket.send_fds(server, [request], [child_in, child_out, child_err])
    for end in (child_in, child_out, child_err):
        os.close(end)
    child = json.loads(server.recv(64))
    alarm = threading.Timer(TIMEOUT, os.kill, (child, signal.SIGKILL))
    alarm.start()
    written = [*map(in_thread, (lambda: write_all(to_child, data or ""), lambda: read_all(from_out), lambda: read_all(from_err)))]
    code = json.loads(server.recv(64))
    alarm.cancel()
    _, stdout, stderr = (wait() for wait in written)
    return subprocess.CompletedProcess([*COMMAND, *arguments], code, stdout, stderr)


def run_line(line, folder):
    """Run a line as a shell would that has leakguard on its path; returns a CompletedProcess with text."""
    if line.startswith("leakguard ") and not SHELL_SIGNS.intersection(line):
        return run_program(*shlex.split(line)[1:], folder=folder)
    function = f'leakguard() {{ "{sys.executable}" -m leakguard "$@"; }}\n'
    return subprocess.run(
        ["sh", "-c", function + line], check=False, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT
    )


@functools.cache
def start_server(modules, variables, owner):
    """Return the connection to a server for this start environment. `owner`: the process that may use it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    env = {name: value for name, value in os.environ.items() if not AT_START.match(name)}
    env |= {**dict(variables), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, SERVER, str(theirs.fileno()), *modules]
    subprocess.Popen(command, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)
    theirs.close()
    return ours


def in_thread(work):
    """Start the work in a thread; returns a function that waits for its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()

    def wait():
        thread.join()
        return results[0]

    return wait


def write_all(pipe, text):
    """Write the text and close the pipe; a reader that left early is no error."""
    try:
        with open(pipe, "w", encoding="utf-8") as stream:
            stream.write(text)
    except BrokenPipeError:
        pass


def read_all(pipe):
    """Return all text that comes out of the pipe."""
    with open(pipe, encoding="utf-8") as stream:
        return stream.read()
