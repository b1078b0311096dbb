"""Find the rows of a JSON document: in one array, under one key of an object, or as objects one after the other."""

import re
from dataclasses import dataclass, field

import orjson

from leakguard.readers.files.encodings import UTF8_MARK
from leakguard.readers.rows.shapes import TEXT_KEYS

DOCUMENT = "json-document"
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_COLON = re.compile(rb"\s*:\s*")
# An array whose first container is an object (scalars may precede it) or that is empty; an array that begins with an object; any other.
_OF_OBJECTS = re.compile(rb'\[\s*(?:(?:null|true|false|-?\d[\d.eE+-]*|"[^"\\]*")\s*,\s*)*(?:\{|\]|$)')
_OF_LINES = re.compile(rb"\[\s*\{")
_OF_OTHERS = re.compile(rb'\[\s*(?:"|\d|-\d|\[|true\b|false\b|null\b)')
_VALUES = (
    ("objects", re.compile(rb"\[\s*\{")),
    ("lists", re.compile(rb"\[\s*\[")),
    ("scalars", re.compile(rb'\[\s*["\dtfn-]')),
    ("object", re.compile(rb'\{\s*"((?:[^"\\]|\\.)*)"\s*:')),
)
MESSAGE = frozenset({"role", "from", "author", "speaker"})
"""Keys of messages. A list of messages belongs to one row; it is not a list of rows."""
_WORDS = frozenset(TEXT_KEYS)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a document are: `depth` brackets deep from byte `start` on, in the list under `key` if there is one."""

    depth: int
    start: int
    key: str | None = None

    @property
    def opening(self) -> bytes:
        """The beginning of a document of this layout that has no other members than the list."""
        return (b"", b"[", b"{%b: [" % orjson.dumps(self.key))[self.depth]

    @property
    def closing(self) -> bytes:
        """Return the bytes that end a document of this layout."""
        return (b"", b"]", b"]}")[self.depth]


@dataclass(slots=True)
class _Member:
    """A member of the outermost object: its name, the kind of its value (a name of _VALUES, or ""), and the byte where the value begins.

    `first` are the keys of the first object in the value, `leading` is the first key of a value that is an object itself.
    """

    name: str
    value: str
    at: int
    leading: bytes = b""
    elements: int = 0
    first: set[str] = field(default_factory=set)


def detect_layout(head: bytes, *, lines: bool) -> Layout | str:
    """Return the layout of a JSON document that begins with `head`; if it has no rows, a key of signatures.UNREAD, or "" for no JSON.

    With `lines` the file has a name of JSON Lines, so only an array of objects is a document.
    """
    start = len(head) - len(head.removeprefix(UTF8_MARK).lstrip())
    if head[start : start + 1] == b"[":
        if (_OF_LINES if lines else _OF_OBJECTS).match(head, start):
            return Layout(1, start + 1)
        return "json-array" if _OF_OTHERS.match(head, start) and not lines else ""
    if head[start : start + 1] != b"{" or lines:
        return ""
    return _detect_in_object(head, start)


def _detect_in_object(head: bytes, start: int) -> Layout | str:
    """Return the layout of an object: the rows are its first list of objects without messages; with a known key it is a row itself."""

    members = _members(head)
    names, values = [member.name for member in members], {member.value for member in members}
    if values == {"scalars"} and len(members) > 1:
        return "json-columns"
    if len(members) > 1 and values == {"object"} and {member.leading for member in members} == {b"0"}:
        return "json-columns"
    if members and names[0] == "0" and members[0].value == "object":
        return "json-index"
    if "columns" in names and any(member.name == "data" and member.value == "lists" for member in members):
        return "json-split"
    if not _WORDS.isdisjoint(names):
        return Layout(0, start)
    rows = next((member for member in members if member.value == "objects" and MESSAGE.isdisjoint(member.first)), None)
    return Layout(2, rows.at + 1, rows.name) if rows else DOCUMENT


def _members(head: bytes) -> list[_Member]:
    """Return the members of the object that `head` begins with, also if the object continues after `head`.

    A string with a colon after it is a key. Depth 1 is the outermost object, depth 3 an object in a list.
    """
    # Strings are matched as tokens, so that brackets inside them do not count.
    members: list[_Member] = []
    depth = 0
    for token in _TOKENS.finditer(head):
        kind = token[0][:1]
        if kind in b"{[":
            depth += 1
            if depth == 3 and members and kind == b"{":
                members[-1].elements += 1
        elif kind in b"}]":
            depth -= 1
            if depth <= 0:
                break
        elif depth in (1, 3) and (colon := _COLON.match(head, token.end())):
            if depth == 1:
                members.append(_member(token[0], head, colon.end()))
            elif members and members[-1].elements == 1:
                members[-1].first.add(_text(token[0]))
    return members


def _member(key: bytes, head: bytes, at: int) -> _Member:
    """Return the member with this key, whose value begins at byte `at`."""
    for name, pattern in _VALUES:
        if found := pattern.match(head, at):
            return _Member(_text(key), name, at, found[1] if name == "object" else b"")
    return _Member(_text(key), "", at)


def _text(token: bytes) -> str:
    """Return the string of a JSON token; "" if it is not valid."""
    try:
        return str(orjson.loads(token))
    except orjson.JSONDecodeError:
        return ""
