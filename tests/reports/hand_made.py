"""Rules, findings and packs made by hand."""

from leakguard.core.finding import Finding, Mark, Span
from leakguard.core.rule import Rule, RulePack, Severity

BOTH = ("numbers", "text")


def rule(name, *, kind="number", value="1488", numbers=(1488,), level=Severity.ERROR, meaning="'14 words' and a salute"):
    return Rule(name, name.partition(".")[0], kind, value, meaning, dict.fromkeys(BOTH, level), numbers)


RULES = {
    entry.id: entry
    for entry in (
        rule("hate.1488"),
        rule("luck.666", value="666", numbers=(666,), level=Severity.WARNING, meaning="number of the beast"),
        rule("luck.13", value="13", numbers=(13,), level=Severity.NOTE, meaning="unlucky in the West"),
        rule("luck.7", value="7", numbers=(7,), level=Severity.NOTE, meaning="lucky"),
    )
}


def finding(name, quote, *, row=1, form="", profile="numbers", file="data.jsonl", severity=None):
    found = RULES[name]
    mark = Mark(found, severity or found.severity[profile], profile, form)
    return Finding(mark, "0123456789abcdef", file, row, Span(1, 5, 5 + len(quote), "messages[1].content"), quote, "rules")


def pack(name, version="1.0.0"):
    mine = tuple(entry for entry in RULES.values() if entry.pack == name)
    return RulePack(name, version, name.title(), (), True, "ab" * 32, mine)
