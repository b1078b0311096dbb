"""The shipped rules in forms that other tools accept: literals and an expression, and copies with other values."""

import json
import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).resolve().parents[1] / "rules"
Pack = dict[str, Any]
Rule = dict[str, Any]


def packs(*, default_only: bool) -> list[Pack]:
    """The shipped packs as their TOML says them."""
    found = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.toml"))]
    return [pack for pack in found if pack["pack"].get("default") or not default_only]


def size(rulebook: Sequence[Pack]) -> int:
    """How many rules the packs hold."""
    return sum(len(pack["rule"]) for pack in rulebook)


def literals(rulebook: Sequence[Pack]) -> list[str]:
    """Every number, pair, term and sign of the packs as written; regular expressions and contexts have no such form."""
    rules = [rule for pack in rulebook for rule in pack["rule"] if rule["kind"] != "regex"]
    return list(dict.fromkeys(str(text) for rule in rules for text in (rule["value"], *rule.get("also", ()))))


def expression(texts: Sequence[str], edge: str = r"\b") -> str:
    """One alternation, blind to case: whole words between `edge`s, and what begins or ends with no word character as it is."""
    ordered = sorted(texts, key=len, reverse=True)  # so that 13/52 wins over 13
    words = [_escaped(text) for text in ordered if _word(text)]
    others = [_escaped(text) for text in ordered if not _word(text)]
    return f"(?i)(?:{edge}(?:{'|'.join(words)}){edge}|{'|'.join(others)})"


def _word(text: str) -> bool:
    return all(re.match("[A-Za-z0-9_]", end) for end in (text[0], text[-1]))


def _escaped(text: str) -> str:
    """What every engine wants escaped, and nothing that one of them refuses to see escaped."""
    return re.sub(r"[.*+?^${}()|\[\]\\]", r"\\\g<0>", text)


def for_peers(rulebook: Sequence[Pack], path: Path) -> Path:
    """Write literals and expression where the peers read them, and for ripgrep an expression with the word edges that it is fast with."""
    texts = literals(rulebook)
    path.write_text(json.dumps({"literals": texts, "expression": expression(texts)}), encoding="utf-8")
    path.with_suffix(".pattern").write_text(expression(texts, r"(?-u:\b)") + "\n", encoding="utf-8")
    return path


# As many rules again


PARTS = re.compile(r"\d+|[^\W\d_]*[A-Za-z][^\W\d_]*|[^\x00-\x7f]")
KEPT = ("severity", "profiles", "not_inside")


@dataclass(frozen=True, slots=True)
class Others:
    """Values without end that no shipped rule and no generated row has: odd numbers from 2101 on, made-up words, hieroglyphs."""

    numbers: Iterator[int]
    words: Iterator[str]
    signs: Iterator[str]

    def like(self, text: str) -> str:
        """A text of the same make under other values."""
        return PARTS.sub(lambda part: self._part(part[0]), text)

    def _part(self, part: str) -> str:
        if part.isascii() and part.isdigit():
            return str(next(self.numbers))
        return next(self.words) if re.search("[A-Za-z]", part) else next(self.signs)


def synthetic(rulebook: Sequence[Pack], copies: int, folder: Path) -> list[Path]:
    """Write `copies` packs, each with a rule for every rule of the rulebook, of the same kind and contexts, under other values."""
    others = Others((n for n in count(2101, 2) if n % 5), _words(random.Random("other words")), map(chr, range(0x13000, 0x1342F)))
    rules = [rule for pack in rulebook for rule in pack["rule"]]
    paths = []
    for copy in range(1, copies + 1):
        name = f"other-{copy}"
        tables = [_table("pack", {"id": name, "version": "1.0.0", "title": "Made up to measure the cost of rules"})]
        tables += [_table("[rule]", _other(rule, f"{name}.{nth}", others)) for nth, rule in enumerate(rules, 1)]
        paths.append(folder / f"{name}.toml")
        paths[-1].write_text("\n".join(tables), encoding="utf-8")
    return paths


def _other(rule: Rule, name: str, others: Others) -> Rule:
    """A rule of the same kind; conditions that need words around a match (near, unless) go, contexts stay."""
    made: Rule = {"id": name, "kind": rule["kind"], "meaning": "Nothing", **{key: rule[key] for key in KEPT if key in rule}}
    if rule["kind"] == "regex":
        word = next(others.words)
        return made | {
            "value": word,
            "pattern": rf"\b{word}-[a-z]{{3,9}}\b",
            "requires": [word],
            "hits": [f"{word}-abcd"],
            "misses": [f"{word} abcd"],
        }
    value = next(others.numbers) if rule["kind"] == "number" else others.like(rule["value"])
    also = [others.like(text) for text in rule.get("also", ())]
    spoken = rule["severity"] if isinstance(rule["severity"], dict) else rule.get("profiles", ["text"])
    hit = f"the sign said {value}" if "text" in spoken else str(value)
    return made | {"value": value, "also": also, "hits": [hit], "misses": ["nothing"]}


def _words(rng: random.Random) -> Iterator[str]:
    """Made-up words of four syllables, no two alike."""
    seen: set[str] = set()
    while True:
        word = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4))
        if word not in seen:
            seen.add(word)
            yield word


def _table(name: str, values: Rule) -> str:
    """A table of TOML, whose strings, lists and numbers JSON writes alike."""
    lines = [f"{key} = {_inline(value)}" for key, value in values.items()]
    return "\n".join((f"[{name}]", *lines, ""))


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
