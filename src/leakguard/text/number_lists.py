"""What a bare list of numbers is, and what only looks like one."""

import re

LEAST_DIGITS = 8
"""One character of a list in so many is a digit at least."""

_PUNCTUATION = r"\s,;:|/.\-\[\]()'\""
_ODD = re.compile(rf"[^0-9{_PUNCTUATION}]")
_LABEL = re.compile(rf"[{_PUNCTUATION}]*(?![lIiOoZSB]+(?![^\W_]))(?:[^\W\d_]{{2,}}(?![^\W_])|[^\W\d_]\.\s)")
_OBJECT = re.compile(r"[\s\[]*\{\s*[\"'][^\"'\n]{0,40}[\"']\s*:")
_SUM = re.compile(r"[0-9]\s*[-+*/×÷xX·−]\s*[0-9]+\s*=\s*[0-9]")
_SHAPE = (
    r"(?:\([0-9]{3}\) ?[0-9]{3}-[0-9]{4}|\+[0-9]{1,3}(?:[ -][0-9]{2,4}){2,4}|0[0-9]{2,4} [0-9]{3,4} [0-9]{3,4}|"
    r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-[0-3][0-9]|[0-3]?[0-9]/[01]?[0-9]/(?:19|20)?[0-9]{2}|\([0-9]{4} ?[-–] ?[0-9]{4}\))"
)
_SHAPED = re.compile(rf"\s*+{_SHAPE}(?:\s*+(?:[,;–-]|or|and|to)?\s*+{_SHAPE})*+[\s.]*+")


def is_number_list(text: str) -> bool:
    """True if a folded text is nothing but numbers and list punctuation: a digit in eight characters, an odd sign in three digits."""
    digits = sum(map(text.count, "0123456789"))
    if LEAST_DIGITS * digits < max(len(text), 1) or 3 * len(_ODD.findall(text)) > digits:
        return False
    return not (is_labelled(text) or is_shaped(text))


def is_labelled(text: str) -> bool:
    """True if a word or a key says what the numbers are, as in "Fax: 020 7946 0666" or {"a": 7}, or if they are a sum: no bare list."""
    return _LABEL.match(text) is not None or _OBJECT.match(text) is not None or _SUM.search(text) is not None


def is_shaped(text: str) -> bool:
    """True if a text is nothing but telephone numbers, dates or the years of a life: these are no list of numbers either."""
    return _SHAPED.fullmatch(text) is not None
