"""Requests to stores through fsspec: repeated after failures that may pass, with errors in words that hold no URL and no secret."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from leakguard.core.errors import MissingExtra
from leakguard.core.store_address import WEB, StoreAddress
from leakguard.core.version import install

CHANGED = "the object changed while it was being read"
ABSENT = "there is no such object in the store"
Stamp = tuple[int | str, ...]
Answer = TypeVar("Answer")
SILENCE = 60.0
"""Seconds without an answer of a web server after which a request has failed."""
# What stores say about the version of an object. The names differ between the implementations of fsspec.
_VERSIONS = (
    *("ETag", "etag", "Last-Modified", "LastModified", "last_modified", "mtime", "updated", "generation", "md5Hash", "created"),
    *("Content-MD5", "Digest", "VersionId", "blob_id", "xet_hash"),
)
_LIBRARIES = ("fsspec", "s3fs", "gcsfs", "aiohttp", "aiobotocore", "botocore", "asyncio")
_DENIED, _ABSENT, _PASSING, _OTHER_VERSION = (401, 403), (404, 410), (408, 425, 429), (412, 416)


class StoreError(OSError):
    """Error: a request to a store failed for good. `passing`: it failed in a way that may pass, in every try."""

    def __init__(self, detail: str, *, passing: bool = False, wait: float | None = None) -> None:
        super().__init__(detail)
        self.passing, self.wait = passing, wait


@dataclass(frozen=True, slots=True)
class StoreRetries:
    """How often a request is made, and how long the pauses are: `pause` seconds, doubled each time, or what the server asks for.

    A server that asks for more than `longest` seconds is not asked again.
    """

    tries: int = 5
    pause: float = 0.5
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def run(self, request: Callable[[], Answer]) -> Answer:
        """Return the answer to a request. Raises StoreError."""
        for number in range(1, self.tries + 1):
            try:
                return request()
            except MissingExtra:
                raise
            except Exception as error:
                # The libraries raise exceptions of their own, without a common class; `from None` keeps their URLs out of tracebacks.
                found = describe_store_error(error)
            wait = self.pause * 2 ** (number - 1) if found.wait is None else found.wait
            if not found.passing:
                raise found from None
            if number == self.tries or wait > self.longest:
                raise StoreError(f"{found}, after {number} {'try' if number == 1 else 'tries'}", passing=True) from None
            self.sleep(wait)
        raise AssertionError("tries is at least 1")


def open_filesystem(address: StoreAddress) -> Any:
    """Return fsspec's implementation for an address. Raises MissingExtra if a package is missing."""
    try:
        return _open_filesystem(address.scheme, os.getpid())
    except ImportError as error:
        needs = f"addresses of {address.scheme}:// need packages that are not installed: {install('remote')}"
        raise MissingExtra(f"{address}: {needs}") from error


@cache
def _open_filesystem(scheme: str, process: int) -> Any:
    """Return fsspec's implementation for a scheme, one for each process."""
    # It is kept here because fsspec forgets its instances in a forked worker. Their connections would then be closed there, which also
    # takes them out of the event loop of the parent: both share one epoll, and the parent would wait for ever.
    # Listings are not kept, because a kept one would hide that an object has changed. Proxies and .netrc are those of the machine.
    # Warnings of the libraries contain URLs; without a handler Python would write them to stderr. A program's own handlers get them.
    import fsspec

    for name in _LIBRARIES:
        logging.getLogger(name).addHandler(logging.NullHandler())
    options: dict[str, Any] = {}
    if scheme in WEB:
        # A server without ranges sends a large object in one answer, which may take hours: only silence is limited.
        from aiohttp import ClientTimeout

        options["client_kwargs"] = {"trust_env": True, "timeout": ClientTimeout(total=None, sock_connect=SILENCE, sock_read=SILENCE)}
    return fsspec.filesystem(scheme, use_listings_cache=False, **options)


def look_up(address: StoreAddress, retries: StoreRetries = StoreRetries()) -> Mapping[str, Any]:
    """Return what a store says about an object now: type, size and version. Raises StoreError."""
    system = open_filesystem(address)

    def ask() -> Mapping[str, Any]:
        system.invalidate_cache()
        found: Mapping[str, Any] = system.info(address.url)
        return found

    return retries.run(ask)


def read_version(said: Mapping[str, Any]) -> Stamp:
    """Return the size and version of an object, which differ after a change; -1 for an unknown size."""
    size = said.get("size")
    return (-1 if size is None else int(size), *(f"{key} {said[key]}" for key in _VERSIONS if said.get(key)))


def describe_store_error(error: Exception) -> StoreError:
    """Return an exception of fsspec or of a store's library as a StoreError in words without the URL."""
    # Some libraries wrap the answer of the server: the first status in the chain of causes counts.
    if isinstance(error, StoreError):
        return error
    chain = list(_list_causes(error))
    status = next((found for one in chain if (found := _get_status(one))), 0)
    names = [type(one).__name__ for one in chain]
    if status in _DENIED or any(isinstance(one, PermissionError) or "Credential" in type(one).__name__ for one in chain):
        code = f" (HTTP {status})" if status in _DENIED else ""
        return StoreError(f'access is denied{code}: check rights and credentials; see "Where data live" in docs/reading.md')
    if status in _PASSING or status >= 500:
        return StoreError(f"the store failed or is busy (HTTP {status})", passing=True, wait=_get_pause(chain))
    if status in _OTHER_VERSION:
        return StoreError(CHANGED)
    if isinstance(error, IsADirectoryError):
        return StoreError("this is a folder, not a file")
    if status in _ABSENT or (not status and isinstance(error, FileNotFoundError) and len(chain) == 1):
        return StoreError(ABSENT)
    if status:
        return StoreError(f"the store refused the request (HTTP {status})")
    return StoreError(f"the store cannot be reached ({names[-1]})", passing=True)


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that caused it."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def _get_status(error: BaseException) -> int:
    """Return the HTTP status that an exception has, under one of the names that libraries use; 0 if it has none."""
    answer = getattr(error, "response", None)
    said = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else getattr(answer, "status_code", None)
    # HttpError is that of gcsfs. Other exceptions have a `code` that is no answer of the server.
    code = getattr(error, "code", None) if type(error).__name__ == "HttpError" else None
    found = (getattr(error, "status", None), code, said)
    return next((one for one in found if isinstance(one, int) and 400 <= one < 600), 0)


def _get_pause(chain: list[BaseException]) -> float | None:
    """Return the seconds of a Retry-After header, if the server sent one."""
    for error in chain:
        headers = getattr(error, "headers", None) or getattr(getattr(error, "response", None), "headers", None)
        value = headers.get("Retry-After") if isinstance(headers, Mapping) else None
        if value and str(value).strip().isdigit():
            return float(str(value).strip())
    return None
