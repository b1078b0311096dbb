"""TOML files as tables that know their place: rule packs and traits are read through these, and every error says where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn

from leakguard.core.errors import PackError
from leakguard.core.suggest import shorten, suggest_names
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a TOML file that knows its place, so that an error can name it."""

    where: str
    values: Mapping[str, Any]

    def fail(self, problem: str) -> NoReturn:
        """Raise PackError with the place in front."""
        raise PackError(f"{shorten(self.where)}: {shorten(problem)}")

    def only(self, keys: Iterable[str]) -> None:
        """Refuse keys that mean nothing."""
        for key in self.values:
            if key not in keys:
                self.fail(f"unknown key {key!r}; {suggest_names(key, keys)}")

    def get(self, key: str, kind: type | tuple[type, ...], what: str, default: Any = None) -> Any:
        """The value of `key`, which must be a `kind`; without a default it must be there."""
        value = self.values.get(key, default)
        if value is None:
            self.fail(f"{key!r} is missing: expected {what}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail(f"{key!r} must be {what}, not {value!r}")
        return value

    def text(self, key: str, what: str = "a text") -> str:
        """A string with something in it."""
        value: str = self.get(key, str, what)
        return value if value.strip() else self.fail(f"{key!r} must be {what}, not empty")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, none of them empty; () where the key is missing."""
        values = self.get(key, list, "a list of texts", [])
        for value in values:
            if not isinstance(value, str) or not value:
                self.fail(f"{key!r} must be a list of texts, not {value!r}")
        return tuple(values)

    def choice(self, key: str, value: object, valid: Iterable[str]) -> str:
        """`value`, if it is one of the valid names."""
        names = list(valid)
        if not isinstance(value, str) or value not in names:
            self.fail(f"{key!r} cannot be {value!r}; {suggest_names(str(value), names)}")
        return value


def read_document(path: Path | Traversable, what: str) -> tuple[bytes, Table]:
    """The bytes of a TOML file and its top table; `what` names the kind of file in an error. Raises PackError."""
    raw = read_bytes(path, what)
    return raw, parsed(str(path), raw, what)


def read_bytes(path: Path | Traversable, what: str) -> bytes:
    """The bytes of a TOML file. Raises PackError."""
    return read_small_file(path, what, PackError, TOML_MOST)


def parsed(file: str, raw: bytes, what: str) -> Table:
    """The top table of these bytes of a TOML file. Raises PackError."""
    return Table(file, parse_toml(file, raw, what, PackError))
