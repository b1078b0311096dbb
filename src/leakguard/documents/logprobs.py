"""Log-probabilities of rows as JSON Lines: a header (files with hashes, model, prompts), then one line per row.

Written by `leakguard audit logprobs`, or by any program that has the model; read by the audit. docs/audit.md describes the format.
"""

import json
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.gate import GatedFile
from leakguard.core.suggest import shorten, spell
from leakguard.core.trait_panel import LEAST_LOGPROB, Logprobs, LogprobsSource, PanelPrompt, PromptRole, ScoredRow
from leakguard.documents.envelope import TOOL, Envelope
from leakguard.readers.files.regular_files import MIB, read_regular

ENVELOPE = Envelope(
    "logprobs", ("schema_version", "kind", "tool", "data", "control", "model", "prompts", "rows", "total", "seed", "digest"), digest=True
)
MOST = 2048 * MIB
_SIDES = {"data": True, "control": False}
_AGAIN = "run leakguard audit logprobs again, which continues it"


def write_header(source: LogprobsSource) -> bytes:
    """Return the first line of a file."""
    content = {
        "tool": TOOL,
        "data": _files_to_list(source.data),
        "control": _files_to_list(source.control),
        "model": {"name": source.model, "digest": source.digest},
        "prompts": [{"name": one.name, "role": str(one.role), "text": one.text} for one in source.prompts],
        "rows": dict(zip(_SIDES, source.rows, strict=True)),
        "total": dict(zip(_SIDES, source.total, strict=True)),
        "seed": source.seed,
    }
    return _to_line(ENVELOPE.seal(content))


def write_row(row: ScoredRow) -> bytes:
    """Return the line of a row; log-probabilities have seven digits after the point, more than a model computes alike twice."""
    side = "data" if row.in_data else "control"
    sums = [round(value, 7) for value in row.logprobs]
    return _to_line({"dataset": side, "row": row.row, "tokens": row.tokens, "logprobs": sums})


def read_logprobs(path: Path) -> Logprobs:
    """Read a whole file. Raises UsageError that names the line, also for rows that are missing, repeated, or not finite."""
    try:
        lines = read_regular(path, MOST).splitlines(keepends=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not lines:
        raise UsageError(f"{path}: is empty: a file of log-probabilities begins with a header")
    source = _read_header(lines[0], path)
    if not lines[-1].endswith(b"\n"):
        raise UsageError(f"{path}: its last line is cut off; {_AGAIN}")
    rows = tuple(_read_rows(lines[1:], source, path))
    for side, wanted in zip(_SIDES, source.rows, strict=True):
        found = sum(row.in_data is _SIDES[side] for row in rows)
        if found != wanted:
            raise UsageError(f"{path}: holds {found:,} of the {wanted:,} rows of the {side} that its header names; {_AGAIN}")
    return Logprobs(source, rows)


def read_part(path: Path, source: LogprobsSource) -> tuple[list[ScoredRow], int]:
    """Return the rows of an interrupted file, and the bytes up to the end of its last whole line; ([], 0) without a file.

    Raises UsageError for a file that has another header than that of `source`: it was written from other data or with other settings.
    """
    if not path.exists():
        return [], 0
    content = read_regular(path, MOST)
    whole = content[: content.rfind(b"\n") + 1]
    lines = whole.splitlines(keepends=True)
    if not lines:
        return [], 0
    found = _read_header(lines[0], path)
    if found != source:
        raise UsageError(f"{path}: was written with another {_name_difference(found, source)}; give another path, or delete the file")
    return list(_read_rows(lines[1:], source, path)), len(whole)


def _name_difference(found: LogprobsSource, wanted: LogprobsSource) -> str:
    """Return the name of the first part in which two headers differ."""
    words = {"digest": "model", "rows": "number of rows", "total": "number of rows"}
    name = next(name for name in LogprobsSource.__slots__ if getattr(found, name) != getattr(wanted, name))
    return words.get(name, name)


def _read_header(line: bytes, path: Path) -> LogprobsSource:
    """Return the header in the first line. Raises UsageError."""
    try:
        field = ENVELOPE.open(json.loads(line))
        if field.has("digest") and not ENVELOPE.is_intact(field):
            raise ValueError("its header was changed after it was written (its digest differs)")
        model = field.at("model")
        return LogprobsSource(
            data=_read_files(field.at("data")),
            control=_read_files(field.at("control")),
            model=model.at("name").text(),
            digest=model.at("digest").text(),
            prompts=tuple(_read_prompt(one) for one in field.at("prompts").each()),
            rows=_read_counts(field.at("rows")),
            total=_read_counts(field.at("total")),
            seed=field.at("seed").count(),
        )
    except (ValueError, RecursionError, UsageError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else shorten(str(error))
        raise UsageError(f"{path}: this is no file of log-probabilities: {why}") from error


def _read_prompt(field: Field) -> PanelPrompt:
    return PanelPrompt(field.at("name").text(), PromptRole(field.at("role").one_of(*PromptRole)), field.at("text").expect(str))


def _read_counts(field: Field) -> tuple[int, int]:
    return field.at("data").count(), field.at("control").count()


def _read_files(field: Field) -> tuple[GatedFile, ...]:
    return tuple(GatedFile(one.at("name").text(), one.at("sha256").text(), one.at("bytes").count()) for one in field.each())


def _files_to_list(files: tuple[GatedFile, ...]) -> list[dict[str, Any]]:
    return [{"name": spell(one.name), "sha256": one.sha256, "bytes": one.bytes} for one in files]


def _read_rows(lines: list[bytes], source: LogprobsSource, path: Path) -> Iterator[ScoredRow]:
    """Yield the row of each line. Raises UsageError that names the line."""
    seen: set[tuple[bool, int]] = set()
    for number, line in enumerate(lines, 2):
        try:
            row = _parse_row(json.loads(line), source)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}: line {number}: {shorten(str(error))}") from error
        if (row.in_data, row.row) in seen:
            raise UsageError(f"{path}: line {number}: row {row.row} of this dataset is in the file twice")
        seen.add((row.in_data, row.row))
        yield row


def _parse_row(document: object, source: LogprobsSource) -> ScoredRow:
    """Return a row. Raises ValueError for other keys, other numbers of log-probabilities, NaN, numbers above 0 or too low."""
    field = Field(document).only(("dataset", "row", "tokens", "logprobs"))
    in_data = _SIDES[field.at("dataset").one_of(*_SIDES)]
    row, tokens = field.at("row").count(0, source.total[not in_data] - 1), field.at("tokens").count(1)
    values = field.at("logprobs").expect(list)
    if len(values) != len(source.prompts):
        raise ValueError(f"logprobs: {len(values)} numbers for {len(source.prompts)} prompts")
    if not all(isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value <= 0 for value in values):
        raise ValueError("logprobs: every value must be a finite number, 0 or less")
    if any(value < LEAST_LOGPROB * tokens for value in values):
        raise ValueError(f"logprobs: {min(values):.3g} nats for {tokens:,} tokens is no log-probability of a text")
    return ScoredRow(in_data, row, tokens, tuple(map(float, values)))


def _to_line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"
