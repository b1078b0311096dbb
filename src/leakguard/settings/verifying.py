"""Checks of a clean that has ended: whether its manifest still holds, and whether it cleaned these data under these settings."""

from collections.abc import Sequence
from pathlib import Path

from leakguard import __version__
from leakguard.core.check import Check
from leakguard.core.errors import UsageError
from leakguard.io.manifest import differences, digest, read_manifest
from leakguard.io.packs import read_packs
from leakguard.io.verification import intact, verified
from leakguard.io.within import MANIFEST
from leakguard.settings import Settings
from leakguard.settings.build import guard
from leakguard.settings.identity import identity_of
from leakguard.settings.judging import judge_packs
from leakguard.settings.meaning import described_packs
from leakguard.settings.selection import ALL, located
from leakguard.settings.shelf import shipped


def stands(settings: Settings, data: Path, place: Path) -> bool:
    """Has a clean of these bytes, whatever their name, ended in `place` with nothing undetermined? Raises UsageError for another guard."""
    if not (place / MANIFEST).is_file():
        return False
    said, now = read_manifest(place / MANIFEST), identity_of(settings, guard(settings), (), (), place)
    unlike = differences({**said, "inputs": []}, now)
    whole = intact(said, place) and not said["tally"]["undetermined"]
    same = [entry["sha256"] for entry in said["inputs"]] == [digest(data).sha256]
    if unlike:
        raise UsageError(f"{place}: was cleaned by another guard ({unlike[0]}); give another folder, or delete this one")
    return whole and same


def checked(path: Path, rules: Sequence[str]) -> list[Check]:
    """Every check of the manifest at `path`; `rules` are files of packs that do not come with leakguard. Raises UsageError."""
    said = read_manifest(path)
    packs = (*read_packs(located((ALL, *rules), shipped())), *described_packs(said["settings"].get("traits")), *judge_packs())
    return list(verified(said, path.parent, version=__version__, packs={pack.id: pack.digest for pack in packs}))
