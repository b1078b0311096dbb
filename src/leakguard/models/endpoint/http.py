"""HTTP for untrusted endpoints: POSTs to one address, each limited in time and bytes; redirects are not followed."""

import http.client
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass

from leakguard.core.address import Address, read_address, without_user
from leakguard.core.chat import Unanswered, Unreached
from leakguard.core.errors import UsageError
from leakguard.models.endpoint.http_body import MOST_BYTES, Unread, read_body
from leakguard.models.endpoint.http_socket import Ended, HttpLimits, Large, Late, Wire

_MOST_FRAME = 1 << 17
"""Bytes that headers and the sizes of chunks may take, beside a body."""
_LARGE = f"the answer is longer than the {MOST_BYTES:,} bytes that are read of one"
_LOST = "the connection ended before the answer was whole"


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers and body of a response; of an error's body only the beginning."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Transport:
    """Sends POSTs to one address, from several threads, over connections that stay open between calls.

    A call takes at most `timeout` seconds by the clock, from the look-up of the host to the last byte, and ends within a fraction of a
    second once `halt` is set. Proxies are those of the environment. Raises UsageError for a proxy that cannot be used.
    """

    def __init__(self, address: Address, timeout: float, halt: Event) -> None:
        self._address, self._timeout, self._halt = address, timeout, halt
        self._proxy = _find_proxy(address)
        self._context = _make_context() if address.secure else None
        self._idle: list[Wire] = []
        self._lock = Lock()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """POST to `path` below the address and return the response, whatever its status.

        Raises Unanswered: `unreached` without a connection, `passing` if another try may succeed, `billed` if the whole question had been
        sent.
        """
        # One exchange on one connection. http.client parses; the wire lends it the socket and raises as soon as a limit is reached.
        limits = HttpLimits(monotonic() + self._timeout, MOST_BYTES + _MOST_FRAME, self._halt)
        wire: Wire | None = None
        sent = False
        try:
            wire = self._open(limits)
            connection = self._connection(wire)
            connection.request("POST", self._target(path), body, {**headers, **self._proxy_headers()})
            sent = True
            answer = connection.getresponse()
            response = Response(answer.status, answer.headers, read_body(answer))
            if not answer.will_close and answer.isclosed():
                with self._lock:
                    self._idle.append(wire)
                wire = None
            return response
        except Ended:
            raise Unanswered("the run ended", billed=sent) from None
        except Large:
            raise Unanswered(_LARGE, billed=True) from None
        except Unread as error:
            raise Unanswered(f"the endpoint's answer cannot be read: {error}", billed=True) from None
        except (Late, OSError, http.client.HTTPException, UnicodeError) as error:
            raise self._failure(error, connected=wire is not None, sent=sent) from None
        finally:
            if wire:
                wire.shut()

    def _failure(self, error: Exception, *, connected: bool, sent: bool) -> Unanswered:
        """Return the error for a failed call, without any text of the endpoint."""
        if isinstance(error, Late) or (isinstance(error, TimeoutError) and not error.errno):
            return Unanswered(f"no answer within {self._timeout:g} s", passing=True, billed=sent)
        if not connected:
            why = (error.strerror if isinstance(error, OSError) else "") or str(error)
            return Unreached(f"{self._address.shown} cannot be reached: {why}", passing=True)
        if isinstance(error, OSError | http.client.IncompleteRead):
            return Unanswered(_LOST, passing=True, billed=sent)
        return Unanswered(f"the endpoint's answer is not HTTP as it should be ({type(error).__name__})", billed=sent)

    def _connection(self, wire: Wire) -> http.client.HTTPConnection:
        """Return an http.client connection over the wire."""
        connection = http.client.HTTPConnection(self._address.host, self._address.port)
        connection.default_port = 443 if self._address.secure else 80
        connection.sock = cast(Any, wire)
        return connection

    def _target(self, path: str) -> str:
        """Return the path; for a proxy of unencrypted requests the whole address."""
        start = f"http://{self._address.authority}" if self._proxy and not self._address.secure else ""
        return f"{start}{self._address.path}{path}"

    def _proxy_headers(self) -> dict[str, str]:
        """Return the headers for a proxy of unencrypted requests."""
        return {} if self._proxy is None or self._address.secure else _proxy_user(self._proxy)

    def _open(self, limits: HttpLimits) -> Wire:
        """Return an idle connection, or a new one."""
        while True:
            with self._lock:
                wire = self._idle.pop() if self._idle else None
            if wire is None:
                return self._dial(limits)
            if wire.quiet:
                wire.limits = limits
                return wire
            wire.shut()

    def _dial(self, limits: HttpLimits) -> Wire:
        """Open a connection in a thread of its own, because the system's look-up of a host has no time limit."""
        future: Future[Wire] = Future()
        Thread(target=self._offer, args=(future, limits), daemon=True, name="dial").start()
        try:
            while not future.done():
                wait([future], limits.tick())
        except BaseException:
            if not future.cancel() and not future.exception():
                future.result().shut()
            raise
        return future.result()

    def _offer(self, future: "Future[Wire]", limits: HttpLimits) -> None:
        """Connect and hand the connection over, or close it if the caller has gone."""
        wire, failure = None, None
        try:
            wire = self._connect(limits)
        except BaseException as error:
            failure = error
        if not future.set_running_or_notify_cancel():
            if wire:
                wire.shut()
        elif wire:
            future.set_result(wire)
        else:
            future.set_exception(failure)

    def _connect(self, limits: HttpLimits) -> Wire:
        """Connect the socket, through the proxy if there is one, with TLS if the address has it."""
        end = self._proxy or self._address
        wire = Wire(socket.create_connection((end.host, end.port), timeout=limits.left), limits)
        try:
            wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context:
                if self._proxy:
                    self._tunnel(wire, self._proxy)
                wire.socket.settimeout(limits.left)
                wire.socket = self._context.wrap_socket(wire.socket, server_hostname=self._address.host)
        except BaseException:
            wire.shut()
            raise
        return wire

    def _tunnel(self, wire: Wire, proxy: Address) -> None:
        """Ask the proxy for a tunnel to the endpoint. Raises OSError if it refuses."""
        connection = self._connection(wire)
        connection.request("CONNECT", self._address.authority, headers=_proxy_user(proxy))
        status = connection.getresponse().status
        if status != 200:
            raise OSError(f"the proxy {proxy.shown} answers {status}")


def encode_basic(user: str, password: str) -> str:
    """Return the value of an Authorization header for a user and a password (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _proxy_user(proxy: Address) -> dict[str, str]:
    """Return the header with the proxy's user and password, if it has them."""
    return {"Proxy-Authorization": encode_basic(proxy.user, proxy.password)} if proxy.user else {}


def _find_proxy(address: Address) -> Address | None:
    """Return the environment's proxy for an address. Raises UsageError for a proxy that is not reached over plain HTTP."""
    named = getproxies()
    url = named.get(address.scheme) or named.get("all")
    if not url or proxy_bypass(address.host):
        return None
    try:
        proxy = read_address(url if "://" in url else f"http://{url}")
        if proxy.secure:
            raise ValueError("only proxies with http:// are used")
    except ValueError as error:
        raise UsageError(f"the proxy {without_user(url)} of the environment cannot be used: {error}; unset it or use NO_PROXY") from None
    return proxy


def _make_context() -> ssl.SSLContext:
    """Return a TLS context that checks certificates against those of the system (truststore), else of OpenSSL."""
    try:
        import truststore
    except ModuleNotFoundError:
        return ssl.create_default_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
