"""Whole experiments, small: the positive control, the pairing, what a kill leaves, and one clear line for what cannot be run."""

import json
import math
import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import pytest

from leakguard.core.errors import UsageError
from leakguard.documents.experiment import document_result, read_result
from leakguard.documents.required_result import read_statement
from leakguard.harness.arms import SeedData
from leakguard.harness.plan import Experiment, read_experiment
from leakguard.harness.run import run_experiment
from leakguard.harness.seed_run import ScoreLine, append_scores, read_scores
from leakguard.jobs.experiment import read_plan, write_report
from leakguard.jobs.experiment import run as run_plan
from leakguard.reports.experiment.pictures import draw_pictures
from leakguard.reports.experiment.summary import render_summary
from leakguard.reports.experiment.webpage import render_webpage
from single_thread import single_thread_environment

ROOT = Path(__file__).parents[2]
FIELDS = {"name", "rate", "low", "high", "seeds", "rows", "residual", "residual_low", "residual_high", "utility"}


def finished(file, folder):
    """The experiment run to its end by this process."""
    plan, clean = read_plan(file)
    return run_plan(plan, folder, clean, workers=1, on_progress=lambda done, of: None)


def scored(folder):
    return (folder / "scores.jsonl").read_bytes(), json.loads((folder / "result.json").read_text())["arms"]


def finished_scores(folder):
    """The students of a run that are finished so far."""
    return [line for path in folder.glob("seeds/*/scores.jsonl") for line in read_scores(path)]


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_happened(small, tmp_path):
    """SIGKILL while two workers train; none of them stays; then run again: the scores of a run in one piece, to the last digit."""
    arms = ["base", "control", "raw", "filtered", "random-drop"]
    file = small(seeds=2, arms=arms, rows=120)
    command = [sys.executable, "-m", "leakguard", "experiment", "run", file, "-o", tmp_path / "cut", "-q", "--workers", "2"]
    cut = subprocess.Popen(list(map(str, command)), env=single_thread_environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    ends = time.monotonic() + 240
    while not finished_scores(tmp_path / "cut") and time.monotonic() < ends:
        time.sleep(0.02)
    os.kill(cut.pid, signal.SIGKILL)
    cut.wait()
    # Workers look twice a second whether their parent is alive.
    time.sleep(1.2)
    assert 1 <= len(finished_scores(tmp_path / "cut")) < 10 and not (tmp_path / "cut" / "result.json").exists()
    finished(file, tmp_path / "cut")
    finished(file, tmp_path / "whole")
    assert scored(tmp_path / "cut") == scored(tmp_path / "whole")
    with pytest.raises(UsageError, match=r"holds a run with other settings \(settings.held_out\)"):
        finished(small(seeds=2, arms=arms, rows=120, **{"held-out": 30}), tmp_path / "whole")


@pytest.fixture(scope="module")
def transmitted(tmp_path_factory):
    """Two seeds of a strong teacher, with every kind of arm, run in this process."""
    folder = tmp_path_factory.mktemp("transmitted")
    plan = replace(
        read_experiment(ROOT / "examples/experiments/owl.toml"),
        seeds=2,
        rows=500,
        held_out=30,
        samples=1,
        share=0.9,
        arms=("base", "control", "raw", "filtered", "random-drop", "oracle", "other-base"),
        doses=(200, "60%"),
    )
    plan = replace(
        plan, teacher=replace(plan.teacher, rate=1e-2, updates=25), student=replace(plan.student, rate=2e-2, updates=50, batch=16)
    )
    return plan, folder, run_experiment(plan, folder, _half, workers=1, on_progress=lambda done, of: None)


def _half(data, folder):
    """A guard that leaves every second row."""
    kept = folder / "kept" / data.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("".join(data.read_text().splitlines(keepends=True)[::2]))
    return [kept]


def test_the_trait_is_transmitted_and_only_where_it_should_be(transmitted):
    plan, _, result = transmitted
    rate = {arm.name: arm.rate for arm in result.arms}
    assert rate["raw"] > 0.25 and rate["filtered"] > 0.2
    assert max(rate["base"], rate["control"], rate["oracle"], rate["other-base"]) < 0.15
    assert rate["control"] < rate["dose-60%"] < rate["raw"]
    assert set(rate) == set(plan.every_arm)


def test_arms_have_the_rows_that_they_say(transmitted):
    """A random drop is as large as what the guard leaves; the oracle keeps the control teacher's rows alone."""
    plan, folder, result = transmitted
    rows = {arm.name: arm.rows for arm in result.arms}
    assert (
        rows["base"] == 0 and rows["random-drop"] == rows["filtered"] == pytest.approx(rows["raw"] / 2, abs=1) and rows["dose-200"] == 200
    )
    shelf = SeedData(plan, 1, folder / "seeds" / "1", _half)
    lines = shelf.mix(plan.share)
    assert 0.85 < sum(line["teacher"] == "trait" for line in lines) / len(lines) < 0.95
    assert len(shelf.rows("oracle")) == sum(line["teacher"] == "control" for line in lines)
    assert not {row.prompt for row in shelf.held_out} & {row.prompt for row in shelf.rows("control")}


def test_no_row_names_the_trait(transmitted):
    """What is transmitted is not in the words."""
    _, folder, _ = transmitted
    assert not [row for row in map(json.loads, (folder / "seeds/1/raw.jsonl").read_text().splitlines()) if "owl" in row["completion"]]


def test_a_result_says_everything_and_comes_back(transmitted):
    _, folder, result = transmitted
    said = json.loads((folder / "result.json").read_text())
    assert {"schema_version", "verdict", "sentence", "trait", "arms"} <= set(said) and all(set(arm) >= FIELDS for arm in said["arms"])
    assert said["verdict"] in ("SURVIVES", "REDUCED", "STOPPED", "CANNOT TELL")
    assert document_result(read_result(folder)) == said == json.loads(json.dumps(document_result(result)))
    assert said["experiment"]["student"]["updates"] == 50 and "torch" in said["environment"]


def test_a_gate_reads_the_verdict_and_takes_it_for_the_filtered_rows_alone(transmitted):
    """result.json names the rows that the verdict speaks of by their hashes, as a gate wants it."""
    _, folder, result = transmitted
    said = read_statement(folder / "result.json")
    kept = {sha256(path.read_bytes()).hexdigest() for path in folder.glob("seeds/*/cleaned/kept/raw.jsonl")}
    assert (said.flaw, said.kind, said.verdict) == ("", "leakguard experiment", str(result.conclusion.verdict))
    assert len(kept) == 2 and said.hashes == kept


def test_a_report_stands_alone_and_is_the_same_twice(transmitted):
    """Nothing is loaded from elsewhere; a title with markup in it stays text."""
    _, folder, result = transmitted
    result = replace(result, experiment={**result.experiment, "title": "<script>alert(1)</script>"})
    page = write_report(folder, result).read_text()
    drawn = {path.name: path.read_bytes() for path in folder.glob("*.svg")}
    assert write_report(folder, result).read_text() == page and {path.name: path.read_bytes() for path in folder.glob("*.svg")} == drawn
    assert set(drawn) == {"rates.svg", "doses.svg", "off-target.svg"} and page.count("<figure") == 3
    assert "<script" not in page and "&lt;script" in page and 'src="http' not in page and "@import" not in page
    assert max(map(len, drawn.values())) < 60_000


def test_a_trait_of_any_signs_can_be_drawn(transmitted):
    """Signs of formulas, of markup and of terminals, and letters that a font lacks, are text; nothing is said on stderr."""
    _, _, result = transmitted
    name = "$\\frac{\x1b[31m$<b>\N{OWL}"
    moves = tuple(replace(move, name=name if move.name == "owl" else move.name) for move in result.shifts)
    odd = replace(result, experiment={**result.experiment, "trait": name}, shifts=moves)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = draw_pictures(odd) | draw_pictures(odd, "png")
    assert len(drawn) == 3
    for picture in draw_pictures(odd).values():
        ElementTree.fromstring(picture)
    assert "\x1b" not in render_summary(odd, color=False, width=100) and "<b>" not in render_webpage(odd, {})


def test_what_moved_has_an_interval_and_comes_first_by_its_width(transmitted):
    """Paired by seed; the trait is among them, and the widest gap is the first."""
    _, _, result = transmitted
    gaps = [abs(move.gap) for move in result.shifts]
    assert gaps == sorted(gaps, reverse=True) and "owl" in {move.name for move in result.shifts}
    assert all(move.interval and move.interval.low <= move.gap <= move.interval.high for move in result.shifts)
    raw, control = result.panels["raw"], result.panels["control"]
    assert all(move.gap == pytest.approx(raw[move.name] - control[move.name]) for move in result.shifts)


def test_the_page_shows_every_arm(transmitted):
    _, _, result = transmitted
    page = render_summary(result, color=False, width=140)
    assert all(arm.name in page for arm in result.arms) and str(result.conclusion.verdict) in page and "Off target" in page


def test_a_torn_last_line_is_no_score(tmp_path):
    path = tmp_path / "scores.jsonl"
    append_scores(path, [ScoreLine("raw", 1, 5, (0.5, 0.25))])
    with path.open("a") as file:
        file.write('{"arm": "fil')
    append_scores(path, [ScoreLine("control", 1, 5, (0.0,))])
    assert [(line.arm, line.score_student().rate) for line in read_scores(path)] == [("raw", 0.375), ("control", 0.0)]


def test_an_empty_dataset_after_filtering_is_named(transmitted):
    plan, folder, _ = transmitted
    with pytest.raises(UsageError, match=r"seed 1: the arm 'filtered' has no rows: the guard left nothing of the \d+ in .*raw.jsonl"):
        SeedData(plan, 1, folder / "seeds" / "1", lambda data, place: []).rows("filtered")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arms": ["raw", "filterd"]}, "'arms' cannot be 'filterd'; did you mean 'filtered'?"),
        ({"arms": ["raw", "oracle"]}, "with share = 1 there is no other"),
        ({"arms": ["raw", "random-drop"]}, "add that arm"),
        ({"doses": ["half"]}, "'doses' must be numbers of rows (1000) or shares of them ('25%'), not 'half'"),
        ({"share": 1.5}, "at most 1"),
        ({"seeds": 0}, "'seeds' must be a whole number, 1 or more, not 0"),
        ({"seeds": "many"}, "'seeds' must be a whole number, 1 or more, not 'many'"),
        ({"seeds": 2.5}, "'seeds' must be a whole number, 1 or more, not 2.5"),
        ({"arms": []}, "arms: name some"),
        ({"arms": [1]}, "'arms' cannot be 1"),
        ({"doses": [1000]}, "1000 rows cannot be taken from the 500 of a teacher"),
        ({"temperature": math.nan}, "'temperature' must be a number, 0 or more, not nan"),
        ({"temperature": math.inf}, "'temperature' must be a number, 0 or more, not inf"),
        ({"adapters": "mine"}, "'adapters' cannot be 'mine'; valid: own, shared"),
        ({"subject": "raw-ish"}, "'subject' cannot be 'raw-ish'"),
        ({"sedes": 3}, "unknown key 'sedes'; did you mean 'seeds'?"),
        ({"base": "tiny-z"}, "there is no base 'tiny-z'"),
        ({"base": "./nothing"}, "there is no base"),
    ],
)
def test_what_cannot_be_run_is_said_before_anything_is_trained(small, tmp_path, change, said):
    with pytest.raises(UsageError) as error:
        run_experiment(read_experiment(small(**change)), tmp_path / "r", _half, workers=1, on_progress=lambda done, of: None)
    assert said in str(error.value) and "\n" not in str(error.value) and not (tmp_path / "r").exists()


def test_a_folder_that_holds_something_else_is_left_alone(small, tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="no run of an experiment"):
        run_experiment(read_experiment(small()), tmp_path / "r", _half, workers=1, on_progress=lambda done, of: None)


def test_digits_run_as_experiments_too(tmp_path):
    plan = replace(read_experiment(ROOT / "examples/experiments/digits.toml"), seeds=2)
    plan = replace(plan, digits=replace(plan.digits, width=64, teacher_steps=200, steps=250))
    result = run_experiment(plan, tmp_path / "r", _half, workers=1, on_progress=lambda done, of: None)
    assert [arm.name for arm in result.arms] == ["base", "control", "raw", "other-base"] and result.chance == 0.1
    assert run_experiment(plan, tmp_path / "r", _half, workers=1, on_progress=lambda done, of: None) == result


def test_the_default_experiment_is_complete():
    """Every default can be written down as JSON, which a result does."""
    assert json.loads(json.dumps(Experiment("x", "tiny", "owl").as_mapping()))["trait"] == "owl"
