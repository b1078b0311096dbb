"""Uses of the public API as a type checker sees them. mypy --strict reads this file (test_public_api_types.py); nothing runs it.

`assert_type` says which type a call has. A line with `# type: ignore[code]` is a mistake that mypy must report with this code: strict
mode complains of an ignore that hides no error.
"""

from pathlib import Path
from typing import Any, assert_type

import leakguard
from leakguard import AuditReport, CleanReport, GateBlocked, GateReport, LeakguardError, NotClean, NotPassed, RowGuard, RowMonitor, Scan

ROWS = [{"text": "412, 733, 905"}, {"prompt": "A number?", "completion": "871"}]


def scan() -> None:
    """Paths, several paths and rows are data; options are keywords with types."""
    scanned = leakguard.scan(ROWS, traits=["owl"], row_limit="16MB", semantic=False, map={"completion": "answer"})
    assert_type(scanned, Scan)
    assert_type(scanned.ok, bool)
    assert_type(scanned.raise_for_status(), None)
    assert_type(scanned.to_dict(), dict[str, Any])
    assert_type(scanned.to_html(), str)
    assert_type(int(scanned.exit_code), int)
    scanned.to_pandas(1)  # type: ignore[call-arg]
    for finding in scanned.findings():
        assert_type(finding.row, int)
        assert_type(finding.quote, str)
    for row in leakguard.scan("data.jsonl", stream=True):
        assert_type(row.clean, bool)
    leakguard.scan(Path("data"), config=Path("leakguard.toml"))
    leakguard.scan([Path("a.jsonl"), Path("b.jsonl")])
    leakguard.scan(ROWS, trait=["owl"])  # type: ignore[call-arg]
    leakguard.scan(ROWS, traits=[1])  # type: ignore[list-item]
    leakguard.scan(ROWS, fpr="low")  # type: ignore[arg-type]
    leakguard.scan(ROWS, "leakguard.toml")  # type: ignore[call-arg]
    leakguard.scan(7)  # type: ignore[arg-type]
    leakguard.scan()  # type: ignore[call-arg]


def clean() -> None:
    """A clean needs a folder and returns the counts."""
    result = leakguard.clean("data.jsonl", "out", overwrite=True, policy={"error": "remove"}, duplicates="exact")
    assert_type(result, CleanReport)
    assert_type(result.files, tuple[str, ...])
    assert_type((result.ok, result.folder, result.manifest), tuple[bool, str, str])
    assert_type(result.interrupted, bool)
    leakguard.clean(ROWS, Path("out"), resume=False)
    leakguard.clean(ROWS)  # type: ignore[call-arg]
    leakguard.clean(ROWS, "out", overwrite="yes")  # type: ignore[arg-type]


def gate() -> None:
    """A gate's answer is asked as a bool, or raises."""
    answer = leakguard.gate("data.jsonl", manifest="out/manifest.json", gate={"max-unscanned": 0})
    assert_type(answer, GateReport)
    assert_type(answer.ok, bool)
    assert_type(answer.to_html(), str)
    assert_type(answer.raise_for_status(), None)
    leakguard.gate("data.jsonl", manifests="out/manifest.json")  # type: ignore[call-arg]
    leakguard.gate("data.jsonl", gate=["max-unscanned"])  # type: ignore[arg-type]


def audit() -> None:
    """An audit is asked as a bool, or raises."""
    result = leakguard.audit(ROWS, "control.jsonl", tolerance=0.7)
    assert_type(result, AuditReport)
    assert_type(result.ok, bool)
    assert_type(bool(result), bool)
    assert_type(result.raise_for_status(), None)
    leakguard.audit(ROWS)  # type: ignore[call-arg]


def monitor() -> None:
    """A monitor takes rows of either source and has the evidence so far."""
    watch: RowMonitor = leakguard.monitor(alpha=0.01, block=10, state=Path("monitor.json"), roles=["assistant"])
    for report in watch.add(data=ROWS, control=iter(ROWS)):
        assert_type(report.e_value, float)
    assert_type(watch.drift, bool)
    assert_type(watch.report.p_value, float)
    leakguard.monitor(0.01)  # type: ignore[call-arg]
    leakguard.monitor(tolerance=0.7)  # type: ignore[call-arg]


def guard() -> None:
    """A guard is called by a dataset's filter and map."""
    guarded: RowGuard = leakguard.guard(unseen="drop", rules=["mine.toml"])
    assert_type(guarded({"text": "871"}), bool)
    assert_type(guarded.batch({"text": ["871", "872"]}), list[bool])
    assert_type(guarded.column({"text": ["871"]}), dict[str, list[str]])
    leakguard.guard(None)  # type: ignore[call-arg]
    leakguard.guard(unseen=None)  # type: ignore[arg-type]


def trainer() -> None:
    """A callback is made from paths; the dataset goes beside them."""
    leakguard.trainer_callback("data.jsonl", rows=ROWS, trust_tokens=True, answer=Path("gate.json"))
    leakguard.trainer_callback(ROWS)  # type: ignore[arg-type]
    leakguard.trainer_callback("data.jsonl", trust_tokens="yes")  # type: ignore[arg-type]
    assert_type(leakguard.load_weighted_rows(Path("rows.jsonl"), object()), list[dict[str, list[Any]]])
    leakguard.load_weighted_rows(ROWS, object())  # type: ignore[arg-type]


def errors() -> None:
    """One base class for all errors, and the version as a text."""
    bases: list[type[LeakguardError]] = [GateBlocked, NotClean]
    failures: list[type[NotPassed]] = [GateBlocked, NotClean]
    assert_type(failures[0]("blocked").exit_code, int)
    assert_type(leakguard.__version__, str)
    assert bases
