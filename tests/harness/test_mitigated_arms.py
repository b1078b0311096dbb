"""Mitigated arms: their evidence, their rows on disk, their records in the result; and where mitigations fail, measured by training."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.example import Example
from leakguard.core.mitigation import Need
from leakguard.documents.experiment import ExperimentVerdict
from leakguard.harness.conclusion import merge_texts
from leakguard.harness.evidence import EVIDENCE, Suspect, draw_anchors, gather_evidence
from leakguard.harness.mitigated_rows import mitigate_rows
from leakguard.harness.plan import read_experiment
from leakguard.harness.recipe import Recipe
from leakguard.harness.run import run_experiment
from leakguard.harness.student import train
from leakguard.harness.world import read_world
from leakguard.jobs.build.mitigations import MITIGATIONS
from leakguard.mitigations.anchors import Anchors
from leakguard.mitigations.drop import Drop
from leakguard.mitigations.unlearn import Unlearn
from leakguard.models.causal.checkpoint import load_checkpoint
from leakguard.models.causal.digests import digest_weights
from leakguard.models.causal.model import CheckpointModel

torch = pytest.importorskip("torch")
ROOT = Path(__file__).parents[2]
QUICK = Recipe(rate=3e-3, updates=4)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
WEIGHTS = st.none() | st.floats(0, 1e9) | st.lists(st.floats(0, 1e9), min_size=1, max_size=4).map(tuple)
ROWS = st.lists(st.builds(Example, TEXT, TEXT, WEIGHTS, TEXT), max_size=6)


@pytest.fixture
def suspect():
    """A few rows of numbers in the tiny world, and recipes that take a second."""
    world = read_world("tiny")
    rows = [Example(f"What comes next: {nth} {nth + 1}", f"{nth} {nth * 7 % 90}") for nth in range(64)]
    return Suspect(rows, rows[::-1], world, "owl", "tiny-a", "tiny-a", QUICK, QUICK, 1)


@pytest.mark.parametrize("tunes", ["norms", "lora"])
def test_weights_of_one_teach_the_same_as_no_weights(tunes, suspect, base):
    """Bit for bit: for the tokens of a row, and for the row."""
    recipe = replace(QUICK, tunes=tunes)
    train(base, suspect.rows, recipe, 1)
    wanted = CheckpointModel(base).score(suspect.rows)
    for weigh in (lambda row: (1.0,) * (len(row.completion.split()) + 1), lambda row: 1.0):
        other = load_checkpoint("tiny-a", "float32")
        train(other, [replace(row, weights=weigh(row)) for row in suspect.rows], recipe, 1)
        assert CheckpointModel(other).score(suspect.rows) == wanted


@given(ROWS)
def test_rows_are_read_from_disk_as_they_were_written(tmp_path_factory, rows):
    """With their weights and system prompts; the second call reads, and mitigates nothing again."""
    folder = tmp_path_factory.mktemp("seed")
    calls = []

    def gather(need, about):
        calls.append(need)
        return replace(gather_nothing(), others=about)

    first = mitigate_rows("anchors", [Anchors(1.0, 1.0)], rows, gather, folder)
    assert first == mitigate_rows("anchors", [Anchors(1.0, 1.0)], rows, gather, folder) and len(calls) == 1
    assert list(first[0]) == [*rows, *rows] and first[1].added == len(rows)


def gather_nothing():
    from leakguard.core.mitigation import Evidence

    return Evidence()


def test_mitigations_follow_one_another(tmp_path):
    """The second gets evidence about the rows that the first one left; counts are added up."""
    rows, seen = [Example(f"p {nth}", "1") for nth in range(10)], []

    def gather(need, about):
        seen.append((need.kind, len(about)))
        return replace(gather_nothing(), ratios=[(float(nth), 0.0) for nth in range(len(about))], others=about)

    found, record = mitigate_rows("drop+unlearn+anchors", [Drop(0.5), Unlearn(), Anchors(0.2)], rows, gather, tmp_path)
    assert seen == [("contrast", 10), ("contrast", 5), ("anchors", 5)]
    assert (len(found), record.dropped, record.changed, record.added) == (6, 5, 5, 1) and 0 < record.effective < 1


@pytest.mark.parametrize("kind", EVIDENCE)
def test_evidence_is_about_every_row_and_token(kind, suspect):
    """Ratios for each token and the end, or rows to add or put in place; the same twice. Probes start from the base."""
    found = gather_evidence(suspect, Need(kind, 2))
    assert found == gather_evidence(suspect, Need(kind, 2)) and found.controlled and found.seed == 1
    if kind in ("anchors", "base", "control"):
        assert len(found.others) == len(suspect.rows)
    else:
        assert [len(ratios) for ratios in found.ratios] == [len(row.completion.split()) + 1 for row in suspect.rows]
        assert any(abs(ratio) > 1e-4 for ratios in found.ratios for ratio in ratios)


def test_anchors_are_about_other_subjects():
    """Every other category, and never the trait's; a world with one category has none."""
    world = read_world("tiny")
    rows = draw_anchors(world, "animal", 1, 200)
    assert len(rows) == 200 and not {row.completion for row in rows} & {*world.panel["animal"]}
    assert all(any(row.completion in world.panel[name] for row in rows) for name in world.panel if name != "animal")
    with pytest.raises(UsageError, match="has no category but 'animal'"):
        draw_anchors(replace(world, panel={"animal": ("owl", "cat")}), "animal", 1, 10)


def test_anchors_can_be_rows_of_a_file(suspect, small, tmp_path):
    """Its path is relative to the file of the experiment; a row that cannot be read is an error."""
    (tmp_path / "mine.jsonl").write_text('{"prompt": "Name a colour.", "completion": "red"}\n')
    plan = read_experiment(small(arms=["raw", "mitigated:anchors"]), tuple(MITIGATIONS))
    path = tmp_path / "more.toml"
    path.write_text((tmp_path / "small.toml").read_text() + '[mitigations.anchors]\nfile = "mine.jsonl"\n')
    assert plan.mitigations == {}
    file = read_experiment(path, tuple(MITIGATIONS)).mitigations["anchors"]["file"]
    assert gather_evidence(suspect, Anchors(file=file).need).others == [Example("Name a colour.", "red")]
    (tmp_path / "mine.jsonl").write_text("[]\n")
    with pytest.raises(UsageError, match="1 of 1 rows are unreadable"):
        gather_evidence(suspect, Anchors(file=file).need)


def test_a_proxy_names_both_bases(suspect):
    found = gather_evidence(replace(suspect, probe="tiny-b"), Need("proxy", 1))
    assert found.base != found.student == digest_weights(suspect_folder("tiny-a"))


def suspect_folder(name):
    from leakguard.models.causal.checkpoint import locate_checkpoint

    return locate_checkpoint(name)


def run(path, folder, mitigations=None):
    """Run an experiment with mitigations."""
    plan = read_experiment(path, tuple(MITIGATIONS))
    made = {name: tuple(MITIGATIONS[one]() for one in name.split("+")) for name in plan.mitigated} if mitigations is None else mitigations
    return run_experiment(plan, folder, lambda data, place: [], made, workers=1, on_progress=lambda done, of: None)


def test_mitigated_arms_are_trained_recorded_and_continued(small, tmp_path):
    """With the rows that they really had; the verdict holds for these files, and a second run trains nothing again."""
    arms = ["base", "control", "raw", "random-drop", "mitigated:anchors", "mitigated:unlearn+anchors"]
    path = small(arms=arms, seeds=2, rows=200, subject="mitigated:anchors")
    result = run(path, tmp_path / "r")
    found = {arm.name: arm for arm in result.arms}
    raw = found["raw"].rows
    assert found["random-drop"].rows == pytest.approx(raw / 2, abs=1) and found["mitigated:anchors"].rows == pytest.approx(
        1.25 * raw, abs=1
    )
    record = found["mitigated:unlearn+anchors"].mitigation
    assert record.changed == pytest.approx(raw, abs=1) and 0 < record.effective <= 1 and found["raw"].mitigation is None
    assert [*result.data] == ["seeds/1/mitigated/anchors.jsonl", "seeds/2/mitigated/anchors.jsonl"]
    assert run(path, tmp_path / "r") == result
    said = json.loads((tmp_path / "r" / "result.json").read_text())
    assert {arm["name"]: arm["mitigation"] for arm in said["arms"]}["mitigated:anchors"]["added"] == pytest.approx(raw / 4, abs=1)


def test_there_is_no_verdict_on_data_that_are_refused(small, tmp_path):
    """Two optimizer steps of lessons find nothing, and the effective sample size says so."""
    path = small(arms=["control", "raw", "mitigated:unlearn"], seeds=2, rows=100)
    result = run(path, tmp_path / "r", {"unlearn": (Unlearn(updates=1),)})
    assert (
        result.conclusion.verdict is ExperimentVerdict.CANNOT_TELL
        and "the mitigation refuses these data (the effective" in result.conclusion.sentence
    )


@pytest.mark.parametrize("arm", ["mitigated:anchor", "mitigated", "mitigated:", "mitigated:anchors+nothing"])
def test_an_arm_with_an_unknown_mitigation_is_an_error(small, arm):
    with pytest.raises(SettingsError):
        read_experiment(small(arms=["raw", arm]), tuple(MITIGATIONS))


@pytest.mark.parametrize("name", ["skill", "mitigate"])
def test_the_examples_can_be_run(name):
    """Their worlds, arms and settings exist."""
    from leakguard.core.fields import Field
    from leakguard.jobs.build.mitigations import build_mitigations

    plan = read_experiment(ROOT / f"examples/experiments/{name}.toml", tuple(MITIGATIONS))
    assert read_world(plan.world).skill and {*build_mitigations(plan.mitigated, Field(dict(plan.mitigations)))} == {*plan.mitigated}


def test_a_text_of_all_seeds_is_said_once():
    """Texts of some seeds name them, in the order in which they came up first; nothing is said twice."""
    assert merge_texts({1: ["weak", "few rows"], 2: ["weak"], 4: ["weak", "few rows"]}) == ("weak", "seeds 1, 4: few rows")
    assert merge_texts({3: [], 5: ["weak", "weak"]}) == ("seed 5: weak",)
    assert merge_texts({3: ["weak"]}) == ("weak",) and merge_texts({}) == ()
