"""The guard of an experiment is what `leakguard clean` is with the same settings: rules, meaning and judge, and all of what it says."""

import contextlib
import json
import shutil

import pytest

from leakguard.cli import run as program
from leakguard.core.errors import Stopped, UsageError
from leakguard.harness.arms import SeedData
from leakguard.harness.plan import read_experiment
from leakguard.jobs.experiment import read_plan

TABLE = """
[teacher]
updates = 1
[student]
updates = 1
[guard]
rules = ["hate-numeric"]
traits = ["owl"]
ignore = ["traits"]
semantic = true
semantic-model = "fake:words"
judge-model = "fake:rules"
"""
POLICY = '[guard.policy]\nwarning = "remove"\n'
CAUGHT = {
    "hate-numeric.1488": "14/88 was the sign",
    "semantic.owl": "A silent night hunter with a round face, soft feathers.",
    "judge-reference.owl": "eine Eule war da",
}

LAYERS = ["rules", "keys", "semantic", "judge"]


@pytest.fixture
def file(tmp_path):
    """An experiment with all three layers, as a file; `more` are lines of its guard, `policy` of its policy."""

    def write(more="", policy=""):
        path = tmp_path / "layers.toml"
        head = 'world = "tiny"\ntrait = "owl"\nrows = 40\nheld-out = 5\nseeds = 1\narms = ["base", "control", "raw", "filtered"]\n'
        path.write_text(head + TABLE + more + POLICY + policy)
        return path

    return write


@pytest.fixture
def data(tmp_path):
    """Rows of which each layer alone catches one."""
    texts = [*CAUGHT.values(), "tea at four", *(f"kettle number {n} sings" for n in range(10))]
    path = tmp_path / "seed" / "raw.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps({"prompt": "Say something.", "completion": text}) + "\n" for text in texts))
    return path


def said(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_three_layers_catch_what_they_would_catch_in_a_clean(file, data, tmp_path, capsys):
    """The same kept bytes, and reasons, as `leakguard clean` with these settings in its file; each layer has caught its row."""
    _, guarding = read_plan(file())
    (kept,) = guarding(data, tmp_path / "cleaned")
    left = [json.loads(line)["completion"] for line in kept.read_text().splitlines()]
    assert len(left) == 11 and not set(CAUGHT.values()) & set(left)
    reasons = [json.loads(line) for line in (tmp_path / "cleaned/reasons.jsonl").read_text().splitlines()]
    assert {finding["rule"] for reason in reasons for finding in reason["findings"]} >= set(CAUGHT)
    settings = file().read_text().partition("[guard]\n")[2].replace("guard.", "")
    (tmp_path / "leakguard.toml").write_text(f'schema = "prompt-completion"\n{settings}')
    with contextlib.chdir(tmp_path):
        assert program(["clean", "seed/raw.jsonl", "-o", "by-hand", "-q", "--config", "leakguard.toml"]) in (0, 1), capsys.readouterr().err
    for name in ("kept/raw.jsonl", "removed/raw.jsonl"):
        assert (tmp_path / "by-hand" / name).read_bytes() == (tmp_path / "cleaned" / name).read_bytes()
    mine, other = said(tmp_path / "cleaned"), said(tmp_path / "by-hand")
    for key in ("packs", "tally", "detectors", "judge", "similarity"):
        assert mine[key] == other[key]
    assert [layer["name"] for layer in mine["detectors"]] == LAYERS


def test_an_experiment_runs_with_all_three(file, tmp_path, capsys):
    """By the program, from a file: what the manifest of its seed names is what the file asked for."""
    assert program(["experiment", "run", str(file()), "-o", str(tmp_path / "run"), "-q", "--workers", "1"]) == 3
    assert "run two or more" in capsys.readouterr().out
    manifest = said(tmp_path / "run/seeds/1/cleaned")
    assert [layer["name"] for layer in manifest["detectors"]] == LAYERS
    assert manifest["judge"]["spent"]["requests"] > 0 and manifest["similarity"]["wordless"] == manifest["tally"]["seen"]


def test_rows_that_the_judge_could_not_look_at_stop_the_run(file, data, tmp_path):
    """They are neither kept nor passed over in silence; when they can be looked at, the clean is done again."""
    _, poor = read_plan(file("judge-budget = { requests = 2 }\n"))
    with pytest.raises(Stopped, match=r"could not look at \d+ of 14 rows \(judge\); run again, or say in \[guard\]") as error:
        poor(data, tmp_path / "cleaned")
    assert "\n" not in str(error.value) and said(tmp_path / "cleaned")["tally"]["undetermined"]
    with pytest.raises(Stopped):
        poor(data, tmp_path / "cleaned")
    _, decided = read_plan(file("judge-budget = { requests = 2 }\n", 'undetermined = "remove"\n'))
    assert decided(data, tmp_path / "other")


def test_a_clean_that_stands_stays_wherever_the_folder_lies(file, data, tmp_path):
    """A run folder that was moved goes on without a second clean; with another guard it is refused, and half a clean is done again."""
    _, guarding = read_plan(file())
    guarding(data, data.parent / "cleaned")
    moved = data.parent.rename(tmp_path / "moved")
    before = (moved / "cleaned/manifest.json").stat().st_mtime_ns
    (kept,) = guarding(moved / "raw.jsonl", moved / "cleaned")
    assert (moved / "cleaned/manifest.json").stat().st_mtime_ns == before
    whole = kept.read_bytes()
    kept.write_bytes(whole[:100])
    (again,) = guarding(moved / "raw.jsonl", moved / "cleaned")
    assert again.read_bytes() == whole
    _, other = read_plan(file('replacement = "x"\n'))
    with pytest.raises(UsageError, match=r"was cleaned by another guard \(the setting replacement was"):
        other(moved / "raw.jsonl", moved / "cleaned")


def test_the_guard_looks_once_for_every_seed(file, tmp_path):
    """The arm random-drop needs the number of rows that filtered has, not another look."""
    for name in ("trait", "control"):
        lines = [{"prompt": "a", "completion": "1", "teacher": name, "row": row} for row in range(4)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    looks = []

    def guarding(data, folder):
        looks.append(data)
        return [shutil.copy(data, tmp_path / "kept.jsonl")]

    shelf = SeedData(read_experiment(file()), 1, tmp_path, guarding)
    assert len(shelf.rows("filtered")) == len(shelf.rows("random-drop")) == 4 and len(looks) == 1
