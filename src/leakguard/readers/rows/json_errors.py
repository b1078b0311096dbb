"""Explain why a line is not JSON: a reason code and a short detail."""

import re

import orjson

NOT_A_NUMBER = re.compile(r"-?(?:NaN|Infinity)")

ENCODED = "convert the file if it has another encoding (iconv -f WINDOWS-1252 -t UTF-8)"


def describe_error(line: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    """Return reason code and detail for a line that orjson refused. The detail has the position but quotes no data."""
    try:
        text = line.decode()
    except UnicodeDecodeError as bad:
        return "bad-utf8", f"byte {bad.start + 1} of the row is not UTF-8; {ENCODED}"
    where = f"{error.msg}: character {error.pos + 1}"
    if "surrogate" in error.msg:
        return "lone-surrogate", f"unpaired surrogate: character {error.pos + 1}"
    if "depth" in error.msg or "recursion" in error.msg.lower():
        return "too-deep", where
    if NOT_A_NUMBER.match(text, error.pos):
        return "nan", f"NaN and Infinity are not JSON: character {error.pos + 1}"
    if text.strip() in ("[", "{"):
        return "bad-json", "possibly one JSON document over several lines; each line must be one whole object"
    return "bad-json", f"{where}{_remedy(text, error)}"


def _remedy(text: str, error: orjson.JSONDecodeError) -> str:
    """Return what to do about lines that some programs write in place of JSON; "" if the error has no known cause."""
    if error.msg.startswith("unexpected content after") and "\r" in text.strip():
        return "; a carriage return alone does not end a row: convert line ends (tr '\\r' '\\n')"
    if error.msg.startswith("unexpected content after"):
        return "; each line must be one object (convert with jq -c .)"
    return "; a Python dict is not JSON (write it with json.dumps)" if text.lstrip()[:2] == "{'" else ""
