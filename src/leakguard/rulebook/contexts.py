"""Context files: TOML in, contexts out, with the words and fragments that their patterns name filled in."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path

import orjson

from leakguard.core.context import Context, ContextPattern, Contexts
from leakguard.core.fields import Field
from leakguard.core.ports import Cache
from leakguard.rulebook.shipped import shipped_contexts
from leakguard.rulebook.toml_files import parse_table, read_bytes

_WHAT = "context file"
_KEYS = ("id", "title", "in_lists", "quantity", "patterns", "hits", "misses")
_PATTERN_KEYS = ("before", "after", "match")
_NAME = re.compile(r"\{([a-z_]+)\}")


def read_contexts(paths: Iterable[Path | Traversable] | None = None, memory: Cache | None = None) -> Contexts:
    """Read context files in order (None: the shipped ones). Raises PackError that names file, context and key.

    `memory` keeps the filled-in patterns under the digest of the files: reading TOML and folding words takes most of the time.
    """
    if paths is None:
        return _read_shipped() if memory is None else read_contexts(shipped_contexts().values(), memory)
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
    return read_contexts(shipped_contexts().values())


def _restore(values: dict[str, object]) -> Context:
    """Make a context from its JSON form."""
    patterns = tuple(ContextPattern(**said) for said in values.pop("patterns"))  # type: ignore[attr-defined]
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return Context(patterns=patterns, **plain)  # type: ignore[arg-type]


def _read(files: Mapping[str, bytes]) -> dict[str, Context]:
    """Contexts of these files (name -> bytes) by id."""
    contexts: dict[str, Context] = {}
    for file, raw in files.items():
        document = parse_table(file, raw, _WHAT)
        document.only(("words", "fragments", "context"))
        parts = _parts(document)
        for nth, values in enumerate(document.at("context", "at least one [[context]]").expect(list), 1):
            context = _context(document.table(f"{file}: context {nth}", values), parts)
            if context.id in contexts:
                document.fail(f"the context {context.id!r} is defined twice")
            contexts[context.id] = context
    return contexts


def _parts(document: Field) -> dict[str, str]:
    """Regular expressions by the name that patterns use for them: words as one alternation, fragments filled in."""
    from leakguard.text.alternation import make_word_alternation

    words = document.at("words", "a table [words]", {}).expect(dict)
    parts = {name: make_word_alternation(said) for name, said in words.items()}
    for name, fragment in document.at("fragments", "a table [fragments]", {}).expect(dict).items():
        parts[name] = _fill(document, fragment, parts)
    return parts


def _context(table: Field, parts: Mapping[str, str]) -> Context:
    table.only(_KEYS)
    name = table.at("id").text()
    patterns = []
    for values in table.at("patterns", "a list of tables").expect(list):
        inner = table.table(f"{table.source} ({name})", values)
        inner.only(_PATTERN_KEYS)
        patterns.append(ContextPattern(**{key: _fill(inner, inner.at(key, "a regular expression").text(), parts) for key in values}))
    return Context(
        name,
        table.at("title").text(),
        tuple(patterns),
        table.at("in_lists", default=False).flag(),
        table.at("quantity", default=False).flag(),
        table.at("hits", default=[]).texts(),
        table.at("misses", default=[]).texts(),
    )


def _fill(table: Field, pattern: str, parts: Mapping[str, str]) -> str:
    """Replace each {name} by the part of that name."""

    def part(found: re.Match[str]) -> str:
        return parts[table.at("patterns", default="").with_value(found[1]).choice(parts)]

    return _NAME.sub(part, pattern)
