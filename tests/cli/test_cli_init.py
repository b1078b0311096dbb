"""leakguard init and leakguard report diff, as real processes."""

import json


def test_a_settings_file_is_written_once(leakguard, tmp_path):
    """The file can be used as it is, and is never written over."""
    assert leakguard("init").returncode == 0
    text = (tmp_path / "leakguard.toml").read_text()
    (tmp_path / "data.jsonl").write_text(json.dumps({"text": "412, 733"}) + "\n")
    assert leakguard("scan", "data.jsonl", "--config", "leakguard.toml").returncode == 0
    (tmp_path / "leakguard.toml").write_text("# mine\n")
    again = leakguard("init")
    assert (again.returncode, (tmp_path / "leakguard.toml").read_text()) == (2, "# mine\n")
    assert "this file is there already" in again.stderr
    assert "# fail-on = " in text


def test_two_results_are_compared(leakguard, tmp_path):
    """A finding that came, one that went, and exit code 0 whatever changed."""
    for name, texts in (("old", ["666, 1", "871, 1488, 305"]), ("new", ["871, 1488, 305", "Heil Hitler"])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        leakguard("scan", f"{name}.jsonl", "-o", f"{name}.json", "-q", "--no-config")
    done = leakguard("report", "diff", "old.json", "new.json")
    assert done.returncode == 0
    assert "Findings: 1 new, 2 gone, 1 unchanged." in done.stdout
    assert leakguard("report", "diff", "-", "-").returncode == 2
