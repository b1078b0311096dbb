"""Words that were not looked at, in sentences: in which fields, how many rows, and which setting left them out."""

from collections.abc import Mapping, Sequence

from leakguard.core.results import Ignored, Tally
from leakguard.core.unscanned import MORE
from leakguard.reports.kit.wording import format_files, format_rows, printable_name, shorten

SHOWN, TEXT = 10, 60
READ_ALL = "--roles all reads every field, --field NAME one"


def describe_unscanned(tally: Tally) -> list[str]:
    """What a reader must know: fields with prose that was not looked at, rows with nothing to look at, keys that are written twice."""
    lines = []
    if tally.prose:
        lines.append(f"Not scanned: {join_fields(tally.prose)}. What they hold is unknown ({READ_ALL}).")
    lines += [f"--{name.replace(': ', ' ', 1)}: no row has this; check the name." for name in sorted(tally.never)]
    if tally.empty and not tally.blind:
        lines.append(f"Nothing was scanned in {format_rows(tally.empty)}: no words of these roles or fields.")
    if tally.repeated:
        lines.append(f"Duplicate keys in {format_rows(tally.repeated)}: the last value was read, as trainers' parsers do.")
    return lines


def describe_excluded(tally: Tally) -> list[str]:
    """What need not alarm: short labels that were not looked at, and words that settings leave out."""
    lines = []
    labels = {field: rows for field, rows in tally.unscanned.items() if field not in tally.prose}
    if labels:
        lines.append(f"Short labels, not scanned: {join_fields(labels)}.")
    by_setting: dict[str, dict[str, int]] = {}
    for name, rows in tally.left_out.items():
        setting, _, what = name.partition(": ")
        by_setting.setdefault(setting if what else "roles", {})[what or setting] = rows
    lines += [f"Not scanned because of --{setting}: {join_fields(names)}." for setting, names in sorted(by_setting.items(), reverse=True)]
    absent = {name.replace(": ", " ", 1): rows for name, rows in tally.absent.items() if name not in tally.never}
    lines += [f"--{name}: not in {format_rows(rows)}." for name, rows in sorted(absent.items())]
    return lines


def describe_ignored_files(entry: Ignored) -> str:
    """Files that were left out, as a sentence."""
    if entry.pattern:
        return f"Ignored: {format_files(entry.files)} (--ignore-files '{printable_name(entry.pattern)}')."
    more = ", ..." if entry.files > len(entry.first) else ""
    return f"Ignored: {format_files(entry.files)} known to hold no data ({', '.join(map(printable_name, entry.first))}{more})."


def join_fields(counts: Mapping[str, int]) -> str:
    """The fields with the most rows, each with its rows, and how many more there are."""
    return join_with_rest([f"{shorten(field, TEXT)} ({format_rows(rows)})" for field, rows in _most(counts)], counts)


def join_with_rest(shown: Sequence[str], counts: Mapping[str, int]) -> str:
    """These fields in words, with how many of `counts` are not among them."""
    known = len(counts) - (MORE in counts)
    more = [f"{known - SHOWN:,} more fields"] if known > SHOWN else []
    if MORE in counts:
        more.append(f"further fields beyond {known:,} (in {format_rows(counts[MORE])}, rows counted once for each)")
    return ", ".join([*shown, *(f"and {words}" for words in more)])


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    known = [(field, rows) for field, rows in counts.items() if field != MORE]
    return sorted(known, key=lambda entry: (-entry[1], entry[0]))[:SHOWN]
