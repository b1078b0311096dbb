"""Coverage of a scan in sentences: which fields, rows and files were not scanned, and which setting excluded them."""

from collections.abc import Mapping, Sequence

from leakguard.core.results import Ignored, Tally
from leakguard.core.unscanned import MORE
from leakguard.reports.kit.wording import format_files, format_rows, printable_name, shorten

SHOWN, TEXT = 10, 60
UNKNOWN = "their content is unknown"
READ_ALL = "set roles to all to scan every field, or field to the name of one"


def describe_unscanned(tally: Tally) -> list[str]:
    """Return warnings, a sentence each: fields with prose that was not scanned, missing fields, empty rows, duplicate keys."""
    lines = []
    if tally.prose:
        lines.append(f"Not scanned: {join_fields(tally.prose)}. Their content is unknown ({READ_ALL}).")
    lines += [f"{name.replace(': ', ' ', 1)}: no row has this field; check the name." for name in sorted(tally.never)]
    if tally.empty and not tally.blind:
        lines.append(f"Nothing to scan in {format_rows(tally.empty)}: no text of the selected roles or fields.")
    if tally.repeated:
        lines.append(f"Duplicate keys in {format_rows(tally.repeated)}: the last value was scanned; some trainers read the first.")
    return lines


def describe_excluded(tally: Tally) -> list[str]:
    """Return sentences about text that is not scanned by design: short labels, and text that settings exclude."""
    lines = []
    labels = {field: rows for field, rows in tally.unscanned.items() if field not in tally.prose}
    if labels:
        lines.append(f"Not scanned (short labels): {join_fields(labels)}.")
    by_setting: dict[str, dict[str, int]] = {}
    for name, rows in tally.left_out.items():
        setting, _, what = name.partition(": ")
        by_setting.setdefault(setting if what else "roles", {})[what or setting] = rows
    lines += [f"Not scanned (excluded by {setting}): {join_fields(rows)}." for setting, rows in sorted(by_setting.items(), reverse=True)]
    absent = {name.replace(": ", " ", 1): rows for name, rows in tally.absent.items() if name not in tally.never}
    lines += [f"{name}: missing in {format_rows(rows)}." for name, rows in sorted(absent.items())]
    return lines


def describe_ignored_files(entry: Ignored) -> str:
    """Return a sentence with the number of ignored files and the pattern, or the kind of file, by which they were ignored."""
    if entry.pattern:
        return f"Ignored: {format_files(entry.files)} matching ignore-files '{printable_name(entry.pattern)}'."
    more = ", ..." if entry.files > len(entry.first) else ""
    return f"Ignored: {format_files(entry.files)} of kinds that hold no data ({', '.join(map(printable_name, entry.first))}{more})."


def join_fields(counts: Mapping[str, int]) -> str:
    """Return the fields with the most rows, each with its number of rows, and the number of further fields."""
    return join_with_rest([f"{shorten(field, TEXT)} ({format_rows(rows)})" for field, rows in _select_largest(counts)], counts)


def join_with_rest(shown: Sequence[str], counts: Mapping[str, int]) -> str:
    """Return these fields in words, with the number of those in `counts` that are not among them."""
    known = len(counts) - (MORE in counts)
    more = [f"{known - SHOWN:,} more fields"] if known > SHOWN else []
    if MORE in counts:
        more.append(f"fields beyond the first {known:,} ({format_rows(counts[MORE])}, each row counted once per field)")
    return ", ".join([*shown, *(f"and {words}" for words in more)])


def _select_largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    known = [(field, rows) for field, rows in counts.items() if field != MORE]
    return sorted(known, key=lambda entry: (-entry[1], entry[0]))[:SHOWN]
