"""A gate, put together: data are scanned and hashed, manifests and results are read, then the policy decides.

Everything that is read of the data is hashed as it is read. A last reading gives each file's own hash, and shows whether it still
holds all that was looked at.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from leakguard.core.check import Check, CheckStatus
from leakguard.core.errors import LeakguardError, MissingExtra, SettingsError, UsageError
from leakguard.core.gate import KIND, GateAnswer, GatedFile, GatePolicy, GateResult, Held, RequiredResult
from leakguard.core.policy import SEVERITIES
from leakguard.core.results import ScanResult, Tally
from leakguard.core.suggest import suggest_names
from leakguard.documents.manifest import read_manifest
from leakguard.documents.required_result import read_statement
from leakguard.jobs.build.detectors import build_guard, scan_files
from leakguard.jobs.earlier_answer import as_strict
from leakguard.jobs.guard import Guard, OnProgress
from leakguard.jobs.verify import check_manifest
from leakguard.outputs.checkpoint import find_interrupted_move
from leakguard.pipeline.gate import Facts, Manifest, ScanFacts, check_binding, decide
from leakguard.pipeline.scan import Progress
from leakguard.readers.files.hashes import FileDigest
from leakguard.readers.files.inputs import STDIN, Inputs, list_ignored, list_readable, list_unread
from leakguard.readers.files.readings import Readings
from leakguard.readers.files.safe_paths import FOLDERS, MANIFEST
from leakguard.readers.python.trainer_rows import match_rows
from leakguard.settings import Settings, override
from leakguard.settings.gate_table import gate_table
from leakguard.settings.paths import is_file_name


def gate_files(
    settings: Settings,
    files: Sequence[str],
    *,
    manifest: Path | None = None,
    rows: Iterable[object] | None = None,
    on_progress: OnProgress,
) -> GateResult:
    """Look at every row of the files, whatever the setting `limit` says, and hold them against the policy.

    `manifest` names a manifest that has to speak for all of the files, whatever the policy says; `rows` are what a trainer
    holds, all of which must stand in the files. Raises UsageError where the policy names what is not there, or the data is
    standard input, which cannot be hashed before it is read.
    """
    if STDIN in files:
        raise UsageError("gate: standard input cannot be hashed before it is read, so no answer could be tied to it; give a file")
    if manifest:
        settings = replace(settings, gate=replace(settings.gate, manifest="required"))
    there = list_readable(files)
    readings, odd = Readings(), _odd(there)
    scan: ScanResult | None = None
    try:
        watch = build_guard(settings, lambda stage: on_progress(Progress(0, 0, stage)))
        _check_rates(settings.gate, watch)
        plain = Inputs(tuple(name for name in files if name not in odd), list_unread(files), list_ignored(files))
        scan = scan_files(_whole(settings), plain, on_progress=on_progress, watch=watch, readings=readings)
        looked = ScanFacts(scan.tally, watch.names, first=_first(scan))
    except MissingExtra as error:
        looked = ScanFacts(Tally(), (), str(error))
    held = _held(rows, there, readings)
    on_progress(Progress(0, 0, "hash"))
    digests, failed = _confirmed(there, readings, odd)
    facts = Facts(
        data=_data(digests),
        looked=looked,
        manifests=_manifests(settings, digests, manifest),
        unspoken=tuple(name for name in there if not (manifest or find_manifest(name))),
        results=tuple((wanted, read_statement(Path(wanted.file))) for wanted in settings.gate.results),
        changed=failed | _half_moved(there),
        held=held,
        unread=list_unread(files),
        duplicates=scan.duplicates if scan else None,
    )
    return GateResult(decide(settings.gate, facts), facts.data, settings.gate, scan, settings.file)


def check_answer(settings: Settings, files: Sequence[str], answer: Path, *, rows: Iterable[object] | None = None) -> GateResult:
    """Hold the JSON answer of an earlier gate against the files and these settings; the files are hashed, not scanned.

    The answer must be whole, about exactly these files, passed, and given under a policy at least as strict as that of the settings.
    """
    readings, there = Readings(), list_readable(files)
    held = _held(rows, there, readings)
    digests, failed = _confirmed(there, readings, _odd(there))
    wanted = RequiredResult(str(answer), (GateAnswer.PASSED.name.lower(),), (KIND,))
    said = read_statement(answer)
    facts = Facts(_data(digests), results=((wanted, said),), changed=failed, held=held, unread=list_unread(files))
    checks = (*check_binding(facts), as_strict(str(answer), said.whole, settings))
    return GateResult(checks, facts.data, settings.gate, settings_file=settings.file)


def _first(scan: ScanResult) -> dict[str, str]:
    """Where to begin to look for rows that could not be looked at."""
    first: dict[str, str] = {}
    for one in scan.unreadable[:1]:
        first["unreadable"] = f"{one.origin.file}, row {one.origin.row}: {one.reason}: {one.detail}"
    for missed in scan.missed[:1]:
        first["undetermined"] = f"{missed.file}, row {missed.row}: {missed.detector}: {missed.reason}"
    return first


def _data(digests: Mapping[str, FileDigest]) -> tuple[GatedFile, ...]:
    return tuple(GatedFile(name, one.sha256, one.bytes) for name, one in digests.items())


def _held(rows: Iterable[object] | None, files: Sequence[str], readings: Readings) -> Held | None:
    if rows is None:
        return None
    try:
        return match_rows(rows, files, readings=readings)
    except OSError as error:
        return Held(flaw=f"the data cannot be read: {error.strerror or error}")


def extend_policy(settings: Settings, *, allow: Iterable[str] = (), require: Sequence[str] = ()) -> Settings:
    """The settings with rates (error=0.01) and required detectors laid over their policy. Raises SettingsError."""
    rates: dict[str, object] = {}
    for text in allow:
        name, _, limit = text.rpartition("=")
        try:
            rates[name.strip()] = float(limit)
        except ValueError:
            raise SettingsError(f"--allow {text!r}: expected a name and a share from 0 to 1, such as warning=0.01") from None
    table = gate_table(settings.gate)
    table |= {"rates": {**table["rates"], **rates}, "detectors": [*table["detectors"], *require]}
    return override(settings, {"gate": table}, where="")


def find_manifest(name: str) -> Path | None:
    """The manifest that speaks for a file in a folder of outputs: kept/a.jsonl -> manifest.json; None if there is none."""
    for folder in (*Path(name).parents, *Path(name).absolute().parents):
        if folder.name in FOLDERS and (folder.parent / MANIFEST).is_file():
            return folder.parent / MANIFEST
    return None


def _odd(files: Sequence[str]) -> dict[str, str]:
    """Names that are no regular files, and why they cannot be checked: a pipe is empty once it is read."""
    return {name: "this is no regular file, so it cannot be hashed" for name in files if os.path.exists(name) and not os.path.isfile(name)}


def _confirmed(files: Sequence[str], readings: Readings, odd: Mapping[str, str]) -> tuple[dict[str, FileDigest], dict[str, str]]:
    """Each file's digest, which holds for all that was read of it, or why there is none."""
    found: dict[str, FileDigest] = {}
    failed = dict(odd)
    for name in files:
        try:
            if name not in odd:
                found[name] = readings.confirm(name, Path(name))
        except OSError as error:
            failed[name] = error.strerror or str(error)
    return found, failed


def _half_moved(files: Sequence[str]) -> dict[str, str]:
    """Files that a clean was moving here when it was cut off: others of its outputs may be missing."""
    places = {name: find_interrupted_move(name) for name in files}
    return {name: f"a clean was cut off while it moved its outputs to {place}: run it again" for name, place in places.items() if place}


def _whole(settings: Settings) -> Settings:
    return replace(settings, limit=None, control=None)


def _check_rates(policy: GatePolicy, watch: Guard) -> None:
    """Raise SettingsError for a rate of something that does not look: its rows would always be none."""
    packs = {pack.id for pack in watch.packs}
    for name in policy.rates:
        if name not in SEVERITIES and name not in packs and name not in watch.rules:
            known = (*SEVERITIES, *sorted(packs), *watch.rules)
            raise SettingsError(f"gate: rates: {name!r} is no severity, pack or rule that is switched on; {suggest_names(name, known)}")


def _manifests(settings: Settings, data: Mapping[str, FileDigest], named: Path | None) -> tuple[Manifest, ...]:
    """What every manifest that speaks for some of the data says, checked again."""
    if settings.gate.manifest == "off":
        return ()
    groups: dict[Path, list[str]] = {}
    for name in data:
        if place := (named / MANIFEST if named and named.is_dir() else named) or find_manifest(name):
            groups.setdefault(place, []).append(name)
    own_packs = [name for name in settings.rules if is_file_name(name)]
    return tuple(_manifest(place, names, own_packs) for place, names in groups.items())


def _manifest(place: Path, names: Sequence[str], rules: Sequence[str]) -> Manifest:

    try:
        checks = tuple(check_manifest(place, rules))
        outputs = {
            _real(place.parent / entry["path"]): (str(entry["fate"]), str(entry["sha256"])) for entry in read_manifest(place)["outputs"]
        }
    except LeakguardError as error:
        unread = Check("manifest", CheckStatus.UNSEEN, str(error))
        return Manifest(str(place), (unread,), {})
    return Manifest(str(place), checks, {name: outputs.get(_real(Path(name))) for name in names})


def _real(path: Path) -> Path:
    return path.resolve()
