"""Validation of JSON and TOML values. Each value carries its place in the document, so that every error names the invalid field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from math import inf
from sys import float_info
from typing import Any, NoReturn

from leakguard.core.suggest import shorten, suggest_names

SHOWN = 60
_REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Field:
    """A value and its place in a document. Every method that checks the value raises `error` with the place in the message.

    In JSON `place` is the path of the value, such as `tally.seen`. In TOML, `source` is the file and table ("pack.toml: rule 'x.y'"),
    with which the message begins, and `place` the key in that table ("" for the table itself). `wanted` describes a valid value.
    """

    value: Any
    place: str = ""
    source: str = ""
    error: type[Exception] = ValueError
    wanted: str = ""

    def at(self, key: str, wanted: str = "", default: Any = _REQUIRED) -> "Field":
        """Return the member under `key`, or `default` where it is missing. Raises `error` if it is missing and has no default."""
        value = self._expect(dict, "a table" if self.source else "an object").get(key, default)
        found = replace(self, value=value, place=key if self.source or not self.place else f"{self.place}.{key}", wanted=wanted)
        if value is _REQUIRED:
            if self.source:
                self.fail(f"{key!r} is missing: expected {wanted or 'a text'}")
            raise self.error(f"{found.place}: this field is missing")
        return found

    def has(self, key: str) -> bool:
        """Return whether the object has a member under `key` that is not null."""
        return self._expect(dict, "an object").get(key) is not None

    def each(self) -> "list[Field]":
        """Return the entries of a list as fields; TOML errors name the key of the whole list."""
        entries = enumerate(self._expect(list, "a list"))
        return [replace(self, value=value, wanted="", place=self.place if self.source else f"{self.place}[{at}]") for at, value in entries]

    def members(self) -> "Mapping[str, Field]":
        """Return all members of an object as fields, by key."""
        return {key: self.at(key) for key in self._expect(dict, "a table" if self.source else "an object")}

    def only(self, keys: Iterable[str]) -> "Field":
        """Return the object itself. Raises `error` for a key that is not in `keys`, with the nearest valid one."""
        valid = list(keys)
        for key in self._expect(dict, "a table" if self.source else "an object"):
            if key not in valid:
                self.fail(f"unknown key {key!r}; {suggest_names(key, valid)}")
        return self

    def expect(self, *kinds: type) -> Any:
        """Return the value if it is an instance of one of `kinds`, else raise `error`. Booleans do not count as integers."""
        if not isinstance(self.value, kinds) or (isinstance(self.value, bool) and bool not in kinds):
            raise self.wrong(self.wanted)
        return self.value

    def text(self) -> str:
        """Return the value as a string; in TOML it must not be blank."""
        value: str = self._expect(str, "a text")
        if self.source and not value.strip():
            self.fail(f"{self.place!r} must be {self.wanted or 'a text'}, not empty")
        return value

    def texts(self) -> tuple[str, ...]:
        """Return the value as a tuple of strings, none of them empty."""
        values = self._expect(list, "a list of texts")
        for value in values:
            if not isinstance(value, str) or not value:
                raise self.with_value(value).wrong("a list of texts")
        return tuple(values)

    def count(self, least: float = 0, most: float = inf) -> int:
        """Return a whole number from `least` to `most`."""
        value: int = self._within(least, most, "a whole number", int)
        return value

    def bounds(self, least: float = -inf, most: float = inf) -> tuple[int, int]:
        """Return a list [from, to] of two whole numbers in ascending order, both from `least` to `most`."""
        wanted = "two whole numbers [from, to]"
        ends = [end.count(least, most) for end in replace(self, wanted=wanted).each()]
        if len(ends) != 2 or ends[0] > ends[1]:
            raise self.wrong(f"{wanted} in ascending order")
        return ends[0], ends[1]

    def flag(self) -> bool:
        """Return the value as a boolean."""
        value: bool = self._expect(bool, "true or false")
        return value

    def number(self) -> float:
        """Return the value as a finite float."""
        return float(self._within(-inf, inf, "a number", int, float))

    def share(self) -> float:
        """Return the value as a number from 0 to 1."""
        value: float = self._within(0, 1, "a share", int, float)
        return value

    def one_of(self, *valid: str) -> str:
        """Return the value if it is one of a few valid strings; the error message lists all of them."""
        if self.value not in valid:
            raise self.wrong(" or ".join(valid))
        return self.text()

    def choice(self, valid: Iterable[str]) -> str:
        """Return the value if it is one of many valid strings; the error message suggests the nearest."""
        names = list(valid)
        if self.wanted:
            self._expect(str, self.wanted)
        if not isinstance(self.value, str) or self.value not in names:
            self.fail(f"{self.place!r} cannot be {self.value!r}; {suggest_names(str(self.value), names)}")
        return self.value

    def changes(self, default: Any, choices: Mapping[str, Iterable[str]], least: Mapping[str, float]) -> dict[str, Any]:
        """Return the texts and numbers that a table sets in the dataclass `default`, by field name (a key has - for _).

        A value has the type of its default; other types than texts and numbers are left out. A text with `choices` is one of them, and a
        number is `least` or more (1 if not given). Raises `error` also for an unknown key.
        """
        keys = {field.name.replace("_", "-"): field.name for field in fields(default)}
        changed: dict[str, Any] = {}
        for key in self.only(keys).value:
            name, field = keys[key], self.at(key)
            kind = type(getattr(default, name))
            if name in choices:
                changed[name] = field.choice(choices[name])
            elif kind is str:
                changed[name] = field._expect(str, "a text")
            elif kind is int:
                changed[name] = field.count(least.get(name, 1))
            elif kind is float:
                changed[name] = field._within(least.get(name, 1), inf, "a number", int, float)
        return changed

    def subtable(self, key: str, default: Any = _REQUIRED) -> "Field":
        """Return the table [key] of a TOML document."""
        return self.table(f"{self.source}: [{key}]", self.at(key, f"a table [{key}]", default).expect(dict))

    def tables(self, key: str) -> "list[Field]":
        """Return the [[key]] tables of a TOML document; errors name a table by its id, or else by its number."""
        found = []
        for nth, values in enumerate(self.at(key, f"a list of [[{key}]] tables", []).expect(list), 1):
            if not isinstance(values, dict):
                self.fail(f"{key!r} must be a list of [[{key}]] tables")
            name = f"{key} {values['id']!r}" if values.get("id") else f"[[{key}]] number {nth}"
            found.append(self.table(f"{self.source}: {name}", values))
        return found

    def table(self, source: str, values: Any) -> "Field":
        """Return another table of the same TOML document as a field; `source` names the file and the table in error messages."""
        return replace(self, value=values, place="", source=source, wanted="")

    def with_value(self, value: Any) -> "Field":
        """Return a field with another value and this field's place, for example to check a key of an object."""
        return replace(self, value=value)

    def wrong(self, wanted: str) -> Exception:
        """Return the error for an invalid value, with the description `wanted` of a valid one."""
        if self.source and self.place:
            return self._problem(f"{self.place!r} must be {wanted}, not {self.value!r}")
        shown = repr(self.value)
        return self.error(
            f"{self.source or self.place or 'the document'}: expected {wanted}, not {shown[:SHOWN]}{'...' if len(shown) > SHOWN else ''}"
        )

    def fail(self, problem: str) -> NoReturn:
        """Raise `error` with the place of this table or object and a description of the problem."""
        raise self._problem(problem)

    def _problem(self, problem: str) -> Exception:
        place = self.source or self.place or "the document"
        return self.error(f"{shorten(place)}: {shorten(problem)}")

    def _expect(self, kind: type, wanted: str) -> Any:
        if not isinstance(self.value, kind):
            raise self.wrong(self.wanted or wanted)
        return self.value

    def _within(self, least: float, most: float, wanted: str, *kinds: type) -> Any:
        """Return a finite number of these types from `least` to `most`; the error begins with `wanted` and adds the limits."""
        number = isinstance(self.value, kinds) and not isinstance(self.value, bool)
        if not number or not abs(self.value) <= float_info.max or not least <= self.value <= most:
            limits = f" from {least:,} to {most:,}" if most < inf else f", {least:,} or more" if least > -inf else ""
            raise self.wrong(wanted + limits)
        return self.value
