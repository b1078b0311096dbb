"""Baselines made and pruned: a scan says what there is, the file keeps what is accepted of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

from leakguard.core.baseline import Accepted
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.jobs.build.detectors import build_guard, scan_files
from leakguard.jobs.guard import OnProgress
from leakguard.outputs.baseline import read_baseline, read_fingerprints, render_fingerprints, write_baseline
from leakguard.settings import Settings


@dataclass(frozen=True, slots=True)
class BaselineChange:
    """What became of a baseline: entries that were added, taken out and that stay, and the scan that said so."""

    result: ScanResult
    added: int = 0
    taken_out: Sequence[Accepted] = ()
    stay: int = 0
    unjudged: int = 0


def create_baseline(
    settings: Settings, files: Sequence[str], place: Path, *, reason: str, least: Severity, add: bool, on_progress: OnProgress
) -> BaselineChange:
    """Accept every finding at or above `least`, for one reason; `add` keeps the entries and reasons that are there.

    Raises UsageError for a file that is there already (or, with `add`, is not one), and Stopped where the scan was interrupted.
    """
    if not reason.strip():
        raise UsageError("--reason: a finding is accepted for a reason; say it")
    if place.exists() and not add:
        raise UsageError(f"--output {place}: this file is there already; --add adds to it")
    before = {entry.fingerprint: entry for entry in read_baseline(place).entries} if place.exists() else {}
    settings = replace(settings, baseline=None)
    with TemporaryFile() as file:
        renderer = render_fingerprints(build_guard(settings).versions, least)
        result = scan_files(settings, files, sinks=[file], on_progress=on_progress, renderer=renderer)
        _whole(result, "nothing was written")
        file.seek(0)
        found = {entry.fingerprint: entry for entry in read_fingerprints(file, reason.strip())}
    # An entry for another version of the rule hides nothing any more: this one takes its place.
    kept = {key: entry for key, entry in before.items() if key not in found or found[key].version == entry.version}
    entries = {**found, **kept}
    write_baseline(place, entries.values())
    return BaselineChange(result, added=len(entries) - len(kept), stay=len(kept))


def prune_baseline(settings: Settings, files: Sequence[str], place: Path, *, on_progress: OnProgress) -> BaselineChange:
    """Take out the entries that stand for nothing in the files. Raises Stopped where not every row could be looked at."""
    before = read_baseline(place)
    result = scan_files(replace(settings, baseline=str(place)), files, sinks=(), on_progress=on_progress)
    if result.tally.unseen or result.tally.blind:
        raise Stopped(f"{place}: not every row could be looked at, so nobody knows what is unused; nothing was taken out")
    _whole(result, "nothing was taken out")
    unused = set(result.baseline.unused) if result.baseline else set()
    stay = [entry for entry in before.entries if entry not in unused]
    write_baseline(place, stay)
    unjudged = sum(entry.rule not in result.rules for entry in stay)
    return BaselineChange(result, taken_out=sorted(unused), stay=len(stay), unjudged=unjudged)


def _whole(result: ScanResult, otherwise: str) -> None:
    if result.interrupted:
        raise KeyboardInterrupt
    if result.settings.get("limit"):
        raise UsageError(f"limit: a baseline is about all of the data; leave the setting out ({otherwise})")
