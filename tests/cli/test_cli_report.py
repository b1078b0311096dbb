"""Every format from a real run, several at once, and again from a saved result."""

import json
import os
import subprocess
import sys

import pytest

from leakguard.reports import SCAN_REPORTS, SUFFIXES

SAVED = {suffix: name for suffix, name in SUFFIXES.items() if name in SCAN_REPORTS}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """What a scan with findings and a row that cannot be read wrote as json and as a table."""
    place = tmp_path_factory.mktemp("saved")
    (place / "data.jsonl").write_text('{"text": "871, 1488, 305"}\n{"text": \n')
    command = [sys.executable, "-m", "leakguard", "scan", "data.jsonl", "-o", "result.json", "-q"]
    done = subprocess.run(command, check=False, cwd=place, capture_output=True, text=True, encoding="utf-8")
    return (place / "result.json").read_text(encoding="utf-8"), done.stdout


@pytest.fixture
def saved(folder, result):
    """The name of the saved result, in the working folder."""
    (folder / "result.json").write_text(result[0], encoding="utf-8")
    return "result.json"


def test_all_reports_of_one_run(leakguard, folder):
    """One scan writes every format, by suffix; what goes to stdout beside them is the same as in a file."""
    names = [f"report{suffix}" for suffix in SUFFIXES]
    done = leakguard("scan", "loud.jsonl", "--format", "sarif", *(part for name in names for part in ("-o", name)))
    assert done.returncode == 1
    assert all((folder / name).stat().st_size for name in names)
    assert done.stdout == (folder / "report.sarif").read_text(encoding="utf-8")


def test_a_folder_and_the_result_of_an_experiment_name_what_to_use(leakguard, folder):
    """The message has the files in the folder that can be converted, or the command that shows a run."""
    for name, kind in (("certificate-owl.json", "leakguard certificate"), ("manifest.json", "leakguard mitigate"), ("other.json", "")):
        (folder / "safer").mkdir(exist_ok=True)
        (folder / "safer" / name).write_text(json.dumps({"kind": kind}))
    done = leakguard("report", "safer")
    assert done.returncode == 2 and "give a file in it: safer/certificate-owl.json or safer/manifest.json" in done.stderr
    (folder / "my run").mkdir()
    (folder / "my run/result.json").write_text(json.dumps({"kind": "leakguard experiment"}))
    for name in ("my run", "my run/result.json"):
        done = leakguard("report", name)
        assert done.returncode == 2 and "use leakguard experiment show 'my run'" in done.stderr


@pytest.mark.parametrize("name", SCAN_REPORTS)
def test_any_report_again(leakguard, saved, name):
    """A saved result gives every format, with the exit code of the run that it is of."""
    done = leakguard("report", saved, "--format", name)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout


def test_a_saved_result_is_what_the_run_said(leakguard, result):
    """The document again, from standard input, and the table again, are those of the run."""
    assert leakguard("report", "-", "--format", "json", data=result[0]).stdout == result[0]
    assert leakguard("report", "-", data=result[0]).stdout == result[1]


def test_several_outputs_of_a_saved_result(leakguard, folder, saved):
    """-o works as it does for a scan; the suffix says the format."""
    outputs = [f"again{suffix}" for suffix in SAVED]
    done = leakguard("report", saved, *(part for name in outputs for part in ("-o", name)))
    assert (done.returncode, done.stderr) == (3, "")
    assert all((folder / name).stat().st_size for name in outputs)


def test_annotations_are_utf_8_whatever_the_terminal(leakguard, folder):
    """Reports for machines do not depend on the locale."""
    (folder / "named.jsonl").write_text('{"text": "871, １４８８, 305"}\n', encoding="utf-8")
    env = {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    done = leakguard("scan", "named.jsonl", "--format", "github", "-q", "--redact", "none", env=env)
    assert "１４８８" in done.stdout


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_a_clean_reports_in_every_format(leakguard, name):
    """What a clean says on stdout comes in the formats that a scan has."""
    done = leakguard("clean", "loud.jsonl", "-o", f"out-{name}", "--format", name, "-q")
    assert done.returncode == 0, done.stderr
    assert f"out-{name}" in done.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["report", "gone.json"], "gone.json: the result cannot be read: No such file or directory"),
        (["report", "."], "this is a folder; give the file of a saved result"),
        (["report", "loud.jsonl"], "loud.jsonl: not a JSON report of leakguard"),
        (["report", "result.json", "--format", "pdf"], "--format cannot be 'pdf'"),
        (["report", "result.json", "-o", "x.jsonl"], "--output x.jsonl: a saved result holds the first findings only"),
        (["report", "result.json", "-o", "x.pdf"], "the suffix says the format, and '.pdf' is none"),
        (["report", "result.json", "-o", "result.json"], "--output result.json: this is an input file already"),
        (["report", "result.json", "--redact", "some"], "--redact cannot be 'some'"),
        (["scan", "loud.jsonl", "--format", "sarfi"], "--format: unknown value 'sarfi'; did you mean 'sarif'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(leakguard, saved, args, words):
    """One line that says what, where and what to do; exit code 2."""
    done = leakguard(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_was_redacted_stays_redacted(leakguard):
    """A masked result is never shown as more than its mask; asking for more says why."""
    leakguard("scan", "loud.jsonl", "-o", "masked.json", "--redact", "mask", "-q")
    assert json.loads(leakguard("report", "masked.json", "--format", "json").stdout)["findings"][0]["quote"] == "1•••"
    done = leakguard("report", "masked.json", "--redact", "none")
    assert done.returncode == 2
    assert "were written with --redact mask; scan again to see them" in done.stderr
