"""Short texts in base64: a code word or a number that was wrapped to get past a reader."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator

from leakguard.text.view import Edit

BASE64 = "base64"
_WORD = re.compile(r"=\?[A-Za-z0-9-]{3,20}\?([bBqQ])\?([^?\s]{1,200})\?=")
_TOKEN = re.compile(r"(?<![A-Za-z0-9+/_=-])([A-Za-z0-9+/_-]{3,64})(={0,2})(?![A-Za-z0-9+/_=-])")
_NUMBER = re.compile(r"[^A-Za-z0-9]{0,3}[0-9]{2,12}(?:[ ,;/.-]{1,2}[0-9]{1,12})*[^A-Za-z0-9]{0,3}")
_WORDS = re.compile(r"[A-Za-z]{2,20}(?:[ '_-][A-Za-z]{1,20})*[.!?]?|[0-9]{1,6} [A-Za-z]{2,20}")
_SHORTEST_WORDS = 3


def payloads(text: str) -> Iterator[Edit]:
    """Tokens that decode to a number or to words; ordinary words and identifiers decode to neither."""
    words = list(_WORD.finditer(text))
    for match in words:
        said = _encoded_word(*match.groups())
        if said:
            yield Edit(*match.span(), said, BASE64)
    if words:
        return
    for match in _TOKEN.finditer(text):
        said = _decoded(match.group(1), padded=bool(match.group(2)))
        if said:
            yield Edit(*match.span(), said, BASE64)


def _encoded_word(kind: str, body: str) -> str | None:
    if kind in "qQ":
        return _text(quopri.decodestring(body.replace("_", " ").encode("utf-8", "replace")))
    return _text(_bytes(body.rstrip("=")))


def _decoded(token: str, *, padded: bool) -> str | None:
    if not padded and (token.isdigit() or token.islower() or (token.isalpha() and token.isupper()) or _camel(token)):
        return None
    said = _text(_bytes(token))
    if said is None:
        return None
    if _NUMBER.fullmatch(said):
        return said
    return said if len(said) > _SHORTEST_WORDS and _WORDS.fullmatch(said) and _natural(said) else None


def _camel(token: str) -> bool:
    """A capitalised word, perhaps with digits after it: no encoder wrote that."""
    return re.fullmatch(r"[A-Z]?[a-z]+[0-9]*", token) is not None and not any(c.isdigit() for c in token[:-2])


def _natural(said: str) -> bool:
    """Words as people write them: one case, or capitals only at the start."""
    return all(word.islower() or word.isupper() or word[1:].islower() or word.isdigit() for word in re.findall(r"[A-Za-z]+|[0-9]+", said))


def _bytes(token: str) -> bytes:
    standard = token.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _text(raw: bytes) -> str | None:
    try:
        said = raw.decode()
    except UnicodeDecodeError:
        return None
    return said if said and said.isprintable() else None
