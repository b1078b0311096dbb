"""A web server of one folder of objects, with or without byte ranges, that can fail, throttle, deny and change objects."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class WebObject:
    """Bytes under a path. `refusals` are the statuses of the next requests with a body; `then` replaces the object after `after` of them."""

    data: bytes
    ranges: bool = True
    refusals: list[int] = field(default_factory=list)
    always: int = 0
    sized: bool = True
    cut: int = 0
    tag: str = '"1"'
    needs: str = ""
    then: "WebObject | None" = None
    after: int = 0


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that closes a connection early is no error here."""


class WebStore:
    """A server of objects on a port of this machine; `asked` counts (method, path), `paths` are the full request lines."""

    def __init__(self) -> None:
        self.objects: dict[str, WebObject] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.users: set[str] = set()
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                store.answer(self, body=False)

            def do_GET(self) -> None:
                store.answer(self, body=True)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, *, body: bool) -> None:
        path, _, query = request.path.partition("?")
        self.asked[request.command, path] += 1
        self.users.add(request.headers.get("Authorization", ""))
        found = self.objects.get(path)
        if found is None:
            return self._refuse(request, 404)
        status = found.always or (403 if found.needs and found.needs != query else 0)
        if status or (body and found.refusals):
            return self._refuse(request, status or found.refusals.pop(0))
        self._send(request, found, body=body)
        if body and found.then is not None:
            found.after -= 1
            if found.after <= 0:
                self.objects[path] = found.then
        return None

    @staticmethod
    def _refuse(request: BaseHTTPRequestHandler, status: int) -> None:
        request.send_response(status)
        request.send_header("Retry-After", "0")
        request.send_header("Content-Length", "0")
        request.end_headers()

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, found: WebObject, *, body: bool) -> None:
        first, last, size = 0, len(found.data), len(found.data)
        asked = request.headers.get("Range", "")
        if found.ranges and asked:
            begin, _, end = asked.removeprefix("bytes=").partition("-")
            first, last = int(begin), min(int(end or size) + 1, size)
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {first}-{last - 1}/{size}")
        else:
            request.send_response(200)
        request.send_header("ETag", found.tag)
        if found.ranges:
            request.send_header("Accept-Ranges", "bytes")
        if found.sized:
            request.send_header("Content-Length", str(last - first))
        else:
            request.send_header("Connection", "close")
        request.end_headers()
        if body:
            request.wfile.write(found.data[first:last][: found.cut or None])
        request.close_connection = bool(found.cut) or not found.sized
