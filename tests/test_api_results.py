"""Results in Python: honest truth values, one error with the exit code, dicts, tables, pages, and views for notebooks."""

import inspect
import json
import subprocess
import sys
from html.parser import HTMLParser
from typing import get_type_hints

import pandas
import pytest

import leakguard
from leakguard.core.results import Missed
from leakguard.jobs import python_results, python_scan
from leakguard.settings.keywords import AuditKeywords, Keywords

ONE = {"rules": ["hate-numeric"]}
CLEAN, HOT, UNREADABLE = {"text": "The gate is green."}, {"text": "871, 1488, 305"}, {"text": {1}}
NOTHING = {"messages": [{"role": "user", "content": "1488"}]}
HOSTILE = "</td></table><script>alert(1)</script><img src=x onerror=alert(1)>\u202eevil\x1b[31m\x00 &amp; 1488"
# Data, and the exit code of a scan and of a clean of them: a clean removes rows at error.
CASES = {
    "nothing found": ([CLEAN], 0, 0),
    "found": ([CLEAN, HOT], 1, 0),
    "unreadable": ([CLEAN, UNREADABLE], 3, 3),
    "found and unreadable": ([HOT, UNREADABLE], 3, 3),
    "no rows": ([], 3, 3),
    "no text of the trained roles": ([NOTHING], 3, 3),
}
WORDS = {1: "exit code 1: found", 3: "exit code 3: incomplete"}


class Tags(HTMLParser):
    """Collects the tags and attributes of a page, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(("rows", "scanned", "cleaned"), CASES.values(), ids=CASES)
def test_ok_is_exit_code_0_and_every_other_result_raises_with_its_code(rows, scanned, cleaned, tmp_path):
    """What could not be checked is never ok, not even where nothing was found."""
    path = tmp_path / "data.jsonl"
    path.write_text("".join("{\n" if row is UNREADABLE else json.dumps(row) + "\n" for row in rows))
    results = [(scanned, leakguard.scan(path, **ONE)), (cleaned, leakguard.clean(path, tmp_path / "out", **ONE))]
    for code, result in results:
        assert (bool(result), result.ok, int(result.exit_code)) == (code == 0, code == 0, code)
    gate = leakguard.gate(path, **ONE)
    assert gate.ok == (scanned == 0) == bool(gate) and int(gate.exit_code) == scanned
    for result in (*(one for _, one in results), gate):
        if result.ok:
            result.raise_for_status()
            continue
        with pytest.raises(leakguard.NotPassed) as error:
            result.raise_for_status()
        assert error.value.exit_code == int(result.exit_code)
        assert str(error.value).endswith(f"({WORDS[error.value.exit_code]})") and isinstance(error.value, leakguard.LeakguardError)


def test_a_clean_of_rows_that_stay_in_use_is_not_ok(tmp_path):
    """A policy that keeps rows with findings, as the command says with exit code 1."""
    result = leakguard.clean([HOT], tmp_path / "out", policy={"error": "keep"}, **ONE)
    assert not result.ok and int(result.exit_code) == 1
    with pytest.raises(leakguard.NotClean, match="1 kept rows have a finding at error or above"):
        result.raise_for_status()


def test_a_clean_says_where_its_files_are(tmp_path):
    """Folder and manifest can be given to a gate; the repr has the fates of rows."""
    result = leakguard.clean([CLEAN, HOT, UNREADABLE][:2], tmp_path / "out", **ONE)
    assert repr(result) == "<CleanReport: 2 rows, 1 kept, 1 removed>" and result.folder == str(tmp_path / "out")
    assert leakguard.gate(f"{result.folder}/kept", manifest=result.manifest, gate={"manifest-inputs": False}, **ONE)


def test_dicts_are_the_reports_of_the_commands(tmp_path):
    """Each has its exit code, and is JSON."""
    for result in (leakguard.scan([HOT], **ONE), leakguard.clean([HOT], tmp_path / "out", **ONE), leakguard.gate([HOT], **ONE)):
        said = result.to_dict()
        assert said["exit_code"] == int(result.exit_code) and said["tool"] and json.loads(json.dumps(said)) == said


def test_a_table_of_a_scan_has_every_row_that_was_not_checked(monkeypatch):
    """Also beyond the findings and rows that are held: a table without them would look clean."""
    monkeypatch.setattr(python_scan, "HELD", 100)
    monkeypatch.setattr(python_scan, "FINDINGS", 3)
    frame = leakguard.scan([CLEAN, HOT, UNREADABLE] * 20, **ONE).to_pandas()
    assert frame["status"].value_counts().to_dict() == {"finding": 20, "unreadable": 20}
    assert list(frame["row"][:4]) == [2, 3, 5, 6] and str(frame["start"].dtype) == "Int64"
    assert list(leakguard.scan([CLEAN], **ONE).to_pandas().columns) == list(python_scan.FINDING_COLUMNS)


def test_a_table_of_a_clean_has_every_row_that_was_not_kept(tmp_path):
    """From reasons.jsonl; without that file there is no table."""
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (CLEAN, HOT, CLEAN)) + "{\n")
    result = leakguard.clean(path, tmp_path / "out", **ONE)
    frame = result.to_pandas()
    assert frame[["fate", "row", "severity", "rules", "quotes"]].values.tolist()[0] == ["removed", 2, "error", "hate-numeric.1488", "1488"]
    assert (list(frame["fate"]), list(frame["reason"])[1]) == (["removed", "unreadable"], "bad-json")
    for damaged in ("{", "[]\n", "{}\n", '{"fate": 1, "file": 1, "row": 1, "findings": [7]}\n', None):
        place = tmp_path / "out/reasons.jsonl"
        place.unlink() if damaged is None else place.write_text(damaged)
        with pytest.raises(leakguard.Stopped, match=r"reasons\.jsonl: cannot be read: .*; clean the data again"):
            result.to_pandas()


def test_a_table_of_a_gate_has_every_check():
    """One line each, with the answer."""
    gate = leakguard.gate([HOT], **ONE)
    frame = gate.to_pandas()
    assert list(frame["check"]) == [check.what for check in gate.checks] and sorted(set(frame["answer"])) == ["failed", "passed"]


def test_without_pandas_one_line_says_what_to_install(monkeypatch):
    """MissingExtra, whatever the result is."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    for result in (leakguard.scan([CLEAN], **ONE), leakguard.gate([CLEAN], **ONE)):
        with pytest.raises(leakguard.MissingExtra, match=r"^to_pandas\(\) needs pandas: pip install pandas$"):
            result.to_pandas()


def test_nothing_from_data_becomes_markup(tmp_path):
    """Neither in the page nor in a notebook's cell, and no character that hides or reorders text is left."""
    scan = leakguard.scan([{"text": HOSTILE}, {"text": HOSTILE.encode()}], **ONE)
    bad = tmp_path / "<script>alert(2)<\u202e.jsonl"
    bad.write_text(json.dumps({"text": HOSTILE}) + "\n{<img src=x>\n")
    views = [scan._repr_html_(), leakguard.scan(bad, **ONE)._repr_html_(), leakguard.gate(bad, **ONE)._repr_html_()]
    views.append(leakguard.clean(bad, tmp_path / "out", **ONE)._repr_html_())
    for view in views:
        page = Tags(view)
        assert page.tags <= {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td"}, view
        assert page.attributes <= {"style", "scope"} and not {"\u202e", "\x1b", "\x00"} & set(view)
    assert "[1488]" in Tags(views[0]).text
    whole = scan.to_html()
    assert "<script>alert" not in whole and "<img" not in whole and not {"\u202e", "\x1b", "\x00"} & set(whole)


def test_a_cell_shows_what_was_not_checked_before_findings():
    """Ten lines; three of the unread rows come first, however many findings there are."""
    view = Tags(leakguard.scan([HOT] * 50 + [UNREADABLE] * 50, **ONE)._repr_html_()).text
    assert view.index("unreadable") < view.index("hate-numeric.1488") and f"{50 + 50 - 10} more: to_html()" in view
    assert "Incomplete: 50 rows unreadable" in view


def test_masked_quotes_are_masked_everywhere():
    """The setting `redact` holds for dict, page, table and cell."""
    scan = leakguard.scan([HOT], redact="mask", **ONE)
    assert [one["quote"] for one in scan.to_dict()["findings"]] == ["1•••"] == list(scan.to_pandas()["quote"])
    assert "1488," not in scan.to_html() and "[1488]" not in scan._repr_html_()


def test_a_stream_has_a_view_before_its_end_and_no_answers():
    """A notebook that shows the object must not raise."""
    scan = leakguard.scan([CLEAN, HOT], stream=True, **ONE)
    assert scan._repr_html_() == "<pre>&lt;Scan: a stream that was not read to its end&gt;</pre>"
    for question in (scan.to_pandas, scan.to_html, lambda: scan.exit_code):
        with pytest.raises(leakguard.UsageError, match="not read to its end"):
            question()


def test_a_missed_row_is_in_the_cell():
    """A detector that could not look is shown with its reason."""
    scan = leakguard.scan([CLEAN], **ONE)
    scan._outcome.missed.append(Missed("rows", 1, "judge", "timeout"))
    assert "unchecked" in scan._repr_html_() and "timeout" in scan._repr_html_()


@pytest.mark.parametrize(
    ("function", "table"),
    [
        *((one, Keywords) for one in (leakguard.scan, leakguard.clean, leakguard.gate, leakguard.guard)),
        *((leakguard.audit, AuditKeywords), (leakguard.monitor, Keywords), (leakguard.trainer_callback, Keywords)),
    ],
    ids=lambda one: one.__name__,
)
def test_signatures_name_every_option(function, table):
    """With the type that the option table gives it, so that help() and a notebook's completion show it; no `**options` is left."""
    said = inspect.signature(function).parameters
    assert inspect.Parameter.VAR_KEYWORD not in {one.kind for one in said.values()}
    assert {name: said[name].annotation for name in get_type_hints(table)} == get_type_hints(table)
    assert all(said[name].kind is inspect.Parameter.KEYWORD_ONLY and repr(said[name].default) == "..." for name in get_type_hints(table))


def test_dir_lists_the_public_names_and_imports_nothing():
    """Before any name was used; no module of another package is loaded for it but click at most."""
    code = (
        "import sys; before = set(sys.modules); import leakguard; names = dir(leakguard);"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)));"
        "print(names)"
    )
    loaded, names = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.splitlines()
    assert loaded == "['leakguard']"
    assert names == str(sorted([*leakguard.__all__, "LeakguardFilter"]))


def test_reprs_are_one_short_line():
    """Of everything that a call returns."""
    results = [leakguard.scan([HOT], **ONE), leakguard.gate([HOT], **ONE), leakguard.guard(**ONE), leakguard.monitor()]
    for result in results:
        assert repr(result).startswith(f"<{type(result).__name__}: ") and len(repr(result)) < 100 and "\n" not in repr(result)
    assert python_results.make_frame(("row",), [(1,)]).equals(pandas.DataFrame({"row": pandas.array([1], dtype="Int64")}))
