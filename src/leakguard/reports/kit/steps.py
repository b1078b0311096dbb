"""Next steps after a run: descriptions, each with a command that can be copied."""

from collections.abc import Iterable
from shlex import quote

Step = tuple[str, str]
"""The description of a next step, and its command ("" if there is none)."""
PATHS = "PATH..."
"""The placeholder, in a command, for paths and options of a run that are unknown."""


def fill_command(command: str, words: str) -> str:
    """Return the command with these paths and options in the place of PATH..., or unchanged if there are none."""
    return command.replace(PATHS, words or PATHS, 1)


def repeat_option(name: str, values: Iterable[str]) -> str:
    """Return an option of a command with each of these values, to be appended to the command.

    >>> repeat_option("rules", ["default", "my pack.toml"])
    " --rules default --rules 'my pack.toml'"
    """
    return "".join(f" --{name} {quote(value)}" for value in values)


def join_steps(steps: Iterable[Step]) -> list[str]:
    """Return each step as one text: what to do, then the command."""
    return [f"{what} {command}" if command else what for what, command in steps]
