"""Render a result as a short piece of HTML for a notebook's cell: a heading, sentences and a small table, without style sheet or script."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.wording import shorten

MOST_ROWS, LONGEST = 10, 120
_CELL = "text-align:left;vertical-align:top;padding:2px 10px 2px 0"


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a cell shows: heading, sentences, names of columns, the first rows of a table, and what comes after them ("": nothing)."""

    heading: str
    sentences: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    more: str = ""


def render_fragment(fragment: Fragment) -> str:
    """Return the fragment as HTML. Every text is escaped: nothing from data becomes markup, hides or reorders what is shown."""
    parts = [f"<p><b>{_show(fragment.heading)}</b></p>"]
    if fragment.rows:
        head = "".join(f'<th scope="col" style="{_CELL}">{_show(name)}</th>' for name in fragment.columns)
        body = "".join(
            "<tr>" + "".join(f'<td style="{_CELL}">{_show(value)}</td>' for value in row) + "</tr>" for row in fragment.rows[:MOST_ROWS]
        )
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    parts += [f"<p>{_show(sentence, 1000)}</p>" for sentence in (fragment.more, *fragment.sentences) if sentence]
    return f"<div>{''.join(parts)}</div>"


def _show(value: object, most: int = LONGEST) -> str:
    """Return a value as escaped text of at most about `most` characters."""
    return escape(shorten(escape_text(str(value)), most))
