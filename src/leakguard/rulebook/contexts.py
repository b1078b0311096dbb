"""Read contexts from TOML: from context files and from rule packs, with the words and fragments of their patterns filled in."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import orjson

from leakguard.core.context import Context, ContextPattern, Contexts, split_example
from leakguard.core.fields import Field
from leakguard.core.ports import Cache
from leakguard.rulebook.shipped import list_contexts
from leakguard.rulebook.toml_files import parse_table, read_bytes

DOCUMENT_KEYS = ("words", "fragments", "context")
CONTEXT_KEYS = ("id", "title", "in_lists", "quantity", "patterns", "hits", "misses")
PATTERN_KEYS = ("before", "after", "match")
_WHAT = "context file"
_ID = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"\{([a-z_]+)\}")


def read_contexts(paths: Iterable[Path | Traversable] | None = None, memory: Cache | None = None) -> Contexts:
    """Read context files in order (None: the shipped ones). Raises PackError that names file, context and key.

    `memory` keeps the filled-in patterns under the digest of the files: reading TOML and folding words takes most of the time.
    """
    if paths is None:
        return _read_shipped() if memory is None else read_contexts(list_contexts().values(), memory)
    raw = {str(path): read_bytes(path, _WHAT) for path in paths}
    digest = sha256(b"\0".join(raw.values())).hexdigest()
    if memory is None:
        return Contexts(_read_files(raw), digest)
    kept = orjson.loads(memory.recall(f"contexts {digest} {list(raw)}", lambda: orjson.dumps(_read_files(raw))))
    return Contexts({name: restore_context(values) for name, values in kept.items()}, digest)


def define_contexts(document: Field) -> dict[str, Context]:
    """Return the contexts that a parsed TOML file defines, by id; {} if it has no [[context]]. Raises PackError."""
    contexts: dict[str, Context] = {}
    tables = document.tables("context")
    if not tables and (idle := [key for key in ("words", "fragments") if key in document.value]):
        document.fail(f"[{idle[0]}] belongs to the patterns of contexts, and there is no [[context]]: leave it out")
    parts = _parts(document) if tables else {}
    for table in tables:
        context = _context(table, parts, document.source)
        if context.id in contexts:
            document.fail(f"the context {context.id!r} is defined twice")
        contexts[context.id] = context
    return contexts


def restore_context(values: dict[str, Any], file: str = "") -> Context:
    """Make a context from its JSON form; `file`, if given, is where it was defined."""
    patterns = tuple(ContextPattern(**pattern) for pattern in values.pop("patterns"))
    plain: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Context(**{**plain, "patterns": patterns, "file": file or plain["file"]})


@cache
def _read_shipped() -> Contexts:
    """Return the shipped contexts; they are read once per process, because every pack needs them."""
    return read_contexts(list_contexts().values())


def _read_files(files: Mapping[str, bytes]) -> dict[str, Context]:
    """Return id -> context of all files (name -> bytes). Raises PackError, also for an id that two files define."""
    contexts: dict[str, Context] = {}
    for file, raw in files.items():
        document = parse_table(file, raw, _WHAT).only(DOCUMENT_KEYS)
        found = define_contexts(document)
        if not found:
            document.fail("a context file needs at least one [[context]]")
        if twice := [name for name in found if name in contexts]:
            document.fail(f"the context {twice[0]!r} is already defined by {contexts[twice[0]].file}; give one of them another id")
        contexts |= found
    return contexts


def _parts(document: Field) -> dict[str, str]:
    """Return name -> regular expression of the parts of patterns: words as one alternation, fragments with their parts filled in."""
    from leakguard.text.alternation import make_word_alternation

    words, fragments = document.subtable("words", {}), document.subtable("fragments", {})
    parts = {name: make_word_alternation(words.at(name, "words, with spaces between them").text()) for name in words.value}
    for name in fragments.value:
        parts[name] = _fill(fragments, name, parts)
        _compile(fragments, name, parts[name])
    return parts


def _context(table: Field, parts: Mapping[str, str], file: str) -> Context:
    """Read a [[context]] table. Raises PackError, with the id of the context in the message."""
    table.only(CONTEXT_KEYS)
    return Context(
        id=_id(table),
        title=table.at("title", "a few words").text(),
        patterns=_patterns(table, parts),
        in_lists=table.at("in_lists", default=False).flag(),
        quantity=table.at("quantity", default=False).flag(),
        hits=_examples(table, "hits", "text in which it must apply"),
        misses=_examples(table, "misses", "text in which it must not apply"),
        file=file,
    )


def _id(table: Field) -> str:
    """Return the id of a context. Raises PackError."""
    name = table.at("id", "a name such as 'year'").text()
    return name if _ID.fullmatch(name) else table.fail(f"'id' cannot be {name!r}: use letters, digits, - and _")


def _patterns(table: Field, parts: Mapping[str, str]) -> tuple[ContextPattern, ...]:
    """Return the patterns of a context. Raises PackError."""
    tables = table.at("patterns", "a list of tables with before, after or match").expect(list)
    if not tables:
        table.fail("'patterns' is empty: give at least one { before = ..., after = ..., match = ... }")
    return tuple(_pattern(table.table(f"{table.source}, pattern {nth}", values), parts) for nth, values in enumerate(tables, 1))


def _pattern(table: Field, parts: Mapping[str, str]) -> ContextPattern:
    """Return one pattern, with its parts filled in and compiled once. Raises PackError."""
    if not table.only(PATTERN_KEYS).value:
        table.fail("a pattern needs 'before', 'after' or 'match', or it would apply everywhere")
    filled = {key: _fill(table, key, parts) for key in table.value}
    for key, pattern in filled.items():
        _compile(table, key, pattern)
    return ContextPattern(**filled)


def _fill(table: Field, key: str, parts: Mapping[str, str]) -> str:
    """Return the regular expression under `key`, with each {name} replaced by the part of that name. Raises PackError."""
    field = table.at(key, "a regular expression")
    return _NAME.sub(lambda found: parts[field.with_value(found[1]).choice(parts)] if parts else _no_part(field, found[0]), field.text())


def _no_part(field: Field, name: str) -> str:
    """Raise PackError for a {name} in a file without parts."""
    field.fail(f"{field.place!r} names {name}, and the file has neither [words] nor [fragments]")


def _compile(table: Field, key: str, pattern: str) -> None:
    """Raise PackError for a pattern that is no regular expression, or one that is too large."""
    from leakguard.detectors.rules.user_patterns import compile_pattern

    try:
        compile_pattern(pattern)
        re.compile(pattern)
    except ValueError as error:
        table.fail(f"{key!r} {error}")
    except (re.error, RecursionError) as error:
        table.fail(f"{key!r} is not a regular expression: {error}")


def _examples(table: Field, key: str, what: str) -> tuple[str, ...]:
    """Return the examples under `key`, each with one match in guillemets. Raises PackError."""
    examples = table.at(key, default=[]).texts()
    if not examples:
        table.fail(f"{key!r} is missing: give at least one {what}, with the match in guillemets: 'about «88» people'")
    if wrong := [example for example in examples if split_example(example) is None]:
        table.fail(f"{key!r} must mark one match in guillemets, as in 'about «88» people', not {wrong[0]!r}")
    return examples
