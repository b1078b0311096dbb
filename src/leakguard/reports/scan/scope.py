"""What a scan looked at, in words: the text of a row, the rules, and the severity at which it fails."""

from collections.abc import Mapping

from leakguard.core.results import ScanResult

TRAINED = "trained"
TEXT_OF_ROLES = {TRAINED: "assistant and completion text", "all": "all text"}


def describe_scope(result: ScanResult) -> list[str]:
    """Return sentences for a reader who does not know the settings: text, rules, and what makes the exit code 1."""
    level = result.fail_on.label if result.fail_on else ""
    fails = f"A finding of severity {level} or higher makes the exit code 1." if level else "No finding makes the exit code 1."
    return [f"Scanned: {describe_text(result.settings)}.", f"Searched for: {describe_rules(result)}.", fails]


def describe_text(settings: Mapping[str, object]) -> str:
    """Return in words which text of a row was scanned: by fields, or by roles and row shape, and mapped columns."""
    fields = settings.get("field")
    roles = _join(settings.get("roles", TRAINED))
    shape = f"row shape {settings.get('schema', 'auto')}"
    words = f"fields {_join(fields)}" if fields else f"{TEXT_OF_ROLES.get(roles, 'text')} (roles {roles}), {shape}"
    columns = settings.get("map")
    return words + "".join(f", {_join(column)} as {name}" for name, column in columns.items()) if isinstance(columns, dict) else words


def describe_rules(result: ScanResult) -> str:
    """Return the number of rules and the packs with their versions. Rules of the reader (a repeated key) are in no pack."""
    named = {pack.id for pack in result.packs}
    count = sum(rule.pack in named for rule in result.rules.values()) if named else len(result.rules)
    rules = f"{count:,} rule{'s' if count != 1 else ''}"
    packs = ", ".join(f"{pack.id} {pack.version}" for pack in result.packs)
    return f"{rules} ({packs})" if packs else rules


def _join(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
