"""Upload results to object stores: each object appears whole or not at all, and the manifest of a folder last.

A folder of a store without its manifest is therefore never taken for a whole result, whatever ended the upload.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.store_address import WEB, StoreAddress, describe_flaw
from leakguard.readers.files.places import ResultPlace, join_place
from leakguard.readers.files.safe_paths import MANIFEST
from leakguard.readers.files.store_requests import ABSENT, Stamp, StoreError, StoreRetries, look_up, open_filesystem, read_version

WRITE_TEST = ".leakguard-write-test"
"""The name of the empty object that is written, and removed, before a run begins."""
LOCK = ".leakguard-uploading"
"""The name of the object that exists while one run uploads; its content is the token of that run."""
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


def take_lock(folder: StoreAddress, token: bytes, *, take_over: bool) -> None:
    """Mark a folder of a store as the place of one upload, until `remove_object`. Raises Stopped if another run has marked it.

    `take_over`: the mark of another run is replaced; that run then stops before its next object.
    """
    # The store is asked to create the object only if there is none; where it cannot do that, the object is written and read again.
    at = _join(folder, LOCK)
    system, retries = open_filesystem(at), StoreRetries()
    if not take_over and _read_object(at) is None:
        with suppress(StoreError):
            retries.run(lambda: system.pipe_file(at.url, token, mode="create"))
    if take_over or _read_object(at) is None:
        retries.run(lambda: system.pipe_file(at.url, token))
    check_lock(folder, token)


def check_lock(folder: StoreAddress, token: bytes) -> None:
    """Raise Stopped unless a folder of a store still has the mark of this run."""
    at = _join(folder, LOCK)
    if _read_object(at) != token:
        raise Stopped(f"{at}: another run uploads to this folder, or ended in the middle of that; if it has ended, use `overwrite`")


def _read_object(at: StoreAddress) -> bytes | None:
    """Return the content of a small object as it is now; None if there is none. Raises StoreError."""
    system = open_filesystem(at)

    def ask() -> bytes | None:
        system.invalidate_cache()
        try:
            return bytes(system.cat_file(at.url))
        except FileNotFoundError:
            return None

    return StoreRetries().run(ask)


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

    `manifest` is the SHA-256 of the result's manifest, `replaced` that of an earlier result's manifest ("": none was there), `stale` are
    the objects of the earlier result to remove, `done` maps each name that was uploaded to the version of its object.
    """

    path: Path
    manifest: str = ""
    replaced: str = ""
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
                self.manifest, self.replaced, self.stale, self.done = said["manifest"], said.get("replaced", ""), said["stale"], {}
            else:
                self.done[said["name"]] = said["version"]
        return self

    def begin(self, manifest: str, replaced: str, stale: Iterable[str]) -> None:
        """Begin the upload of another result, or the same one from the start."""
        self.manifest, self.replaced, self.stale, self.done = manifest, replaced, sorted(stale), {}
        said = {"manifest": manifest, "replaced": replaced, "stale": self.stale}
        self.path.write_text(json.dumps(said) + "\n", encoding="utf-8")

    def add(self, name: str, version: Sequence[Any]) -> None:
        """Add an object that was uploaded."""
        self.done[name] = list(version)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "version": self.done[name]}) + "\n")


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where a result is uploaded: the address of a folder, the token of this run, and whether another result there is replaced."""

    address: StoreAddress
    token: bytes
    overwrite: bool = False


def upload_folder(
    folder: Path, names: Sequence[str], target: UploadTarget, list_outputs: Callable[[ResultPlace], Iterable[str]], ledger: UploadLedger
) -> None:
    """Upload the files `names` of a folder, its manifest last. `list_outputs` returns what a manifest of an earlier result lists.

    What an interrupted upload of the same result has sent is not sent again if the store still has it. Raises Stopped.
    """
    # The order: mark the folder, remove the manifest of an earlier result, then its other objects that this result does not replace, then
    # upload. Runs on two machines can begin together: the second finds the mark of the first, or its manifest. A run that takes the mark
    # over ends the other before its next object. One object may have been on its way then, so all are looked at before the manifest.
    address, others = target.address, [name for name in sorted(names) if name != MANIFEST]
    digest, at = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest(), _join(address, LOCK)
    try:
        take_lock(address, target.token, take_over=target.overwrite)
        at = _join(address, MANIFEST)
        _begin(digest, names, target, list_outputs, ledger)
        for name in ledger.stale:
            at = _join(address, name)
            check_lock(address, target.token)
            remove_object(at)
        for name in others:
            at = _join(address, name)
            check_lock(address, target.token)
            if name not in ledger.done or not _has(at, ledger.done[name]):
                ledger.add(name, upload_file(folder / name, at))
        check_lock(address, target.token)
        for name in others:
            at = _join(address, name)
            if not _has(at, ledger.done[name]):
                raise Stopped(f"{at}: the store does not show what this run wrote there: another run wrote there too, or the store failed")
        at = _join(address, MANIFEST)
        if MANIFEST not in ledger.done or not _has(at, ledger.done[MANIFEST]):
            ledger.add(MANIFEST, upload_file(folder / MANIFEST, at))
        check_lock(address, target.token)
        remove_object(at := _join(address, LOCK))
    except StoreError as error:
        raise Stopped(f"{at}: cannot be written: {error}") from None


def _begin(
    digest: str, names: Sequence[str], target: UploadTarget, list_outputs: Callable[[ResultPlace], Iterable[str]], ledger: UploadLedger
) -> None:
    """Enter this result into the ledger unless it is continued, and remove the manifest that it replaces.

    Raises Stopped for a manifest of another run that came there since this one began, unless `overwrite`.
    """
    at = _join(target.address, MANIFEST)
    content = _read_object(at)
    found = hashlib.sha256(content).hexdigest() if content is not None else ""
    continued = ledger.manifest == digest
    if not continued or found not in ("", digest, ledger.replaced):
        if found and not target.overwrite:
            remove_object(_join(target.address, LOCK))
            raise Stopped(f"{at}: the result of another run came there since this run began; give another folder, or `overwrite`")
        stale = {*(list_outputs(at) if found else ()), *(ledger.stale if continued else ())}
        ledger.begin(digest, found, stale - set(names))
    if found and MANIFEST not in ledger.done:
        remove_object(at)


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
