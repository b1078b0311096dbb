"""What a run was asked to do, read from a settings file, the command line or Python."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import field as of
from typing import Any, get_args

from leakguard.core.address import without_user
from leakguard.core.counting import Counting, Mode
from leakguard.core.errors import SettingsError
from leakguard.core.gate import GatePolicy
from leakguard.core.policy import APART, DEFAULTS, EXACT, MISSED, NEAR, Action
from leakguard.core.rule import Engine, Severity
from leakguard.core.suggest import LINE, shorten, suggest_names
from leakguard.reports import FORMATS
from leakguard.settings.columns import Pairs, column_map, column_table
from leakguard.settings.gate_table import Meaningless, gate_policy, gate_table

# No file, row or run is larger, and everything that counts (slices, clocks, sizes) can hold it.
DIGITS, MOST = 18, 10**18
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
ACTIONS = tuple(action.label for action in Action)
TABLES = ("policy", "judge-budget", "judge-prices", "judge-minimum")
# Where nobody could look, nobody knows what to take out.
UNSEEN_ACTIONS = tuple(action for action in ACTIONS if action != Action.REDACT.label)
# Entries of the policy that are about whole rows, not about findings.
WHOLE_ROWS = {MISSED: (*UNSEEN_ACTIONS, APART), EXACT: UNSEEN_ACTIONS, NEAR: UNSEEN_ACTIONS}
FAIL_ON = tuple(severity.label for severity in reversed(Severity))


@dataclass(frozen=True, slots=True)
class Settings:
    """Every option that changes a result. Keys of a settings file are these names with - for _.

    `file` is no option: it names the settings file that was read, for reports.
    """

    rules: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    semantic: bool = False
    semantic_model: str | None = None
    semantic_download: bool = False
    fpr: float | None = None
    scores: str | None = None
    preset: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    schema: str = "auto"
    field: tuple[str, ...] = ()
    map: Pairs = ()
    roles: tuple[str, ...] = ("trained",)
    format: str = "table"
    output: tuple[str, ...] = ()
    control: str | None = None
    baseline: str | None = None
    fail_on: str = "error"
    workers: int = 0
    limit: int | None = None
    row_limit: int = 16 << 20
    unpack_limit: int = 256 << 30
    ignore_files: tuple[str, ...] = ()
    follow_links: bool = False
    redact: str | None = None
    engine: Engine = "auto"
    duplicates: str = Mode.OFF.value
    against: tuple[str, ...] = ()
    policy: tuple[tuple[str, str], ...] = tuple(DEFAULTS.items())
    replacement: str = "[redacted]"
    judge_model: str | None = None
    judge_base_url: str | None = None
    judge_key_env: str | None = None
    judge_rubric: tuple[str, ...] = ()
    judge_only: str = "undecided"
    judge_budget: tuple[tuple[str, float], ...] = ()
    judge_prices: tuple[tuple[str, float], ...] = ()
    judge_concurrency: int = 8
    judge_timeout: int = 60
    judge_cache: str | None = None
    judge_certainty: float = 0.0
    judge_threshold: int | None = None
    judge_check: str | None = None
    judge_minimum: tuple[tuple[str, float], ...] = ()
    gate: GatePolicy = of(default_factory=GatePolicy)
    file: str | None = None

    def as_mapping(self) -> dict[str, Any]:
        """The settings under the names that a settings file uses, as reports and manifests show them: tuples as lists, no password."""
        shown = without_user(self.judge_base_url) if self.judge_base_url else self.judge_base_url
        values = {name.replace("_", "-"): list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        tables = {name: dict(getattr(self, name.replace("-", "_"))) for name in TABLES}
        del values["file"]
        return {**values, **tables, "judge-base-url": shown, "gate": gate_table(self.gate), "map": column_table(self.map)}


class _Expected(ValueError):
    """What a value should have been."""


def changed(settings: Settings, values: Mapping[str, object], *, where: str) -> Settings:
    """`settings` with `values` (keys of a settings file) read, checked and put in; `where` stands before the key in an error."""
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in KEYS:
            raise SettingsError(f"{where}unknown key {shorten(repr(key))}; {suggest_names(key[:LINE], KEYS)}")
        try:
            changes[key.replace("-", "_")] = _on_top(settings.policy, value) if key == "policy" else KEYS[key](value)
        except (_Expected, Meaningless) as error:
            raise SettingsError(f"{where}{key}: {shorten(str(error))}") from None
    return replace(settings, **changes)


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not all(isinstance(text, str) and text for text in values):
        raise _Expected(f"expected a text or a list of texts, not {value!r}")
    return tuple(map(_text, values))


def _names(value: object) -> tuple[str, ...]:
    """Names in a list, or in one text with commas between them."""
    names = tuple(name.strip() for text in _texts(value) for name in text.split(",") if name.strip())
    if not names:
        raise _Expected(f"expected at least one name, not {value!r}")
    return names


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _Expected(f"expected a text, not {value!r}")
    if "\0" in value:
        raise _Expected(f"expected a text without NUL characters, not {value!r}")
    return value


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise _Expected(f"expected a text, not {value!r}")
    return value


def _one_of(*valid: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in valid:
            raise _Expected(f"cannot be {value!r}; {suggest_names(str(value), valid)}")
        return value

    return read


def _count(least: int, most: int = MOST) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise _Expected(f"expected a whole number, {least} or more, not {value!r}")
        if value > most:
            raise _Expected(f"expected a whole number, {most:,} at most, not {value!r}")
        return value

    return read


def _rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1:
        raise _Expected(f"expected a share between 0 and 1, such as 0.05, not {value!r}")
    return float(value)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Expected(f"expected true or false, not {value!r}")
    return value


def _on_top(policy: Sequence[tuple[str, str]], value: object) -> tuple[tuple[str, str], ...]:
    """Entries laid over those that are there: a table, or texts such as "warning=redact"."""
    if not isinstance(value, Mapping):
        pairs = [text.partition("=") for text in _texts(value)]
        value = {name.strip(): action.strip() for name, _, action in pairs}
    for name, action in value.items():
        valid = WHOLE_ROWS.get(name, ACTIONS)
        if not name or action not in valid:
            raise _Expected(f"{name!r} cannot be {action!r}; {suggest_names(str(action), valid)}")
    return tuple({**dict(policy), **value}.items())


def _amounts(*names: str, most: float = float("inf")) -> Callable[[object], tuple[tuple[str, float], ...]]:
    """Named amounts: a table, or texts such as "requests=100,tokens=5000"."""

    def read(value: object) -> tuple[tuple[str, float], ...]:
        if not isinstance(value, Mapping):
            pairs = [part.partition("=") for text in _texts(value) for part in text.split(",") if part.strip()]
            value = {name.strip(): amount.strip() for name, _, amount in pairs}
        amounts: dict[str, float] = {}
        for name, amount in value.items():
            if name not in names:
                raise _Expected(f"{name!r} means nothing here; {suggest_names(str(name), names)}")
            amounts[name] = _amount(name, amount, most)
        return tuple(amounts.items())

    return read


def _amount(name: str, value: object, most: float) -> float:
    try:
        amount = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        amount = -1.0
    if not 0 <= amount <= most or amount == float("inf"):
        raise _Expected(f"{name!r} must be a number{f' from 0 to {most:g}' if most < float('inf') else ', 0 or more'}, not {value!r}")
    return amount


def _share(value: object) -> float:
    return _amount("the share", value, 1.0)


def _only(value: object) -> str:
    if value in ("undecided", "all"):
        return str(value)
    word, _, size = value.partition(":") if isinstance(value, str) else ("", "", "")
    if word != "sample" or not 0 < _whole(size) <= MOST:
        raise _Expected(f"expected undecided, all or sample:N, not {value!r}")
    return f"sample:{int(size)}"


def _duplicates(value: object) -> str:
    try:
        return str(Counting.read(value))
    except ValueError as error:
        raise _Expected(str(error)) from None


def _whole(digits: str) -> int:
    """The number that digits spell; -1 for anything else, and for more digits than any size or count has."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= DIGITS else -1


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST:
        return value
    text = value.strip().upper() if isinstance(value, str) else ""
    number, unit = text.rstrip("KMGIB"), text.lstrip("0123456789").removesuffix("B").removesuffix("I")
    if unit not in UNITS or not 0 < _whole(number) * UNITS[unit] <= MOST:
        raise _Expected(f"expected a size such as 16MiB, 500K or a number of bytes, not {value!r}")
    return int(number) * UNITS[unit]


KEYS: dict[str, Callable[[object], object]] = {
    "rules": _texts,
    "traits": _texts,
    "semantic": _switch,
    "semantic-model": _text,
    "semantic-download": _switch,
    "fpr": _rate,
    "scores": _text,
    "preset": _one_of("paper-numbers"),
    "select": _texts,
    "ignore": _texts,
    "schema": _text,
    "field": _texts,
    "map": column_map,
    "roles": _names,
    "format": _one_of(*FORMATS),
    "output": _texts,
    "control": _text,
    "baseline": _text,
    "fail-on": _one_of(*FAIL_ON, "never"),
    "workers": _count(0),
    "limit": _count(1),
    "row-limit": _size,
    "unpack-limit": _size,
    "ignore-files": _texts,
    "follow-links": _switch,
    "redact": _one_of("hash", "mask", "none"),
    "engine": _one_of(*get_args(Engine)),
    "duplicates": _duplicates,
    "against": _texts,
    "policy": _texts,
    "replacement": _words,
    "judge-model": _text,
    "judge-base-url": _text,
    "judge-key-env": _text,
    "judge-rubric": _texts,
    "judge-only": _only,
    "judge-budget": _amounts("requests", "tokens", "money"),
    "judge-prices": _amounts("prompt", "completion"),
    "judge-concurrency": _count(1, 1_000),
    "judge-timeout": _count(1, 86_400),
    "judge-cache": _text,
    "judge-certainty": _share,
    "judge-threshold": _count(1),
    "judge-check": _text,
    "judge-minimum": _amounts("sensitivity", "specificity", "kappa", most=1.0),
    "gate": gate_policy,
}
