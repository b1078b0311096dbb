"""Data never reaches a terminal raw: what steers, hides or reorders is shown as an escape."""

import regex

# Cc, Cf, Cs, Zl, Zp, and what no font can show (private use, unassigned).
UNSAFE = regex.compile(r"[\p{C}\p{Zl}\p{Zp}]")
# A JSON document keeps the line feeds of its own layout; those of strings are escaped already.
UNSAFE_IN_JSON = regex.compile(r"(?!\n)[\p{C}\p{Zl}\p{Zp}]")


def escape_text(text: str) -> str:
    r"""The text with every unsafe character spelled out: \n, \x1b, \u202e, \U000e0041."""
    if text.isprintable():
        return text
    shown: str = UNSAFE.sub(lambda match: _spelled(match.group()), text)
    return shown


def escape_json(document: str) -> str:
    r"""The same JSON value, with every unsafe character inside its strings as \uXXXX (pairs beyond U+FFFF)."""
    shown: str = UNSAFE_IN_JSON.sub(lambda match: _units(match.group()), document)
    return shown


def _spelled(char: str) -> str:
    short = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(char)
    code = ord(char)
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _units(char: str) -> str:
    raw = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{raw[at]:02x}{raw[at + 1]:02x}" for at in range(0, len(raw), 2))
