"""Clean into a folder of this machine or of an object store: a result for a store is made here first, then uploaded, manifest last."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leakguard.core.results import ScanResult
from leakguard.core.store_address import find_folder
from leakguard.documents.manifest import read_manifest
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.guard import OnProgress
from leakguard.jobs.store_spool import open_spool
from leakguard.pipeline.scan import Progress
from leakguard.readers.files.places import ResultPlace
from leakguard.readers.files.safe_paths import MANIFEST
from leakguard.settings.plan import Plan


@dataclass(frozen=True, slots=True)
class CleanPlace:
    """Where a clean writes: the path of a folder or an address, and what happens to an earlier run or result there.

    `spool` is a folder for a result until it is uploaded (None: the state folder of the user's account).
    """

    name: str
    resume: bool = True
    overwrite: bool = False
    spool: Path | None = None


def clean_into(plan: Plan, files: Any, place: CleanPlace, *, on_progress: OnProgress, **more: Any) -> ScanResult:
    """Sort every row of the files by policy into a folder of this machine or of a store; see jobs.clean.clean_files for `more`.

    Raises what clean_files raises, UsageError for a store that cannot be written to, before anything is read, and Stopped if the upload
    fails: the result is kept, and the same call uploads the rest.
    """
    address = find_folder(place.name)
    if address is None:
        return clean_files(plan, files, CleanTarget(Path(place.name), place.resume, place.overwrite), on_progress=on_progress, **more)
    with open_spool(address, place.spool, resume=place.resume) as spool:
        target = CleanTarget(spool.result, place.resume, place.overwrite, address)
        result = clean_files(plan, files, target, on_progress=on_progress, **more)
        if result.interrupted or not result.cleaning:
            return result
        cleaning = result.cleaning
        if (spool.result / MANIFEST).exists():
            on_progress(Progress(0, 0, "upload"))
            try:
                spool.upload([*(one.path for one in cleaning.outputs), MANIFEST], _list_outputs, overwrite=place.overwrite)
            except KeyboardInterrupt:
                return replace(result, interrupted=True)
        return replace(result, cleaning=replace(cleaning, folder=str(address)))


def _list_outputs(manifest: ResultPlace) -> list[str]:
    """Return the names of the outputs that a manifest lists. Raises UsageError for one that cannot be read."""
    return [entry["path"] for entry in read_manifest(manifest)["outputs"]]
