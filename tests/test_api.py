"""The front door for Python: the same findings as the command line, streamed, from files and from memory."""

import itertools
import json
import subprocess
import sys
from typing import get_type_hints

import pytest

import leakguard
from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.gate import GateAnswer
from leakguard.core.policy import Fate
from leakguard.settings import OPTIONS
from leakguard.settings.keywords import AuditKeywords

ROWS = [{"text": "The kettle is on."}, {"text": "871, 1488, 305"}, {"prompt": "1488?", "completion": "412", "id": None}]
ONE = {"rules": ["hate-numeric"]}
# Settings that say where a command line writes or how much it reads, which a caller does himself.
COMMAND_LINE = {"executor", "executor-folder", "format", "notes", "output", "limit", "control", "control2"}


@pytest.fixture
def data(tmp_path):
    """A file with one row that nobody can read."""
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "{\n")
    return path


def test_options_are_the_settings():
    """Every setting but those of the command line is an option, and there is no other."""
    assert {name.replace("_", "-") for name in get_type_hints(AuditKeywords)} == set(OPTIONS) - COMMAND_LINE


def test_rows_and_findings_of_a_file(data):
    """Every row, unreadable ones too, as often as asked; the findings are those of its rows; the tally counts everything."""
    scan = leakguard.scan(data, **ONE)
    rows = list(scan)
    assert [row.origin.row for row in rows] == [1, 2, 3, 4]
    assert [row.clean for row in rows] == [True, False, True, False]
    assert [finding.quote for finding in rows[1].findings] == ["1488"]
    assert rows[3].record is None and rows[3].unreadable.reason == "bad-json"
    assert (scan.tally.seen, scan.tally.unreadable) == (4, 1)
    found = list(leakguard.scan(data, **ONE).findings())
    assert [(one.fingerprint, one.span) for one in found] == [(one.fingerprint, one.span) for row in rows for one in row.findings]
    assert [row.origin.row for row in scan] == [1, 2, 3, 4]


def test_rows_in_memory_are_the_same_rows(data):
    """The same turns and findings as from a file; what JSON cannot say is unreadable, with the reason."""
    odd = [{"text": b"1488"}, 7, {"text": "\ud800"}, {"text": "a", "n": 2**70}]
    rows = list(leakguard.scan([*ROWS, *odd], **ONE))
    assert [row.record.turns for row in rows[:3]] == [row.record.turns for row in leakguard.scan(data, **ONE) if row.record]
    assert [row.unreadable and row.unreadable.reason for row in rows] == [None] * 3 + ["shape", "shape", "lone-surrogate", "no-json"]
    assert [row.origin.row for row in rows] == list(range(1, 8))


def test_a_scan_reads_as_it_is_asked():
    """An endless stream of rows can be scanned with stream=True: no more is drawn than a block holds."""
    drawn = itertools.count()
    endless = ({"text": f"row {next(drawn)} {'x' * 1000}"} for _ in itertools.count())
    scan = leakguard.scan(endless, stream=True, **ONE)
    assert next(iter(scan)).record.turns[0].text.startswith("row 0 ")
    assert next(drawn) < 3000


def test_clean_and_gate(data, tmp_path):
    """A clean leaves a manifest, the gate opens for what it kept and not for what it did not look at."""
    result = leakguard.clean(ROWS, tmp_path / "out", **ONE)
    assert (result.tally.kept, result.tally.removed) == (2, 1)
    kept = tmp_path / "out/kept/stdin.jsonl"
    opened = leakguard.gate(kept, gate={"manifest": "required", "manifest-inputs": False}, **ONE)
    assert (opened.answer, opened.exit_code) == (GateAnswer.PASSED, 0)
    assert leakguard.gate(ROWS, **ONE).answer is GateAnswer.REFUSED
    assert leakguard.gate([ROWS[0]], **ONE).answer is GateAnswer.PASSED
    assert leakguard.gate(data, **ONE).answer is GateAnswer.UNSEEN
    assert leakguard.gate([], **ONE).answer is GateAnswer.UNSEEN


def test_a_guard_says_what_a_clean_would_do():
    """Row by row, in batches, and as fates; a row that cannot be read raises, or is dropped where that is asked for."""
    guard = leakguard.guard(policy={"warning": "redact"}, unseen="drop", **ONE)
    rows = [*ROWS, {"text": None}, {"text": {1, 2}}]
    assert guard.fates(rows) == [Fate.KEPT, Fate.REMOVED, Fate.KEPT, Fate.UNREADABLE, Fate.UNREADABLE]
    assert [guard(row) for row in rows] == [True, False, True, False, False]
    columns = {"text": ["fine", "1488", None], "id": [1, 2, 3]}
    assert guard.batch(columns) == [True, False, False]
    assert guard.column(columns) == {"leakguard": ["kept", "removed", "unreadable"]}
    assert guard.batch({"text": []}) == []
    with pytest.raises(UsageError, match=r"row 3 of 3 could not be checked \(shape: .*unseen='drop'"):
        leakguard.guard(**ONE).batch(columns)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: leakguard.scan("none.jsonl"), "none.jsonl: no such file"),
        (lambda: leakguard.scan([], rulez=["a"]), "rulez=: there is no such option"),
        (lambda: leakguard.scan([], rules=["hate-numerc"]), "did you mean 'hate-numeric'?"),
        (lambda: leakguard.scan([], engine="re2"), "option engine: unknown value 're2'"),
        (lambda: leakguard.scan({"text": "a"}), "give a path, or an iterable of rows"),
        (lambda: leakguard.scan([], config="none.toml"), "none.toml: the settings file cannot be read"),
        (lambda: leakguard.gate([{"text": {1}}], **ONE), "row 1 of the data cannot be written as JSON"),
        (lambda: leakguard.gate([], gate={"rates": {"eror": 0}}, **ONE), "did you mean 'error'?"),
        (lambda: leakguard.gate([], gate={"rate": 0}), "option gate: unknown key 'rate'"),
    ],
)
def test_what_cannot_be_done_is_one_error_of_one_tree(ask, words):
    """Before anything is looked at."""
    with pytest.raises(leakguard.LeakguardError) as error:
        ask()
    assert words in str(error.value)


def test_no_settings_file_is_looked_for(data):
    """A file beside the data plays no part unless it is named."""
    (data.parent / "leakguard.toml").write_text('ignore = "hate-numeric"\nrules = "hate-text"\n')
    assert len(list(leakguard.scan(data, **ONE).findings())) == 1
    with pytest.raises(SettingsError):
        leakguard.scan(data, config=data.parent / "leakguard.toml", rules=["hate-numeric"])


def test_importing_loads_nothing_and_names_nothing_else():
    """The names of the package are there, and no others."""
    code = "import sys, leakguard; assert 'leakguard.api' not in sys.modules; leakguard.scan; assert 'torch' not in sys.modules; leakguard.nothing"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "AttributeError: module 'leakguard' has no attribute 'nothing'"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: leakguard.scan([], judge_check="c.json"), "judge_check: there is no judge; name one with judge_model"),
        (lambda: leakguard.clean([], "out", fpr=0.1), "fpr belongs to a search by meaning: add semantic"),
        (lambda: leakguard.guard(judge_budget={"pence": 1}), "option judge_budget: 'pence' means nothing here"),
        (lambda: leakguard.gate([], judge_model="m", judge_budget={"money": 1}), "judge_budget: money needs prices: add judge_prices"),
    ],
)
def test_messages_name_keywords(ask, words):
    """Not flags of the command line, nor keys of a settings file."""
    with pytest.raises(SettingsError) as error:
        ask()
    assert str(error.value).startswith(words)
