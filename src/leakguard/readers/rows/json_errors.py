"""Explain why a line is not JSON: a reason code and a short detail."""

import re

import orjson

NOT_A_NUMBER = re.compile(r"-?(?:NaN|Infinity)")

ENCODED = "a file in another encoding must be converted (iconv -f WINDOWS-1252 -t UTF-8)"


def describe_error(line: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    """Return reason code and detail for a line that orjson refused. The detail has the position but quotes no data."""
    try:
        text = line.decode()
    except UnicodeDecodeError as bad:
        return "bad-utf8", f"byte {bad.start + 1} of the row is not UTF-8; {ENCODED}"
    where = f"{error.msg}: character {error.pos + 1}"
    if "surrogate" in error.msg:
        return "lone-surrogate", f"half of a surrogate pair: character {error.pos + 1}"
    if "depth" in error.msg or "recursion" in error.msg.lower():
        return "too-deep", where
    if NOT_A_NUMBER.match(text, error.pos):
        return "nan", f"NaN and Infinity are not JSON: character {error.pos + 1}"
    if text.strip() in ("[", "{"):
        return "bad-json", "one JSON document over several lines? each line must hold one whole object"
    return "bad-json", f"{where}{_remedy(text, error)}"


def _remedy(text: str, error: orjson.JSONDecodeError) -> str:
    """Return what to do about lines that some programs write in place of JSON; "" if the error has no known cause."""
    if error.msg.startswith("unexpected content after") and "\r" in text.strip():
        return "; a carriage return alone ends no row: exchange them (tr '\\r' '\\n')"
    if error.msg.startswith("unexpected content after"):
        return "; each line must hold one object (jq -c . writes them so)"
    return "; a Python dict is no JSON (json.dumps writes it)" if text.lstrip()[:2] == "{'" else ""
