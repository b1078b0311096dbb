"""A page of text for a terminal or a file: rich lays it out, and nothing gets onto it unescaped."""

from collections.abc import Sequence
from io import StringIO
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leakguard.reports.escape import visible

# One row of a table: texts and their styles.
Cells = Sequence[tuple[str, str]]


class Page:
    """Collects lines and columns; `text` is the finished page."""

    def __init__(self, *, width: int, color: bool) -> None:
        self._file = StringIO()
        self._console = Console(
            file=self._file,
            width=width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            legacy_windows=False,
        )

    @property
    def text(self) -> str:
        """Everything so far, without white space at line ends."""
        return "\n".join(line.rstrip() for line in self._file.getvalue().split("\n"))

    def line(self, text: str = "", style: str = "", *, wrap: bool = True) -> None:
        """Print one paragraph, wrapped at the page's width; without `wrap` it stays one line, so that a path or a hash can be copied."""
        self._console.print(cell(text, style), soft_wrap=not wrap)

    def columns(self, heads: Sequence[str], rows: Sequence[Cells], *, words: int, wrapped: Sequence[int] = (0,)) -> None:
        """A table without lines; the first `words` columns hold no numbers, `wrapped` ones give way on a narrow page."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for nth, head in enumerate(heads):
            lines = Text("\n").join(map(cell, head.split("\n")))
            justify: Literal["left", "right"] = "left" if nth < words else "right"
            table.add_column(lines, justify=justify, overflow="fold", no_wrap=nth not in wrapped)
        for row in rows:
            table.add_row(*(cell(text, style) for text, style in row))
        self._console.print(table)


def cell(text: str, style: str = "") -> Text:
    """The text as rich may print it: escaped, and not read as markup."""
    return Text(visible(text), style=style)
