"""Masking secrets in texts of an endpoint before they are shown or stored: whole, in other encodings, and in parts."""

import html
import json
from base64 import b64encode
from collections.abc import Collection, Iterator
from urllib.parse import quote, quote_plus

MASK = "***"
SHOWN = 200
_SHORTEST, _PART, _REPLY_PART = 4, 8, 12
_READ = 4000


class Mask:
    """Finds secrets (an API key, a password) in text, in every encoding in which an endpoint may repeat them, in any letter case.

    A secret of fewer than 4 characters is not searched for: it would be found in ordinary words.
    """

    # A text is searched for the spellings as they are, and for any eight (in a reply twelve) characters in a row of one of them.

    def __init__(self, *secrets: str) -> None:
        forms = {form.lower() for secret in secrets if len(secret.strip()) >= _SHORTEST for form in _list_encodings(secret.strip())}
        self._whole = sorted(forms, key=len, reverse=True)
        self._parts = {
            size: {form[at : at + size] for form in forms for at in range(len(form) - size + 1)} for size in (_PART, _REPLY_PART)
        }

    def clean_line(self, text: str) -> str:
        """Return one line of at most 200 printable characters without secrets; eight consecutive characters of a secret are masked too."""
        line = " ".join("".join(character if character.isprintable() else " " for character in text[:_READ]).split())
        folded = _fold(line)
        hidden = bytearray(len(line))
        for form in self._whole:
            at = folded.find(form)
            while at >= 0:
                hidden[at : at + len(form)] = b"\1" * len(form)
                at = folded.find(form, at + 1)
        for at in range(len(line) - _PART + 1):
            if folded[at : at + _PART] in self._parts[_PART]:
                hidden[at : at + _PART] = b"\1" * _PART
        return "".join(_mask_runs(line, hidden))[:SHOWN]

    def holds(self, text: str) -> bool:
        """Return whether a text contains a secret of eight characters or more, or twelve consecutive characters of one."""
        folded = _fold(text)
        if any(len(form) >= _PART and form in folded for form in self._whole):
            return True
        parts = self._parts[_REPLY_PART]
        return bool(parts) and any(folded[at : at + _REPLY_PART] in parts for at in range(len(folded) - _REPLY_PART + 1))


def _parts(forms: Collection[str], size: int) -> frozenset[str]:
    """Return all substrings of `size` characters of the forms."""
    return frozenset(form[at : at + size] for form in forms for at in range(len(form) - size + 1))


def _fold(text: str) -> str:
    """Return the text in lower case, character by character, so that positions stay the same."""
    return "".join(lower if len(lower := character.lower()) == 1 else character for character in text)


def _mask_runs(line: str, hidden: bytearray) -> Iterator[str]:
    """Yield the line with MASK in place of each hidden run."""
    for at, character in enumerate(line):
        if not hidden[at]:
            yield character
        elif at == 0 or not hidden[at - 1]:
            yield MASK


def _list_encodings(secret: str) -> Iterator[str]:
    """Yield the secret as it is, escaped for URLs, JSON and HTML, in hexadecimal, and in base64 at every alignment.

    Base64 encodes three bytes as four characters: for each of the three alignments of a secret in encoded bytes, only the characters that
    depend on nothing but the secret are used.
    """
    raw = secret.encode("utf-8", "replace")
    yield secret
    yield from (quote(secret, safe=""), quote_plus(secret), "".join(f"%{byte:02x}" for byte in raw))
    yield from (json.dumps(secret)[1:-1], html.escape(secret), raw.hex(), secret[::-1])
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        encoded = b64encode(b"\0" * before + raw).decode()
        for form in (encoded[first:last], encoded if before == 0 else ""):
            if len(form) >= _SHORTEST:
                yield from (form, form.replace("+", "-").replace("/", "_"))
