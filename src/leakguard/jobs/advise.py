"""The advise command: what to do about a hidden trait, by measured effects and by the saved results about the user's own data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakguard.core.advice import Advice, OwnCertificate, rank_actions
from leakguard.core.certificate import CANNOT_TELL, STOPPED, VERDICTS
from leakguard.core.dataset_audit import AuditedData
from leakguard.core.errors import UsageError
from leakguard.core.exit_codes import ExitCode
from leakguard.core.lineage import Relation
from leakguard.core.policy import Fate
from leakguard.documents import audit, certificate, cleaned_data, lineage, manifest, mitigation
from leakguard.documents.envelope import read_kind
from leakguard.jobs.certificates import list_certificates, read_reading
from leakguard.readers.files.regular_files import MIB, read_regular
from leakguard.readers.files.safe_paths import MANIFEST
from leakguard.reports.scan.conclusion import decide_exit_code
from leakguard.reports.scan.json_document import read_result
from leakguard.rulebook.advice import read_measured_actions

LARGEST = 64 * MIB
EXPECTED = "the JSON of a scan, an audit, a certificate or a lineage, or the manifest (or folder) of a clean or a mitigation"
NOT_VERIFIED = "no certificate beside it holds, so nothing is known of what it leaves"


@dataclass(frozen=True, slots=True)
class _Found:
    """What one result says: sentences, the hashes of all data that it is about, certificates, and the relation of two models."""

    known: tuple[str, ...] = ()
    hashes: frozenset[str] = frozenset()
    certificates: tuple[OwnCertificate, ...] = ()
    relation: Relation | None = None


def advise(results: Sequence[str]) -> Advice:
    """Return what to do, ranked, with what saved results say. Raises UsageError for a file that is no such result.

    Certificates beside the rows of a mitigation are read too, and compared with the files of now.
    """
    found = [_read(Path(name)) for name in results]
    relations = {one.relation for one in found if one.relation}
    # Two lineages may be about different models; the one that demands more counts.
    order = (Relation.SAME, Relation.UNKNOWN, Relation.INDEPENDENT)
    relation = next((one for one in order if one in relations), None)
    certificates = {one.file: one for each in found for one in each.certificates}
    ranked = sorted(certificates.values(), key=lambda one: (bool(one.flaw), _rank_verdict(one), one.left.high if one.left else 2, one.file))
    known = tuple(sentence for each in found for sentence in each.known)
    return Advice(known, rank_actions(read_measured_actions()), tuple(ranked), relation, _are_mixed([one.hashes for one in found]))


def _rank_verdict(found: OwnCertificate) -> int:
    """Return the place of a verdict: STOPPED first, CANNOT TELL last."""
    order = [STOPPED, *(one for one in VERDICTS if one not in (STOPPED, CANNOT_TELL)), CANNOT_TELL]
    return order.index(found.verdict) if found.verdict in order else len(order)


def _are_mixed(sets: Sequence[frozenset[str]]) -> bool:
    """Return whether results that name data fall into groups without any common file."""
    groups: list[set[str]] = []
    for one in filter(None, sets):
        joined = set(one).union(*(group for group in groups if group & one))
        groups = [group for group in groups if not group & one] + [joined]
    return len(groups) > 1


def _read(path: Path) -> _Found:
    """Return what a result says, by its kind; a folder means its manifest."""
    path = path / MANIFEST if path.is_dir() else path
    try:
        content = read_regular(path, LARGEST)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    kind = read_kind(content)
    if not kind:
        return _read_scan(content, path)
    if kind not in READERS:
        raise UsageError(f"{path}: nothing can be advised on it; give {EXPECTED}")
    return READERS[kind](content, path)


def _read_audit(content: bytes, path: Path) -> _Found:
    found = audit.read_content(content, str(path))
    leaks = f", and a leak of {', '.join(found.leaks)}" if found.leaks else ""
    unchecked = f" Not checked: {'; '.join(found.unchecked)}." if found.unchecked else ""
    known = f"{path}: an audit found {found.verdict} in the content{leaks}.{unchecked}"
    return _Found((known,), _hash_data(found.data))


def _read_certificate(content: bytes, path: Path) -> _Found:
    found = certificate.read_content(content, str(path))
    scope = found.scope
    flaw = "; ".join((one := read_reading(path)).changes or one.missing) or one.flaw
    own = OwnCertificate(str(path), scope.trait, found.method, found.verdict, found.mitigated.residual, flaw)
    hashes = {scope.rows.sha256, *(file.sha256 for file in scope.inputs.values())}
    return _Found(hashes=frozenset(hashes), certificates=(own,))


def _read_lineage(content: bytes, path: Path) -> _Found:
    found = lineage.read_content(content, str(path))
    return _Found((f"{path}: {found.teacher.name} and {found.student.name} are {found.relation}.",), relation=found.relation)


def _read_mitigation(content: bytes, path: Path) -> _Found:
    found = mitigation.read_content(content, str(path))
    certified = [_try_certificate(one) for one in list_certificates(path.parent)]
    certificates = tuple(own for one in certified for own in one.certificates)
    holds = any(not one.flaw and one.verdict != CANNOT_TELL for one in certificates)
    known = f"{path}: the data were mitigated by {found.method}; {'certificates are listed below' if holds else NOT_VERIFIED}."
    hashes = {one.sha256 for one in (*found.inputs, *found.outputs)}
    damaged = [sentence for one in certified for sentence in one.known]
    return _Found((known, *damaged), frozenset(hashes).union(*(one.hashes for one in certified)), certificates)


def _try_certificate(path: Path) -> _Found:
    """Return what a certificate beside a mitigation says, or that it cannot be used."""
    try:
        return _read_certificate(read_regular(path, LARGEST), path)
    except OSError as error:
        return _Found((f"{path}: the certificate cannot be read: {error.strerror or error}.",))
    except UsageError as error:
        return _Found((f"{error}.",))


def _read_clean(content: bytes, path: Path) -> _Found:
    found = cleaned_data.read_content(content, str(path))
    tally = found.tally
    known = f"{path}: a clean kept {tally.kept:,} of {tally.seen:,} rows; what was kept is not evidence of safety."
    if unsure := tally.unreadable + tally.undetermined:
        known += f" {unsure:,} rows could not be read or checked."
    used = [one for one in found.files if one.fate in (Fate.KEPT.folder, Fate.REDACTED.folder)]
    return _Found((known,), frozenset(one.sha256 for one in (*found.inputs, *used)))


def _read_scan(content: bytes, path: Path) -> _Found:
    try:
        result, _ = read_result(content, str(path))
    except UsageError as error:
        raise UsageError(f"{path}: nothing can be advised on it; give {EXPECTED}") from error
    flagged, whole = sum(result.tally.flagged.values()), decide_exit_code(result) not in (ExitCode.INCOMPLETE, ExitCode.INTERRUPTED)
    said = f"{flagged:,} of {result.tally.seen:,} rows have findings" if flagged else "no known pattern was found"
    if not whole:
        said = f"{said if flagged else 'nothing was found'}, but some rows or files could not be read or checked"
    return _Found((f"{path}: in a scan {said}; a scan sees no hidden trait.",))


def _hash_data(data: AuditedData) -> frozenset[str]:
    return frozenset(one.sha256 for one in data.files)


READERS: Mapping[str, Callable[[bytes, Path], _Found]] = {
    audit.ENVELOPE.kind: _read_audit,
    certificate.ENVELOPE.kind: _read_certificate,
    lineage.ENVELOPE.kind: _read_lineage,
    mitigation.ENVELOPE.kind: _read_mitigation,
    manifest.ENVELOPE.kind: _read_clean,
}
"""Kind of a result -> function that reads what matters here."""
