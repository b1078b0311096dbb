"""Formatting that all reports share: numbers of rows and files, shares, severities, names of files, and shortened texts."""

from collections.abc import Mapping
from pathlib import PurePath

from leakguard.core.rule import Profile, Severity
from leakguard.core.suggest import spell

HIDDEN_TRAITS = "training data can transmit a trait of the model that wrote it without any visible sign"
"""The reason why no result of a scan is evidence of safety."""


def format_rows(count: int) -> str:
    """Return a number of rows in words: "1 row", "2,000 rows"."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def format_files(count: int) -> str:
    """Return a number of files in words: "1 file", "20 files"."""
    return f"{count:,} file{'' if count == 1 else 's'}"


def format_findings(count: int) -> str:
    """Return a number of findings in words: "1 finding", "20 findings"."""
    return f"{count:,} finding{'' if count == 1 else 's'}"


def format_percent(share: float) -> str:
    """Return a share from 0 to 1 as a percentage with two significant digits: "12.3 %", "0.24 %", "0 %"."""
    value = 100 * share
    return f"{value:.1f} %" if value >= 1 else "0 %" if value == 0 else f"{value:.2g} %" if value >= 0.01 else "<0.01 %"


def format_severities(severity: Mapping[Profile, Severity]) -> str:
    """Return severities by profile in words: "error", or "note in numbers, error in text"."""
    if len(severity) > 1 and len(set(severity.values())) == 1:
        return next(iter(severity.values())).label
    return ", ".join(f"{level.label} in {profile}" for profile, level in severity.items())


def printable_name(file: str) -> str:
    """Return a file name as text; bytes that are not UTF-8 become escapes, and different names stay different."""
    return spell(file)


def relative_name(file: str, root: str) -> str:
    """Return the file's name relative to the folder `root`, with / between its parts; a file outside `root` keeps its name."""
    path = PurePath(printable_name(file))
    return path.relative_to(root).as_posix() if root and path.is_relative_to(root) else path.as_posix()


def shorten(text: str, most: int) -> str:
    """Return the text, or its first `most` characters and the number of all."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
