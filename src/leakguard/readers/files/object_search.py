"""Find the objects at an address: one object, those below a folder, or those that a glob matches."""

from collections.abc import Mapping
from glob import has_magic
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.store_address import WEB, StoreAddress, describe_flaw
from leakguard.readers.files.archives import split_member
from leakguard.readers.files.search import FolderSearch
from leakguard.readers.files.store_requests import ABSENT, StoreError, StoreRetries, look_up, open_filesystem


def add_objects(address: StoreAddress, search: FolderSearch) -> None:
    """Add the objects at an address to the search.

    A web server has no list of its files, so each of its addresses is one object; so is a member of an archive. Raises UsageError for an
    address that cannot be used, a folder without objects and a glob without matches, MissingExtra, and Stopped if a store cannot be listed.
    """
    if flaw := describe_flaw(address):
        raise UsageError(f"{address}: {flaw}")
    known = search.read.get(address)
    if isinstance(known, StoreAddress) and known.url != address.url:
        raise UsageError(f"{address}: two addresses differ only in their secrets or queries: read them one after the other")
    if address.scheme in WEB or split_member(address):
        search.add_file(address, address.path, named=True)
        return
    # An object whose own name looks like a glob is that object, as on this machine.
    listed = address.path.endswith("/") or (has_magic(address.path) and not _exists(address))
    try:
        if not listed and look_up(address).get("type") != "directory":
            search.add_file(address, address.path, named=True)
            return
        found = _list_objects(address)
    except StoreError as error:
        if not listed:
            search.add_unread(address, str(error))
            return
        raise Stopped(f"{address}: cannot be listed: {str(error).replace(ABSENT, 'there is no such bucket or folder')}") from None
    before = search.taken
    for one, relative in found:
        search.add_object(one, relative)
    if search.taken == before:
        raise UsageError(f"{address}: {'no object matches' if has_magic(address.path) else 'no data in this folder'}")


def _exists(address: StoreAddress) -> bool:
    """Return whether an object has this very name. Where the store does not say, it is listed, which reports what fails."""
    try:
        return look_up(address, StoreRetries(tries=1)).get("type") == "file"
    except StoreError:
        return False


def _list_objects(address: StoreAddress) -> list[tuple[StoreAddress, str]]:
    """Return the objects below a folder, or those that a glob matches, each with its path below it."""
    # A match of a glob that is a folder stands for all objects below it, as on this machine.
    system = open_filesystem(address)
    root = address.url
    if has_magic(address.path):
        matches: Mapping[str, Any] = StoreRetries().run(lambda: system.glob(address.url, detail=True))
        while has_magic(root.partition("://")[2]):
            root = root.rpartition("/")[0]
        folders = [name for name, said in matches.items() if said.get("type") == "directory"]
        names = {name for name, said in matches.items() if said.get("type") != "directory"}
    else:
        folders, names = [address.url], set()
    for folder in folders:
        names |= set(_find_below(system, folder))
    home = str(system._strip_protocol(root)).strip("/")
    return [
        (StoreAddress(f"{address.scheme}://{name.lstrip('/')}"), name.lstrip("/").removeprefix(home).lstrip("/"))
        for name in sorted(names)
        if not name.endswith("/")
    ]


def _find_below(system: Any, folder: str) -> list[str]:
    """Return the names of all objects below a folder."""
    found: list[str] = StoreRetries().run(lambda: system.find(folder))
    return found
