"""What a gate allows: the table [gate] of a settings file, read and checked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from leakguard.core.gate import IGNORED_FIELDS, GatePolicy, RequiredResult
from leakguard.core.suggest import suggest_names
from leakguard.detectors import NAMES

MANIFEST = ("auto", "required", "off")
KNOWN_DETECTORS = NAMES


class Meaningless(ValueError):
    """What a value should have been."""


def gate_policy(value: object) -> GatePolicy:
    """The policy of a table; what it does not name stays as strict as without it. Raises Meaningless."""
    if not isinstance(value, Mapping):
        raise Meaningless(f"expected a table, not {value!r}")
    changes: dict[str, Any] = {}
    for key, entry in value.items():
        if key not in READERS:
            raise Meaningless(f"unknown key {key!r}; {suggest_names(str(key), READERS)}")
        try:
            changes[key.replace("-", "_")] = READERS[key](entry)
        except Meaningless as error:
            raise Meaningless(f"{key}: {error}") from None
    return replace(GatePolicy(), **changes)


def gate_table(policy: GatePolicy) -> dict[str, Any]:
    """The table that gives this policy: gate_policy(gate_table(policy)) == policy."""
    results = [{"file": one.file, "verdicts": list(one.verdicts), "kinds": list(one.kinds)} for one in policy.results]
    return {
        "rates": dict(policy.rates),
        "detectors": list(policy.detectors),
        "max-unreadable": policy.max_unreadable,
        "max-undetermined": policy.max_undetermined,
        "max-unscanned": policy.max_unscanned,
        "max-duplicates": policy.max_duplicates,
        "max-overlap": policy.max_overlap,
        "ignored-fields": list(policy.ignored_fields),
        "confidence": policy.confidence,
        "manifest": policy.manifest,
        "manifest-inputs": policy.manifest_inputs,
        "results": results,
    }


def share(value: object) -> float:
    """A share of rows, 0 to 1. Raises Meaningless."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise Meaningless(f"expected a share from 0 to 1, such as 0.01, not {value!r}")
    return float(value)


def _rates(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise Meaningless(f'expected a table such as {{ error = 0, warning = 0.01, "hate-numeric" = 0 }}, not {value!r}')
    given = {}
    for name, limit in value.items():
        if not isinstance(name, str) or not name:
            raise Meaningless(f"expected the name of a severity, pack or rule, not {name!r}")
        try:
            given[name] = share(limit)
        except Meaningless as error:
            raise Meaningless(f"{name}: {error}") from None
    return {**GatePolicy().rates, **given}


def _detectors(value: object) -> tuple[str, ...]:
    names = _texts(value)
    for name in names:
        if name not in KNOWN_DETECTORS:
            raise Meaningless(f"there is no detector {name!r}; {suggest_names(name, KNOWN_DETECTORS)}")
    return names


def _fields(value: object) -> tuple[str, ...]:
    """The named fields beside those that are known to say where a row comes from."""
    return tuple(dict.fromkeys((*IGNORED_FIELDS, *_texts(value))))


def _confidence(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float) or not 0.5 <= value <= 0.9999:
        raise Meaningless(f"expected a number from 0.5 to 0.9999, not {value!r}")
    return value


def _manifest(value: object) -> str:
    if not isinstance(value, str) or value not in MANIFEST:
        raise Meaningless(f"cannot be {value!r}; {suggest_names(str(value), MANIFEST)}")
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise Meaningless(f"expected true or false, not {value!r}")
    return value


def _results(value: object) -> tuple[RequiredResult, ...]:
    if not isinstance(value, list):
        raise Meaningless(f"expected tables [[gate.results]], not {value!r}")
    return tuple(map(_one_result, value))


def _one_result(entry: object) -> RequiredResult:
    if not isinstance(entry, Mapping):
        raise Meaningless(f"expected a table with file and verdicts, not {entry!r}")
    for key in entry:
        if key not in ("file", "verdicts", "kinds"):
            raise Meaningless(f"unknown key {key!r}; {suggest_names(str(key), ('file', 'verdicts', 'kinds'))}")
    file, verdicts = entry.get("file"), _texts(entry.get("verdicts", ()))
    if not isinstance(file, str) or not file or "\0" in file:
        raise Meaningless("a result needs its file")
    if not verdicts:
        raise Meaningless(f"{file}: name at least one verdict that is accepted")
    return RequiredResult(file, verdicts, _texts(entry.get("kinds", ())))


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not all(isinstance(text, str) and text for text in values):
        raise Meaningless(f"expected a text or a list of texts, not {value!r}")
    return tuple(values)


READERS: dict[str, Callable[[object], object]] = {
    "rates": _rates,
    "detectors": _detectors,
    "max-unreadable": share,
    "max-undetermined": share,
    "max-unscanned": share,
    "max-duplicates": share,
    "max-overlap": share,
    "ignored-fields": _fields,
    "confidence": _confidence,
    "manifest": _manifest,
    "manifest-inputs": _yes_or_no,
    "results": _results,
}
