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
    """Read packs in order. An id that two files use is an error that names both; rule ids begin with their pack's."""
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
    """The shared contexts and those that packs define. Raises PackError for an id that two packs define."""
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
    """Read one pack and check its form; whether its examples hold is proven by detectors.rules.proof. Raises PackError.

    Its rules may name `contexts` (None: the shipped ones) and those that the pack defines. A pack that was read before comes from `memory`.
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


def _again(said: dict[str, Any]) -> Rule:
    """A rule from the JSON that a rule gives."""
    severity = {PROFILE[name]: Severity(level) for name, level in said.pop("severity").items()}
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    return Rule(severity=severity, **values)


def is_default(path: Path | Traversable) -> bool:
    """Whether a shipped pack is on without being asked for; only its head is parsed, which stands before its rules."""
    head = parse_table(str(path), read_bytes(path, _WHAT).partition(b"[[rule]]")[0], _WHAT)
    pack: dict[str, Any] = head.at("pack", "a table [pack]", {}).expect(dict)
    return pack.get("default") is True


def _read(file: str, raw: bytes, contexts: Contexts) -> RulePack:
    document = parse_table(file, raw, _WHAT)
    document.only(("pack", "rule", *DOCUMENT_KEYS))
    head = document.table(f"{file}: [pack]", document.at("pack", "a table [pack]").expect(dict))
    head.only(PACK_KEYS)
    name = _pack_id(head)
    tables = document.at("rule", "at least one [[rule]]", []).expect(list)
    if not tables:
        document.fail("a pack needs at least one [[rule]]")
    own = Contexts(define_contexts(document), sha256(raw).hexdigest())
    if shared := [context for context in own.by_id if context in contexts.by_id]:
        document.fail(f"the context {shared[0]!r} comes with leakguard; give this one another id")
    known = contexts.join(own)
    rules = tuple(_rule(document, name, nth, values, known) for nth, values in enumerate(tables, 1))
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


def _rule(document: Field, pack: str, nth: int, values: object, contexts: Contexts) -> Rule:
    if not isinstance(values, dict):
        document.fail("'rule' must be a list of [[rule]] tables")
    name = values.get("id")
    table = document.table(f"{document.source}: " + (f"rule {name!r}" if name else f"[[rule]] number {nth}"), values)
    table.only(RULE_KEYS)
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
    """A value or key in `field`, which must be one of the valid names."""
    return field.with_value(value).choice(valid)


def _level(severity: Field, value: object) -> Severity:
    return SEVERITIES[_choose(severity, value, SEVERITIES)]


def _contexts(table: Field, key: str, least: Severity, contexts: Contexts) -> tuple[str, ...]:
    """The contexts that a key names, each once; they act on findings from severity `least` on, and each must be able to."""
    listed = table.at(key, default=[])
    names = tuple(name.choice(contexts.by_id) for name in map(listed.with_value, listed.texts()))
    if key in table.value and not names:
        table.fail(f"{key!r} names no context: leave it out")
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        table.fail(f"{key!r} names {twice[0]!r} twice")
    if _severity(table).get("text", 0) < least and (idle := [name for name in names if name not in contexts.in_lists]):
        usable = ", ".join(map(repr, contexts.in_lists))
        table.fail(f"{key!r} changes nothing with {idle[0]!r} in a rule for number lists, where only {usable} apply: leave it out")
    return names


def _note_inside(table: Field, contexts: Contexts) -> tuple[str, ...]:
    """Contexts that make a note of a finding; what would change nothing is a mistake of its author."""
    if "note_inside" in table.value and set(_severity(table).values()) == {Severity.NOTE}:
        table.fail("'note_inside' changes nothing in a rule that only makes notes: leave it out")
    names = _contexts(table, "note_inside", Severity.WARNING, contexts)
    both = [name for name in names if name in table.at("not_inside", default=[]).texts()]
    if both:
        table.fail(f"'note_inside' and 'not_inside' both name {both[0]!r}: the rule is silent there, so leave it out of 'note_inside'")
    return names


def _pattern(table: Field, kind: Kind) -> str:
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
    """Refuse patterns each of which may stand and that are too many together."""
    patterns = [rule.pattern for rule in rules if rule.kind == "regex"]
    if not patterns:
        return
    from leakguard.detectors.rules.user_patterns import LARGEST_PACK, measure_pattern

    if (total := sum(map(measure_pattern, patterns))) > LARGEST_PACK:
        many = f"with every count written out they have {total:,} parts, and {LARGEST_PACK:,} are the most"
        raise PackError(f"{file}: the patterns of this pack are too large together: {many}; use smaller counts")


def _examples(table: Field, key: str, what: str) -> tuple[str, ...]:
    return table.at(key, default=[]).texts() or table.fail(f"{key!r} is missing: give at least one {what}")
