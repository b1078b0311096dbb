"""What a dataset card says about cleaned data: what was scanned and how, the counts, and the limitations; shared by all formats."""

from collections.abc import Iterator
from pathlib import PurePath

from leakguard.core.cleaned_data import CleanedData
from leakguard.core.rule import Severity
from leakguard.core.store_address import find_address
from leakguard.reports.kit.coverage import describe_excluded, describe_ignored_files, describe_unscanned
from leakguard.reports.kit.wording import HIDDEN_TRAITS, format_files, format_findings, format_rows, printable_name
from leakguard.reports.scan.conclusion import NOTHING_SCANNED
from leakguard.reports.scan.rates import count_scanned_rows

CLEANED = (
    "No known pattern that the policy acts on was found in the kept rows. This is not evidence of safety: "
    f"{HIDDEN_TRAITS}, and removing rows does not change that."
)
NO_TEST = "The rows were not compared with control data, so a signal that no reader sees was not looked for (leakguard audit)."
NO_WRITER = "The model that wrote the rows is not named."


def name_data(data: CleanedData) -> str:
    """Return a name for the data: that of the input, or of the first one."""
    first = name_input(data.inputs[0].path) if data.inputs else "data"
    more = f" and {format_files(len(data.inputs) - 1)} more" if len(data.inputs) > 1 else ""
    return f"{first}{more}, cleaned"


def name_input(name: str) -> str:
    """Return the name of an input without the folders of this machine, which are not for others; an address as it is."""
    return printable_name(name if find_address(name) else PurePath(name).name)


def describe_work(data: CleanedData) -> list[str]:
    """Return what was scanned, with what, and by which policy, a sentence each."""
    packs = ", ".join(f"{name} {version}" for name, version in data.packs)
    roles = ", ".join(data.roles)
    policy = ", ".join(f"{name} = {action}" for name, action in data.policy.items())
    return [
        f"leakguard {data.version} sorted {format_rows(data.tally.seen)} of {format_files(len(data.inputs))} by a policy.",
        f"Detectors: {', '.join(data.detectors) or 'none'}. Rule packs: {packs or 'none'}. Scanned roles: {roles or 'none'}.",
        f"Policy: {policy}.",
    ]


def count_rows(data: CleanedData) -> list[tuple[str, int]]:
    """Return (what, rows): the rows that were seen, and those of each fate."""
    tally = data.tally
    fates = ("kept", "redacted", "quarantined", "removed", "unreadable", "undetermined")
    return [("read", tally.seen), *((fate, getattr(tally, fate)) for fate in fates)]


def count_matches(data: CleanedData) -> list[tuple[str, int]]:
    """Return (severity, rows): rows by their highest severity before the clean, the highest first."""
    return [(severity.label, data.tally.flagged.get(severity, 0)) for severity in reversed(Severity)]


def list_limits(data: CleanedData) -> list[str]:
    """Return the limitations, a sentence each: the caveat first, then what was not read, not checked, not scanned or left in."""
    return list(_find_limits(data))


def _find_limits(data: CleanedData) -> Iterator[str]:
    # The caveat comes first, because readers of a card may stop early; then rows, then fields and files, then what was left in.
    tally = data.tally
    scanned = count_scanned_rows(tally) > tally.unsure
    yield CLEANED if scanned else NOTHING_SCANNED
    if tally.unreadable:
        yield f"{format_rows(tally.unreadable)} could not be read; they are not among the kept rows."
    if tally.missed:
        yield f"{format_rows(tally.missed)} could not be checked by every detector; their content is unknown."
    yield from describe_unscanned(tally)
    yield from describe_excluded(tally)
    yield from map(describe_ignored_files, data.ignored)
    left = ", ".join(f"{tally.left[level]:,} {level.label}" for level in reversed(Severity) if tally.left.get(level))
    if left:
        yield f"Kept and redacted rows that still have findings, by highest severity: {left}."
    if accepted := sum(tally.accepted.values()):
        yield f"Not counted: {format_findings(accepted)} that a baseline accepts."
    yield NO_TEST
    if not data.writer:
        yield NO_WRITER
