"""The gate command: scan and hash the data, read manifests and results, then let the policy decide.

Everything that is read of the data is hashed as it is read. A last reading gives the hash of each file, and shows whether the file
still holds everything that was scanned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from leakguard.core.check import Check, CheckStatus
from leakguard.core.errors import LeakguardError, MissingExtra, SettingsError, UsageError
from leakguard.core.gate import KIND, GateAnswer, GatePolicy, GateResult, Held, RequiredResult
from leakguard.core.policy import SEVERITIES
from leakguard.core.results import ScanResult, Tally
from leakguard.core.store_address import find_address
from leakguard.core.suggest import suggest_names
from leakguard.documents.manifest import parse_manifest, read_manifest_bytes
from leakguard.documents.required_result import read_statement
from leakguard.jobs.build import build_guard
from leakguard.jobs.certificates import list_unverified, read_certificates
from leakguard.jobs.earlier_answer import compare_answer
from leakguard.jobs.file_hashes import confirm_files, find_odd_files, list_hashed
from leakguard.jobs.guard import Guard, OnProgress
from leakguard.jobs.required_lineage import read_required_lineage
from leakguard.jobs.scan import ScanInput, scan_files
from leakguard.jobs.signatures import load_required_keys, search_signatures
from leakguard.jobs.verify import check_manifest
from leakguard.outputs.checkpoint import find_interrupted_move
from leakguard.outputs.manifest_search import find_manifests, find_named
from leakguard.pipeline.gate import Facts, Manifest, ScanFacts, check_binding, decide
from leakguard.pipeline.scan import Progress
from leakguard.readers.files.inputs import STDIN, Inputs, list_ignored, list_readable, list_unread
from leakguard.readers.files.places import ResultPlace, get_parent, join_place
from leakguard.readers.files.readings import Readings
from leakguard.readers.python.trainer_rows import match_rows
from leakguard.settings import Settings, override
from leakguard.settings.gate_table import gate_table
from leakguard.settings.paths import is_file_name
from leakguard.settings.plan import Plan


def gate_files(
    plan: Plan,
    files: Sequence[str],
    *,
    manifest: ResultPlace | None = None,
    rows: Iterable[object] | None = None,
    on_progress: OnProgress,
) -> GateResult:
    """Scan every row of the files, without a limit of rows, and check them against the gate's policy.

    `manifest` is the path of a manifest that must list all files, even if the policy needs none; `rows` are the rows of a trainer, all
    of which must be in the files. Raises UsageError if the policy names an unknown rule, or the data are standard input, which cannot
    be hashed before it is read.
    """
    # A baseline is not used: accepting findings must not open a gate.
    if STDIN in files:
        raise UsageError("gate: standard input cannot be hashed before it is read, so no answer could be tied to it; give a file")
    policy = replace(plan.policy.gate, manifest="required") if manifest else plan.policy.gate
    plan = plan.changed(limit=None, control=None, baseline=None, gate=policy)
    keys, there = load_required_keys(policy), list_readable(files)
    readings, odd = Readings(), find_odd_files(there)
    scan: ScanResult | None = None
    try:
        guard = build_guard(plan, lambda stage: on_progress(Progress(0, 0, stage)))
        _check_rates(policy, guard)
        plain = Inputs(tuple(name for name in files if name not in odd), list_unread(files), list_ignored(files))
        scan = scan_files(plan, ScanInput(plain, readings=readings), guard=guard, on_progress=on_progress)
        looked = ScanFacts(scan.tally, guard.names, first=_first_unchecked(scan))
    except MissingExtra as error:
        looked = ScanFacts(Tally(), (), str(error))
    held = _held(rows, there, readings)
    on_progress(Progress(0, 0, "hash"))
    digests, failed = confirm_files(there, readings, odd)
    manifests = dict.fromkeys(there, find_named(manifest)) if manifest else find_manifests(there)
    facts = Facts(
        data=list_hashed(digests),
        looked=looked,
        manifests=_read_manifests(policy, plan.look.rules, {name: place for name, place in manifests.items() if name in digests}),
        unspoken=tuple(name for name in there if name not in manifests),
        results=tuple((wanted, read_statement(Path(wanted.file))) for wanted in policy.results),
        changed=failed | _half_moved(there),
        held=held,
        unread=list_unread(files),
        duplicates=scan.duplicates if scan else None,
        certificates=read_certificates(policy.certificate, there),
        lineage=read_required_lineage(policy),
    )
    facts = replace(facts, signatures=search_signatures(policy, keys, _list_signed(facts)))
    unverified = () if policy.certificate else list_unverified({one.name: one.sha256 for one in facts.data})
    return GateResult(decide(policy, facts), facts.data, policy, scan, plan.settings.file, unverified)


def check_answer(plan: Plan, files: Sequence[str], answer: Path, *, rows: Iterable[object] | None = None) -> GateResult:
    """Check the JSON answer of an earlier gate against the files and the plan; the files are hashed, but not scanned.

    The answer must be complete, be about exactly these files, have passed, and be given under a policy at least as strict as that of the
    plan. `rows` are the rows of a trainer, all of which must be in the files.
    """
    keys, readings, there = load_required_keys(plan.policy.gate), Readings(), list_readable(files)
    held = _held(rows, there, readings)
    digests, failed = confirm_files(there, readings, find_odd_files(there))
    wanted = RequiredResult(str(answer), (GateAnswer.PASSED.name.lower(),), (KIND,))
    said = read_statement(answer)
    facts = Facts(list_hashed(digests), results=((wanted, said),), changed=failed, held=held, unread=list_unread(files))
    facts = replace(facts, signatures=search_signatures(plan.policy.gate, keys, _list_signed(facts)))
    checks = (*check_binding(facts), compare_answer(str(answer), said.whole, plan))
    return GateResult(checks, facts.data, plan.policy.gate, settings_file=plan.settings.file)


def _list_signed(facts: Facts) -> list[str]:
    """Return the names of the data, and of the documents that lie elsewhere: attestations are looked for beside them."""
    documents = [*(one.file for one in facts.manifests), *(wanted.file for wanted, _ in facts.results)]
    certificates = [one.file for found in facts.certificates.values() for one in found]
    return [*(one.name for one in facts.data), *documents, *certificates, *([facts.lineage.file] if facts.lineage else [])]


def _first_unchecked(scan: ScanResult) -> dict[str, str]:
    """Return the first row that could not be read, and the first that could not be checked, with the reasons."""
    first: dict[str, str] = {}
    for one in scan.unreadable[:1]:
        first["unreadable"] = one.words
    for missed in scan.missed[:1]:
        first["undetermined"] = f"{missed.file}, row {missed.row}: {missed.detector}: {missed.reason}"
    return first


def _held(rows: Iterable[object] | None, files: Sequence[str], readings: Readings) -> Held | None:
    """Return how many of a trainer's rows are in the files; None without such rows."""
    if rows is None:
        return None
    try:
        return match_rows(rows, files, readings=readings)
    except OSError as error:
        return Held(flaw=f"the data cannot be read: {error.strerror or error}")


def extend_policy(
    settings: Settings, *, allow: Iterable[str] = (), require: Sequence[str] = (), attestations: Sequence[str] = ()
) -> Settings:
    """Return the settings with further rates (such as "error=0.01"), required detectors and attestations in the gate's policy.

    Raises SettingsError.
    """
    rates: dict[str, object] = {}
    for text in allow:
        name, _, limit = text.rpartition("=")
        try:
            rates[name.strip()] = float(limit)
        except ValueError:
            raise SettingsError(f"`allow` {text!r}: expected a name and a share from 0 to 1, such as warning=0.01") from None
    table = gate_table(settings.gate)
    table |= {"rates": {**table["rates"], **rates}, "detectors": [*table["detectors"], *require]}
    table["attestations"] = [*table["attestations"], *attestations]
    return override(settings, {"gate": table}, where="")


def _half_moved(files: Sequence[str]) -> dict[str, str]:
    """Return the files that an interrupted clean was moving here; others of its outputs may be missing."""
    places = {name: find_interrupted_move(name) for name in files}
    return {
        name: f"a clean was interrupted while it moved its outputs to {place}; run the same clean again"
        for name, place in places.items()
        if place
    }


def _check_rates(policy: GatePolicy, guard: Guard) -> None:
    """Raise SettingsError for a rate of a pack or rule that is not in use: its number of rows would always be 0."""
    packs = {pack.id for pack in guard.packs}
    for name in policy.rates:
        if name not in SEVERITIES and name not in packs and name not in guard.rules:
            known = (*SEVERITIES, *sorted(packs), *guard.rules)
            raise SettingsError(f"gate: rates: {name!r} is no severity, pack or rule that is switched on; {suggest_names(name, known)}")


def _read_manifests(policy: GatePolicy, rules: Sequence[str], places: Mapping[str, ResultPlace]) -> tuple[Manifest, ...]:
    """Read and check every manifest that lists some of the files; `places` maps files to their manifests."""
    if policy.manifest == "off":
        return ()
    groups: dict[ResultPlace, list[str]] = {}
    for name, place in places.items():
        groups.setdefault(place, []).append(name)
    own_packs = [name for name in rules if is_file_name(name)]
    return tuple(_read_manifest(place, names, own_packs) for place, names in groups.items())


def _read_manifest(place: ResultPlace, names: Sequence[str], rules: Sequence[str]) -> Manifest:
    """Return the checks of a manifest, and what it says about the files `names`. An unreadable manifest is UNSEEN."""
    # The manifest is read once, so that its hash is that of what was checked.
    try:
        content = read_manifest_bytes(place)
        checks = tuple(check_manifest(place, rules, content))
        said, folder = parse_manifest(content, str(place))["outputs"], get_parent(place)
        outputs = {_real(join_place(folder, entry["path"])): (str(entry["fate"]), str(entry["sha256"])) for entry in said}
    except LeakguardError as error:
        unread = Check("manifest", CheckStatus.UNSEEN, str(error))
        return Manifest(str(place), (unread,), {})
    listed = {name: outputs.get(_real(find_address(name) or Path(name))) for name in names}
    return Manifest(str(place), checks, listed, sha256(content).hexdigest())


def _real(place: ResultPlace) -> ResultPlace:
    """Return a path without links, so that two names of one file are equal; an address as it is."""
    return place.resolve() if isinstance(place, Path) else place
