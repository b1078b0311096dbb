"""Labelled examples for a judge's check, and the file that says how the check came out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.judge_stats import CHECK, CHECK_VERSION, JudgeAccuracy
from leakguard.core.suggest import shorten
from leakguard.readers.files.regular_files import MIB, read_regular

CHECK_MOST, ROW_MOST = 16 * MIB, 16 * MIB


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, whether it leaks, and the trait that this is about ("" for whatever the rubric asks)."""

    text: str
    leaks: bool
    trait: str


def read_labels(path: str) -> Iterator[Labelled]:
    """Rows {"text": ..., "label": 0 or 1, "trait": ...}; `trait` may be left out. Raises UsageError naming the row."""
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(ROW_MOST + 1), b""), 1):
                if len(line) > ROW_MOST:
                    raise UsageError(f"{path}: row {number} is longer than {ROW_MOST // MIB} MiB")
                if line.strip():
                    yield _labelled(f"{path}: row {number}", line)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def _labelled(where: str, line: bytes) -> Labelled:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{where}: not JSON: {error}") from error
    text, label, trait = (row.get(key) for key in ("text", "label", "trait")) if isinstance(row, dict) else (None, None, None)
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"{where}: 'text' must be a text")
    if label not in (0, 1):
        raise UsageError(f"{where}: 'label' must be 1 (it leaks) or 0, not {label!r}")
    if trait is not None and not isinstance(trait, str):
        raise UsageError(f"{where}: 'trait' must be the name of a trait, not {trait!r}")
    return Labelled(text, bool(label), trait or "")


@dataclass(frozen=True, slots=True)
class CheckFile:
    """What a check says of a judge: the model, its rubrics (pack id -> digest), and for each rule counts and lower bounds."""

    model: str
    rubrics: Mapping[str, str]
    measured: Mapping[str, JudgeAccuracy]
    least: Mapping[str, Mapping[str, float]]


def read_check(path: Path) -> CheckFile:
    """The result of `leakguard judge check -o`. Raises SettingsError."""
    try:
        found = json.loads(read_regular(path, CHECK_MOST))
        if found["kind"] != CHECK or found["schema_version"] != CHECK_VERSION:
            raise ValueError(f"expected a {CHECK!r} of version {CHECK_VERSION}")
        rules: Mapping[str, Any] = {entry["rule"]: entry for entry in found["by_rule"]}
        measured = {name: JudgeAccuracy(**{key: int(value) for key, value in entry["counts"].items()}) for name, entry in rules.items()}
        least = {
            name: {key: float(entry[key]["interval_95"][0]) for key in ("sensitivity", "specificity", "kappa") if entry[key]}
            for name, entry in rules.items()
        }
        return CheckFile(found["model"], {entry["id"]: entry["digest"] for entry in found["rubrics"]}, measured, least)
    except OSError as error:
        raise SettingsError(f"--judge-check {path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise SettingsError(
            f"--judge-check {path}: this is no result of judge check -o ({type(error).__name__}: {shorten(str(error))})"
        ) from error
