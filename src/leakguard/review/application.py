"""The web application of a review: a fixed table of addresses, checks before each answer, and nothing that names a file."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson

from leakguard.core.errors import LeakguardError, reason_of
from leakguard.core.fields import Field
from leakguard.reports.kit.escape import escape_text
from leakguard.reports.kit.web import read_template
from leakguard.review.request_checks import API, BODY_LIMIT, HEADERS, JSON, Site, check_request
from leakguard.review.session import ReviewSession

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Seconds in which a request must have sent its content.
PATIENCE = 20.0
STYLES = ("page.css", "review.css", "served.css")
Answer = Callable[["Request"], Awaitable["Response"]]


class Activity:
    """When the page last asked for something, how many requests are open, and whether the review was ended by its button."""

    def __init__(self) -> None:
        self.last, self.open, self.ended = time.monotonic(), 0, False

    def idle(self) -> float:
        """Return for how many seconds nothing was asked; 0 while a request is open."""
        return 0.0 if self.open else time.monotonic() - self.last


class CheckedApplication:
    """Answers only requests that pass the checks, and adds the security headers to every answer. Refused requests are no activity."""

    def __init__(self, application: "ASGIApp", site: Site, activity: Activity) -> None:
        self._application, self._site, self._activity = application, site, activity

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        from starlette.responses import Response

        if scope["type"] != "http":
            return

        async def send_with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *own]}
            await send(message)

        refusal = check_request(self._site, scope["method"], scope["path"], scope["query_string"], scope["headers"])
        if refusal:
            content = orjson.dumps({"problem": refusal.reason})
            await Response(content, refusal.status, {"connection": "close"}, JSON)(scope, receive, send_with_headers)
            return
        if not scope["path"].startswith(API):
            # Anyone on this machine may ask for the empty page, so that is no activity.
            await self._application(scope, receive, send_with_headers)
            return
        self._activity.open += 1
        try:
            await self._application(scope, receive, send_with_headers)
        finally:
            self._activity.open -= 1
            self._activity.last = time.monotonic()


def build_application(session: ReviewSession, activity: Activity) -> "Starlette":
    """Return the application of a session, without the checks."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response
    from starlette.routing import Route

    async def show_page(_: "Request") -> Response:
        # As text, so that the markup is never a document of its own: the script of the page puts it in.
        return Response(await run_in_threadpool(session.render_page), media_type="text/plain")

    async def show_decisions(_: "Request") -> Response:
        return _answer(await run_in_threadpool(session.describe))

    async def take_decisions(request: "Request") -> Response:
        return _answer(await run_in_threadpool(session.decide, await _read_content(request)))

    async def show_row(request: "Request") -> Response:
        row = await run_in_threadpool(session.show_row, request.path_params["key"])
        return _answer(row) if row else _refuse("there is no such finding in this review", 404)

    async def take_back(request: "Request") -> Response:
        (await _read_content(request)).only(())
        return _answer(await run_in_threadpool(session.take_back))

    async def end(request: "Request") -> Response:
        (await _read_content(request)).only(())
        activity.ended = True
        return _answer({})

    routes = [
        *(Route(path, _send_file(names, kind)) for path, names, kind in _list_files()),
        Route("/favicon.ico", _send_nothing),
        Route("/api/page", _guard(show_page)),
        Route("/api/decisions", _guard(show_decisions)),
        Route("/api/decisions", _guard(take_decisions), methods=["POST"]),
        Route("/api/rows/{key:str}", _guard(show_row)),
        Route("/api/back", _guard(take_back), methods=["POST"]),
        Route("/api/end", _guard(end), methods=["POST"]),
    ]
    application = Starlette(routes=routes, exception_handlers={404: _say_missing, 405: _say_missing, 500: _say_broken})
    application.router.redirect_slashes = False
    return application


def _list_files() -> list[tuple[str, tuple[str, ...], str]]:
    """Return the files of the page: address, templates that make it up, and type."""
    return [
        ("/", ("served.html",), "text/html"),
        ("/page.css", STYLES, "text/css"),
        ("/served.js", ("served.js",), "text/javascript"),
        ("/review.js", ("review.js",), "text/javascript"),
    ]


def _send_file(names: tuple[str, ...], kind: str) -> Answer:
    async def send(_: "Request") -> "Response":
        from starlette.responses import Response

        return Response("".join(map(read_template, names)), media_type=kind)

    return send


async def _send_nothing(_: "Request") -> "Response":
    """Answer that there is no icon: every browser asks for one."""
    from starlette.responses import Response

    return Response(status_code=204)


def _guard(answer: Answer) -> Answer:
    """Return the function with errors as answers: 400 for an invalid request, 409 for what could not be done."""

    async def guarded(request: "Request") -> "Response":
        from starlette.exceptions import HTTPException

        try:
            return await answer(request)
        except HTTPException as error:
            return _refuse(error.detail, error.status_code)
        except ValueError as error:
            return _refuse(str(error), 400)
        except (LeakguardError, OSError) as error:
            return _refuse(reason_of(error), 409)

    return guarded


async def _read_content(request: "Request") -> Field:
    """Return the content of a request as JSON. Raises ValueError, and HTTPException for too much or too slow a content."""
    from starlette.exceptions import HTTPException

    async def collect() -> bytes:
        data = bytearray()
        async for piece in request.stream():
            data += piece
            if len(data) > BODY_LIMIT:
                raise HTTPException(413, f"the content is larger than {BODY_LIMIT:,} bytes")
        return bytes(data)

    try:
        return Field(orjson.loads(await asyncio.wait_for(collect(), PATIENCE)))
    except TimeoutError:
        raise HTTPException(408, "the content did not arrive in time") from None
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the content is not JSON: {error.msg}") from None


def _answer(content: Any, status: int = 200) -> "Response":
    from starlette.responses import Response

    return Response(orjson.dumps(content), status, media_type=JSON)


def _refuse(problem: str, status: int) -> "Response":
    return _answer({"problem": escape_text(problem)}, status)


async def _say_missing(_: "Request", error: Exception) -> "Response":
    return _refuse("there is nothing at this address", getattr(error, "status_code", 404))


async def _say_broken(_: "Request", error: Exception) -> "Response":
    return _refuse(f"internal error: {type(error).__name__}; please report it", 500)
