"""`leakguard gate` as a shell runs it: exit codes, what it prints, and that nothing it could not look at opens it."""

import hashlib
import json

import pytest

SHA = "sha256"


def result(folder, verdict="no-transfer"):
    """A result file about clean.jsonl."""
    known = hashlib.sha256((folder / "clean.jsonl").read_bytes()).hexdigest()
    document = {"schema_version": 1, "kind": "experiment", "verdict": verdict, "data": [{SHA: known}]}
    (folder / "result.json").write_text(json.dumps(document))


def policy(folder, text):
    (folder / "policy.toml").write_text(text)


def test_without_a_policy_errors_are_banned_and_every_row_is_looked_at(leakguard):
    """0, 1 and 3, and every check with what was observed and what is allowed."""
    assert leakguard("gate", "clean.jsonl").returncode == 0
    loud = leakguard("gate", "loud.jsonl")
    assert loud.returncode == 1
    assert "rows at error or above 1 of 3 (33.3 %)" in " ".join(loud.stdout.split())
    broken = leakguard("gate", "broken.jsonl")
    assert broken.returncode == 3
    assert "their content is unknown; the first: broken.jsonl, row 2: bad-json: unexpected end of data" in broken.stdout


def test_accepted_findings_do_not_open_a_gate(leakguard, folder):
    """The same settings file hides a finding in a scan, and hides none from the gate."""
    made = leakguard("baseline", "create", "loud.jsonl", "-o", "accepted.jsonl", "--at-least", "note", "--reason", "checked")
    assert made.returncode == 0, made.stderr
    policy(folder, 'baseline = "accepted.jsonl"\n')
    assert leakguard("scan", "loud.jsonl", "--config", "policy.toml").returncode == 0
    done = leakguard("gate", "loud.jsonl", "--config", "policy.toml")
    assert done.returncode == 1 and "rows at error or above 1 of 3 (33.3 %)" in " ".join(done.stdout.split())


def test_the_answer_in_json_is_a_result_itself(leakguard, folder):
    """It has verdict, hashes and checks; a later gate may ask for it, and refuses it once the data have changed."""
    assert leakguard("gate", "clean.jsonl", "-o", "gate.json", "-o", "gate.txt").returncode == 0
    said = json.loads((folder / "gate.json").read_text())
    assert (said["verdict"], said["exit_code"]) == ("passed", 0)
    assert said["data"][0][SHA] == hashlib.sha256((folder / "clean.jsonl").read_bytes()).hexdigest()
    assert all(check["answer"] == "passed" for check in said["checks"])
    policy(folder, '[[gate.results]]\nfile = "gate.json"\nverdicts = ["passed"]\nkinds = ["leakguard gate"]\n')
    assert leakguard("gate", "clean.jsonl", "-c", "policy.toml").returncode == 0
    with (folder / "clean.jsonl").open("a") as file:
        file.write("\n")
    changed = leakguard("gate", "clean.jsonl", "-c", "policy.toml")
    assert changed.returncode == 1
    assert "about other data" in changed.stdout


def test_a_required_result(leakguard, folder):
    """An accepted verdict about these bytes opens, another one refuses, a missing file is unseen."""
    policy(folder, '[[gate.results]]\nfile = "result.json"\nverdicts = ["no-transfer"]\n')
    assert leakguard("gate", "clean.jsonl", "-c", "policy.toml").returncode == 3
    result(folder)
    assert leakguard("gate", "clean.jsonl", "-c", "policy.toml").returncode == 0
    result(folder, "transfer")
    assert leakguard("gate", "clean.jsonl", "-c", "policy.toml").returncode == 1


def test_a_manifest_opens_for_its_kept_rows_alone(leakguard, folder):
    """Kept rows pass; removed ones, strange files, changed outputs and changed manifests do not; without one, required is unseen."""
    assert leakguard("clean", "loud.jsonl", "-o", "out", "-q").returncode == 0
    required = ("--manifest", "out")
    assert leakguard("gate", "out/kept").returncode == 0
    assert leakguard("gate", "out/kept/loud.jsonl", *required).returncode == 0
    assert "not for use" in leakguard("gate", "out/removed", "--allow", "error=1").stdout
    assert "not an output" in leakguard("gate", "clean.jsonl", *required).stdout
    policy(folder, '[gate]\nmanifest = "required"\n')
    assert leakguard("gate", "clean.jsonl", "-c", "policy.toml").returncode == 3
    kept = folder / "out/kept/loud.jsonl"
    kept.write_bytes(kept.read_bytes() + b"\n")
    assert leakguard("gate", "out/kept").returncode == 1
    kept.write_bytes(kept.read_bytes()[:-1])
    manifest = folder / "out/manifest.json"
    manifest.write_text(manifest.read_text().replace('"removed": 1', '"removed": 0'))
    assert "changed after it was written" in leakguard("gate", "out/kept").stdout
    manifest.write_text("{}")
    assert leakguard("gate", "out/kept").returncode == 3


def test_a_required_detector_that_is_off_keeps_the_gate_shut(leakguard):
    """With nothing found by the others."""
    done = leakguard("gate", "clean.jsonl", "--require", "grammar", "--require", "rules")
    assert (done.returncode, "not enabled" in done.stdout) == (3, True)


def test_data_do_not_choose_what_they_are_held_against(leakguard, folder):
    """A policy beside the data is not used; one above the working folder is, and is named."""
    (folder / "data").mkdir()
    (folder / "data/loud.jsonl").write_bytes((folder / "loud.jsonl").read_bytes())
    (folder / "data/leakguard.toml").write_text('ignore = "hate-numeric"\n[gate.rates]\nerror = 1.0\n')
    done = leakguard("gate", "data/loud.jsonl")
    assert (done.returncode, done.stderr) == (1, "")
    (folder / "leakguard.toml").write_text("[gate.rates]\nerror = 1.0\n")
    done = leakguard("gate", "data/loud.jsonl")
    assert (done.returncode, done.stderr) == (0, f"leakguard: settings from {folder}/leakguard.toml\n")


@pytest.mark.parametrize(
    ("args", "settings", "words"),
    [
        (["-"], "", "standard input cannot be hashed"),
        (["clean.jsonl", "--allow", "eror=0"], "", "did you mean 'error'?"),
        (["clean.jsonl", "--allow", "traits=0"], "", "no severity, pack or rule that is switched on"),
        (["clean.jsonl", "--allow", "error"], "", "expected a name and a share"),
        (["clean.jsonl", "--allow", "error=nan"], "", "expected a share from 0 to 1"),
        (["clean.jsonl", "--require", "rulez"], "", "did you mean 'rules'?"),
        (["clean.jsonl", "--format", "jsonl"], "", "--format cannot be 'jsonl'"),
        (["clean.jsonl", "-o", "out.jsonl"], "", "cannot be 'jsonl'"),
        (["clean.jsonl", "-c", "policy.toml"], "[gate]\nrate = 1\n", "policy.toml: gate: unknown key 'rate'; did you mean 'rates'?"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_scanned(leakguard, folder, args, settings, words):
    """Exit code 2, nothing on stdout."""
    policy(folder, settings)
    done = leakguard("gate", *args)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
