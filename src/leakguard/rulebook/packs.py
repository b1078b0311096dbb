"""Read rule packs from TOML; every error names file, rule, key and what was expected."""

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
from leakguard.core.fields import Field
from leakguard.core.ports import Cache
from leakguard.core.rule import PROFILES, Kind, Profile, Rule, RulePack, Severity
from leakguard.readers.files.small_files import DIGITS
from leakguard.rulebook.contexts import DOCUMENT_KEYS, define_contexts, read_contexts, restore_context
from leakguard.rulebook.toml_files import parse_table, read_bytes

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
    """Read packs in order; arguments as in `read_pack`. Raises PackError, also for an id that two files use."""
    contexts = read_contexts(memory=memory) if contexts is None else contexts
    packs = tuple(read_pack(path, memory, contexts) for path in paths)
    files: dict[str, str] = {}
    for pack in packs:
        if pack.id in files:
            raise PackError(f"{pack.file}: the id {pack.id!r} is already used by {files[pack.id]}; give one of them another id")
        files[pack.id] = pack.file
    everything = _join_contexts(packs, contexts)
    return tuple(replace(pack, contexts=everything) for pack in packs)


def _join_contexts(packs: Iterable[RulePack], shared: Contexts) -> Contexts:
    """Return the shared contexts and those that packs define. Raises PackError for an id that two packs define."""
    joined = shared
    for pack in packs:
        own = {name: context for name, context in pack.contexts.by_id.items() if name not in shared.by_id}
        for name in own:
            if name in joined.by_id:
                other = joined.by_id[name].file
                raise PackError(f"{pack.file}: the context {name!r} is already defined by {other}; give one of them another id")
        joined = joined.join(Contexts(own, pack.digest))
    return joined


def read_pack(path: Path | Traversable, memory: Cache | None = None, contexts: Contexts | None = None) -> RulePack:
    """Read one pack and check its form. Raises PackError. Its examples are checked elsewhere, by detectors.rules.proof.

    Rules may name `contexts` (None: the shipped ones) and those that the pack defines. `memory` caches the parsed pack under the digests of
    the file and of the contexts.
    """
    file, raw = str(path), read_bytes(path, _WHAT)
    contexts = read_contexts(memory=memory) if contexts is None else contexts
    if memory is None:
        pack = _read(file, raw, contexts)
        return replace(pack, contexts=contexts.join(pack.contexts))
    key = f"pack {sha256(raw).hexdigest()} {contexts.digest}"
    said = orjson.loads(memory.recall(key, lambda: orjson.dumps(_read(file, raw, contexts))))
    rules = tuple(map(_again, said.pop("rules")))
    own = Contexts({name: restore_context(values, file) for name, values in said["contexts"]["by_id"].items()}, said["digest"])
    return RulePack(**{**said, "sources": tuple(said["sources"]), "rules": rules, "file": file, "contexts": contexts.join(own)})


_SEVERITIES = {int(severity): severity for severity in Severity}


def _again(said: dict[str, Any]) -> Rule:
    """Return the rule that was stored as JSON."""
    severity = {PROFILE[name]: _SEVERITIES[level] for name, level in said.pop("severity").items()}
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Rule(severity=severity, **values)


def is_default(path: Path | Traversable) -> bool:
    """Return whether a shipped pack is enabled by default. Only the part of the file before its first rule is parsed."""
    head = parse_table(str(path), read_bytes(path, _WHAT).partition(b"[[rule]]")[0], _WHAT)
    pack: dict[str, Any] = head.at("pack", "a table [pack]", {}).expect(dict)
    return pack.get("default") is True


def _read(file: str, raw: bytes, contexts: Contexts) -> RulePack:
    """Read a rule pack from the bytes of its file. Raises PackError."""
    document = parse_table(file, raw, _WHAT)
    document.only(("pack", "rule", *DOCUMENT_KEYS))
    head = document.subtable("pack").only(PACK_KEYS)
    name = _pack_id(head)
    tables = document.tables("rule") or document.fail("a pack needs at least one [[rule]]")
    # Contexts of the pack are read before its rules, which refer to them. Rules are compared with each other at the end.
    own = Contexts(define_contexts(document), sha256(raw).hexdigest())
    if shared := [context for context in own.by_id if context in contexts.by_id]:
        document.fail(f"the context {shared[0]!r} comes with leakguard; give this one another id")
    known = contexts.join(own)
    rules = tuple(_rule(table, name, known) for table in tables)
    _refuse_repeats(file, rules)
    _refuse_bulk(file, rules)
    return RulePack(
        id=name,
        version=_version(head),
        title=head.at("title").text(),
        sources=head.at("sources", default=[]).texts(),
        default=head.at("default", default=False).flag(),
        digest=sha256(raw).hexdigest(),
        rules=rules,
        file=file,
        contexts=own,
    )


def _pack_id(head: Field) -> str:
    name = head.at("id").text()
    if name == "all" or not re.fullmatch(ID, name):
        head.fail(f"'id' cannot be {name!r}: use letters, digits, - and _ (and not 'all', which names every pack)")
    return name


def _version(head: Field) -> str:
    version = head.at("version", 'a version such as "1.0.0"').text()
    return version if re.fullmatch(VERSION, version) else head.fail(f"'version' must be three numbers such as \"1.0.0\", not {version!r}")


def _refuse_repeats(file: str, rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PackError(f"{file}: two rules have the id {rule.id!r}; an id names one rule")
        seen.add(rule.id)


def _rule(table: Field, pack: str, contexts: Contexts) -> Rule:
    """Read a [[rule]] table of a pack. Raises PackError, with the id of the rule in the message."""
    table.only(RULE_KEYS)
    # The kind is read first: it decides which form the value has, and which other keys are allowed.
    kind = KINDS[table.at("kind", f"one of {', '.join(KINDS)}").choice(KINDS)]
    value, numbers = _value(table, kind)
    return Rule(
        id=_rule_id(table, pack),
        pack=pack,
        kind=kind,
        value=value,
        meaning=table.at("meaning", "a sentence that says what this stands for").text(),
        severity=_severity(table),
        numbers=numbers,
        also=_also(table, kind),
        not_inside=_contexts(table, "not_inside", Severity.NOTE, contexts),
        note_inside=_note_inside(table, contexts),
        unless=table.at("unless", default=[]).texts(),
        near=table.at("near", default=[]).texts(),
        match_case=table.at("match_case", default=False).flag(),
        pattern=_pattern(table, kind),
        requires=_requires(table, kind),
        sources=table.at("sources", default=[]).texts(),
        hits=_examples(table, "hits", "text it must match"),
        misses=_examples(table, "misses", "text it must not match"),
    )


def _requires(table: Field, kind: Kind) -> tuple[str, ...]:
    """Return the literals that a pattern requires. Raises PackError for keys that do not fit the kind of the rule."""
    if kind != "regex" and "requires" in table.value:
        table.fail(f"'requires' means nothing in a rule of kind {kind!r}: it belongs to a pattern")
    if kind in ("number", "regex") and "match_case" in table.value:
        table.fail(f"'match_case' means nothing in a rule of kind {kind!r}: leave it out")
    return table.at("requires", default=[]).texts()


def _also(table: Field, kind: Kind) -> tuple[str, ...]:
    if kind == "regex" and "also" in table.value:
        table.fail("'also' means nothing in a rule of kind 'regex': put it into the pattern")
    return table.at("also", default=[]).texts()


def _rule_id(table: Field, pack: str) -> str:
    name = table.at("id", f"a name such as '{pack}.example'").text()
    if not re.fullmatch(rf"{re.escape(pack)}(\.{ID})+", name):
        table.fail(f"'id' must be '{pack}.' and then letters, digits, - and _")
    return name


def _value(table: Field, kind: Kind) -> tuple[str, tuple[int, ...]]:
    """Return the value of a rule as a text, and its numbers (none for other kinds than number and sequence). Raises PackError."""
    if kind == "number":
        number: int = table.at("value", "a whole number, written without quotes").expect(int)
        if number < 0:
            table.fail(f"'value' must not be negative: {number}")
        return str(number), (number,)
    if kind != "sequence":
        return table.at("value", "the name of the pattern" if kind == "regex" else f"the {kind} to look for").text(), ()
    value = table.at("value", "numbers joined by /, such as '13/52'").text()
    parts = value.split("/")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):
        table.fail(f"'value' must be numbers joined by /, such as '13/52', not {value!r}")
    if max(map(len, parts)) > DIGITS:
        table.fail(f"'value' holds a number of more than {DIGITS} digits: {value!r}")
    return value, tuple(map(int, parts))


def _severity(table: Field) -> dict[Profile, Severity]:
    """Return the severity in each profile: from a table by profile, or one level and the key `profiles`. Raises PackError."""
    severity = table.at("severity", "note, warning, error, or a table by profile")
    value = severity.expect(str, dict)
    if isinstance(value, dict):
        if "profiles" in table.value:
            table.fail("'profiles' is said twice: a severity that is a table names the profiles already")
        if not value:
            table.fail("'severity' names no profile: give numbers = ..., text = ..., or both")
        return {PROFILE[_choose(severity, key, PROFILES)]: _level(severity, level) for key, level in value.items()}
    level = _level(severity, value)
    if "profiles" in table.value and not table.at("profiles", default=[]).texts():
        table.fail("'profiles' names no profile: give 'numbers', 'text', or leave it out for both")
    return {
        PROFILE[_choose(table.at("profiles", default=[]), name, PROFILES)]: level
        for name in table.at("profiles", default=[]).texts() or PROFILES
    }


def _choose(field: Field, value: object, valid: Iterable[str]) -> str:
    """Return `value`, a value or key in `field`, if it is one of the valid names. Raises PackError."""
    return field.with_value(value).choice(valid)


def _level(severity: Field, value: object) -> Severity:
    return SEVERITIES[_choose(severity, value, SEVERITIES)]


def _contexts(table: Field, key: str, least: Severity, contexts: Contexts) -> tuple[str, ...]:
    """Return the contexts that `key` names. Raises PackError for unknown and repeated names, and for one without effect."""
    listed = table.at(key, default=[])
    names = tuple(name.choice(contexts.by_id) for name in map(listed.with_value, listed.texts()))
    if key in table.value and not names:
        table.fail(f"{key!r} names no context: leave it out")
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        table.fail(f"{key!r} names {twice[0]!r} twice")
    # `key` changes findings of severity `least` and above; without any in prose, only contexts that apply in number lists have an effect.
    if _severity(table).get("text", 0) < least and (idle := [name for name in names if name not in contexts.in_lists]):
        usable = ", ".join(map(repr, contexts.in_lists))
        table.fail(f"{key!r} changes nothing with {idle[0]!r} in a rule for number lists, where only {usable} apply: leave it out")
    return names


def _note_inside(table: Field, contexts: Contexts) -> tuple[str, ...]:
    """Return the contexts in which a finding becomes a note. Raises PackError for a name without effect: its author made a mistake."""
    if "note_inside" in table.value and set(_severity(table).values()) == {Severity.NOTE}:
        table.fail("'note_inside' changes nothing in a rule that only makes notes: leave it out")
    names = _contexts(table, "note_inside", Severity.WARNING, contexts)
    both = [name for name in names if name in table.at("not_inside", default=[]).texts()]
    if both:
        table.fail(f"'note_inside' and 'not_inside' both name {both[0]!r}: the rule is silent there, so leave it out of 'note_inside'")
    return names


def _pattern(table: Field, kind: Kind) -> str:
    """Return the regular expression of a rule, "" for other kinds. Raises PackError if it is invalid or matches the empty text."""
    if kind != "regex":
        if "pattern" in table.value:
            table.fail(f"'pattern' means nothing in a rule of kind {kind!r}: use kind = \"regex\", or leave it out")
        return ""
    from leakguard.detectors.rules.user_patterns import compile_pattern

    pattern = table.at("pattern", "a regular expression").text()
    try:
        empty = compile_pattern(pattern).search("")
    except ValueError as error:
        table.fail(f"'pattern' {error}")
    return pattern if empty is None else table.fail("'pattern' matches the empty text, and so everything")


def _refuse_bulk(file: str, rules: Iterable[Rule]) -> None:
    """Raise PackError if the patterns of a pack are too large together, although each of them is allowed."""
    patterns = [rule.pattern for rule in rules if rule.kind == "regex"]
    if not patterns:
        return
    from leakguard.detectors.rules.user_patterns import LARGEST_PACK, measure_pattern

    if (total := sum(map(measure_pattern, patterns))) > LARGEST_PACK:
        many = f"with every count written out they have {total:,} parts, and {LARGEST_PACK:,} are the most"
        raise PackError(f"{file}: the patterns of this pack are too large together: {many}; use smaller counts")


def _examples(table: Field, key: str, what: str) -> tuple[str, ...]:
    return table.at(key, default=[]).texts() or table.fail(f"{key!r} is missing: give at least one {what}")
