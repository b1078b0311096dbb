"""Upload results to object stores: each object appears whole or not at all, and the manifest of a folder last.

A folder of a store without its manifest is therefore never taken for a whole result, whatever ended the upload.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.store_address import WEB, StoreAddress, describe_flaw
from leakguard.readers.files.places import ResultPlace, join_place, list_present
from leakguard.readers.files.safe_paths import MANIFEST
from leakguard.readers.files.store_requests import ABSENT, Stamp, StoreError, StoreRetries, look_up, open_filesystem, read_version

WRITE_TEST = ".leakguard-write-test"
"""The name of the empty object that is written, and removed, before a run begins."""
PARTS = {"s3": {"chunksize": 1 << 24, "max_concurrency": 4}}
"""Scheme -> how large objects are divided: 16 MiB a part, four at once. s3fs makes parts larger where 10,000 would not do."""


def refuse_address(address: StoreAddress) -> None:
    """Raise UsageError for an address where no outputs can be written, and MissingExtra without the packages for it."""
    if address.scheme in WEB:
        raise UsageError(f"`output` {address}: a web server takes no files; give a folder, or an address of s3:// or gs://")
    if address.scheme == "hf":
        way = "write to a folder of this machine, then make one commit of it with `hf upload`"
        raise UsageError(f"`output` {address}: each file would be a commit of its own there; {way}")
    if flaw := describe_flaw(address):
        raise UsageError(f"`output` {address}: {flaw}")
    open_filesystem(address)


def check_write(folder: StoreAddress) -> None:
    """Write an empty object into a folder of a store, and remove it. Raises UsageError if it cannot be written, Stopped if the store fails.

    Where objects may be written but not removed, the empty object stays.
    """
    place = _join(folder, WRITE_TEST)
    system = open_filesystem(place)
    try:
        StoreRetries().run(lambda: system.pipe_file(place.url, b""))
    except StoreError as error:
        words = f"`output` {place}: cannot be written: {_explain(error)}; nothing was read"
        raise (Stopped(words) if error.passing else UsageError(words)) from None
    try:
        remove_object(place)
    except StoreError:
        return


def upload_file(path: Path, address: StoreAddress) -> Stamp:
    """Upload a file as one object, which appears when all of it has arrived; return its version. Raises StoreError if the size differs."""
    # A large object is sent in parts and completed at the end. fsspec aborts the parts of a try that failed.
    system = open_filesystem(address)
    try:
        StoreRetries().run(lambda: system.put_file(str(path), address.url, **PARTS.get(address.scheme, {})))
    except StoreError as error:
        raise StoreError(_explain(error), passing=error.passing) from None
    said, sent = look_up(address), path.stat().st_size
    if said.get("size") not in (None, sent):
        raise StoreError(f"the store has {said['size']:,} bytes, and {sent:,} were sent")
    return read_version(said)


def remove_object(address: StoreAddress) -> None:
    """Remove an object if it exists. Raises StoreError."""
    system = open_filesystem(address)

    def ask() -> None:
        try:
            system.rm_file(address.url)
        except FileNotFoundError:
            return

    StoreRetries().run(ask)


@dataclass(slots=True)
class UploadLedger:
    """What was uploaded of one result, in a file beside it, so that an interrupted upload continues.

    `manifest` is the SHA-256 of the result's manifest, `stale` are the objects of an earlier result to remove, `done` maps each name that
    was uploaded to the version of its object.
    """

    path: Path
    manifest: str = ""
    stale: list[str] = field(default_factory=list)
    done: dict[str, list[Any]] = field(default_factory=dict)

    def read(self) -> "UploadLedger":
        """Read the file, if it exists; a line that was cut off by a kill is left out."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return self
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                break
            if "manifest" in said:
                self.manifest, self.stale, self.done = said["manifest"], said["stale"], {}
            else:
                self.done[said["name"]] = said["version"]
        return self

    def begin(self, manifest: str, stale: Iterable[str]) -> None:
        """Begin the upload of another result."""
        self.manifest, self.stale, self.done = manifest, sorted(stale), {}
        self.path.write_text(json.dumps({"manifest": manifest, "stale": self.stale}) + "\n", encoding="utf-8")

    def add(self, name: str, version: Sequence[Any]) -> None:
        """Add an object that was uploaded."""
        self.done[name] = list(version)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "version": self.done[name]}) + "\n")


def upload_folder(
    folder: Path, names: Sequence[str], address: StoreAddress, list_outputs: Callable[[ResultPlace], Iterable[str]], ledger: UploadLedger
) -> None:
    """Upload the files `names` of a folder, its manifest last. `list_outputs` returns what a manifest of an earlier result lists.

    What an interrupted upload of the same result has sent is not sent again if the store still has it. Raises Stopped.
    """
    # The order: remove the manifest of an earlier result, then its other objects that this result does not replace, then upload.
    digest, at = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest(), _join(address, MANIFEST)
    try:
        there = MANIFEST in list_present(address, [MANIFEST])
        if ledger.manifest != digest:
            ledger.begin(digest, set(list_outputs(at) if there else ()) - set(names))
        if there and MANIFEST not in ledger.done:
            remove_object(at)
        for name in ledger.stale:
            remove_object(at := _join(address, name))
        for name in sorted(names, key=lambda name: name == MANIFEST):
            at = _join(address, name)
            if name not in ledger.done or not _has(at, ledger.done[name]):
                ledger.add(name, upload_file(folder / name, at))
    except StoreError as error:
        raise Stopped(f"{at}: cannot be written: {error}") from None


def _has(address: StoreAddress, version: Sequence[Any]) -> bool:
    """Return whether a store has an object in this version."""
    try:
        return list(read_version(look_up(address))) == list(version)
    except StoreError:
        return False


def _explain(error: StoreError) -> str:
    """Return why something could not be written: what is absent then is the bucket."""
    return str(error).replace(ABSENT, "there is no such bucket")


def _join(address: StoreAddress, name: str) -> StoreAddress:
    """Return the address of an object in a folder."""
    place = join_place(address, name)
    assert isinstance(place, StoreAddress)
    return place
