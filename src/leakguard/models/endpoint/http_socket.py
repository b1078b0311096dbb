"""A socket for one HTTP exchange after another, each within limits of time and bytes."""

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
    """The time of the call is over."""


class Ended(Exception):
    """The run ended while a call was under way."""


class Large(Exception):
    """More bytes came than are read of one answer."""


@dataclass(slots=True)
class HttpLimits:
    """What the call under way may still take: until when (on the monotonic clock), and how many bytes; `halt` ends it early."""

    end: float
    bytes: int
    halt: Event

    @property
    def left(self) -> float:
        """Seconds that are left, as a time-out for the system, for which 0 would mean something else."""
        return max(self.end - monotonic(), 0.001)

    def tick(self) -> float:
        """Seconds to wait for the network before looking at the clock again. Raises Late, Ended."""
        if self.halt.is_set():
            raise Ended
        if monotonic() >= self.end:
            raise Late
        return min(self.left, _TICK)

    def take(self, count: int) -> None:
        """Count bytes that came. Raises Large."""
        self.bytes -= count
        if self.bytes < 0:
            raise Large


class Wire:
    """A connected socket in the form that http.client needs. Whatever is sent or received counts against the limits of the call.

    http.client calls `close` while a body is still to be read, so that does nothing; `shut` closes.
    """

    def __init__(self, plain: socket.socket, limits: HttpLimits) -> None:
        self.socket, self.limits = plain, limits

    def sendall(self, data: Any) -> None:
        """Send everything, in pieces: a server that takes a byte a second must not hold the call up. Raises Late, Ended, OSError."""
        rest = memoryview(data).cast("B")
        while rest:
            self.socket.settimeout(self.limits.tick())
            try:
                rest = rest[self.socket.send(rest[:_PIECE]) :]
            except TimeoutError as error:
                _ignore_tick(error)

    def makefile(self, mode: str) -> io.BufferedReader:
        """The incoming bytes as a file, for one answer."""
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Nothing; see the class."""

    def shut(self) -> None:
        """Close the socket."""
        self.socket.close()

    @property
    def quiet(self) -> bool:
        """Whether nothing has come since the last answer: neither an end of the connection nor bytes that belong to no call."""
        with DefaultSelector() as selector:
            selector.register(self.socket, EVENT_READ)
            return not selector.select(0)


class _Incoming(io.RawIOBase):
    """What comes over a wire, read within its limits."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is, at least a byte; 0 at the end. Raises Late, Ended, Large, OSError."""
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
    """A time-out that was set here has no number; one of the system means that the connection is lost, and is raised again."""
    if error.errno:
        raise error
