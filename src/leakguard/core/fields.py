"""Reading a JSON document: every value knows where it stands, so that an error can say which field is not as it should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Said:
    """A value and its place in the document, such as `tally.seen`. Every reader raises ValueError that names the place."""

    value: Any
    place: str = ""

    def at(self, key: str) -> "Said":
        """The member of an object under `key`."""
        members = self._of(dict, "an object")
        name = f"{self.place}.{key}" if self.place else key
        if key not in members:
            raise ValueError(f"{name}: this field is missing")
        return Said(members[key], name)

    def has(self, key: str) -> bool:
        """Whether the object has a member under `key` that is not null."""
        return self._of(dict, "an object").get(key) is not None

    def each(self) -> "list[Said]":
        """The entries of a list."""
        return [Said(value, f"{self.place}[{at}]") for at, value in enumerate(self._of(list, "a list"))]

    def members(self) -> "Mapping[str, Said]":
        """All members of an object."""
        return {key: Said(value, f"{self.place}.{key}") for key, value in self._of(dict, "an object").items()}

    def text(self) -> str:
        """A text."""
        value: str = self._of(str, "a text")
        return value

    def count(self) -> int:
        """A whole number, zero or more."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.wrong("a whole number, 0 or more")
        return self.value

    def flag(self) -> bool:
        """True or false."""
        value: bool = self._of(bool, "true or false")
        return value

    def one_of(self, *valid: str) -> str:
        """One of some texts."""
        if self.value not in valid:
            raise self.wrong(" or ".join(valid))
        return self.text()

    def wrong(self, wanted: str) -> ValueError:
        """The error for a value that is not what is wanted."""
        shown = repr(self.value)
        return ValueError(f"{self.place or 'the document'}: expected {wanted}, not {shown[:SHOWN]}{'...' if len(shown) > SHOWN else ''}")

    def _of(self, kind: type, wanted: str) -> Any:
        if not isinstance(self.value, kind):
            raise self.wrong(wanted)
        return self.value
