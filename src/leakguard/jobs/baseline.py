"""The baseline commands: scan, and keep the findings that a user accepts in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from leakguard.core.baseline import Accepted
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.results import ScanResult
from leakguard.core.rule import Severity
from leakguard.jobs.build import build_guard
from leakguard.jobs.guard import OnProgress
from leakguard.jobs.scan import ScanInput, ScanOutputs, scan_files
from leakguard.outputs.baseline import read_baseline, read_fingerprints, render_fingerprints, write_baseline
from leakguard.settings.plan import Plan


@dataclass(frozen=True, slots=True)
class BaselineChange:
    """What changed in a baseline: entries that were added, removed and kept, and the scan that decided it.

    `unjudged` counts kept entries of rules that were not in use.
    """

    result: ScanResult
    added: int = 0
    taken_out: Sequence[Accepted] = ()
    stay: int = 0
    unjudged: int = 0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which findings are accepted: those of at least this severity, for one reason; `add`: entries that the file has already are kept."""

    reason: str
    least: Severity = Severity.NOTE
    add: bool = False


def create_baseline(plan: Plan, files: Sequence[str], place: Path, acceptance: Acceptance, *, on_progress: OnProgress) -> BaselineChange:
    """Scan the files and write their findings to the baseline `place`.

    Raises UsageError for a file that exists already (or, with `add`, is no baseline), and Stopped if the scan was interrupted.
    """
    reason = acceptance.reason.strip()
    if not reason:
        raise UsageError("`reason`: a finding is accepted for a reason; say it")
    if place.exists() and not acceptance.add:
        raise UsageError(f"`output` {place}: this file is there already; `add` adds to it")
    before = {entry.fingerprint: entry for entry in read_baseline(place).entries} if place.exists() else {}
    plan = plan.changed(baseline=None)
    guard = build_guard(plan)
    with TemporaryFile() as file:
        outputs = ScanOutputs([file], render_fingerprints(guard.versions, acceptance.least))
        result = scan_files(plan, ScanInput(files), outputs, guard=guard, on_progress=on_progress)
        _check_whole(result, "nothing was written")
        file.seek(0)
        found = {entry.fingerprint: entry for entry in read_fingerprints(file, reason)}
    # An entry for another version of its rule is replaced by the new one, because it no longer hides the finding.
    kept = {key: entry for key, entry in before.items() if key not in found or found[key].version == entry.version}
    entries = {**found, **kept}
    write_baseline(place, entries.values())
    return BaselineChange(result, added=len(entries) - len(kept), stay=len(kept))


def prune_baseline(plan: Plan, files: Sequence[str], place: Path, *, on_progress: OnProgress) -> BaselineChange:
    """Scan the files and remove the entries of the baseline `place` that hide no finding.

    Raises Stopped if some rows could not be read or checked, and UsageError for a plan with a limit of rows.
    """
    before = read_baseline(place)
    result = scan_files(plan.changed(baseline=str(place)), ScanInput(files), on_progress=on_progress)
    if result.tally.unseen or result.tally.blind:
        raise Stopped(f"{place}: some rows could not be read or checked, so unused entries cannot be determined; nothing was removed")
    _check_whole(result, "nothing was removed")
    unused = set(result.baseline.unused) if result.baseline else set()
    stay = [entry for entry in before.entries if entry not in unused]
    write_baseline(place, stay)
    unjudged = sum(entry.rule not in result.rules for entry in stay)
    return BaselineChange(result, taken_out=sorted(unused), stay=len(stay), unjudged=unjudged)


def _check_whole(result: ScanResult, otherwise: str) -> None:
    """Raise KeyboardInterrupt or UsageError if only a part of the data was scanned; `otherwise` says what was not done."""
    if result.interrupted:
        raise KeyboardInterrupt
    if result.settings.get("limit"):
        raise UsageError(f"limit: a baseline is about all of the data; leave the setting out ({otherwise})")
