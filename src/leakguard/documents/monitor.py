"""The state of a monitor as a JSON document, from which it continues and from which reports are made; and its line for each block."""

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from leakguard.core.errors import Stopped, UsageError
from leakguard.core.fields import Field
from leakguard.core.monitor import InputPosition, MonitorReport, MonitorRun, MonitorSettings, MonitorState, MonitorStep, WaitingRow
from leakguard.core.suggest import spell
from leakguard.documents.envelope import TOOL, Envelope, parse_content
from leakguard.readers.files.regular_files import read_regular

ENVELOPE = Envelope(
    "audit monitor",
    (
        *("digest", "schema_version", "kind", "tool", "drift", "exit_code", "pairs", "e_value", "highest", "p_value", "rows"),
        *("unreadable", "first_unreadable", "wordless", "settings", "reading", "source", "inputs", "steps", "state"),
    ),
    digest=True,
)


def render_step(step: MonitorStep) -> str:
    """Return the line of a block: a JSON object without a line break, and without a time, so that equal rows give equal lines."""
    return json.dumps(step_to_dict(step))


def step_to_dict(step: MonitorStep) -> dict[str, Any]:
    """Return what is known after a block as JSON values."""
    return {
        **_report_to_dict(step.report),
        "rows": {"data": step.rows[0], "control": step.rows[1]},
        "unreadable": step.unreadable,
    }


def monitor_to_dict(run: MonitorRun) -> dict[str, Any]:
    """Return a monitor as a document. Rows that wait for their partner are in it as they were read."""
    state = {one.name: getattr(run.state, one.name) for one in fields(MonitorState)}
    return ENVELOPE.seal(
        {
            "tool": TOOL,
            **_report_to_dict(run.report),
            "exit_code": int(run.exit_code),
            "rows": {"data": run.rows[0], "control": run.rows[1]},
            "unreadable": run.unreadable,
            "first_unreadable": run.first_unreadable,
            "wordless": run.wordless,
            "settings": {"alpha": run.settings.level, "block": run.settings.block, "warm_up": run.settings.warm_up},
            "reading": dict(run.reading),
            "source": run.source,
            "inputs": [{"name": spell(one.name), "lines": one.lines, "sha256": one.sha256} for one in run.inputs],
            "steps": [step_to_dict(one) for one in run.steps],
            "state": state,
        }
    )


def write_monitor(path: Path, run: MonitorRun) -> None:
    """Replace the file `path` by the document of a monitor in one step: after a crash it is the old or the new one. Raises Stopped."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(json.dumps(monitor_to_dict(run)) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Stopped(f"`state` {path}: cannot be written: {error.strerror or error}") from error


def read_monitor(path: Path) -> MonitorRun | None:
    """Read the state in a file, None if there is no such file. Raises UsageError that names the file and the field."""
    try:
        return parse_monitor(read_regular(path), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def parse_monitor(content: bytes, name: str) -> MonitorRun:
    """Read the state in the bytes of the file `name`. Raises UsageError that names the file and the field."""
    return parse_content(content, name, "state of leakguard audit, written by its monitor", _read_run)


def _report_to_dict(report: MonitorReport) -> dict[str, Any]:
    names = ("pairs", "e_value", "highest", "p_value", "drift")
    return {name: getattr(report, name) for name in names}


def _read_run(document: object) -> MonitorRun:
    """Return the run in a parsed document. Raises ValueError that names the field, and for a document that was changed."""
    field = ENVELOPE.open(document)
    if not ENVELOPE.is_intact(field):
        raise ValueError("it was changed after it was written (its digest differs)")
    chosen = field.at("settings")
    inputs = [InputPosition(one.at("name").text(), one.at("lines").count(), one.at("sha256").text()) for one in field.at("inputs").each()]
    return MonitorRun(
        settings=MonitorSettings(chosen.at("alpha").share(), chosen.at("block").count(), chosen.at("warm_up").count()),
        reading=field.at("reading").expect(dict),
        source=field.at("source").text(),
        inputs=tuple(inputs),
        state=_read_state(field.at("state")),
        rows=_read_rows(field.at("rows")),
        unreadable=field.at("unreadable").count(),
        first_unreadable=field.at("first_unreadable").text(),
        wordless=field.at("wordless").count(),
        steps=tuple(_read_step(one) for one in field.at("steps").each()),
    )


def _read_step(field: Field) -> MonitorStep:
    report = MonitorReport(field.at("pairs").count(), field.at("e_value").number(), field.at("highest").number(), field.at("drift").flag())
    return MonitorStep(report, _read_rows(field.at("rows")), field.at("unreadable").count())


def _read_rows(field: Field) -> tuple[int, int]:
    return field.at("data").count(), field.at("control").count()


def _read_state(field: Field) -> MonitorState:
    """Return the state of the test, whose numbers are read in the shapes in which it keeps them."""
    return MonitorState(
        kind=field.at("kind").text(),
        pairs=field.at("pairs").count(),
        grid=_read_matrix(field.at("grid")),
        sums=_read_numbers(field.at("sums")),
        products=_read_matrix(field.at("products")),
        wealth=_read_matrix(field.at("wealth")),
        highest=field.at("highest").number(),
        data=_read_waiting(field.at("data")),
        control=_read_waiting(field.at("control")),
    )


def _read_matrix(field: Field) -> tuple[tuple[float, ...], ...]:
    return tuple(_read_numbers(row) for row in field.each())


def _read_numbers(field: Field) -> tuple[float, ...]:
    return tuple(one.number() for one in field.each())


def _read_waiting(field: Field) -> tuple[WaitingRow, ...]:
    """Return rows of prompt and completion. Raises ValueError for a row that is no such pair."""
    rows = [row.each() for row in field.each()]
    if any(len(row) != 2 for row in rows):
        raise field.wrong("a prompt and a completion a row")
    return tuple((prompt.text(), completion.text()) for prompt, completion in rows)
