"""A socket for successive HTTP exchanges, each within limits of time and bytes."""

import io
import socket
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from threading import Event
from time import monotonic
from typing import Any

_PIECE = 1 << 16
_TICK = 0.2


class Late(Exception):
    """The time limit of the call is over."""


class Ended(Exception):
    """The run ended during a call."""


class Large(Exception):
    """The response is larger than the limit."""


@dataclass(slots=True)
class HttpLimits:
    """What the current call may still use: time until `end` (monotonic clock), and bytes; `halt` ends it early."""

    end: float
    bytes: int
    halt: Event

    @property
    def left(self) -> float:
        """The seconds that are left, at least 0.001: a time-out of 0 would mean a socket that does not block."""
        return max(self.end - monotonic(), 0.001)

    def tick(self) -> float:
        """Return the seconds to wait for the network before the next look at the clock. Raises Late, Ended."""
        if self.halt.is_set():
            raise Ended
        if monotonic() >= self.end:
            raise Late
        return min(self.left, _TICK)

    def take(self, count: int) -> None:
        """Count received bytes. Raises Large."""
        self.bytes -= count
        if self.bytes < 0:
            raise Large


class Wire:
    """A connected socket in the form that http.client needs; all traffic counts against the limits of the call.

    http.client calls `close` while a body is still to be read, so that method does nothing; `shut` closes.
    """

    def __init__(self, plain: socket.socket, limits: HttpLimits) -> None:
        self.socket, self.limits = plain, limits

    def sendall(self, data: Any) -> None:
        """Send everything in pieces, so that a server that reads slowly cannot exceed the time limit. Raises Late, Ended, OSError."""
        rest = memoryview(data).cast("B")
        while rest:
            self.socket.settimeout(self.limits.tick())
            try:
                rest = rest[self.socket.send(rest[:_PIECE]) :]
            except TimeoutError as error:
                _ignore_tick(error)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the incoming bytes as a file, for one response."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Do nothing; see the class."""

    def shut(self) -> None:
        """Close the socket."""
        self.socket.close()

    @property
    def quiet(self) -> bool:
        """Whether nothing has arrived since the last response: no end of the connection and no stray bytes."""
        with DefaultSelector() as selector:
            selector.register(self.socket, EVENT_READ)
            return not selector.select(0)


class _Incoming(io.RawIOBase):
    """The incoming bytes of a wire, within its limits."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read at least a byte; 0 at the end. Raises Late, Ended, Large, OSError."""
        wire = self._wire
        while True:
            wire.socket.settimeout(wire.limits.tick())
            try:
                count = wire.socket.recv_into(buffer)
            except TimeoutError as error:
                _ignore_tick(error)
                continue
            wire.limits.take(count)
            return count


def _ignore_tick(error: TimeoutError) -> None:
    """Ignore a time-out that was set here, which has no error number; raise one of the system, a lost connection, again."""
    if error.errno:
        raise error
