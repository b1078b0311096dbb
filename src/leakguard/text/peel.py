"""Undo what a renderer or a decoder would undo: escapes, encodings, and markup that splits a word or a number."""

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from leakguard.text.payload import payloads
from leakguard.text.view import Edit, View, plain, rewrite

ENTITIES = "HTML entities"
PERCENT = "percent-encoding"
BACKSLASH = "backslash escapes"
PRINTABLE = "quoted-printable"
MARKUP = "markup"
_ROUNDS = 3

GATES: tuple[tuple[str, bool], ...] = (
    (r"&[#a-z]", True),
    (r"%[0-9a-f]{2}", True),
    (r"\\[xu0-7]", True),
    (r"=[0-9A-F]{2}=[0-9A-F]{2}", False),
    (r"=\?", False),
    (r"<[/!a-z]", True),
    (r"[a-z0-9](?:\*\*|__|~~|`|\*[a-z])", True),
    (r"(?:\*\*|__|~~|`|[a-z]\*)[a-z0-9]", True),
    (r"\]\(", False),
    (r"\\(?:text|math|emph|operatorname|boldsymbol|underline|mbox|hspace|vspace|kern|phantom)", False),
    (r"[0-9]\^?\{[0-9]", False),
    (r"\{,\}", False),
    (r"[0-9]\\[,;:! ]", False),
    (r"\^(?:th|st|nd|rd)\^", False),
    ("[DTjz][AEIMQUYcgk][wxyz0-5]", False),
    ("[AEIMQUYcgkosw048][wxyz0-5][MNO][DTjz]", False),
    ("(?:[YZa-f][CGHSWXimn23y][BFJNRVZdhlptx159][g-z0-9+/]){2}", False),
    ("[A-Za-z0-9+/_-]={1,2}[^=A-Za-z0-9]", False),
)
"""Patterns (and whether case is ignored) of which one matches wherever `peel` finds something to undo."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30}(?=;));?")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BACKSLASH = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-7]{3})(?![0-9])|([2-7][0-9A-Fa-f]) )"
)
_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2}){2,}")
_TAG = re.compile(r"<!--.{0,2000}?-->|</?([A-Za-z][A-Za-z0-9]{0,20})(?:\s[^<>]{0,200})?/?>", re.DOTALL)
_INLINE = frozenset("a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub tt u var wbr".split())
_EMPHASIS = re.compile(
    r"(?<=[^\W_])(\*{2,3}|__|~~|`{1,2}|\*(?=[^\W\d_]))([^\s*_~`](?:[^\n*_~`]{0,60}[^\s*_~`])?)\1"
    r"|(\*{2,3}|__|~~|`{1,2}|\*(?=[^\W\d_]))([^\s*_~`](?:[^\n*_~`]{0,60}[^\s*_~`])?)\3(?=[^\W_])"
)
_LINK = re.compile(r"\[([^\[\]\n]{1,80})\]\([^()\s]{0,200}\)")
_LATEX = re.compile(
    r"\\(?:text|math|emph|operatorname|boldsymbol|underline|mbox)[a-z]{0,6}\{([^{}]{0,80})\}"
    r"|\\(?:[hv]space\*?|kern|phantom)\{[^{}]{0,20}\}|\{(,)\}|(?<=[0-9])\^?\{([0-9]{1,6})\}(?=[0-9])|(?<=[0-9])\\[,;:!]|(?<=[0-9])\\( )|\^(?:th|st|nd|rd)\^"
)


def peel(text: str) -> View | None:
    """The text as it would be rendered or decoded, in up to three rounds; None if there is nothing to undo."""
    view = plain(text)
    for _ in range(_ROUNDS):
        before = view.text
        for layer in _LAYERS:
            edits = list(layer(view.text))
            view = rewrite(view, edits) if edits else view
        if view.text == before:
            break
    return view if view.text != text else None


def _entities(text: str) -> Iterator[Edit]:
    for match in _ENTITY.finditer(text):
        said = html.unescape(match.group())
        if said != match.group() and not _surrogate(said):
            yield Edit(*match.span(), said, ENTITIES)


def _percents(text: str) -> Iterator[Edit]:
    for match in _PERCENT.finditer(text):
        raw = unquote_to_bytes(match.group())
        yield from _decoded(raw, [match.start() + 3 * index for index in range(len(raw))], 3, PERCENT)


def _printables(text: str) -> Iterator[Edit]:
    for match in _PRINTABLE.finditer(text):
        raw = bytes.fromhex(match.group().replace("=", ""))
        yield from _decoded(raw, [match.start() + 3 * index for index in range(len(raw))], 3, PRINTABLE)


def _decoded(raw: bytes, at: list[int], width: int, form: str) -> Iterator[Edit]:
    """One edit a character of valid UTF-8; bytes that are no text stay as they are."""
    try:
        said = raw.decode()
    except UnicodeDecodeError:
        return
    index = 0
    for character in said:
        size = len(character.encode())
        yield Edit(at[index], at[index + size - 1] + width, character, form)
        index += size


def _backslashes(text: str) -> Iterator[Edit]:
    for match in _BACKSLASH.finditer(text):
        braced, short, long, byte, octal, css = match.groups()
        code = int(octal, 8) if octal else int(braced or short or long or byte or css, 16)
        if 0x20 <= code <= 0x10FFFF and not 0xD800 <= code < 0xE000:
            yield Edit(*match.span(), chr(code), BACKSLASH)


def _tags(text: str) -> Iterator[Edit]:
    for match in _TAG.finditer(text):
        name = (match.group(1) or "").lower()
        kept = "^" if name == "sup" and match.group()[1] != "/" else "" if not name or name in _INLINE or name == "sup" else "\n"
        yield Edit(*match.span(), kept, MARKUP)


def _emphasis(text: str) -> Iterator[Edit]:
    for match in _EMPHASIS.finditer(text):
        inner = 2 if match.group(2) else 4
        yield Edit(match.start(), match.start(inner), "", MARKUP)
        yield Edit(match.end(inner), match.end(), "", MARKUP)


def _links(text: str) -> Iterator[Edit]:
    for match in _LINK.finditer(text):
        if text[match.end() : match.end() + 1].isalnum() or text[match.start() - 1 : match.start()].isalnum():
            yield Edit(match.start(), match.start(1), "", MARKUP)
            yield Edit(match.end(1), match.end(), "", MARKUP)


def _latex(text: str) -> Iterator[Edit]:
    for match in _LATEX.finditer(text):
        inner = match.lastindex
        if inner is None or match.start(inner) == match.end(inner):
            yield Edit(*match.span(), "", MARKUP)
            continue
        yield Edit(match.start(), match.start(inner), "", MARKUP)
        if match.end(inner) < match.end():
            yield Edit(match.end(inner), match.end(), "", MARKUP)


def _surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


_LAYERS: tuple[Callable[[str], Iterator[Edit]], ...] = (
    _entities,
    _percents,
    _backslashes,
    _printables,
    payloads,
    _tags,
    _emphasis,
    _links,
    _latex,
)
