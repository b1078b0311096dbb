"""The verify command: check the manifest of a clean, and whether it cleaned certain data with certain settings."""

from collections.abc import Sequence
from pathlib import Path

from leakguard.core.check import Check
from leakguard.core.errors import UsageError
from leakguard.core.version import __version__
from leakguard.documents import certificate, mitigation
from leakguard.documents.envelope import read_kind
from leakguard.documents.manifest import list_differences, parse_manifest, read_manifest, read_manifest_bytes
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.packs import ALL, locate_packs
from leakguard.jobs.build.rubrics import list_judge_packs
from leakguard.jobs.build.semantic import list_described_packs
from leakguard.jobs.certificates import check_certificate, list_certificates
from leakguard.jobs.identity import build_identity
from leakguard.outputs.verify import check_files, outputs_match, verify
from leakguard.readers.files.hashes import hash_file
from leakguard.readers.files.places import ResultPlace, get_parent
from leakguard.readers.files.safe_paths import MANIFEST
from leakguard.rulebook.packs import read_packs
from leakguard.rulebook.shipped import list_packs
from leakguard.settings.paths import is_file_name
from leakguard.settings.plan import Plan


def is_cleaned(plan: Plan, data: Path, place: Path) -> bool:
    """Return whether `place` holds a finished clean of the bytes of `data`, with no undetermined row.

    Raises UsageError if it was cleaned with other settings.
    """
    if not (place / MANIFEST).is_file():
        return False
    said, now = read_manifest(place / MANIFEST), build_identity(plan, build_guard(plan), (), (), place)
    unlike = list_differences({**said, "inputs": []}, now)
    whole = outputs_match(said, place) and not said["tally"]["undetermined"]
    same = [entry["sha256"] for entry in said["inputs"]] == [hash_file(data).sha256]
    if unlike:
        raise UsageError(f"{place}: was cleaned by another guard ({unlike[0]}); give another folder, or delete this one")
    return whole and same


def check_manifest(path: ResultPlace, rules: Sequence[str], content: bytes | None = None) -> list[Check]:
    """Check every statement of the manifest at `path`; `rules` are paths of user packs. Raises UsageError if it cannot be read.

    `content` are its bytes, if they were read before.

    The manifest of a mitigation lists files alone: inputs, the files beside them, and outputs; the certificates beside it are checked
    too. A certificate is checked by itself.
    """
    content = read_manifest_bytes(path) if content is None else content
    kind = read_kind(content)
    if isinstance(path, Path) and kind == certificate.ENVELOPE.kind:
        return [check_certificate(path)]
    if kind == mitigation.ENVELOPE.kind:
        return [*check_files(mitigation.read_content(content, str(path)), get_parent(path)), *_check_certificates(get_parent(path))]
    said = parse_manifest(content, str(path))
    packs = (
        *read_packs(locate_packs((ALL, *rules), list_packs()), open_pack_cache()),
        *list_described_packs(said["settings"].get("traits")),
        *list_judge_packs(),
    )
    return list(verify(said, get_parent(path), version=__version__, packs={pack.id: pack.digest for pack in packs}))


def list_rules_used(path: ResultPlace, rules: Sequence[str]) -> tuple[str, ...]:
    """Return the values of `--rules` with which a gate uses the packs of the clean whose manifest is at `path`.

    Shipped packs have the names of the manifest; user packs are at the paths `rules`, because the manifest's paths may be relative to
    another folder. The result is empty if the clean used the default packs. Raises UsageError if the manifest cannot be read.
    """
    names = read_manifest(path)["settings"].get("rules")
    shipped = [name for name in names if isinstance(name, str) and not is_file_name(name)] if isinstance(names, list) else []
    return (*shipped, *rules)


def _check_certificates(folder: ResultPlace) -> list[Check]:
    """Check the certificates in a folder of this machine; in a store none are looked for."""
    return [check_certificate(path) for path in list_certificates(folder)] if isinstance(folder, Path) else []
