"""Mitigate into a folder of this machine or of an object store: a result for a store is made here first, then uploaded, manifest last."""

from dataclasses import dataclass
from pathlib import Path

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.mitigated_data import MitigatedData
from leakguard.core.store_address import StoreAddress, find_folder
from leakguard.documents.mitigation import read_mitigation
from leakguard.harness.student import OnStep
from leakguard.jobs.mitigate import MitigateRequest, mitigate_data
from leakguard.jobs.mitigated_folder import ADDED, DROPPED, ROWS, WORK
from leakguard.jobs.store_spool import RESULT, locate_spool, open_spool
from leakguard.readers.files.places import ResultPlace, list_present
from leakguard.readers.files.safe_paths import MANIFEST

FILES = (ROWS, ADDED, DROPPED)


@dataclass(frozen=True, slots=True)
class MitigatePlace:
    """Where a mitigation writes: the path of a folder or an address, and whether an earlier result there is replaced.

    `spool` is a folder for a result until it is uploaded (None: the state folder of the user's account).
    """

    name: str
    overwrite: bool = False
    spool: Path | None = None


def locate_work(place: MitigatePlace) -> Path:
    """Return the folder of this machine where an interrupted mitigation keeps what it has gathered."""
    address = find_folder(place.name)
    spool = locate_spool(address, place.spool) if address else None
    return (spool / RESULT if spool else Path(place.name)) / WORK


def mitigate_into(request: MitigateRequest, place: MitigatePlace, *, on_step: OnStep) -> MitigatedData:
    """Apply the mitigations and write the rows to a folder of this machine or of a store; see jobs.mitigate.mitigate_data.

    Raises what mitigate_data raises, UsageError for a store that cannot be written to or holds another result, before anything is
    read, and Stopped if the upload fails.
    """
    address = find_folder(place.name)
    if address is None:
        return mitigate_data(request, Path(place.name), overwrite=place.overwrite, on_step=on_step)
    with open_spool(address, place.spool, resume=True) as spool:
        _refuse_result(address, place.overwrite)
        result = mitigate_data(request, spool.result, overwrite=True, on_step=on_step)
        if not result.refusals:
            spool.upload([*(one.name for one in result.outputs), MANIFEST], _list_outputs, overwrite=place.overwrite)
        return result


def _refuse_result(address: StoreAddress, overwrite: bool) -> None:
    """Raise UsageError for a folder of a store with a result, unless `overwrite`, or with files that no manifest lists."""
    try:
        there = list_present(address, (*FILES, MANIFEST))
    except OSError as error:
        raise Stopped(f"`output` {address}: cannot be listed: {error}; nothing was mitigated") from None
    if there and not overwrite:
        what = "the result of another run" if MANIFEST in there else f"{', '.join(there)} without a manifest"
        raise UsageError(f"`output` {address}: holds {what}; give another folder, or `overwrite`")


def _list_outputs(manifest: ResultPlace) -> list[str]:
    """Return the names of the files that a manifest lists, as far as a mitigation writes files of these names. Raises UsageError."""
    return [one.name for one in read_mitigation(manifest).outputs if one.name in FILES]
