"""Read small configuration files (settings, packs, traits, worlds, baselines) within limits on type, size, time and memory."""

import re
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.readers.files.regular_files import MIB, read_regular

# A pack of 5,000 rules is smaller than 2 MiB; a TOML parser in Python takes seconds for each MiB.
TOML_MOST = 4 * MIB
DEPTH, PARTS = 100, 100
# Every integer of 18 digits fits into 64 bits.
DIGITS = 18
_LARGEST = 10**DIGITS
# Time and memory of the parser grow with the square of the parts of a dotted key. These are the tokens of a TOML file, so that dots in
# strings and comments do not count: multi-line strings (also one that is never closed), comments, long keys, other keys, the rest.
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_TOKENS = re.compile(
    r'''"""(?:[^\\]|\\.)*?(?:"{3,5}|\Z)|'''
    r"""'''.*?(?:'{3,5}|\Z)|#[^\n]*+|"""
    rf"""(?P<long>(?:{_PART}[ \t]*+\.[ \t]*+){{{PARTS}}})|{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+|[^"'#A-Za-z0-9_-]++|.""",
    re.DOTALL,
)


def read_small_file(path: Path | Traversable, what: str, error: type[UsageError], most: int) -> bytes:
    """Return the bytes of a file of at most `most` bytes; `what` names the kind of file in an error.

    Raises `error` if the file cannot be read or is refused by `read_regular`.
    """
    try:
        return read_regular(path, most) if isinstance(path, Path) else path.read_bytes()
    except OSError as problem:
        raise error(f"{path}: the {what} cannot be read: {problem.strerror or problem}") from problem


def parse_toml(file: str, raw: bytes, what: str, error: type[UsageError]) -> dict[str, Any]:
    """Parse the bytes of a TOML file; `file` and `what` (the kind of file) are used in messages.

    Raises `error` for invalid TOML, and for keys, nesting and integers beyond the limits above.
    """
    # Each check comes before the step that it protects: encoding and keys before parsing, nesting and integers before later recursion.
    # The parser is imported here because shipped files are cached as JSON.
    import tomllib

    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise error(f"{file}: a {what} must be UTF-8; line {line} is not") from problem
    if _long_key(text):
        raise error(f"{file}: a key of this {what} has more than {PARTS} parts")
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise error(f"{file}: this {what} is nested too deeply: at most {DEPTH} levels are read") from None
    except tomllib.TOMLDecodeError as problem:
        raise error(f"{file}: this is not TOML: {problem}") from problem
    except ValueError:
        raise error(f"{file}: an integer in this {what} has more than {DIGITS} digits") from None
    _check(file, document, what, error)
    return document


def _long_key(text: str) -> bool:
    """Return whether a TOML text has a dotted key with PARTS parts or more. A key cannot continue on another line."""
    return any(line.count(".") >= PARTS for line in text.split("\n")) and any(token["long"] for token in _TOKENS.finditer(text))


def _check(file: str, document: dict[str, Any], what: str, error: type[UsageError]) -> None:
    """Raise `error` for nesting deeper than DEPTH and for integers of more than DIGITS digits."""
    # Goes level by level without recursion, because a document may be nested deeper than Python's stack.
    level: list[object] = [document]
    for _ in range(DEPTH):
        if any(isinstance(value, int) and abs(value) >= _LARGEST for value in level):
            raise error(f"{file}: an integer in this {what} has more than {DIGITS} digits")
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise error(f"{file}: this {what} is nested too deeply: at most {DEPTH} levels are read")


def _inside(value: object) -> Iterable[object]:
    """Return the members of an object or a list."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
