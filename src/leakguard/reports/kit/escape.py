"""Escape characters in data that could control a terminal, hide text or reorder it."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

_IN_ADDRESS = ":/?#&=%+@~,;()!*'$"


@cache
def compile_unsafe(but: str = "") -> "regex.Pattern[str]":
    """Compile the class of unsafe characters except `but`; imported and compiled when the first such character may be there.

    These are the Unicode categories C (control, format, surrogate, private use, unassigned), Zl and Zp (line and paragraph separators).
    """
    import regex

    return regex.compile(rf"(?![{but}])[\p{{C}}\p{{Zl}}\p{{Zp}}]" if but else r"[\p{C}\p{Zl}\p{Zp}]")


def escape_text(text: str) -> str:
    r"""Return the text with every unsafe character as an escape: \n, \x1b, \u202e, \U000e0041."""
    if text.isprintable():
        return text
    shown: str = compile_unsafe().sub(lambda match: _escape_char(match.group()), text)
    return shown


def escape_lines(text: str) -> str:
    """Return the text with every unsafe character but line feeds and tabs as an escape, for a place that shows several lines."""
    return text if text.isprintable() else compile_unsafe(r"\n\t").sub(lambda match: _escape_char(match.group()), text)


def escape_json(document: str) -> str:
    r"""Return the JSON text with every unsafe character in its strings as \uXXXX (a pair beyond U+FFFF); its value is the same."""
    # Line feeds between the values of a JSON document stay; those inside strings are escaped already.
    shown: str = compile_unsafe(r"\n").sub(lambda match: _escape_utf16(match.group()), document)
    return shown


def choose_address(sources: Iterable[str]) -> str:
    """Return the first of a rule's sources that is an https address without characters that an address cannot have, or ""."""
    from urllib.parse import quote

    return next((source for source in sources if source.startswith("https://") and quote(source, safe=_IN_ADDRESS) == source), "")


def _escape_char(char: str) -> str:
    short = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(char)
    code = ord(char)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _escape_utf16(char: str) -> str:
    raw = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[at]:02x}{raw[at + 1]:02x}" for at in range(0, len(raw), 2))
