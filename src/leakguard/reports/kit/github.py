"""Workflow commands of GitHub Actions, which become annotations of a run."""

from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.wording import relative_name


def workflow_command(kind: str, message: str, file: str = "", line: int = 0, title: str = "") -> str:
    """Return one workflow command, such as `::error file=a.jsonl,line=3::...`; characters that would end a value are escaped.

    `kind` is error, warning or notice; `line` counts from 1 and is left out without a file.
    """
    values = {"file": file, "line": str(max(line, 1)) if file else "", "title": title}
    properties = ",".join(f"{key}={_escape_property(value)}" for key, value in values.items() if value)
    return f"::{kind} {properties}::{_escape_message(message)}"


def settings_line(file: str | None, root: str) -> list[str]:
    """Return a plain line of the log that names the settings file, or no line without such a file."""
    return [f"Settings: {escape_text(relative_name(file, root))}"] if file else []


def _escape_message(text: str) -> str:
    return escape_text(text).replace("%", "%25")


def _escape_property(text: str) -> str:
    return _escape_message(text).replace(":", "%3A").replace(",", "%2C")
