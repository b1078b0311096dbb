"""Readers of single values: each checks a value from a settings file, a flag or a keyword, and converts it to what `Settings` holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leakguard.core.counting import Counting
from leakguard.core.policy import APART, EXACT, MISSED, NEAR, Action
from leakguard.core.suggest import suggest_names

Pairs = tuple[tuple[str, Any], ...]
"""A table as a tuple of (key, value)."""
# Upper bound of all counts and sizes: it fits in 64 bits, and so do sums of a few of them.
DIGITS, MOST = 18, 10**18
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_ACTIONS = tuple(action.label for action in Action)
# A row that was not checked, and a copy of another row, have no span to redact.
_ROW_ACTIONS = tuple(action for action in _ACTIONS if action != Action.REDACT.label)
WHOLE_ROWS = {MISSED: (*_ROW_ACTIONS, APART), EXACT: _ROW_ACTIONS, NEAR: _ROW_ACTIONS}
"""Entries of the policy that are about whole rows, not about findings, and their actions."""


class InvalidValue(ValueError):
    """Error: an invalid value of a setting. The message describes a valid one, and the caller adds the place."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A function that reads the values of a setting, and the form of these values on the command line and in Python.

    `read` raises InvalidValue. `accepts` is the type of valid values, as Python source. On the command line, `flag` is the type to which
    a value is converted (None: text; bool: a pair of flags), `many` whether the flag may be repeated, and `metavar` the placeholder of
    the value in --help.
    """

    read: Callable[[object], Any]
    accepts: str
    flag: type | None = None
    many: bool = False
    metavar: str | None = None


def read_texts(value: object) -> tuple[str, ...]:
    """Read a text or a list of texts, and return a tuple. Raises InvalidValue."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not all(isinstance(text, str) and text for text in values):
        raise InvalidValue(f"expected a text or a list of texts, not {value!r}")
    return tuple(map(read_text, values))


def read_text(value: object) -> str:
    """Read a text that is not empty and has no NUL character. Raises InvalidValue."""
    if not isinstance(value, str) or not value:
        raise InvalidValue(f"expected a text, not {value!r}")
    if "\0" in value:
        raise InvalidValue(f"expected a text without NUL characters, not {value!r}")
    return value


def _read_names(value: object) -> tuple[str, ...]:
    """Read names from a list, or from one text with commas between them. Raises InvalidValue."""
    names = tuple(name.strip() for text in read_texts(value) for name in text.split(",") if name.strip())
    if not names:
        raise InvalidValue(f"expected at least one name, not {value!r}")
    return names


def _read_any_text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"expected a text, not {value!r}")
    return value


def read_switch(value: object) -> bool:
    """Read a boolean. Raises InvalidValue."""
    if not isinstance(value, bool):
        raise InvalidValue(f"expected true or false, not {value!r}")
    return value


def _read_rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1:
        raise InvalidValue(f"expected a share between 0 and 1, such as 0.05, not {value!r}")
    return float(value)


def _read_probability(value: object) -> float:
    return _read_amount("the share", value, 1.0)


def _read_size(value: object) -> int:
    """Read a number of bytes from an integer or a text such as 16MiB. Raises InvalidValue."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST:
        return value
    text = value.strip().upper() if isinstance(value, str) else ""
    number, unit = text.rstrip("KMGIB"), text.lstrip("0123456789").removesuffix("B").removesuffix("I")
    if unit not in UNITS or not 0 < _whole_number(number) * UNITS[unit] <= MOST:
        raise InvalidValue(f"expected a size such as 16MiB, 500K or a number of bytes, not {value!r}")
    return int(number) * UNITS[unit]


def _read_selection(value: object) -> str:
    if value in ("undecided", "all"):
        return str(value)
    word, _, size = value.partition(":") if isinstance(value, str) else ("", "", "")
    if word != "sample" or not 0 < _whole_number(size) <= MOST:
        raise InvalidValue(f"expected undecided, all or sample:N, not {value!r}")
    return f"sample:{int(size)}"


def _read_counting(value: object) -> str:
    try:
        return str(Counting.read(value))
    except ValueError as error:
        raise InvalidValue(str(error)) from None


def choice(*valid: str) -> Reader:
    """Return a reader that accepts one of these words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in valid:
            raise InvalidValue(f"unknown value {value!r}; {suggest_names(str(value), valid)}")
        return value

    return Reader(read, "str", metavar="|".join(valid))


def count(least: int, most: int = MOST) -> Reader:
    """Return a reader of integers from `least` to `most`."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise InvalidValue(f"expected a whole number, {least} or more, not {value!r}")
        if value > most:
            raise InvalidValue(f"expected a whole number, {most:,} at most, not {value!r}")
        return value

    return Reader(read, "int", int, metavar="N")


def amounts(*names: str, most: float = float("inf")) -> Reader:
    """Return a reader of named amounts from 0 to `most`, from a table or from texts such as "requests=100,tokens=5000"."""

    def read(value: object) -> Pairs:
        if not isinstance(value, Mapping):
            pairs = [part.partition("=") for text in read_texts(value) for part in text.split(",") if part.strip()]
            value = {name.strip(): amount.strip() for name, _, amount in pairs}
        found: dict[str, float] = {}
        for name, amount in value.items():
            if name not in names:
                raise InvalidValue(f"{name!r} means nothing here; {suggest_names(str(name), names)}")
            found[name] = _read_amount(name, amount, most)
        return tuple(found.items())

    return Reader(read, "Mapping[str, float]", many=True, metavar="WHAT=N" if most > 1 else "WHAT=P")


def _read_policy(value: object) -> Pairs:
    """Read the entries of a policy from a table, or from texts such as "warning=redact". Raises InvalidValue."""
    if not isinstance(value, Mapping):
        pairs = [text.partition("=") for text in read_texts(value)]
        value = {name.strip(): action.strip() for name, _, action in pairs}
    for name, action in value.items():
        possible = WHOLE_ROWS.get(name, _ACTIONS)
        if not name or action not in possible:
            raise InvalidValue(f"{name!r} cannot be {action!r}; {suggest_names(str(action), possible)}")
    return tuple(value.items())


def _read_amount(name: str, value: object, most: float) -> float:
    try:
        amount = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        amount = -1.0
    if not 0 <= amount <= most or amount == float("inf"):
        raise InvalidValue(f"{name!r} must be a number{f' from 0 to {most:g}' if most < float('inf') else ', 0 or more'}, not {value!r}")
    return amount


def _whole_number(digits: str) -> int:
    """Parse an integer of at most DIGITS digits; return -1 for any other text."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= DIGITS else -1


TEXT = Reader(read_text, "str")
ANY_TEXT = Reader(_read_any_text, "str")
TEXTS = Reader(read_texts, "Sequence[str]", many=True)
NAMES = Reader(_read_names, "Sequence[str]", many=True)
SWITCH = Reader(read_switch, "bool", bool)
RATE = Reader(_read_rate, "float", float, metavar="RATE")
PROBABILITY = Reader(_read_probability, "float", float, metavar="P")
SIZE = Reader(_read_size, "int | str", metavar="SIZE")
SELECTION = Reader(_read_selection, "str", metavar="undecided|all|sample:N")
COUNTING = Reader(_read_counting, "str", metavar="off|exact|near[:SHARE]")
POLICY = Reader(_read_policy, "Mapping[str, str]", many=True, metavar="NAME=ACTION")
