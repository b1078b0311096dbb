"""Why a row is not JSON, in one reason and a few words."""

import re

import orjson

NOT_A_NUMBER = re.compile(r"-?(?:NaN|Infinity)")


def defect(line: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    """Reason and detail for a row that orjson refused; the detail says where but quotes nothing."""
    try:
        text = line.decode()
    except UnicodeDecodeError as bad:
        return "bad-utf8", f"byte {bad.start + 1} of the row is not UTF-8"
    where = f"{error.msg}: character {error.pos + 1}"
    if "surrogate" in error.msg:
        return "lone-surrogate", f"half of a surrogate pair: character {error.pos + 1}"
    if "depth" in error.msg or "recursion" in error.msg.lower():
        return "too-deep", where
    if NOT_A_NUMBER.match(text, error.pos):
        return "nan", f"NaN and Infinity are not JSON: character {error.pos + 1}"
    if text.strip() in ("[", "{"):
        return "bad-json", "one JSON document over several lines? each line must hold one whole object"
    return "bad-json", where
