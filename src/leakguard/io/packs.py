"""Rule packs: TOML files in, rules out; every error names file, rule, key and what was expected."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn, get_args

import orjson

from leakguard.core.errors import PackError
from leakguard.core.names import expected
from leakguard.core.ports import Memory
from leakguard.core.rule import PROFILES, Kind, Profile, Rule, RulePack, Severity
from leakguard.detectors.rules.contexts import CONTEXTS

PACK_KEYS = ("id", "version", "title", "sources", "default")
RULE_KEYS = (
    *("id", "kind", "value", "pattern", "severity", "profiles", "meaning", "also", "not_inside", "unless", "near"),
    *("match_case", "requires", "sources", "hits", "misses"),
)
KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind) if kind != "grammar"}
PROFILE: dict[str, Profile] = {profile: profile for profile in PROFILES}
SEVERITIES = {severity.label: severity for severity in Severity}
ID = r"[A-Za-z0-9_-]+"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a TOML file that knows its place, so that an error can name it."""

    where: str
    values: Mapping[str, Any]

    def fail(self, problem: str) -> NoReturn:
        """Raise PackError with the place in front."""
        raise PackError(f"{self.where}: {problem}")

    def only(self, keys: Iterable[str]) -> None:
        """Refuse keys that mean nothing."""
        for key in self.values:
            if key not in keys:
                self.fail(f"unknown key {key!r}; {expected(key, keys)}")

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
            self.fail(f"{key!r} cannot be {value!r}; {expected(str(value), names)}")
        return value


def read_packs(paths: Iterable[Path | Traversable], memory: Memory | None = None) -> tuple[RulePack, ...]:
    """Read packs in order. An id that two files use is an error that names both; rule ids begin with their pack's."""
    packs = tuple(read_pack(path, memory) for path in paths)
    files: dict[str, str] = {}
    for pack in packs:
        if pack.id in files:
            raise PackError(f"{pack.file}: the id {pack.id!r} is already used by {files[pack.id]}; give one of them another id")
        files[pack.id] = pack.file
    return packs


def read_pack(path: Path | Traversable, memory: Memory | None = None) -> RulePack:
    """Read one pack and check its form; whether its examples hold is proven by detectors.rules.proof. Raises PackError.

    What the same bytes said before is taken from `memory`.
    """
    file, raw = str(path), _bytes(path)
    if memory is None:
        return _read(file, raw)
    said = orjson.loads(memory.recall(f"pack {sha256(raw).hexdigest()}", lambda: orjson.dumps(_read(file, raw))))
    rules = tuple(map(_again, said.pop("rules")))
    return RulePack(**{**said, "sources": tuple(said["sources"]), "rules": rules, "file": file})


def _again(said: dict[str, Any]) -> Rule:
    """A rule from the JSON that a rule gives."""
    severity = {PROFILE[name]: Severity(level) for name, level in said.pop("severity").items()}
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Rule(severity=severity, **values)


def is_default(path: Path | Traversable) -> bool:
    """Whether a shipped pack is on without being asked for; only its head is parsed, which stands before its rules."""
    head = _toml(str(path), _bytes(path).partition(b"[[rule]]")[0]).get("pack", {})
    return head.get("default") is True


def _read(file: str, raw: bytes) -> RulePack:
    document = Table(file, _toml(file, raw))
    document.only(("pack", "rule"))
    head = Table(f"{file}: [pack]", document.get("pack", dict, "a table [pack]"))
    head.only(PACK_KEYS)
    name = _pack_id(head)
    tables = document.get("rule", list, "at least one [[rule]]", [])
    if not tables:
        document.fail("a pack needs at least one [[rule]]")
    rules = tuple(_rule(file, name, nth, values) for nth, values in enumerate(tables, 1))
    _refuse_repeats(file, rules)
    return RulePack(
        id=name,
        version=head.text("version", 'a version such as "1.0.0"'),
        title=head.text("title"),
        sources=head.texts("sources"),
        default=head.get("default", bool, "true or false", False),
        digest=sha256(raw).hexdigest(),
        rules=rules,
        file=file,
    )


def _bytes(path: Path | Traversable) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackError(f"{path}: the rule pack cannot be read: {error.strerror or error}") from error


def _toml(file: str, raw: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PackError(f"{file}: a rule pack must be UTF-8; line {line} is not") from error
    except tomllib.TOMLDecodeError as error:
        raise PackError(f"{file}: this is not TOML: {error}") from error


def _pack_id(head: Table) -> str:
    name = head.text("id")
    if name == "all" or not re.fullmatch(ID, name):
        head.fail(f"'id' cannot be {name!r}: use letters, digits, - and _ (and not 'all', which names every pack)")
    return name


def _refuse_repeats(file: str, rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PackError(f"{file}: two rules have the id {rule.id!r}; an id names one rule")
        seen.add(rule.id)


def _rule(file: str, pack: str, nth: int, values: object) -> Rule:
    if not isinstance(values, dict):
        raise PackError(f"{file}: 'rule' must be a list of [[rule]] tables")
    name = values.get("id")
    table = Table(f"{file}: rule {name!r}" if name else f"{file}: [[rule]] number {nth}", values)
    table.only(RULE_KEYS)
    kind = KINDS[table.choice("kind", table.get("kind", str, f"one of {', '.join(KINDS)}"), KINDS)]
    value, numbers = _value(table, kind)
    return Rule(
        id=_rule_id(table, pack),
        pack=pack,
        kind=kind,
        value=value,
        meaning=table.text("meaning", "a sentence that says what this stands for"),
        severity=_severity(table),
        numbers=numbers,
        also=_also(table, kind),
        not_inside=_contexts(table),
        unless=table.texts("unless"),
        near=table.texts("near"),
        match_case=table.get("match_case", bool, "true or false", False),
        pattern=_pattern(table, kind),
        requires=_requires(table, kind),
        sources=table.texts("sources"),
        hits=_examples(table, "hits", "text it must match"),
        misses=_examples(table, "misses", "text it must not match"),
    )


def _requires(table: Table, kind: Kind) -> tuple[str, ...]:
    if kind != "regex" and "requires" in table.values:
        table.fail(f"'requires' means nothing in a rule of kind {kind!r}: it belongs to a pattern")
    if kind in ("number", "regex") and "match_case" in table.values:
        table.fail(f"'match_case' means nothing in a rule of kind {kind!r}: leave it out")
    return table.texts("requires")


def _also(table: Table, kind: Kind) -> tuple[str, ...]:
    if kind == "regex" and "also" in table.values:
        table.fail("'also' means nothing in a rule of kind 'regex': put it into the pattern")
    return table.texts("also")


def _rule_id(table: Table, pack: str) -> str:
    name = table.text("id", f"a name such as '{pack}.example'")
    if not re.fullmatch(rf"{re.escape(pack)}(\.{ID})+", name):
        table.fail(f"'id' must be '{pack}.' and then letters, digits, - and _")
    return name


def _value(table: Table, kind: Kind) -> tuple[str, tuple[int, ...]]:
    if kind == "number":
        number: int = table.get("value", int, "a whole number, written without quotes")
        if number < 0:
            table.fail(f"'value' must not be negative: {number}")
        return str(number), (number,)
    if kind != "sequence":
        return table.text("value", "the name of the pattern" if kind == "regex" else f"the {kind} to look for"), ()
    value = table.text("value", "numbers joined by /, such as '13/52'")
    parts = value.split("/")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):
        table.fail(f"'value' must be numbers joined by /, such as '13/52', not {value!r}")
    return value, tuple(map(int, parts))


def _severity(table: Table) -> dict[Profile, Severity]:
    value = table.get("severity", (str, dict), "note, warning, error, or a table by profile")
    if isinstance(value, dict):
        if "profiles" in table.values:
            table.fail("'profiles' is said twice: a severity that is a table names the profiles already")
        if not value:
            table.fail("'severity' names no profile: give numbers = ..., text = ..., or both")
        return {PROFILE[table.choice("severity", key, PROFILES)]: _level(table, level) for key, level in value.items()}
    level = _level(table, value)
    if "profiles" in table.values and not table.texts("profiles"):
        table.fail("'profiles' names no profile: give 'numbers', 'text', or leave it out for both")
    return {PROFILE[table.choice("profiles", name, PROFILES)]: level for name in table.texts("profiles") or PROFILES}


def _level(table: Table, value: object) -> Severity:
    return SEVERITIES[table.choice("severity", value, SEVERITIES)]


def _contexts(table: Table) -> tuple[str, ...]:
    return tuple(table.choice("not_inside", name, CONTEXTS) for name in table.texts("not_inside"))


def _pattern(table: Table, kind: Kind) -> str:
    if kind != "regex":
        if "pattern" in table.values:
            table.fail(f"'pattern' means nothing in a rule of kind {kind!r}: use kind = \"regex\", or leave it out")
        return ""
    import regex

    pattern = table.text("pattern", "a regular expression")
    try:
        empty = regex.compile(pattern).search("")
    except regex.error as error:
        table.fail(f"'pattern' is not a regular expression: {error}")
    return pattern if empty is None else table.fail("'pattern' matches the empty text, and so everything")


def _examples(table: Table, key: str, what: str) -> tuple[str, ...]:
    return table.texts(key) or table.fail(f"{key!r} is missing: give at least one {what}")
