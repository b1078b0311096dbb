"""The review command: open a saved report, a cleaned folder or data for a review, and take accepted rows of a quarantine back."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import LeakguardError, Stopped, UsageError
from leakguard.core.finding import Finding
from leakguard.core.policy import Fate
from leakguard.core.results import ScanResult
from leakguard.documents.envelope import read_kind
from leakguard.documents.manifest import ENVELOPE, list_differences, read_manifest
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.readers import build_parser, expand_paths
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.guard import OnProgress
from leakguard.jobs.identity import build_identity
from leakguard.jobs.scan import ScanInput, scan_files
from leakguard.readers.files.limits import ReadLimits
from leakguard.readers.files.regular_files import open_regular, read_regular
from leakguard.readers.files.safe_paths import MANIFEST, REASONS
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.json_document import read_result
from leakguard.review.cleaned_folder import CleanedFolder, add_context, read_cleaned_folder
from leakguard.review.rows import RowFinder, name_files
from leakguard.review.session import Exchange, ReviewSubject, TakenBack, Transcripts
from leakguard.settings.option import field_name
from leakguard.settings.options import INPUT, OPTIONS
from leakguard.settings.override import override
from leakguard.settings.plan import Plan

# Bytes in which a JSON report shows that it is one.
_HEAD = 4096
# The settings by which the rows of a report were read. They are taken from the report, but none that names a file.
_READING = tuple(key for key, option in OPTIONS.items() if option.group is INPUT and not option.anchor)


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """What is to be reviewed (paths of data, or one saved report or cleaned folder), and the baseline that decisions go to."""

    paths: Sequence[str]
    baseline: Path
    style: Style


def open_review(plan: Plan, request: ReviewRequest, *, on_progress: OnProgress) -> ReviewSubject:
    """Return what is reviewed. Data are scanned, without the baseline, so that what was accepted is shown as accepted.

    Raises UsageError if a path is none of these, and LeakguardError if a scan fails.
    """
    only = Path(request.paths[0]) if len(request.paths) == 1 else None
    only = only.parent if only is not None and only.name == MANIFEST and is_cleaned(only.parent) else only
    if only is not None and is_cleaned(only):
        return _open_cleaned(plan, request, only)
    if only is not None and is_report(only):
        return _open_report(plan, request, only)
    scanned = plan.changed(baseline=None, control=None)
    files = expand_paths(scanned.read, request.paths)
    result = scan_files(scanned, ScanInput(files, sys.stdin.buffer), on_progress=on_progress)
    if result.interrupted:
        raise KeyboardInterrupt
    row_finder = RowFinder(build_parser(scanned.read), _make_limits(scanned), name_files(files))
    return ReviewSubject(result, request.style, row_finder, _find_transcripts(plan, result))


def is_cleaned(folder: Path) -> bool:
    """Return whether a folder is the output of a clean, by its manifest: folders of data may have a manifest.json of something else.

    One that cannot be read counts if the reasons of a clean lie beside it, so that a damaged output is not reviewed as data.
    """
    try:
        kind = read_kind(read_regular(folder / MANIFEST))
    except OSError:
        kind = ""
    return kind == ENVELOPE.kind or (not kind and (folder / MANIFEST).is_file() and (folder / REASONS).is_file())


def is_report(path: Path) -> bool:
    """Return whether a file is a JSON report of a scan, by its first bytes: a JSON file may also be data.

    A pipe is none. It is not opened, because what is read here would be missing from the scan.
    """
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return head.lstrip()[:1] == b"{" and b'"schema_version"' in head and b'"tool"' in head and b'"leakguard"' in head


def _open_report(plan: Plan, request: ReviewRequest, path: Path) -> ReviewSubject:
    """Open a saved report. Its rows are looked up in the files that it names, relative to the working folder."""
    try:
        content = read_regular(path)
    except OSError as error:
        raise UsageError(f"{path}: the report cannot be read: {error.strerror or error}") from error
    result, redact = read_result(content, str(path))
    if result.cleaning:
        raise UsageError(f"{path}: the report of a clean lists no findings; review its folder {result.cleaning.folder}")
    reading = {key: value for key, value in result.settings.items() if key in _READING and value is not None}
    read = override(plan.settings, reading, where=f"{path}: settings: ")
    as_then = plan.changed(**{field_name(key): getattr(read, field_name(key)) for key in reading})
    row_finder = RowFinder(build_parser(as_then.read), _make_limits(as_then), name_files(result.files))
    style = replace(request.style, redact="" if redact == "none" else redact)
    return ReviewSubject(result, style, row_finder, _find_transcripts(plan, result), saved=True)


def _open_cleaned(plan: Plan, request: ReviewRequest, folder: Path) -> ReviewSubject:
    """Open the output folder of a clean. Its rows are in its own files; the words around quotes are read from them."""
    parser, limits = build_parser(plan.read), _make_limits(plan)
    cleaned = add_context(read_cleaned_folder(folder), parser, limits)
    result = replace(cleaned.result, fail_on=plan.policy.fail_on)
    row_finder = RowFinder(parser, limits, {}, cleaned.places)
    quarantined = any(fate is Fate.QUARANTINED for fate in cleaned.fates.values())

    def take_back() -> TakenBack:
        return take_rows_back(plan, cleaned, folder, request.baseline)

    back = take_back if quarantined else None
    return ReviewSubject(result, request.style, row_finder, _find_transcripts(plan, result), cleaned.fates, back, saved=True)


def take_rows_back(plan: Plan, cleaned: CleanedFolder, folder: Path, baseline: Path) -> TakenBack:
    """Clean the quarantined rows of a folder again with the baseline: rows whose findings are accepted are kept in a new folder.

    This is a clean like any other, so its manifest, its sums and its hashes are too, and every row is scanned again. Raises UsageError
    unless rules and settings are those of the first clean, and if the baseline is empty.
    """
    if not baseline.exists():
        raise UsageError(f"{baseline}: nothing is accepted yet")
    plan = plan.changed(baseline=str(baseline))
    guard = build_guard(plan)
    identity = build_identity(plan, guard, (), (), folder)
    then = {**cleaned.manifest, "inputs": [], "unread": [], "baseline": identity["baseline"]}
    if unlike := list_differences(then, identity):
        raise UsageError(f"{folder}: {unlike[0]}; give the options of that clean to the review too")
    files = expand_paths(plan.read, [str(folder / Fate.QUARANTINED.folder)])
    target = CleanTarget(name_accepted(folder), overwrite=True)
    if not is_taken_back(target.folder, folder):
        raise UsageError(f"{target.folder}: this has other data, which would be replaced; move it, then take the rows back")
    result = clean_files(plan, files, target, stdin=sys.stdin.buffer, clock=time.monotonic, on_progress=lambda progress: None)
    if result.interrupted:
        raise Stopped(f"{target.folder}: this was interrupted before all rows were checked; take the rows back again")
    tally = result.tally
    kept, unchecked = tally.kept + tally.redacted, tally.unreadable + tally.undetermined
    return TakenBack(str(target.folder), kept, tally.quarantined, tally.removed, unchecked)


def is_taken_back(accepted: Path, folder: Path) -> bool:
    """Return whether all inputs of what is in the folder `accepted` lie in the quarantine of `folder`; True if no result is there."""
    if not (accepted / MANIFEST).exists():
        return True
    home = (folder / Fate.QUARANTINED.folder).resolve()
    inputs = [Path(entry["name"]) for entry in read_manifest(accepted / MANIFEST)["inputs"]]
    return bool(inputs) and all(path.resolve().is_relative_to(home) for path in inputs)


def name_accepted(folder: Path) -> Path:
    """Return the folder for accepted rows of a cleaned folder, which lies beside it: cleaned -> cleaned-accepted."""
    whole = folder.absolute()
    return folder.parent / f"{whole.name}-accepted" if folder.name else whole.with_name(f"{whole.name}-accepted")


def _make_limits(plan: Plan) -> ReadLimits:
    return ReadLimits(row_limit=plan.read.row_limit, unpack_limit=plan.read.unpack_limit)


def _find_transcripts(plan: Plan, result: ScanResult) -> Transcripts:
    """Return what finds the transcript of a judge. The judge is the one of this command's settings, never one that a report names."""
    judges = {rule.id for rule in result.rules.values() if rule.id.startswith("judge")}
    found: list[Callable[[Finding, str], Exchange | None]] = []

    def find(finding: Finding, text: str) -> Exchange | None:
        if finding.mark.rule.id not in judges:
            return None
        if plan.judge is None:
            return Exchange(problem="to see it, give the options of the judge to leakguard review too (`judge-model`, `traits`)")
        # The judge is built when a transcript is first asked for, because a local model takes long.
        if not found:
            try:
                found.append(_open_transcripts(plan))
            except LeakguardError as error:
                return Exchange(problem=f"the judge of the settings cannot be built: {error}")
        return found[0](finding, text)

    return find


def _open_transcripts(plan: Plan) -> Callable[[Finding, str], Exchange | None]:
    """Return what looks up the answer to the question about a text in the cache of answers. The judge itself is not asked."""
    from leakguard.jobs.build.judge import build_judge
    from leakguard.jobs.build.traits import choose_traits

    assert plan.judge is not None
    judge = build_judge(plan.judge, choose_traits(plan.look.traits))
    client = judge.learner.client
    cases: Mapping[str, Any] = {case.id: case for case in client.cases}

    def find(finding: Finding, text: str) -> Exchange | None:
        case = cases.get(finding.mark.rule.id)
        if case is None:
            return Exchange(problem="the judge of the settings does not ask for this rule")
        question = client.build_question(case, text).question
        answer = judge.model.answers.get(question.key)
        if answer is None:
            return Exchange(question.system, question.user, problem="the cache has no answer to this question (`judge-cache`)")
        return Exchange(question.system, question.user, answer.refusal or answer.text)

    return find
