"""Write Markdown for comments on pull requests, in which text from data is never parsed as markup, link or mention."""

import re
from collections.abc import Iterable, Sequence

from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.steps import Step
from leakguard.reports.kit.wording import relative_name, shorten

TEXT, COMMAND = 80, 300
# A colon or a full stop inside a word could make it a link, and any @ a mention; other colons and full stops are harmless.
SIGNS = re.compile(r"""@+|[!"#$&*+<=>?\[\\\]^_`{|}~]|:(?=\S)|\.(?=[^\W\d])""")


def escape_markup(text: str) -> str:
    """Return the text with every character that could begin markup, a link or a mention replaced by a character reference."""
    return SIGNS.sub(lambda match: _reference(match.group()), escape_text(text))


def code_element(text: str, most: int = TEXT) -> str:
    """Return at most `most` characters of the text in a code element, inside of which GitHub parses no mention and no emoji."""
    return f"<code>{escape_markup(shorten(escape_text(text), most))}</code>"


def write_table(heads: Sequence[str], lines: Iterable[Sequence[str]], *, words: int) -> str:
    """Return a Markdown table; its first `words` columns are aligned to the left, the others (numbers) to the right."""
    ruler = ["---" if at < words else "---:" for at in range(len(heads))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, ruler, *lines])


def write_steps(steps: Sequence[Step]) -> str:
    """Return the next steps as a list, with their commands as code."""
    lines = [f"{escape_markup(what)} {code_element(command, COMMAND)}" if command else escape_markup(what) for what, command in steps]
    return "Next:\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def write_details(summary: str, *parts: str) -> str:
    """Return a `details` element: a summary, and parts that are shown after a click."""
    return "\n\n".join(["<details>", f"<summary>{summary}</summary>", *parts, "</details>"])


def settings_note(file: str | None, root: str) -> str:
    """Return the end of the last line, which names the settings file; "" without such a file."""
    return f"; settings: {code_element(relative_name(file, root))}" if file else ""


def _reference(sign: str) -> str:
    """Return a character reference for a sign; @ becomes an element, because GitHub searches for mentions after resolving references."""
    return f"<i>{sign}</i>" if sign.startswith("@") else f"&#{ord(sign)};"
