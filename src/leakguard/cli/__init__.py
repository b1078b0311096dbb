"""The command line: each command reads its arguments, calls one job, writes its report and returns an exit code."""

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import takewhile
from typing import Any, NoReturn

import click

from leakguard.cli.process import check_memory, flush, interrupt_on_signals, keep_memory, open_closed_streams, silence
from leakguard.cli.terminal import UNDELIVERED, complain, tell
from leakguard.collision import find_overlay
from leakguard.core.errors import LeakguardError, Stopped, TaskFailed, UsageError
from leakguard.core.exit_codes import ExitCode, exit_code_of
from leakguard.core.suggest import suggest_names
from leakguard.core.version import __version__

COMMANDS = {
    "scan": "leakguard.cli.scan:scan",
    "clean": "leakguard.cli.clean:clean",
    "gate": "leakguard.cli.gate:gate",
    "audit": "leakguard.cli.audit:audit",
    "mitigate": "leakguard.cli.mitigate:mitigate",
    "lineage": "leakguard.cli.lineage:lineage",
    "advise": "leakguard.cli.advise:advise",
    "verify": "leakguard.cli.verify:verify",
    "attest": "leakguard.cli.attest:attest",
    "baseline": "leakguard.cli.baseline:baseline",
    "report": "leakguard.cli.report:report",
    "review": "leakguard.cli.review:review",
    "rules": "leakguard.cli.rules:rules",
    "experiment": "leakguard.cli.experiment:experiment",
    "judge": "leakguard.cli.judge:judge",
    "init": "leakguard.cli.init:init",
}
_NO_MEMORY = b"leakguard: not enough memory: some rows were not checked; allow more (ulimit -v), use --workers 1, or lower --row-limit\n"
_NO_ROOM = ("not enough memory", "cannot allocate memory", "failed to map segment", "can't start new thread")
"""Parts of error messages, of libraries and of the operating system, that indicate lack of memory."""
EXIT_CODES = """
\b
Exit codes:
  0    everything was checked; nothing at or above --fail-on
  1    everything was checked; findings at or above --fail-on
  2    usage, settings or rule file error; nothing was scanned
  3    incomplete: some rows could not be read or checked (takes precedence
       over 1; the report says both)
  4    internal error
  130  interrupted (Ctrl-C, SIGTERM, SIGHUP)
"""
EXAMPLES = """
\b
Examples:
  leakguard scan data.jsonl
  leakguard clean data.jsonl -o cleaned
  leakguard gate cleaned/kept
  leakguard scan --help
"""


class ReaderLeft(Exception):
    """Error: the pipe of stdout was closed. It is needed because click would exit with 1, which means findings here."""


@contextmanager
def _reader_stays() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderLeft from error


class Lazy(click.Group):
    """A group of commands that imports a command when it is called."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the command line; --help and --version print and end here. Raises ReaderLeft."""
        with _reader_stays():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and return its exit code. If a message could not be written to stderr, it is 3. Raises ReaderLeft."""
        with _reader_stays():
            code = super().invoke(ctx)
        return ExitCode.INCOMPLETE if UNDELIVERED in ctx.meta and code in (None, 0, ExitCode.FOUND) else code

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Import and return a command by its name. Raises click.UsageError with the nearest valid name."""
        if cmd_name not in COMMANDS:
            raise click.UsageError(f"no such command {cmd_name!r}; {suggest_names(cmd_name, COMMANDS)}")
        check_memory()
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=Lazy, epilog=EXIT_CODES + EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(prog)s %(version)s")
def leakguard() -> None:
    """Filter model-written training data: report findings (scan), sort rows (clean), test for
    hidden signals (audit), check data before training (gate)."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command line (without the program's name; default: the one of this process) and exit with its code."""
    if said := find_overlay():
        sys.exit(_say(said, ExitCode.USAGE))
    # Starting the threads of numpy's linear algebra takes a third of the start-up time, and no matrix here is large enough to need
    # them. A value that the user has set stays.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A block of parsed rows is tens of thousands of objects without a cycle; searching them for cycles takes a twentieth of a scan.
    gc.set_threshold(100_000, 10, 10)
    keep_memory()
    open_closed_streams()
    interrupt_on_signals()
    code = run(sys.argv[1:] if args is None else args)
    # At exit Python searches all objects for cycles twice; frozen objects are left out.
    gc.freeze()
    sys.exit(code)


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error becomes one line on stderr.

    If output could not be delivered, on stdout or stderr, the exit code is 3 (incomplete) in place of 0 or 1.
    """
    code = _run(args)
    delivered = [flush(stream) for stream in (sys.stdout, sys.stderr)]
    return code if all(delivered) or code > ExitCode.FOUND else ExitCode.INCOMPLETE


def _run(args: Sequence[str]) -> int:
    # Errors of click and closed pipes are handled here; errors of the run itself are reported by _explain.
    try:
        _refuse_file_names(args)
        code: Any = leakguard.main(args=list(args), prog_name="leakguard", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        complain(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        return _say(_usage_line(error), ExitCode.USAGE)
    except (BrokenPipeError, ReaderLeft):
        silence(sys.stdout)
        return ExitCode.INCOMPLETE
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except MemoryError:
        return _out_of_memory()
    except Exception as error:
        return _explain(error, debug="--debug" in args)
    return code if isinstance(code, int) else 0


def _explain(error: Exception, *, debug: bool) -> int:
    """Write the line for an error that ended a command, and return its exit code.

    Errors with a message for the user come first. Lack of memory is recognised by the message, because it has many types of errors.
    """
    if isinstance(error, (UsageError, Stopped, TaskFailed)):
        return _say(str(error), exit_code_of(error))
    if any(words in str(error).lower() for words in _NO_ROOM):
        return _out_of_memory()
    if debug:
        _show_traceback()
    if isinstance(error, (ImportError, AttributeError)) and (overlay := find_overlay(search=True)):
        return _say(overlay, ExitCode.USAGE)
    if isinstance(error, OSError):
        silence(sys.stdout)
        return _say(f"cannot go on: {error}", exit_code_of(error))
    line = (
        str(error)
        if isinstance(error, LeakguardError)
        else f"internal error: {type(error).__name__}: {error}; please report it (--debug shows where)"
    )
    return _say(line, exit_code_of(error))


def _out_of_memory() -> int:
    """Write the error line for lack of memory, a constant, because formatting or importing would need memory; return the exit code."""
    with suppress(OSError):
        os.write(2, _NO_MEMORY)
    return ExitCode.INCOMPLETE


def _refuse_file_names(args: Sequence[str]) -> None:
    """Raise UsageError for an option that is also the name of a file, because a glob of the shell may have put it there."""
    for arg in takewhile(lambda arg: arg != "--", args):
        if arg.startswith("-") and arg != "-" and os.path.lexists(arg):
            raise UsageError(f"{arg}: this option is also the name of a file; put -- before file names, or write ./{arg} for the file")


def _usage_line(error: click.ClickException) -> str:
    """Return click's message for an invalid command line, with the help text of a missing option and a pointer to --help."""
    said = error.format_message()
    if not isinstance(error, click.UsageError) or not error.ctx or error.ctx.parent is None:
        return said
    meaning = getattr(error.param, "help", None) if isinstance(error, click.MissingParameter) else None
    whole = f"{said} {meaning}" if meaning else said
    return f"{whole.removesuffix('.')}; see {error.ctx.command_path} --help"


def _say(message: str, code: int) -> int:
    tell(message)
    return code


def _show_traceback() -> None:
    from traceback import format_exc

    from leakguard.reports.kit.escape import escape_text

    complain("\n".join(map(escape_text, format_exc().split("\n"))))
