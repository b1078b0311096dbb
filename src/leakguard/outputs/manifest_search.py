"""Find the manifest of a clean above its outputs, in folders of this machine and of object stores."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from leakguard.core.store_address import WEB, find_address
from leakguard.readers.files.places import ResultPlace, get_parent, join_place, measure_place
from leakguard.readers.files.safe_paths import FOLDERS, MANIFEST
from leakguard.readers.files.store_requests import ABSENT, StoreError


def find_manifests(names: Sequence[str]) -> dict[str, ResultPlace]:
    """Return the manifest of each file that lies in a folder of outputs (kept/a.jsonl -> manifest.json) and has one.

    A store is asked once for each folder. A manifest that a store does not show for another reason than absence counts as there, so that
    reading it gives the reason.
    """
    known: dict[ResultPlace, bool] = {}
    found: dict[str, ResultPlace] = {}
    for name in names:
        for place in _list_candidates(name):
            if place not in known:
                known[place] = _exists(place)
            if known[place]:
                found[name] = place
                break
    return found


def find_named(place: ResultPlace) -> ResultPlace:
    """Return the manifest that a name stands for: itself, or the one in that folder. An address is a folder unless it ends in .json."""
    is_folder = place.is_dir() if isinstance(place, Path) else not place.url.endswith(".json")
    return join_place(place, MANIFEST) if is_folder else place


def list_result_folders(path: Path) -> list[Path]:
    """Return the folder of a file, then the folders above it that a clean may have written to (kept/a.jsonl -> kept, then its parent)."""
    above = [folder.parent for folder in path.parents if folder.name in FOLDERS]
    return list(dict.fromkeys([path.parent, *above]))


def _list_candidates(name: str) -> Iterator[ResultPlace]:
    """Yield the places where the manifest of a file may be: beside each folder above the file that has the name of a section of outputs."""
    address = find_address(name)
    if address is None:
        folders = (*Path(name).parents, *Path(name).absolute().parents)
        yield from (folder.parent / MANIFEST for folder in folders if folder.name in FOLDERS)
        return
    # A web server is not asked: it has no folders, and most of them answer with a page for what they do not have.
    place: ResultPlace = address
    while address.scheme not in WEB and str(place := get_parent(place)).count("/") > 2:
        if str(place).rpartition("/")[2] in FOLDERS:
            yield join_place(get_parent(place), MANIFEST)


def _exists(place: ResultPlace) -> bool:
    """Return whether there is a file or an object, or one may be there that cannot be seen."""
    if isinstance(place, Path):
        return place.is_file()
    try:
        return measure_place(place) is not None
    except StoreError as error:
        return str(error) != ABSENT
