"""Lists of rule packs and descriptions of single rules, as text or JSON."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from leakguard.core.context import Context
from leakguard.core.rule import Rule, RulePack
from leakguard.reports.kit.json_text import write_json
from leakguard.reports.kit.page import Cells, Page
from leakguard.reports.kit.wording import format_severities

SCHEMA_VERSION = 1


def list_rules(packs: Iterable[RulePack], *, color: bool, width: int) -> str:
    """Return a line for each pack and each of its rules."""
    page = Page(width=width, color=color)
    lines: list[Cells] = []
    for pack in packs:
        state = "on" if pack.default else "off by default"
        lines.append([(f"{pack.id} {pack.version}", "bold"), (state, "bold"), (f"{len(pack.rules)} rules", "bold"), (pack.title, "bold")])
        lines += [_line(rule) for rule in pack.rules]
    page.columns(["pack / rule", "kind", "severity", "value and meaning"], lines, words=4, wrapped=(0, 3))
    return page.text


def describe_rules(pack: RulePack, rules: Iterable[Rule], *, color: bool, width: int) -> str:
    """Return all fields of these rules of a pack, with their examples."""
    page = Page(width=width, color=color)
    page.line(f"{pack.id} {pack.version}: {pack.title}", "bold")
    page.line(f"file {pack.file}", wrap=False)
    page.line(f"SHA-256 {pack.digest}", wrap=False)
    for source in pack.sources:
        page.line(f"source {source}", wrap=False)
    for rule in rules:
        page.line()
        page.line(rule.id, "bold")
        for name, value in _facts(rule).items():
            page.line(f"  {name}: {value}")
    return page.text


def describe_context(context: Context, packs: Iterable[RulePack], *, color: bool, width: int) -> str:
    """Return everything about a context: its patterns, its examples and the rules of the packs that name it."""
    page = Page(width=width, color=color)
    page.line(f"{context.id}: {context.title}", "bold")
    page.line(f"file {context.file}", wrap=False)
    rules = [rule for pack in packs for rule in pack.rules]
    facts = {
        "number lists": "applies there too" if context.in_lists else "",
        "quantity": "an amount or a measurement, where a point is a decimal point" if context.quantity else "",
        "hits": "; ".join(context.hits),
        "misses": "; ".join(context.misses),
        "silences": ", ".join(rule.id for rule in rules if context.id in rule.not_inside),
        "makes notes of": ", ".join(rule.id for rule in rules if context.id in rule.note_inside),
    }
    for name, value in facts.items():
        if value:
            page.line(f"  {name}: {value}")
    for pattern in context.patterns:
        page.line()
        for side, expression in (("before", pattern.before), ("after", pattern.after), ("match", pattern.match)):
            if expression:
                page.line(f"  {side}: {expression}")
    return page.text


def packs_to_json(packs: Iterable[RulePack]) -> str:
    """Return the packs with all fields as one JSON document."""
    whole = {"schema_version": SCHEMA_VERSION, "packs": [_pack(pack) for pack in packs]}
    return write_json(whole)


def _line(rule: Rule) -> Cells:
    return [(f"  {rule.id}", ""), (rule.kind, ""), (format_severities(rule.severity), ""), (f"{rule.value}: {rule.meaning}", "")]


def _facts(rule: Rule) -> dict[str, str]:
    lists = {
        **{"also written": rule.also, "no match in contexts": rule.not_inside, "note in contexts": rule.note_inside},
        **{"no match inside phrases": rule.unless, "only near words": rule.near, "sources": rule.sources},
    }
    return {
        "kind": rule.kind,
        "value": rule.value,
        **({"pattern": rule.pattern} if rule.pattern else {}),
        "meaning": rule.meaning,
        "severity": format_severities(rule.severity),
        **{name: ", ".join(values) for name, values in lists.items() if values},
        **({"case sensitive": "yes"} if rule.match_case else {}),
        "must match": " | ".join(rule.hits),
        "must not match": " | ".join(rule.misses),
    }


def _pack(pack: RulePack) -> dict[str, Any]:
    return {**asdict(pack), "rules": [_rule(rule) for rule in pack.rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {**asdict(rule), "severity": {profile: level.label for profile, level in rule.severity.items()}}
