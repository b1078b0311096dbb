"""Repeat the options of this run in the commands that reports suggest as next steps."""

from collections.abc import Sequence
from importlib import import_module
from shlex import quote

import click
from click.core import ParameterSource

from leakguard.core.store_address import hide_secrets
from leakguard.readers.files.inputs import STDIN

# Options that the next command sets itself, and options that are about this run alone.
OWN = (
    *("output", "outputs", "place", "name", "format", "shape", "redact", "fail_on", "control", "scores", "limit", "dry_run", "workers"),
    *(
        "quiet",
        "verbose",
        "no_progress",
        "allow",
        "require",
        "manifest",
        "policy",
        "replacement",
        "resume",
        "spool",
        "overwrite",
        "reason",
        "least",
        "notes",
    ),
)

MOST = 5


def again(paths: Sequence[str], command: str) -> str:
    """Return the paths and options of the running command that `command` (such as "clean") also has, as shell words.

    Only options of the command line are repeated. More than a few paths (of a glob that the shell expanded) and standard input are
    written as PATH..., URLs without their user and password.
    """
    context = click.get_current_context()
    known = {param.name for param in getattr(import_module(f"leakguard.cli.{command}"), command).params}
    named = [f"./{path}" if path.startswith("-") else path for path in paths]
    words = ["PATH..."] if len(paths) > MOST or STDIN in paths else named
    # A scan's next step has no control; an audit needs one.
    left_out = set(OWN) - ({"control"} if command == "audit" else set())
    for param in context.command.params:
        name = param.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and isinstance(param, click.Option) and param.expose_value and name in known and name not in left_out:
            words += _words(param, context.params[name])
    return " ".join(map(quote, words))


def _words(option: click.Option, value: object) -> list[str]:
    name = next((one for one in option.opts if one.startswith("--")), option.opts[0])
    if option.is_flag:
        return [name if value else option.secondary_opts[0]]
    values = value if isinstance(value, (list, tuple)) else [value]
    return [word for one in map(str, values) for word in (name, hide_secrets(one) if "://" in one else one)]
