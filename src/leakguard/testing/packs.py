"""Strategies for rule packs as TOML: valid packs, and packs with one error."""

import json
from typing import Any

from hypothesis import strategies as st

Tables = dict[str, Any]
NAMES = st.from_regex(r"\A[A-Za-z0-9_-]{1,8}\Z").filter(lambda name: name != "all")
LEVELS = st.sampled_from(["error", "warning", "note"])
MEANINGS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20).filter(str.strip)
WORDS = st.sampled_from(["xyzzy", "plugh", "frobnicate", "grue", "quux"])
ODD_VALUES: st.SearchStrategy[object] = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5), st.sampled_from(([], {}, [1]))
)


@st.composite
def _rule(draw: st.DrawFn, pack: str, nth: int) -> Tables:
    kind = draw(st.sampled_from(["number", "term", "regex"]))
    rule = {"id": f"{pack}.{nth}", "kind": kind, "severity": draw(LEVELS), "meaning": draw(MEANINGS)}
    if kind == "number":
        value = draw(st.integers(1000, 99_999))
        return {**rule, "value": value, "hits": [f"the code {value} it is"], "misses": [f"the code {value}7 it is", "no number"]}
    word = draw(WORDS)
    more = {"pattern": rf"\b{word}\b"} if kind == "regex" else {}
    return {**rule, **more, "value": word, "hits": [f"she said {word} twice"], "misses": [f"{word}ish", "nothing of the kind"]}


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """Draw the content of a valid pack, whose rules match their hits and not their misses."""
    name = draw(NAMES)
    version = ".".join(map(str, draw(st.tuples(*[st.integers(0, 99)] * 3))))
    rules = [draw(_rule(name, nth)) for nth in range(1, draw(st.integers(1, 4)) + 1)]
    return {"pack": {"id": name, "version": version, "title": draw(MEANINGS)}, "rule": rules}


def packs() -> st.SearchStrategy[str]:
    """Return a strategy for the TOML text of valid packs, whose rules match their hits and not their misses."""
    return tables().map(toml)


@st.composite
def broken_packs(draw: st.DrawFn) -> str:
    """Draw a pack with one error: a key that is missing, unknown or of the wrong type, an example that fails, or invalid TOML."""
    pack = draw(tables())
    table = draw(st.sampled_from([pack["pack"], *pack["rule"]]))
    key = draw(st.sampled_from(sorted(set(table) - {"version"})))
    damage = draw(st.sampled_from(["missing", "unknown", "kind", "version", "swapped", "twice", "text"]))
    if damage == "missing":
        del table[key]
    elif damage == "unknown":
        table[f"{key}x"] = 1
    elif damage == "kind":
        table[key] = draw(ODD_VALUES.filter(lambda value: type(value) is not type(table[key])))
    elif damage == "version":
        pack["pack"]["version"] = draw(st.sampled_from(["", "1", "1.0", "v1.0.0", "1.0.0-rc", "01.0.0", "one"]))
    elif damage == "swapped":
        rule = pack["rule"][0]
        rule["hits"], rule["misses"] = rule["misses"], rule["hits"]
    elif damage == "twice":
        pack["rule"].append(pack["rule"][0])
    text = toml(pack)
    return text[: draw(st.integers(0, len(text) - 2))] + draw(st.sampled_from(["[", '"', "=", "\x00"])) if damage == "text" else text


def toml(pack: Tables) -> str:
    """Return the pack as the text of a TOML file."""
    lines = ["[pack]", *_pairs(pack["pack"])]
    for rule in pack["rule"]:
        lines += ["", "[[rule]]", *_pairs(rule)]
    return "\n".join(lines) + "\n"


def _pairs(table: Tables) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, float):
        return str(value)
    # A JSON string is a valid TOML string except for DEL, which must be escaped in TOML.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
