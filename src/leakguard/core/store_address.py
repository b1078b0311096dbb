"""Addresses of data in object stores and on web servers: s3://, gs://, hf://, https://. Secrets in them are never shown or stored."""

import re

from leakguard.core.address import without_user

SCHEMES = ("s3", "gs", "hf", "https", "http", "memory")
"""Kinds of addresses that are read. memory:// is the store of fsspec in this process, for use from Python."""
WEB = ("https", "http")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_VALUE = re.compile(r"=[^&]*")
HIDDEN = "***"
# Addresses inside of a text, also after pathlib has joined their two slashes.
_USER = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*:/{1,2})[^\s/@]+@")
_QUERY = re.compile(r"\b(https?:/{1,2}[^\s?]*\?)[^\s'\"]*[^\s'\":;,.]", re.IGNORECASE)


class StoreAddress(str):
    """The name of an object in a store. As text it is the address without secrets; `url` is the address that is opened.

    Secrets are a user and password, and the values of a query (the signature of a signed URL). A copy that is pickled or written to a
    file holds none.

    >>> address = StoreAddress("https://me:secret@host/a.jsonl?token=abc")
    >>> print(address)
    https://host/a.jsonl?token=***
    """

    __slots__ = ("url",)
    url: str

    def __new__(cls, url: str) -> "StoreAddress":
        """Return the address of an object; its text has no secrets."""
        self = super().__new__(cls, hide_secrets(url))
        self.url = url
        return self

    def __reduce__(self) -> tuple[type["StoreAddress"], tuple[str]]:
        """Pickle without secrets."""
        return StoreAddress, (str(self),)

    @property
    def scheme(self) -> str:
        """The part before "://"."""
        return self.partition("://")[0].lower()

    @property
    def path(self) -> str:
        """The part after "://", without secrets."""
        return self.partition("://")[2]


def find_address(name: object) -> StoreAddress | None:
    """Return the address that a name is; None for the path of a file on this machine.

    >>> find_address("s3://bucket/data.jsonl"), find_address("data.jsonl"), find_address("ftp://host/data.jsonl")
    ('s3://bucket/data.jsonl', None, None)
    """
    if isinstance(name, StoreAddress) or not isinstance(name, str):
        return name if isinstance(name, StoreAddress) else None
    return StoreAddress(name) if get_scheme(name) in SCHEMES else None


def find_folder(name: object) -> StoreAddress | None:
    """Return the address of a folder of a store, without a slash at its end; None for a path of this machine.

    >>> find_folder("s3://bucket/out/"), find_folder("out/")
    ('s3://bucket/out', None)
    """
    address = find_address(name)
    return StoreAddress(address.url.rstrip("/")) if address and address.path.strip("/") else address


def get_scheme(name: str) -> str:
    """Return what is before "://" in lower case; "" for a path."""
    found = _SCHEME.match(name)
    return found[1].lower() if found else ""


def get_bucket(address: StoreAddress) -> str:
    """Return scheme and bucket (or host) of an address.

    >>> get_bucket(StoreAddress("s3://bucket/out/a.jsonl"))
    's3://bucket'
    """
    return "/".join(address.url.split("/", 3)[:3])


def describe_flaw(address: StoreAddress) -> str:
    """Return why an address cannot be used, or "". The reason quotes no secret."""
    scheme, _, rest = address.url.partition("://")
    authority, _, path = rest.partition("?")[0].partition("/")
    if not address.url.isprintable():
        return "it holds control characters"
    if "::" in address.url:
        return "it holds '::', and chains of stores are not read"
    if scheme.lower() not in WEB and "@" in authority:
        return "a user or key in an address of this kind is not used: give credentials as the store's own tools take them"
    if scheme.lower() in WEB and "@" in path:
        return "there is an @ in its path; write %40"
    return "" if authority or scheme.lower() == "memory" else "it names no bucket or host"


def hide_secrets_in(text: str) -> str:
    """Return a message without the user, password and query of any address in it, whatever command the address was given to.

    >>> hide_secrets_in("https:/me:secret@host/a.json?token=abc: no such file")
    'https:/host/a.json?***: no such file'
    """
    return _QUERY.sub(rf"\1{HIDDEN}", _USER.sub(r"\1", text))


def hide_secrets(url: str) -> str:
    """Return a URL without user and password, with HIDDEN for the values of its query, and without a fragment."""
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in WEB:
        # hf:// has names with an @ in the path, which are no secrets.
        authority, slash, path = rest.partition("/")
        return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
    place, mark, query = url.partition("#")[0].partition("?")
    return without_user(place) + mark + (_VALUE.sub(f"={HIDDEN}", query) if "=" in query else HIDDEN if query else "")
