"""Names that were not understood: what was expected, and the nearest valid one."""

from collections.abc import Iterable

SHOWN = 12


def expected(name: str, valid: Iterable[str]) -> str:
    """The end of an error line: "did you mean 'x'?" if something is near, then the valid names (the first twelve)."""
    import difflib  # only an error pays for it

    names = list(dict.fromkeys(valid))
    folded = {other.casefold(): other for other in reversed(names)}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = f"did you mean '{folded[near[0]]}'? " if near else ""
    more = f", ... ({len(names)} in all)" if len(names) > SHOWN else ""
    return f"{hint}Valid: {', '.join(names[:SHOWN])}{more}" if names else f"{hint}there is none to choose from"
