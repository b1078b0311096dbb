"""Parsing of endpoint URLs (http and https). A user and password in a URL are used for the connection and never shown or stored."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed http or https URL; `shown` is the URL as it was written, without its user and password."""

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
        """Host and port, as in a CONNECT request to a proxy; an IPv6 host is in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def without_user(url: str) -> str:
    """Return a URL without its user and password: everything between '//' and the last '@' is cut, in case they are not escaped."""
    scheme, mark, rest = url.partition("//")
    return f"{scheme}//{rest.rpartition('@')[2]}" if mark else url.rpartition("@")[2]


def read_address(url: str) -> Address:
    """Parse a URL of the form http(s)://[user:password@]host[:port][/path]. Raises ValueError, without quoting the URL, for any other."""
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
