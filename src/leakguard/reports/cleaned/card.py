"""A section for the card of a dataset on a hub, as Markdown."""

from leakguard.core.cleaned_data import CleanedData
from leakguard.reports.cleaned.conclusion import count_matches, count_rows, describe_work, list_limits
from leakguard.reports.kit.markdown import code_element, escape_markup, write_table
from leakguard.reports.kit.style import Style

# Files that are listed; a clean may have thousands.
LISTED = 50
USABLE = ("kept", "redacted")


def render(result: CleanedData, style: Style) -> str:
    """Return the section: what was scanned and with what, counts, files with their hashes, and limitations."""
    writer = [f"Written by the model {code_element(result.writer)}, as the user names it."] if result.writer else []
    counts = [[what, f"{rows:,}"] for what, rows in count_rows(result)]
    matches = [[what, f"{rows:,}"] for what, rows in count_matches(result)]
    usable = [one for one in result.files if one.fate in USABLE]
    files = [[code_element(one.path), f"<code>{one.sha256[:16]}</code>", f"{one.rows:,}"] for one in usable[:LISTED]]
    more = [f"{len(usable) - LISTED:,} further files are listed in <code>manifest.json</code>."] if len(usable) > LISTED else []
    parts = [
        "## Filtering with leakguard",
        *writer,
        "\n".join(map(escape_markup, describe_work(result))),
        write_table(["rows", "count"], counts, words=1),
        write_table(["highest severity before", "rows"], matches, words=1),
        "### Files for training",
        write_table(["file", "SHA-256", "rows"], files, words=2) if files else "None.",
        *more,
        "### Limitations",
        "\n".join(f"- {escape_markup(line)}" for line in list_limits(result)),
        f"<sub>leakguard {escape_markup(result.version)}; manifest <code>{result.files[-1].sha256[:16]}</code></sub>",
    ]
    return "\n\n".join(parts) + "\n"
