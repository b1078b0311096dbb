"""The dataclass of an option (reader, help, commands, defaults), and the function that declares one in the table of options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakguard.core.store_address import find_address, hide_secrets
from leakguard.settings.values import Reader

CLEAN, GATE = "clean", "gate"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of options: its heading in --help, and the commands that have flags for them."""

    heading: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One option: the reader of its values, its help text, and where it can be given.

    `help` names other options in backticks. `default_text` describes the default if the value itself is not descriptive. `commands` are
    the commands with a flag for it (None: those of the group); `wording` has help and default for commands where they differ. `flags` are
    further names of the flag. `page` is the page of docs/ about it.

    `anchor` makes a path relative to the settings file's folder. `show` converts a value to its form in settings files, and `hide`
    removes secrets from it. `merges`: entries of a later source are added to those of an earlier one. `writes`: the value is a file that
    is written. `keyword`: the Python API has it. `decides`: the documents whose content it can change, the manifest of a clean and the
    result of a gate.
    """

    reader: Reader
    group: Group
    help: str
    default_text: str = ""
    metavar: str = ""
    commands: tuple[str, ...] | None = None
    wording: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    page: str = ""
    anchor: Callable[[Any, Path], Any] | None = None
    show: Callable[[Any], Any] | None = None
    hide: Callable[[Any], Any] | None = None
    merges: bool = False
    writes: bool = False
    keyword: bool = True
    decides: tuple[str, ...] = (CLEAN, GATE)

    @property
    def of_commands(self) -> tuple[str, ...]:
        """The commands with a flag for the option."""
        return self.group.commands if self.commands is None else self.commands

    def anchor_value(self, value: Any, folder: Path) -> Any:
        """Return a value of the option with its paths relative to `folder`."""
        if not self.anchor or not value:
            return value
        return tuple(self.anchor(one, folder) for one in value) if isinstance(value, tuple) else self.anchor(value, folder)

    def to_plain(self, value: Any) -> Any:
        """Return a value of the option in its form in settings files: tuples as lists, tables as mappings."""
        if value is None or not self.show:
            return list(value) if isinstance(value, tuple) else value
        return self.show(value)

    def to_shown(self, value: Any) -> Any:
        """Return a value of the option for reports and manifests: as in a settings file, without passwords."""
        plain = self.to_plain(value)
        if self.hide and plain:
            return self.hide(plain)
        return hide_secrets(plain) if find_address(plain) else plain


def option(default: Any, reader: Reader, group: Group, text: str, **more: Any) -> Any:
    """Return a field of a dataclass that declares an option; `default` may be a function that makes the default value."""
    metadata = {"option": Option(reader, group, text, **more)}
    return field(default_factory=default, metadata=metadata) if callable(default) else field(default=default, metadata=metadata)


def field_name(key: str) -> str:
    """Return the name of the field, and of the Python keyword, for the key of an option.

    >>> field_name("fail-on")
    'fail_on'
    """
    return key.replace("-", "_")
