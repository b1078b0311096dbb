"""Addresses of endpoints. A user and a password in one are used for the connection and never shown or stored."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed http or https address; `shown` is the address as it was written, without its user part."""

    scheme: str
    host: str
    port: int
    path: str
    shown: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Return whether the connection is encrypted."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port, as a request to a proxy names them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def without_user(url: str) -> str:
    """Return the address without its user and password: everything before the last '@', in case they are not escaped."""
    scheme, mark, rest = url.partition("//")
    return f"{scheme}//{rest.rpartition('@')[2]}" if mark else url.rpartition("@")[2]


def read_address(url: str) -> Address:
    """Parse an address. Raises ValueError, which never quotes the address, for one that is not http(s)://[user:password@]host[:port][/path]."""
    if not url.isprintable() or any(character.isspace() for character in url):
        raise ValueError("it holds blanks or control characters")
    if "?" in url or "#" in url:
        raise ValueError("it holds a query or a fragment")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("its port or host cannot be read") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("it does not begin with http:// or https:// and a host")
    if "@" in parts.path:
        raise ValueError("there is an @ in its path; write %40")
    return Address(
        parts.scheme,
        parts.hostname,
        _PORTS[parts.scheme] if port is None else port,
        quote(parts.path.rstrip("/"), safe="/%:=&~,;+$!*'()-._"),
        without_user(url),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )
