"""Context files: TOML in, contexts out, with the words and fragments that their patterns name filled in."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path

import orjson

from leakguard.core.context import Context, ContextPattern, Contexts
from leakguard.core.ports import Cache
from leakguard.rulebook.shipped import context_files
from leakguard.rulebook.toml_tables import Table, parsed, read_bytes

_WHAT = "context file"
_KEYS = ("id", "title", "in_lists", "quantity", "patterns", "hits", "misses")
_PATTERN_KEYS = ("before", "after", "match")
_NAME = re.compile(r"\{([a-z_]+)\}")


def read_contexts(paths: Iterable[Path | Traversable] | None = None, memory: Cache | None = None) -> Contexts:
    """Read context files in order (None: the shipped ones). Raises PackError that names file, context and key.

    `memory` keeps the filled-in patterns under the digest of the files: reading TOML and folding words takes most of the time.
    """
    if paths is None:
        return _read_shipped() if memory is None else read_contexts(context_files().values(), memory)
    places = list(paths)
    raw = {str(place): read_bytes(place, _WHAT) for place in places}
    digest = sha256(b"\0".join(raw.values())).hexdigest()
    if memory is None:
        return Contexts(_read(raw), digest)
    kept = orjson.loads(memory.recall(f"contexts {digest}", lambda: orjson.dumps(_read(raw))))
    return Contexts({name: _restore(values) for name, values in kept.items()}, digest)


@cache
def _read_shipped() -> Contexts:
    """The shipped contexts, read once: every pack needs them."""
    return read_contexts(context_files().values())


def _restore(values: dict[str, object]) -> Context:
    """Make a context from its JSON form."""
    patterns = tuple(ContextPattern(**said) for said in values.pop("patterns"))  # type: ignore[attr-defined]
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Context(patterns=patterns, **plain)  # type: ignore[arg-type]


def _read(files: Mapping[str, bytes]) -> dict[str, Context]:
    """Contexts of these files (name -> bytes) by id."""
    contexts: dict[str, Context] = {}
    for file, raw in files.items():
        document = parsed(file, raw, _WHAT)
        document.only(("words", "fragments", "context"))
        parts = _parts(document)
        for nth, values in enumerate(document.get("context", list, "at least one [[context]]"), 1):
            context = _context(Table(f"{file}: context {nth}", values), parts)
            if context.id in contexts:
                document.fail(f"the context {context.id!r} is defined twice")
            contexts[context.id] = context
    return contexts


def _parts(document: Table) -> dict[str, str]:
    """Regular expressions by the name that patterns use for them: words as one alternation, fragments filled in."""
    from leakguard.text.alternation import make_word_alternation

    words = document.get("words", dict, "a table [words]", {})
    parts = {name: make_word_alternation(said) for name, said in words.items()}
    for name, fragment in document.get("fragments", dict, "a table [fragments]", {}).items():
        parts[name] = _fill(document, fragment, parts)
    return parts


def _context(table: Table, parts: Mapping[str, str]) -> Context:
    table.only(_KEYS)
    name = table.text("id")
    patterns = []
    for values in table.get("patterns", list, "a list of tables"):
        inner = Table(f"{table.where} ({name})", values)
        inner.only(_PATTERN_KEYS)
        patterns.append(ContextPattern(**{key: _fill(inner, inner.text(key, "a regular expression"), parts) for key in values}))
    return Context(
        name,
        table.text("title"),
        tuple(patterns),
        table.get("in_lists", bool, "true or false", False),
        table.get("quantity", bool, "true or false", False),
        table.texts("hits"),
        table.texts("misses"),
    )


def _fill(table: Table, pattern: str, parts: Mapping[str, str]) -> str:
    """Replace each {name} by the part of that name."""

    def part(found: re.Match[str]) -> str:
        return parts[table.choice("patterns", found[1], parts)]

    return _NAME.sub(part, pattern)
