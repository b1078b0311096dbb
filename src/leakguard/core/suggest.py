"""Names in messages: file names as printable text, and suggestions for unknown names."""

import re
from collections.abc import Iterable

SHOWN = 12
LINE = 600
# BYTE: a byte that is not UTF-8, as Python represents it in a file name. BACKSLASHES: those before such a byte or text that looks like one.
BYTE = re.compile("[\udc80-\udcff]")
BACKSLASHES = re.compile(r"\\+(?=x[89a-f][0-9a-f]|[\udc80-\udcff])")


def spell(file: str) -> str:
    r"""Return a file name as text that UTF-8 can encode; different names give different texts.

    A byte that is not UTF-8 is written as \xff. Backslashes before one, or before letters that look like one, are doubled.
    """
    if file.isascii() and "\\" not in file:
        return file
    shown = BACKSLASHES.sub(lambda match: 2 * match.group(), file)
    shown = BYTE.sub(lambda match: f"\\x{ord(match.group()) - 0xDC00:02x}", shown)
    return shown.encode("utf-8", "backslashreplace").decode()


def suggest_names(name: str, valid: Iterable[str]) -> str:
    """Return the end of an error message: "did you mean 'x'?" if a valid name ends with the name or is similar, and the valid names.

    At most SHOWN of them are listed.
    """
    import difflib  # imported only when there is an error, because it is slow to import

    names = list(dict.fromkeys(valid))
    folded = {other.casefold(): other for other in reversed(names)}
    parts = [other for other in folded if other.endswith(f".{name.casefold()}")]
    near = parts[:1] or difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = f"did you mean '{folded[near[0]]}'? " if near else ""
    if len(names) > SHOWN:
        return hint.strip() or f"valid: {', '.join(names[:SHOWN])}, ... ({len(names)} in all)"
    return f"{hint}{'Valid' if hint else 'valid'}: {', '.join(names)}" if names else "there is none to choose from"


def shorten(text: str, most: int = LINE) -> str:
    """Return a text of at most about `most` characters: of a longer one, the first and last characters with ' ... ' between them."""
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"
