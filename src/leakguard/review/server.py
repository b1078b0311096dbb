"""Serve a review at this machine's own address until it is ended, idle, or interrupted. No connection is opened."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from leakguard.core.errors import MissingExtra, UsageError
from leakguard.core.version import install
from leakguard.review.request_checks import HEADER_LIMIT, Site

if TYPE_CHECKING:
    from leakguard.review.application import Activity
    from leakguard.review.session import ReviewSession

LOOPBACK = "127.0.0.1"
TOKEN_BYTES = 32
# Connections that are open at once; a browser uses six.
CONNECTIONS = 64
_TICK = 0.2


def check_packages() -> None:
    """Raise MissingExtra if the packages of a review are not installed."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra(f"a review needs the packages starlette and uvicorn: {install('review')}") from error


def listen(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine's own address (0: any free one). Raises UsageError if it is taken."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        found.bind((LOOPBACK, port))
        found.listen(CONNECTIONS)
    except OSError as error:
        found.close()
        raise UsageError(f"`port` {port}: {error.strerror or error}; give another one, or 0 for any that is free") from error
    return found


def make_site(listening: socket.socket) -> Site:
    """Return the site of a review with a new random token."""
    return Site(listening.getsockname()[1], token_urlsafe(TOKEN_BYTES))


def serve(session: "ReviewSession", listening: socket.socket, site: Site, *, idle: float, on_end: Callable[[str], None]) -> None:
    """Answer requests until the page ends the review, nothing was asked for `idle` seconds, or the process is interrupted.

    `on_end` gets the reason. Raises KeyboardInterrupt after an interrupt, when open requests are answered.
    """
    from leakguard.review.application import Activity, CheckedApplication, build_application

    activity = Activity()
    application = CheckedApplication(build_application(session, activity), site, activity)
    asyncio.run(_run(application, listening, activity, idle, on_end))


async def _run(application: object, listening: socket.socket, activity: "Activity", idle: float, on_end: Callable[[str], None]) -> None:
    """Run the server, and a task beside it that ends it."""
    from uvicorn import Config, Server

    # Without proxy headers: else a request could say of itself from where it comes. Nothing is logged, because requests are no news.
    config = Config(
        application,  # type: ignore[arg-type]
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEADER_LIMIT,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
    )
    server = Server(config)

    async def watch() -> None:
        while not server.should_exit:
            await asyncio.sleep(_TICK)
            if activity.ended or activity.idle() > idle:
                on_end("ended in the page" if activity.ended else "nothing was asked for a while")
                server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve(sockets=[listening])
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


@contextmanager
def write_opener(site: Site) -> Iterator[Path]:
    """Yield a page that leads to the review, in a folder that only this user can read, while the block lasts.

    A browser that is started with the address itself would show the token to other users, in the list of processes.
    """
    with TemporaryDirectory(prefix="leakguard-") as folder:
        path = Path(folder) / "open.html"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(f'<!doctype html><meta charset="utf-8"><title>leakguard</title><a href="{site.address}">review</a>')
            file.write(f'<meta http-equiv="refresh" content="0;url={site.address}"><meta name="referrer" content="no-referrer">')
        yield path
