"""Read the TOML files of the rulebook: their bytes, and their top table as a field that knows its file."""

from importlib.resources.abc import Traversable
from pathlib import Path

from leakguard.core.errors import PackError
from leakguard.core.fields import Field
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file


def read_document(path: Path | Traversable, what: str) -> tuple[bytes, Field]:
    """Return the bytes of a TOML file and its top table; `what` names the kind of file in an error. Raises PackError."""
    raw = read_bytes(path, what)
    return raw, parse_table(str(path), raw, what)


def read_bytes(path: Path | Traversable, what: str) -> bytes:
    """Return the bytes of a TOML file. Raises PackError."""
    return read_small_file(path, what, PackError, TOML_MOST)


def parse_table(file: str, raw: bytes, what: str) -> Field:
    """Return the top table of a TOML file with these bytes. Raises PackError."""
    return Field(parse_toml(file, raw, what, PackError), source=file, error=PackError)
