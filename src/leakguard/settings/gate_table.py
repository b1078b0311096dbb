"""The table [gate] of a settings file: its reader and writer."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from leakguard.core.gate import IGNORED_FIELDS, GatePolicy, RequiredLineage, RequiredResult
from leakguard.core.suggest import suggest_names
from leakguard.detectors import NAMES
from leakguard.settings.gate_certificate import certificate_table, read_certificate_table
from leakguard.settings.values import InvalidValue, Reader, choice, read_switch, read_text, read_texts

MANIFEST = ("auto", "required", "off")
KNOWN_DETECTORS = NAMES
TABLES = ("certificate", "lineage")
_RESULT_KEYS = ("file", "verdicts", "kinds", "max-tolerance")
_LINEAGE_KEYS = tuple(field.name for field in fields(RequiredLineage))


def read_gate_policy(value: object) -> GatePolicy:
    """Return the gate policy of a table [gate]; missing keys have their strict defaults. Raises InvalidValue."""
    if not isinstance(value, Mapping):
        raise InvalidValue(f"expected a table, not {value!r}")
    changes: dict[str, Any] = {}
    for key, entry in value.items():
        if key not in READERS:
            raise InvalidValue(f"unknown key {key!r}; {suggest_names(str(key), READERS)}")
        try:
            changes[key.replace("-", "_")] = READERS[key](entry)
        except InvalidValue as error:
            raise InvalidValue(f"{key}: {error}") from None
    return replace(GatePolicy(), **changes)


def gate_table(policy: GatePolicy) -> dict[str, Any]:
    """Return a gate policy as a table [gate]: read_gate_policy(gate_table(policy)) == policy."""
    table = {key: getattr(policy, key.replace("-", "_")) for key in READERS}
    results = [_write_result(one) for one in policy.results]
    lists = {key: list(value) for key, value in table.items() if isinstance(value, tuple)}
    tables: dict[str, Any] = {"certificate": certificate_table(policy.certificate)} if policy.certificate else {}
    tables |= {"lineage": asdict(policy.lineage)} if policy.lineage else {}
    plain = {key: value for key, value in table.items() if key not in TABLES}
    return {**plain, **lists, "rates": dict(policy.rates), "results": results, **tables}


def read_share(value: object) -> float:
    """Read a share of rows, a number from 0 to 1. Raises InvalidValue."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidValue(f"expected a share from 0 to 1, such as 0.01, not {value!r}")
    return float(value)


def _read_rates(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise InvalidValue(f'expected a table such as {{ error = 0, warning = 0.01, "hate-numeric" = 0 }}, not {value!r}')
    given = {}
    for name, limit in value.items():
        if not isinstance(name, str) or not name:
            raise InvalidValue(f"expected the name of a severity, pack or rule, not {name!r}")
        try:
            given[name] = read_share(limit)
        except InvalidValue as error:
            raise InvalidValue(f"{name}: {error}") from None
    return {**GatePolicy().rates, **given}


def _read_detectors(value: object) -> tuple[str, ...]:
    names = read_texts(value)
    for name in names:
        if name not in KNOWN_DETECTORS:
            raise InvalidValue(f"there is no detector {name!r}; {suggest_names(name, KNOWN_DETECTORS)}")
    return names


def _read_fields(value: object) -> tuple[str, ...]:
    """Read names of ignored fields, and return them after those that are always ignored (ids, sources, dates)."""
    return tuple(dict.fromkeys((*IGNORED_FIELDS, *read_texts(value))))


def _read_confidence(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float) or not 0.5 <= value <= 0.9999:
        raise InvalidValue(f"expected a number from 0.5 to 0.9999, not {value!r}")
    return value


def _read_results(value: object) -> tuple[RequiredResult, ...]:
    if not isinstance(value, list):
        raise InvalidValue(f"expected tables [[gate.results]], not {value!r}")
    return tuple(map(_read_result, value))


def _read_result(entry: object) -> RequiredResult:
    if not isinstance(entry, Mapping):
        raise InvalidValue(f"expected a table with file and verdicts, not {entry!r}")
    for key in entry:
        if key not in _RESULT_KEYS:
            raise InvalidValue(f"unknown key {key!r}; {suggest_names(str(key), _RESULT_KEYS)}")
    try:
        file = read_text(entry.get("file"))
    except InvalidValue:
        raise InvalidValue("a result needs its file") from None
    verdicts = read_texts(entry.get("verdicts", ()))
    if not verdicts:
        raise InvalidValue(f"{file}: name at least one verdict that is accepted")
    return RequiredResult(file, verdicts, read_texts(entry.get("kinds", ())), _read_tolerance(entry.get("max-tolerance"), file))


def _read_tolerance(value: object, file: str) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.5 < value < 1):
        raise InvalidValue(f"{file}: max-tolerance: expected an AUROC between 0.5 and 1, such as 0.6, not {value!r}")
    return value


def _read_lineage(value: object) -> RequiredLineage:
    if not isinstance(value, Mapping):
        raise InvalidValue(f"expected a table with {', '.join(_LINEAGE_KEYS)}, not {value!r}")
    for key in value:
        if key not in _LINEAGE_KEYS:
            raise InvalidValue(f"unknown key {key!r}; {suggest_names(str(key), _LINEAGE_KEYS)}")
    if missing := [key for key in _LINEAGE_KEYS if not isinstance(value.get(key), str) or not value[key]]:
        raise InvalidValue(f"it needs {', '.join(missing)}: the result of leakguard lineage, and the two models that it must be about")
    return RequiredLineage(**{key: read_text(value[key]) for key in _LINEAGE_KEYS})


def _write_result(result: RequiredResult) -> dict[str, Any]:
    table = {"file": result.file, "verdicts": list(result.verdicts), "kinds": list(result.kinds)}
    return table if result.max_tolerance is None else {**table, "max-tolerance": result.max_tolerance}


READERS: dict[str, Callable[[object], Any]] = {
    "rates": _read_rates,
    "detectors": _read_detectors,
    "max-unreadable": read_share,
    "max-undetermined": read_share,
    "max-unscanned": read_share,
    "max-duplicates": read_share,
    "max-overlap": read_share,
    "ignored-fields": _read_fields,
    "confidence": _read_confidence,
    "manifest": choice(*MANIFEST).read,
    "manifest-inputs": read_switch,
    "results": _read_results,
    "certificate": read_certificate_table,
    "lineage": _read_lineage,
    "signed-by": read_texts,
    "attestations": read_texts,
}
"""The keys of the table in the order of the fields of GatePolicy, each with the function that reads its value."""
GATE_TABLE = Reader(read_gate_policy, "Mapping[str, Any]")
