"""Runs leakguard's command line in forks of one process that has imported it.

`python program_server.py SOCKET [MODULE ...]` imports the commands and these modules. Then each message on the socket is one run: its
arguments, folder and environment as JSON, and its three standard streams. It answers with the process id and then the exit code.
"""

import atexit
import json
import os
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages

from leakguard.start import main

# Nearly all that scan, clean, gate and audit import when they need it; models and harness import PyTorch.
PACKAGES = ("cli", "detectors.rules", "jobs", "leaktests", "pipeline", "reports", "rulebook", "settings", "text")
LIBRARIES = ("hyperscan", "rich.table", "safetensors", "scipy.stats", "threadpoolctl", "tokenizers", "tomllib")
# What transformers imports when it first loads a model or tokenizer: 3 s in every run that loads one.
WHEN_LOADING = ("models.auto.modeling_auto", "models.auto.tokenization_auto", "models.gpt2.modeling_gpt2")
LONGEST = 1 << 20


def next_run(connection):
    """Fork for each message. Returns the run and its streams in the child; ends this process when the socket closes."""
    while True:
        message, streams, _, _ = socket.recv_fds(connection, LONGEST, 3)
        if not message:
            os._exit(0)
        child = os.fork()
        if not child:
            connection.close()
            return json.loads(message), streams
        for stream in streams:
            os.close(stream)
        connection.send(str(child).encode())
        _, status = os.waitpid(child, 0)
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())


def prepare_run(run, streams):
    """Give this process the streams, folder, environment and arguments of the run."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(run["folder"])
    os.environ.clear()
    os.environ.update(run["environment"])
    sys.argv = ["leakguard", *run["arguments"]]


def end_run(code):
    """End this process as the interpreter does: after its threads, exit functions and a flush. Only modules are not taken apart.

    That would take .05 s, and .25 s with PyTorch. If a stream cannot be flushed, the interpreter ends and says so.
    """
    threading._shutdown()
    atexit._run_exitfuncs()
    with suppress(OSError):
        for stream in (sys.stdout, sys.stderr):
            if stream and not stream.closed:
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    packages = [import_module(f"leakguard.{name}") for name in PACKAGES]
    modules = (module.name for package in packages for module in walk_packages(package.__path__, f"{package.__name__}."))
    loading = [f"transformers.{name}" for name in WHEN_LOADING if "transformers" in sys.argv[2:]]
    for name in (*modules, *sys.argv[2:], *loading):
        import_module(name)
    for name in LIBRARIES:
        with suppress(ImportError):
            import_module(name)
    prepare_run(*next_run(socket.socket(fileno=int(sys.argv[1]))))
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, int):
            end_run(end.code)
        raise
