"""Rule packs: TOML files in, rules out; every error names file, rule, key and what was expected."""

import re
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

import orjson

from leakguard.core.context import Contexts
from leakguard.core.errors import PackError
from leakguard.core.ports import Cache
from leakguard.core.rule import PROFILES, Kind, Profile, Rule, RulePack, Severity
from leakguard.readers.files.small_files import DIGITS
from leakguard.rulebook.contexts import read_contexts
from leakguard.rulebook.toml_tables import Table, parsed, read_bytes

PACK_KEYS = ("id", "version", "title", "sources", "default")
RULE_KEYS = (
    *("id", "kind", "value", "pattern", "severity", "profiles", "meaning", "also", "not_inside", "note_inside"),
    *("unless", "near", "match_case", "requires", "sources", "hits", "misses"),
)
KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind) if kind not in ("grammar", "judge", "semantic")}
PROFILE: dict[str, Profile] = {profile: profile for profile in PROFILES}
SEVERITIES = {severity.label: severity for severity in Severity}
ID = r"[A-Za-z0-9_-]+"
_WHAT = "rule pack"
VERSION = r"(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}"


def read_packs(paths: Iterable[Path | Traversable], memory: Cache | None = None, contexts: Contexts | None = None) -> tuple[RulePack, ...]:
    """Read packs in order. An id that two files use is an error that names both; rule ids begin with their pack's."""
    contexts = read_contexts(memory=memory) if contexts is None else contexts
    packs = tuple(read_pack(path, memory, contexts) for path in paths)
    files: dict[str, str] = {}
    for pack in packs:
        if pack.id in files:
            raise PackError(f"{pack.file}: the id {pack.id!r} is already used by {files[pack.id]}; give one of them another id")
        files[pack.id] = pack.file
    return packs


def read_pack(path: Path | Traversable, memory: Cache | None = None, contexts: Contexts | None = None) -> RulePack:
    """Read one pack and check its form; whether its examples hold is proven by detectors.rules.proof. Raises PackError.

    Its rules may name `contexts` (None: the shipped ones). What the same bytes said before is taken from `memory`.
    """
    file, raw = str(path), read_bytes(path, _WHAT)
    contexts = read_contexts(memory=memory) if contexts is None else contexts
    if memory is None:
        return replace(_read(file, raw, contexts), contexts=contexts)
    key = f"pack {sha256(raw).hexdigest()} {contexts.digest}"
    said = orjson.loads(memory.recall(key, lambda: orjson.dumps(_read(file, raw, contexts))))
    rules = tuple(map(_again, said.pop("rules")))
    return RulePack(**{**said, "sources": tuple(said["sources"]), "rules": rules, "file": file, "contexts": contexts})


def _again(said: dict[str, Any]) -> Rule:
    """A rule from the JSON that a rule gives."""
    severity = {PROFILE[name]: Severity(level) for name, level in said.pop("severity").items()}
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Rule(severity=severity, **values)


def is_default(path: Path | Traversable) -> bool:
    """Whether a shipped pack is on without being asked for; only its head is parsed, which stands before its rules."""
    head = parsed(str(path), read_bytes(path, _WHAT).partition(b"[[rule]]")[0], _WHAT)
    pack: dict[str, Any] = head.get("pack", dict, "a table [pack]", {})
    return pack.get("default") is True


def _read(file: str, raw: bytes, contexts: Contexts) -> RulePack:
    document = parsed(file, raw, _WHAT)
    document.only(("pack", "rule"))
    head = Table(f"{file}: [pack]", document.get("pack", dict, "a table [pack]"))
    head.only(PACK_KEYS)
    name = _pack_id(head)
    tables = document.get("rule", list, "at least one [[rule]]", [])
    if not tables:
        document.fail("a pack needs at least one [[rule]]")
    rules = tuple(_rule(file, name, nth, values, contexts) for nth, values in enumerate(tables, 1))
    _refuse_repeats(file, rules)
    _refuse_bulk(file, rules)
    return RulePack(
        id=name,
        version=_version(head),
        title=head.text("title"),
        sources=head.texts("sources"),
        default=head.get("default", bool, "true or false", False),
        digest=sha256(raw).hexdigest(),
        rules=rules,
        file=file,
    )


def _pack_id(head: Table) -> str:
    name = head.text("id")
    if name == "all" or not re.fullmatch(ID, name):
        head.fail(f"'id' cannot be {name!r}: use letters, digits, - and _ (and not 'all', which names every pack)")
    return name


def _version(head: Table) -> str:
    version = head.text("version", 'a version such as "1.0.0"')
    return version if re.fullmatch(VERSION, version) else head.fail(f"'version' must be three numbers such as \"1.0.0\", not {version!r}")


def _refuse_repeats(file: str, rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PackError(f"{file}: two rules have the id {rule.id!r}; an id names one rule")
        seen.add(rule.id)


def _rule(file: str, pack: str, nth: int, values: object, contexts: Contexts) -> Rule:
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
        not_inside=_contexts(table, "not_inside", Severity.NOTE, contexts),
        note_inside=_note_inside(table, contexts),
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
    if max(map(len, parts)) > DIGITS:
        table.fail(f"'value' holds a number of more than {DIGITS} digits: {value!r}")
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


def _contexts(table: Table, key: str, least: Severity, contexts: Contexts) -> tuple[str, ...]:
    """The contexts that a key names, each once; they act on findings from severity `least` on, and each must be able to."""
    names = tuple(table.choice(key, name, contexts.by_id) for name in table.texts(key))
    if key in table.values and not names:
        table.fail(f"{key!r} names no context: leave it out")
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        table.fail(f"{key!r} names {twice[0]!r} twice")
    if _severity(table).get("text", 0) < least and (idle := [name for name in names if name not in contexts.in_lists]):
        listed = ", ".join(map(repr, contexts.in_lists))
        table.fail(f"{key!r} changes nothing with {idle[0]!r} in a rule for number lists, where only {listed} apply: leave it out")
    return names


def _note_inside(table: Table, contexts: Contexts) -> tuple[str, ...]:
    """Contexts that make a note of a finding; what would change nothing is a mistake of its author."""
    if "note_inside" in table.values and set(_severity(table).values()) == {Severity.NOTE}:
        table.fail("'note_inside' changes nothing in a rule that only makes notes: leave it out")
    names = _contexts(table, "note_inside", Severity.WARNING, contexts)
    both = [name for name in names if name in table.texts("not_inside")]
    if both:
        table.fail(f"'note_inside' and 'not_inside' both name {both[0]!r}: the rule is silent there, so leave it out of 'note_inside'")
    return names


def _pattern(table: Table, kind: Kind) -> str:
    if kind != "regex":
        if "pattern" in table.values:
            table.fail(f"'pattern' means nothing in a rule of kind {kind!r}: use kind = \"regex\", or leave it out")
        return ""
    from leakguard.detectors.rules.user_patterns import compile_pattern

    pattern = table.text("pattern", "a regular expression")
    try:
        empty = compile_pattern(pattern).search("")
    except ValueError as error:
        table.fail(f"'pattern' {error}")
    return pattern if empty is None else table.fail("'pattern' matches the empty text, and so everything")


def _refuse_bulk(file: str, rules: Iterable[Rule]) -> None:
    """Refuse patterns each of which may stand and that are too many together."""
    patterns = [rule.pattern for rule in rules if rule.kind == "regex"]
    if not patterns:
        return
    from leakguard.detectors.rules.user_patterns import LARGEST_PACK, measure_pattern

    if (total := sum(map(measure_pattern, patterns))) > LARGEST_PACK:
        many = f"with every count written out they have {total:,} parts, and {LARGEST_PACK:,} are the most"
        raise PackError(f"{file}: the patterns of this pack are too large together: {many}; use smaller counts")


def _examples(table: Table, key: str, what: str) -> tuple[str, ...]:
    return table.texts(key) or table.fail(f"{key!r} is missing: give at least one {what}")
