"""The frame of drawings in web pages: SVG of one width, which its caption describes."""

from collections.abc import Sequence

WIDTH = 640
"""Width of all drawings in pixels."""


def wrap_svg(parts: Sequence[str], tall: int) -> str:
    """Return the parts as an SVG of the common width; readers of screens skip it, because its caption says what it shows."""
    head = f'<svg viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}" aria-hidden="true" focusable="false">'
    return "".join((head, *parts, "</svg>"))
