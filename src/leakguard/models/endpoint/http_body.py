"""Reading and decompressing the body of an HTTP response, within a limit on its bytes."""

import zlib
from http.client import HTTPResponse, IncompleteRead

from leakguard.models.endpoint.http_socket import Large

MOST_BYTES = 1 << 20
"""Bytes of one answer at most, both as it is sent and unpacked."""
MOST_ERROR = 1 << 16
"""Bytes that are read of an answer with an error status; the rest is left unread."""
_PIECE = 1 << 16
# How zlib is told which header to expect; deflate is sent with one and without.
_HEADERS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}


class Unread(Exception):
    """A response that cannot be read; the message says why."""


def read_body(answer: HTTPResponse) -> bytes:
    """Return the body; of an error (status 400 and up) only the beginning. Raises Large, Unread, IncompleteRead, and the wire's errors."""
    error = answer.status >= 400
    if (answer.headers.get("Transfer-Encoding") or "chunked").strip().lower() not in ("chunked", "identity"):
        raise Unread("its Transfer-Encoding is none that is read")
    most = MOST_ERROR if error else MOST_BYTES
    if not error and answer.length and answer.length > most:
        raise Large
    pieces, total = [], 0
    while total <= most and (piece := answer.read(_PIECE)):
        pieces.append(piece)
        total += len(piece)
    if total > most and not error:
        raise Large
    if total <= most and answer.length:
        raise IncompleteRead(b"", answer.length)
    return _unpack(b"".join(pieces)[:most], answer, most, whole=not error)


def _unpack(data: bytes, answer: HTTPResponse, most: int, *, whole: bool) -> bytes:
    """Return decompressed data; requests ask for uncompressed responses, and some servers compress them anyway."""
    named = ",".join(answer.headers.get_all("Content-Encoding") or ()).lower().split(",")
    layers = [name.strip() for name in named if name.strip() not in ("", "identity")]
    if not layers:
        return data
    if len(layers) > 1 or layers[0] not in _HEADERS:
        if not whole:
            return b""
        raise Unread("it is packed otherwise than once by gzip or deflate, although it was asked for as it is")
    for bits in _HEADERS[layers[0]]:
        unpacker = zlib.decompressobj(bits)
        try:
            plain = unpacker.decompress(data, most + 1)
        except zlib.error:
            continue
        if not whole:
            return plain[:most]
        if len(plain) > most:
            raise Large
        if unpacker.eof and not unpacker.unused_data:
            return plain
    if not whole:
        return b""
    raise Unread(f"its {layers[0]} data are damaged")
