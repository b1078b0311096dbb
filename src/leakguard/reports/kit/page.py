"""Lay out a page of text for a terminal or a file, by the package rich; all text is escaped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from shlex import quote, split
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leakguard.reports.kit.escape import escape_text

# One row of a table: (text, style) of each cell.
Cells = Sequence[tuple[str, str]]
GAP, LEAST_STRETCH = 2, 20
_TRAILING = re.compile(r" +((?:\x1b\[[0-9;]*m)+)\Z")
"""White space before the codes that end a colour at the end of a line."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a grid: its name and the lines of its head.

    On a narrow page, columns with a high `need` are left out first, those with 0 never. A `numeric` column is aligned to the right.
    A `stretch` column takes the remaining width, and its texts are cut to it.
    """

    name: str
    head: tuple[str, ...]
    need: int = 0
    numeric: bool = True
    stretch: bool = False


class Page:
    """Collects lines and tables; `text` is the finished page. `width` is in terminal columns."""

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
        """The page so far, without white space at line ends."""
        return "\n".join(_TRAILING.sub(r"\1", line.rstrip()) for line in self._file.getvalue().split("\n"))

    def line(self, text: str = "", style: str = "", *, wrap: bool = True) -> None:
        """Add one paragraph, wrapped at the page's width; without `wrap` it stays one line, so that a path or a hash can be copied."""
        self._console.print(make_cell(text, style), soft_wrap=not wrap)

    def hanging(self, text: str, indent: int) -> None:
        """Add one indented paragraph; lines after the first are indented by two more columns."""
        lines = make_cell(text).wrap(self._console, max(self._console.width - indent - 2, LEAST_STRETCH))
        for nth, line in enumerate(lines):
            line.rstrip()
            line.pad_left(indent + 2 * (nth > 0))
            self._console.print(line, soft_wrap=True)

    def steps(self, steps: Sequence[tuple[str, str]]) -> None:
        """Add the next steps: for each a text, and its command on lines of its own that can be pasted into a shell."""
        self.line("Next:", "bold")
        for what, command in steps:
            self.hanging(what, 2)
            for line in _wrap_command(command, self._console.width):
                self.line(line, wrap=False)

    def columns(self, heads: Sequence[str], rows: Sequence[Cells], *, words: int, wrapped: Sequence[int] = (0,)) -> None:
        """Add a table without lines. The first `words` columns are aligned to the left; `wrapped` ones are wrapped on a narrow page."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for nth, head in enumerate(heads):
            lines = Text("\n").join(map(make_cell, head.split("\n")))
            justify: Literal["left", "right"] = "left" if nth < words else "right"
            table.add_column(lines, justify=justify, overflow="fold", no_wrap=nth not in wrapped)
        for row in rows:
            table.add_row(*(make_cell(text, style) for text, style in row))
        self._console.print(table)

    def grid(self, columns: Sequence[TableColumn], lines: Sequence[Cells | str]) -> list[str]:
        """Add a table whose cells are not wrapped; a line that is a single text spans all columns. Return the columns left out.

        Columns are left out, those with the highest `need` first, until the rest fits. Widths count terminal cells (a Chinese
        character takes two). A name in the first column that is wider than a third of the page gets a line of its own, with the
        other cells below it.
        """
        cells = [line for line in lines if not isinstance(line, str)]
        most = self._console.width // 3 + 1
        widths = [_width([*column.head, *(line[at][0] for line in cells)]) for at, column in enumerate(columns)]
        widths[0] = max(_width(columns[0].head), *(width for line in cells if (width := _width([line[0][0]])) <= most), 0)
        chosen = list(range(len(columns)))
        while self._overflow(columns, widths, chosen) and (droppable := [at for at in chosen if columns[at].need]):
            chosen.remove(max(droppable, key=lambda at: columns[at].need))
        for at in chosen:
            if columns[at].stretch:
                widths[at] = min(widths[at], widths[at] - self._overflow(columns, widths, chosen, natural=True))
        tall = max(len(columns[at].head) for at in chosen)
        heads = [[*[""] * (tall - len(column.head)), *column.head] for column in columns]
        for nth in range(tall):
            self._cells([(head[nth], "bold") for head in heads], columns, widths, chosen)
        for line in lines:
            if isinstance(line, str):
                self.line(line, "dim")
            else:
                self._cells(line, columns, widths, chosen)
        return [column.name for at, column in enumerate(columns) if at not in chosen]

    def _overflow(self, columns: Sequence[TableColumn], widths: Sequence[int], chosen: Sequence[int], *, natural: bool = False) -> int:
        """Return by how many cells the chosen columns exceed the page; stretch columns count with their least or `natural` width."""
        least = [width if natural or not columns[at].stretch else min(width, LEAST_STRETCH) for at, width in enumerate(widths)]
        return max(0, sum(least[at] + GAP for at in chosen) - GAP - self._console.width)

    def _cells(self, line: Cells, columns: Sequence[TableColumn], widths: Sequence[int], chosen: Sequence[int]) -> None:
        printed = Text()
        if cell_len(escape_text(line[0][0])) > widths[0]:
            self._console.print(make_cell(*line[0]), soft_wrap=True)
            line = [("", ""), *line[1:]]
        for at in chosen:
            text, style = escape_text(line[at][0]), line[at][1]
            if columns[at].stretch:
                text = _cut(text, widths[at])
            blank = " " * (widths[at] - cell_len(text))
            printed.append(blank + text if columns[at].numeric else text + blank, style)
            printed.append(" " * GAP)
        printed.rstrip()
        self._console.print(printed, soft_wrap=True)


def make_cell(text: str, style: str = "") -> Text:
    """Return the text for rich: escaped, and not parsed as markup."""
    return Text(escape_text(text), style=style)


def _wrap_command(command: str, width: int) -> list[str]:
    """Return a command as indented lines, broken before options and paths; a backslash continues a line."""
    lines: list[str] = []
    words: list[str] = []
    for part in map(quote, split(command)):
        if words and words[-1].startswith("-") and " " not in words[-1] and not part.startswith("-"):
            words[-1] += f" {part}"
        else:
            words.append(part)
    for word in words:
        if lines and cell_len(f"{lines[-1]} {word} \\") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"    {word}" if not lines else f"      {word}")
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def _width(texts: Sequence[str]) -> int:
    return max(map(cell_len, map(escape_text, texts)), default=0)


def _cut(text: str, width: int) -> str:
    """Return the text, cut to the width in terminal cells with dots at its end."""
    if cell_len(text) <= width:
        return text
    kept = text
    while kept and cell_len(kept) > width - 3:
        kept = kept[: max(0, min(len(kept) - 1, width))]
    return f"{kept.rstrip()}..."
