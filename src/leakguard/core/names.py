"""Names that were not understood: what was expected, and the nearest valid one."""

from collections.abc import Iterable

SHOWN = 12
LINE = 600


def expected(name: str, valid: Iterable[str]) -> str:
    """The end of an error line: "did you mean 'x'?" if something is near, and the valid names unless they are many."""
    import difflib  # only an error pays for it

    names = list(dict.fromkeys(valid))
    folded = {other.casefold(): other for other in reversed(names)}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = f"did you mean '{folded[near[0]]}'? " if near else ""
    if len(names) > SHOWN:
        return hint.strip() or f"Valid: {', '.join(names[:SHOWN])}, ... ({len(names)} in all)"
    return f"{hint}Valid: {', '.join(names)}" if names else "there is none to choose from"


def shortened(text: str, most: int = LINE) -> str:
    """Text for an error line: its first and last characters where a value in it is very long."""
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"
