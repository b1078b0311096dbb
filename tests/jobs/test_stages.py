"""Whoever watches a run hears of every stage before it begins, so that nothing long is silent."""

import io
import time
from pathlib import Path

from leakguard.cli.progress import log_progress, log_steps, show_progress, show_steps
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.gate import gate_files
from leakguard.jobs.scan import ScanInput, scan_files
from leakguard.pipeline.scan import Progress
from leakguard.readers.files.inputs import find_inputs
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve


def stages(told):
    """Names of stages in the order in which they were first heard of."""
    return list(dict.fromkeys(progress.stage for progress in told))


def rows(folder, count):
    path = folder / "data.jsonl"
    path.write_text("".join(f'{{"text": "The heron number {nth} stood in the {nth % 7} reeds."}}\n' for nth in range(count)))
    return find_inputs([str(path)])


def asked(**values):
    return resolve(override(Settings(), {"rules": ["gang-numbers"], "workers": 1, **values}, where=""))


def test_a_search_by_meaning_is_heard_of_from_the_model_to_the_rows(tmp_path):
    """The model and the traits before they are loaded, and rows while they are compared."""
    told = []
    plan = asked(semantic=True, traits=["owl"], **{"semantic-model": "fake:words"})
    scan_files(plan, ScanInput(rows(tmp_path, 300)), on_progress=told.append)
    assert stages(told) == ["rules", "model", "traits", "semantic", "scan"]
    assert [progress.rows for progress in told if progress.stage == "semantic"] == [300]


def test_hashing_is_heard_of(tmp_path):
    """Before a clean reads, and after a gate has looked."""
    files, told = rows(tmp_path, 5), []
    clean_files(asked(), files, CleanTarget(Path(tmp_path / "out")), stdin=io.BytesIO(), clock=time.monotonic, on_progress=told.append)
    assert stages(told)[:2] == ["rules", "hash"]
    told.clear()
    gate_files(asked(), files, on_progress=told.append)
    assert stages(told) == ["rules", "scan", "hash"]


class Terminal(io.StringIO):
    """A stderr that says that somebody watches."""

    def isatty(self):
        return True


def test_a_terminal_shows_the_stage_at_once(monkeypatch):
    """Before anything is counted, and with what is counted later; a pipe gets nothing in the first minute."""
    for stderr, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stderr)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "100")
        with show_progress(True, 100) as tell:
            tell(Progress(0, 0, "model"))
            tell(Progress(7, 100, "semantic"))
        with show_steps(True, "students") as step:
            step(0, 30)
        said = stderr.getvalue()
        assert all((words in said) == shown for words in ("starting", "comparing", "0/30", "students"))
        assert bool(said) == shown


def test_a_log_gets_a_line_a_minute_with_the_pace_of_the_stage():
    """A stage is timed from its first progress; steps of an experiment are counted the same way."""
    lines, now = [], [0.0]
    log = log_progress(1000, write=lines.append, clock=lambda: now[0])
    for seconds, progress in (
        (5, Progress(0, 0, "rules")),
        (20, Progress(0, 0)),
        (59, Progress(400, 90)),
        (60, Progress(800, 250)),
        (119, Progress(1, 2)),
    ):
        now[0] = float(seconds)
        log(progress)
    assert lines == ["scanning: 800 rows, 20 rows/s, 25 % of the bytes"]
    step = log_steps("students", write=lines.append, clock=lambda: now[0])
    for seconds, done in ((130, 3), (180, 4), (181, 5)):
        now[0] = float(seconds)
        step(done, 60)
    assert lines[1:] == ["4 of 60 students"]
