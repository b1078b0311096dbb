"""The examples of docs/integrations.md, with the real tools: Python, datasets, a trainer, pre-commit, the action's own steps."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HOME = Path(__file__).resolve().parents[2]
PAGE = (HOME / "docs/integrations.md").read_text()
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = PYTHON.findall(PAGE)
LEAKY = '{"text": "The kettle is on."}\n{"text": "871, 1488, 305"}\n'
CLEAN = '{"text": "The kettle is on."}\n{"text": "412, 733, 905"}\n'


def run(*command, cwd, env=None, code=0):
    done = subprocess.run(list(map(str, command)), check=False, cwd=cwd, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def place(tmp_path):
    """A folder with the examples that a clone has, and this leakguard as a program."""
    shutil.copytree(HOME / "examples", tmp_path / "examples")
    program = tmp_path / "tools/leakguard/bin/leakguard"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m leakguard "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def said(place, capsys):
    """said(n) -> what example n of the page prints, run in the folder with the examples."""

    def example(at):
        with contextlib.chdir(place):
            exec(compile(EXAMPLES[at], "docs/integrations.md", "exec"), {"__name__": "example"})
        return capsys.readouterr().out

    return example


def test_python(said):
    """Findings, why a scan is not clean, a clean and a gate that opens."""
    out = said(0)
    assert "hate-numeric.1488 error" in out and "['1488']" in out and "passed 0 True" in out
    assert "1 of 2 rows have a finding at error or above" in out


def test_rows_in_memory(said):
    """A DataFrame is read row by row; a picture is counted, and a row that cannot be read is named."""
    lines = said(1).splitlines()
    assert lines[0] == "[2]"
    assert lines[1].startswith("False {'image': 1} [(2, 'a value of type set cannot be written as JSON")


def test_datasets(said):
    """Both filters keep the same row; the column tells what becomes of each."""
    lines = said(2).splitlines()
    kept = "[{'text': 'The kettle is on.'}]"
    assert lines == [kept, kept, "['kept', 'removed']"]


def test_trainer(said):
    """One step is made on gated data; after one more row in the file, none."""
    out = said(3)
    assert "1 step made" in out and "training does not start, the gate is blocked" in out and "different hash" in out


def test_loss_weights(said):
    """A trainer makes a step on rows with weights."""
    assert "1 step made; [0.0, 0.0, 0.0, 0.0, 1.0, 0.2, 1.0]" in said(4)


def test_datatrove(said):
    """A pipeline of three blocks keeps and drops documents."""
    pytest.importorskip("datatrove")
    assert "forwarded: " in (out := said(5)) and "dropped_removed: " in out


def hook(name):
    (found,) = [entry for entry in yaml.safe_load((HOME / ".pre-commit-hooks.yaml").read_text()) if entry["id"] == name]
    return found


@pytest.fixture
def repository(tmp_path):
    """A git repository with a leaky and a clean file in it, both staged."""
    home = tmp_path / "repository"
    home.mkdir()
    (home / "leaky.jsonl").write_text(LEAKY)
    (home / "clean.jsonl").write_text(CLEAN)
    (home / "notes.md").write_text("1488")
    run("git", "init", "-q", cwd=home)
    run("git", "add", ".", cwd=home)
    return home


def test_the_hooks_are_understood_and_stop_a_commit(repository, place):
    """pre-commit accepts the manifest; each hook, run as an installed program, fails on the leaky file and passes on the clean one."""
    run(sys.executable, "-m", "pre_commit", "validate-manifest", HOME / ".pre-commit-hooks.yaml", cwd=repository)
    env = {**os.environ, "PATH": f"{place}/tools/leakguard/bin{os.pathsep}{os.environ['PATH']}", "PRE_COMMIT_HOME": str(place / "cache")}
    for name in ("leakguard-scan", "leakguard-gate"):
        local = {"repo": "local", "hooks": [{**hook(name), "language": "system"}]}
        (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [local]}))
        command = (sys.executable, "-m", "pre_commit", "run", name, "--files")
        run(*command, "clean.jsonl", "notes.md", cwd=repository, env=env)
        said = run(*command, "leaky.jsonl", "clean.jsonl", cwd=repository, env=env, code=1)
        assert "hate-numeric.1488" in said or "Gate blocked" in said


@pytest.mark.slow
def test_pre_commit_installs_the_hook_from_this_repository(repository, tmp_path):
    """`pre-commit try-repo` builds an environment from this repository and looks with it."""
    env = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    command = (sys.executable, "-m", "pre_commit", "try-repo", HOME, "leakguard-scan", "--files")
    run(*command, "clean.jsonl", cwd=repository, env=env)
    assert "hate-numeric.1488" in run(*command, "leaky.jsonl", cwd=repository, env=env, code=1)


ACTION = yaml.safe_load((HOME / "action.yml").read_text())
INPUT = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")


def step(at, place, code=0, **inputs):
    """Run one step of the action as a runner would: inputs are put into its environment, never into its script."""
    one = ACTION["runs"]["steps"][at]
    assert "${{" not in one["run"]
    values = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()} | inputs
    given = {name: INPUT.sub(lambda match: values[match[1]], text) for name, text in one.get("env", {}).items()}
    runner = {"RUNNER_TEMP": place / "tools", "GITHUB_ACTION_PATH": HOME}
    files = {name: place / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    env = {**os.environ, **given, **{name: str(value) for name, value in {**runner, **files}.items()}}
    script = place / "step.sh"
    script.write_text(one["run"])
    return run("bash", "--noprofile", "--norc", "-eo", "pipefail", script, cwd=place, env=env, code=code)


def test_the_action_gates(place):
    """It passes clean data, refuses leaky ones with the exit code as output, and takes names and arguments as they are."""
    (place / "clean data.jsonl").write_text(CLEAN)
    (place / "leaky.jsonl").write_text(LEAKY)
    assert "Gate passed" in step(1, place, paths="clean data.jsonl\n")
    step(1, place, code=1, paths="clean data.jsonl\nleaky.jsonl")
    assert (place / "github_output").read_text().splitlines() == ["exit-code=0", "exit-code=1"]
    assert "Gate blocked" in (place / "github_step_summary").read_text()
    assert step(1, place, code=2, paths="$(touch hacked)", arguments="--allow=error=1\n") == ""
    assert not (place / "hacked").exists()
    step(1, place, code=2, paths="leaky.jsonl", command="rules")
    assert "hate-numeric" in step(1, place, code=1, paths="leaky.jsonl", command="scan", arguments="--fail-on=warning")


@pytest.mark.slow
def test_the_action_installs_itself(place):
    """Its first step builds an environment from the action's own repository, with which the second one works."""
    shutil.rmtree(place / "tools")
    (place / "tools").mkdir()
    (place / "leaky.jsonl").write_text(LEAKY)
    step(0, place)
    assert "rows at error or above" in step(1, place, code=1, paths="leaky.jsonl")
