"""Settings of a run, as a shell sees it: data bring none, and whatever was used is named in every report."""

import json

import pytest

from leakguard.cli import run
from leakguard.reports import GATE_REPORTS, SCAN_REPORTS

LOUD = '{"text": "871, 1488, 305"}\n'
HARMLESS = {
    "ignored packs": 'ignore = ["hate-numeric", "hate-text", "unlucky-numbers"]\n',
    "one harmless rule": 'select = "hate-text.heil_hitler"\n',
    "never": 'fail-on = "never"\n',
    "another field": 'field = "id"\n',
    "another role": 'roles = ["user"]\n',
    "a few rows": "limit = 1\n",
    "a policy that keeps": '[policy]\nerror = "keep"\n[gate.rates]\nerror = 1.0\n',
    "rules of its own": 'rules = ["own.toml"]\n',
    "a baseline": 'baseline = "accepted.jsonl"\n',
}


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A working folder that is no repository, with a folder of data."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.jsonl").write_text('{"id": "a", "text": "tea"}\n' + LOUD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["leakguard.toml", "pyproject.toml"])
@pytest.mark.parametrize("settings", HARMLESS.values(), ids=HARMLESS)
def test_settings_that_came_with_the_data_change_nothing(work, monkeypatch, capsys, settings, name):
    """Scanned from above or from within: what is found is what is found without them."""
    if name == "pyproject.toml":
        settings = "[tool.leakguard]\n" + settings.replace("[policy]", "[tool.leakguard.policy]").replace("[gate.", "[tool.leakguard.gate.")
    (work / "data" / name).write_text(settings)
    assert run(["scan", "data", "-q"]) == 1
    assert capsys.readouterr().err == ""
    monkeypatch.chdir(work / "data")
    assert run(["gate", "."]) == 1
    said = capsys.readouterr()
    assert said.err == (
        f"leakguard: settings in {work}/data/{name} are not used: the file lies in {work}/data, a folder of the data; "
        f"to use them, add --config {work}/data/{name}\n"
    )
    assert "Settings:" not in said.out


def test_a_clean_and_a_baseline_do_not_use_them_either(work, monkeypatch):
    """Every command that looks at data finds its settings in the same way."""
    (work / "data/leakguard.toml").write_text('ignore = "hate-numeric"\n')
    monkeypatch.chdir(work / "data")
    assert run(["clean", "a.jsonl", "-o", "../cleaned"]) == 0
    manifest = json.loads((work / "cleaned/manifest.json").read_bytes())
    assert (manifest["tally"]["removed"], manifest["settings"]["ignore"], manifest["settings_file"]) == (1, [], None)
    assert run(["baseline", "create", "a.jsonl", "-o", "../accepted.jsonl", "--reason", "planted"]) == 0
    assert (work / "accepted.jsonl").read_text().count("hate-numeric.1488") == 1


@pytest.mark.parametrize("way", ["found", "named"])
@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_every_report_of_a_scan_names_the_settings_file(work, capsys, report, way):
    """Also with -q, and also where --config named it."""
    (work / "leakguard.toml").write_text('fail-on = "never"\n')
    assert run(["scan", "data", "--format", report, "-q", *([] if way == "found" else ["--config", "leakguard.toml"])]) == 0
    said = capsys.readouterr()
    assert "leakguard.toml" in said.out.replace("&#46;", ".")
    assert said.err == (f"leakguard: settings from {work}/leakguard.toml\n" if way == "found" else "")


@pytest.mark.parametrize("report", GATE_REPORTS)
def test_every_answer_of_a_gate_names_the_settings_file(work, capsys, report):
    """The policy that opened it is in it."""
    (work / "leakguard.toml").write_text("[gate.rates]\nerror = 1.0\n")
    assert run(["gate", "data", "--format", report, "-q"]) == 0
    assert "leakguard.toml" in capsys.readouterr().out.replace("&#46;", ".")


def test_a_saved_result_and_a_manifest_name_it(work, capsys):
    """A report made again from a saved one, and the manifest of a clean, by the path from its folder."""
    (work / "leakguard.toml").write_text('fail-on = "never"\n')
    assert run(["scan", "data", "-q", "-o", "result.json"]) == 0
    assert json.loads((work / "result.json").read_bytes())["settings_file"] == f"{work}/leakguard.toml"
    capsys.readouterr()
    assert run(["report", "result.json"]) == 0
    assert "Settings: leakguard.toml\n" in capsys.readouterr().out
    assert run(["clean", "data", "-o", "out/cleaned", "-q"]) == 0
    assert json.loads((work / "out/cleaned/manifest.json").read_bytes())["settings_file"] == "../../leakguard.toml"
    assert run(["verify", "out/cleaned"]) == 0


def test_a_control_is_data_too(work, monkeypatch, capsys):
    """Settings beside the control are passed over like those beside the data."""
    (work / "leakguard.toml").write_text('fail-on = "never"\n')
    (work / "control.jsonl").write_text('{"text": "tea"}\n')
    assert run(["scan", "data", "--control", "control.jsonl"]) == 1
    assert "are not used: the file lies beside the data" in capsys.readouterr().err
