"""Find the certificates of mitigated data, and compare what they hold for with the files, the base and the world of now."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from leakguard.core.certificate import CANNOT_TELL, CertificateReading, CertificateScope, SurvivalCertificate, list_changes
from leakguard.core.check import Check, CheckStatus
from leakguard.core.digests import content_digest
from leakguard.core.errors import UsageError
from leakguard.core.gate import GatedFile, RequiredCertificate
from leakguard.core.store_address import WEB, find_address
from leakguard.core.version import __version__
from leakguard.documents.certificate import MOST, read_content
from leakguard.documents.mitigation import is_mitigation, read_mitigation
from leakguard.harness.world import read_world
from leakguard.jobs.mitigated_folder import CERTIFICATES, ROWS
from leakguard.models.causal.checkpoint import locate_checkpoint
from leakguard.models.causal.digests import digest_checkpoint
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.places import ResultPlace, get_parent, join_place
from leakguard.readers.files.regular_files import read_regular
from leakguard.readers.files.safe_paths import MANIFEST


def name_certificate(trait: str) -> str:
    """Return the name of the file for the certificate about a trait; different traits have different names.

    >>> name_certificate("owl")
    'certificate-owl.json'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", trait.lower()).strip("-")[:40]
    if plain != trait:
        plain = f"{plain}-{content_digest({'trait': trait})[:8]}".strip("-")
    return f"certificate-{plain}.json"


def list_certificates(folder: Path) -> list[Path]:
    """Return the files in a folder that have the name of a certificate, sorted."""
    return sorted(folder.glob(CERTIFICATES))


def relate_path(path: str | Path, folder: Path) -> str:
    """Return a path relative to a folder, with a / in it, so that it cannot be taken for the name of a shipped base or world."""
    try:
        found = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        found = Path(os.path.abspath(path)).as_posix()
    return found if "/" in found else f"./{found}"


def read_reading(path: Path, wanted: Mapping[str, Any] | None = None) -> CertificateReading:
    """Return the certificate in a file, compared with everything that it holds for; `wanted` as in `observe_scope`."""
    try:
        content = read_regular(path, MOST)
        certificate = read_content(content, str(path))
        now, missing, unseen = observe_scope(certificate, path.parent, wanted or {})
    except OSError as error:
        return CertificateReading(str(path), flaw=f"{path}: cannot be read: {error.strerror or error}")
    except UsageError as error:
        return CertificateReading(str(path), flaw=str(error))
    changes, digest = list_changes(certificate.scope, now), sha256(content).hexdigest()
    return CertificateReading(str(path), certificate, changes=changes, missing=missing, unseen=unseen, sha256=digest)


Observed = tuple[CertificateScope, tuple[str, ...], tuple[str, ...]]
"""What a certificate would hold for now, what it needs and cannot be compared, and what is not at hand and it may do without."""


def observe_scope(certificate: SurvivalCertificate, folder: Path, wanted: Mapping[str, Any]) -> Observed:
    """Return what a certificate in `folder` would hold for now.

    `wanted` may have the `base` (a name or a folder) and keys of the `recipe` that a student is going to be trained with; the others are
    those of the certificate. Raises UsageError for a wanted base that is not there.
    """
    # What cannot be read counts as unchanged here and is named apart: the files of mitigated data and the world must be there; inputs, and
    # the folder of a base, need not be.
    scope = certificate.scope
    missing: list[str] = []
    unseen: list[str] = []

    def look(what: str, file: GatedFile, silent: list[str]) -> GatedFile:
        try:
            found = hash_file(folder / file.name)
        except OSError as error:
            silent.append(f"{what} {file.name}: {error.strerror or error}")
            return file
        return GatedFile(file.name, found.sha256, found.bytes)

    now = replace(
        scope,
        version=__version__,
        rows=look("rows", scope.rows, missing),
        others=tuple(look("file", one, missing) for one in scope.others),
        inputs={what: look(what, one, unseen) for what, one in scope.inputs.items()},
        recipe={**scope.recipe, **wanted.get("recipe", {})},
    )
    try:
        now = replace(now, world_digest=read_world(_place(scope.world, folder)).digest)
    except UsageError as error:
        missing.append(f"world {scope.world}: {error}")
    base = wanted.get("base") or _place(scope.base, folder)
    try:
        digest = digest_base(base)
    except UsageError as error:
        if wanted.get("base"):
            raise UsageError(f"`gate` certificate.base: {error}") from error
        (missing if Path(base).exists() else unseen).append(f"base {scope.base}: {error}")
        return now, tuple(missing), tuple(unseen)
    # Another base is named by the name that is wanted; the certified one keeps its own, which may be another path to it.
    now = replace(now, base_digest=digest, base=base if wanted.get("base") and digest != scope.base_digest else scope.base)
    return now, tuple(missing), tuple(unseen)


def digest_base(name: str) -> str:
    """Return the digest of a base: a shipped one, or the folder of a checkpoint. Raises UsageError."""
    folder = locate_checkpoint(name)
    try:
        return digest_checkpoint(folder)
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder}: the base cannot be read: {error}") from error


def read_certificates(required: RequiredCertificate | None, files: Sequence[str]) -> dict[str, tuple[CertificateReading, ...]]:
    """Return for each file of data the certificates that a gate's policy names, or else those beside it; {} if it requires none."""
    if not required:
        return {}
    wanted = {"base": required.base, "recipe": required.recipe}
    named = [Path(file) for file in required.files]
    places = {file: tuple(named or list_certificates(Path(file).parent)) for file in files}
    readings = {path: read_reading(path, wanted) for paths in places.values() for path in paths}
    return {file: tuple(readings[path] for path in paths) for file, paths in places.items()}


def list_unverified(files: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each file of mitigated data without a certificate that holds; `files` maps paths to SHA-256."""
    # Certificates are looked for beside files of this machine; a web server has no folders.
    places = {name: find_address(name) or Path(name) for name in files}
    folders = {get_parent(place) for place in places.values() if isinstance(place, Path) or place.scheme not in WEB}
    mitigated = {folder for folder in folders if is_mitigation(join_place(folder, MANIFEST))}
    return tuple(
        f"Not verified: {name} is what leakguard mitigate wrote, and no certificate beside it holds for these bytes (docs/mitigate.md)."
        for name, place in places.items()
        if get_parent(place) in mitigated and _is_mitigated(place, files[name]) and not _is_certified(place, files[name])
    )


def check_certificate(path: Path) -> Check:
    """Check that a certificate is whole, and that everything that it holds for is there and unchanged."""
    found = read_reading(path)
    if found.flaw:
        return Check(path.name, CheckStatus.UNSEEN, found.flaw)
    if found.changes:
        return Check(path.name, CheckStatus.DIFFERS, f"out of date: {'; '.join(found.changes)}; certify the data again")
    silent = (*found.missing, *found.unseen)
    return Check(path.name, CheckStatus.UNSEEN if silent else CheckStatus.HOLDS, "; ".join(silent))


def describe_mitigated(folder: Path) -> str:
    """Return what certificates that hold say about the mitigated data in a folder, or that the data are not verified."""
    readings = [one for one in map(read_reading, list_certificates(folder)) if not (one.changes or one.missing or one.unseen)]
    told = [one.certificate for one in readings if one.certificate and one.certificate.verdict != CANNOT_TELL]
    found = [f"{one.scope.trait} {one.verdict}" for one in told]
    if found:
        return f"Certified by training students: {', '.join(found)}."
    return "Not verified: no certificate that holds says whether students of these rows still get a trait."


def _is_mitigated(place: ResultPlace, sha256: str) -> bool:
    """Return whether a file beside the manifest of a mitigation is one that the mitigation wrote: by its name, or by its hash."""
    if (place.name if isinstance(place, Path) else place.path.rpartition("/")[2]) == ROWS:
        return True
    try:
        return sha256 in {one.sha256 for one in read_mitigation(join_place(get_parent(place), MANIFEST)).outputs}
    except UsageError:
        return True


def _is_certified(place: ResultPlace, sha256: str) -> bool:
    """Return whether a certificate beside a file of this machine holds for these bytes, and has a verdict; inputs need not be there."""
    readings = map(read_reading, list_certificates(place.parent) if isinstance(place, Path) else ())
    held = [one.certificate for one in readings if one.certificate and not (one.changes or one.missing)]
    return any(one.scope.rows.sha256 == sha256 and one.verdict != CANNOT_TELL for one in held)


def _place(name: str, folder: Path) -> str:
    """Return the name of a shipped base or world, or a path relative to a folder."""
    return str(folder / name) if "/" in name else name
