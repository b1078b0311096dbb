"""Check a request before it is answered: it must come from the review page that this program served to this user.

Another page in the same browser, a name that was pointed to this machine (DNS rebinding) and another user of this machine can all reach
the port. None of them knows the token, which is in the fragment of the address, so that it is in no request line, no log and no
`Referer`. Host, Origin and Sec-Fetch-Site are checked too, so that a leaked token alone is not enough for another page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest

TOKEN = "x-leakguard-token"
JSON = "application/json"
BODY_LIMIT, HEADER_LIMIT = 2 << 20, 16 << 10
API = "/api/"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""Headers of every answer of the application, also of a refusal. What the server refuses before that (no HTTP, too busy) has none."""
_NAVIGATION = ("none", "same-origin", "same-site", "cross-site")


@dataclass(frozen=True, slots=True)
class Site:
    """The site of one review: the port that it listens on at this machine's own address, and its token."""

    port: int
    token: str

    @property
    def hosts(self) -> tuple[str, str]:
        """The two values of the Host header under which a browser of this machine reaches the site."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def address(self) -> str:
        """The address of the page, with the token in its fragment, which browsers do not send."""
        return f"http://{self.hosts[0]}/#token={self.token}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a request that is refused: HTTP status and reason."""

    status: int
    reason: str


def check_request(site: Site, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Refusal | None:
    """Return why a request is refused, or None if it may be answered. A header that is given twice counts as wrong.

    >>> check_request(Site(80, "x"), "GET", "/", b"", [(b"host", b"evil.example:80")])
    Refusal(status=403, reason='the Host header is not the address of this review')
    """
    found: dict[str, list[str]] = {}
    headers = list(headers)
    if sum(len(name) + len(value) for name, value in headers) > HEADER_LIMIT:
        return Refusal(431, f"the headers are larger than {HEADER_LIMIT:,} bytes")
    for name, value in headers:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    given = {name: values[0] if len(values) == 1 else "\0" for name, values in found.items()}
    host = given.get("host", "")
    if host not in site.hosts:
        return Refusal(403, "the Host header is not the address of this review")
    if query:
        return Refusal(400, "a query is not taken; a token belongs into the header")
    if method not in ("GET", "POST"):
        return Refusal(405, "only GET and POST are answered")
    if refusal := _check_source(method, path, given, f"http://{host}"):
        return refusal
    if path.startswith(API) and not compare_digest(given.get(TOKEN, "").encode("latin-1"), site.token.encode()):
        return Refusal(401, "the token is missing or wrong: open the address that leakguard review wrote to the terminal")
    if method == "POST" and given.get("content-type", "").lower().replace(" ", "") not in (JSON, f"{JSON};charset=utf-8"):
        return Refusal(415, f"the content must be {JSON}")
    length = given.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > BODY_LIMIT:
        return Refusal(413, f"the content is larger than {BODY_LIMIT:,} bytes")
    return None


def _check_source(method: str, path: str, given: Mapping[str, str], own: str) -> Refusal | None:
    """Refuse what another page caused. A browser says so in Origin and Sec-Fetch-Site; a request that changes something must say it."""
    origin, site = given.get("origin"), given.get("sec-fetch-site")
    if origin is not None and origin != own:
        return Refusal(403, "the Origin header names another page")
    if method == "POST" and origin is None:
        return Refusal(403, "the Origin header is missing")
    if path == "/":
        # The first page may be opened from a terminal, a mail or a bookmark: it holds no data. It may not be a part of another page.
        shown = given.get("sec-fetch-dest", "document") == "document" and given.get("sec-fetch-mode", "navigate") == "navigate"
        return None if shown and (site is None or site in _NAVIGATION) else Refusal(403, "the page is not shown inside another page")
    return None if site is None or site == "same-origin" else Refusal(403, "the request comes from another page")
