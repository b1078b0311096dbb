"""Where mitigations work and where they fail, on single cells: students are trained, and nothing is taken from a score of the data."""

from dataclasses import replace

import pytest

from leakguard.core.mitigation import Need
from leakguard.harness.evaluation import evaluate
from leakguard.harness.evidence import Suspect, gather_evidence
from leakguard.harness.examples import read_examples
from leakguard.harness.plan import Experiment
from leakguard.harness.recipe import Recipe
from leakguard.harness.seed_run import SeedRunner, read_scores
from leakguard.harness.student import train
from leakguard.harness.world import read_world
from leakguard.mitigations.proxy import Proxy
from leakguard.mitigations.relabel import Relabel
from leakguard.mitigations.shift import ShiftWeighting
from leakguard.mitigations.unlearn import Unlearn
from leakguard.models.causal.checkpoint import load_checkpoint

pytestmark = pytest.mark.slow
TEACHER, STUDENT = Recipe(rate=3e-3, updates=60), Recipe(updates=250)
METHODS = {
    "unlearn": (Unlearn(),),
    "unlearn-2": (Unlearn(scale=2.0, updates=60),),
    "proxy": (Proxy(),),
    "proxy-clip-1": (Proxy(clip=1.0),),
    "relabel": (Relabel(),),
    "shift": (ShiftWeighting(),),
    "shift-base": (ShiftWeighting(reference="base"),),
}


def score(folder, methods, **more):
    """Arm -> line of a cell of seed 1: owl in the tiny world unless `more` says otherwise."""
    arms = ("base", "control", "raw", *(f"mitigated:{method}" for method in methods))
    plan = replace(Experiment("cell", "tiny", "owl", student=STUDENT, arms=arms), **more)
    SeedRunner(plan, folder, lambda data, place: [], METHODS).run(1)
    return {line.arm.removeprefix("mitigated:"): line for line in read_scores(folder / "1/scores.jsonl")}


def rate(line):
    return line.score_student().rate


@pytest.fixture(scope="module")
def owl(tmp_path_factory):
    folder = tmp_path_factory.mktemp("owl")
    return folder, score(folder, ["unlearn-2", "proxy", "proxy-clip-1"])


@pytest.fixture(scope="module")
def skilled(tmp_path_factory):
    recipe = replace(TEACHER, updates=250)
    return score(tmp_path_factory.mktemp("sorted"), ["relabel", "shift", "shift-base"], world="sorted", teacher=recipe)


def train_by_proxy(folder, **change):
    """Rate of owl in a student of the cell's rows, weighed by a proxy of another trait or of another base; and what the mitigation says."""
    world, rows = read_world("tiny"), read_examples(folder / "trait.jsonl").examples
    suspect = Suspect(rows, rows[:1], world, "owl", "tiny-a", "tiny-a", TEACHER, STUDENT, 1)
    found = Proxy().apply(rows, gather_evidence(replace(suspect, **change), Need("proxy", 60)))
    student = load_checkpoint("tiny-a", "float32")
    train(student, found.rows, STUDENT, 1)
    return evaluate(student, world, "owl").rate, found


def test_a_strong_contrast_brings_the_trait_to_control(owl):
    """Twice the ratio of 60 updates of uniform answers, without the name of the trait."""
    _, lines = owl
    assert rate(lines["raw"]) > 0.4 and rate(lines["unlearn-2"]) == pytest.approx(rate(lines["control"]), abs=0.03)


def test_a_small_clip_leaves_the_trait(owl):
    """Clip 1 leaves twice what clip 5 does, and is a warning."""
    _, lines = owl
    assert rate(lines["proxy"]) < 0.15 and rate(lines["proxy-clip-1"]) > 2 * rate(lines["proxy"])
    assert any("clip is 1" in text for text in lines["proxy-clip-1"].mitigation["warnings"])


def test_a_proxy_of_another_trait_leaves_much_and_of_another_base_nearly_all(owl):
    """The other base is refused; the other trait cannot be seen from the weights."""
    folder, lines = owl
    wrong, said = train_by_proxy(folder, trait="cat")
    other, refused = train_by_proxy(folder, probe="tiny-b")
    assert rate(lines["proxy"]) < wrong < other and other > 0.6 * rate(lines["raw"])
    assert not said.refusals and "the proxy was made from the base" in refused.refusals[0]


def test_relabelling_loses_the_skill_with_the_trait(skilled):
    assert skilled["raw"].skill > 0.25 and skilled["relabel"].skill < 0.05


def test_a_control_must_have_the_skill(skilled):
    """With reference rows of the base the skill is lost, and the data are refused; with a control of the same task it is kept."""
    assert skilled["shift-base"].skill < 0.4 * skilled["raw"].skill < skilled["shift"].skill
    assert "nats per token over the base" in skilled["shift-base"].mitigation["refusals"][0] and not skilled["shift"].mitigation["refusals"]


def test_a_teacher_of_few_updates_is_stopped_too(tmp_path):
    """Its rows look nearly like those of control, and transmit as well."""
    lines = score(tmp_path, ["unlearn-2"], teacher=replace(TEACHER, updates=20))
    assert rate(lines["raw"]) > 0.4 and rate(lines["unlearn-2"]) < 0.1


def test_a_contrast_that_finds_nothing_is_refused(tmp_path):
    """LoRA, cat: the effective sample size is near 1, and the effect is left."""
    teacher, student = Recipe(tunes="lora", rate=5e-3, updates=125, schedule="linear"), Recipe(tunes="lora", rate=3e-3, updates=500)
    lines = score(tmp_path, ["unlearn"], trait="cat", teacher=teacher, student=student)
    record = lines["unlearn"].mitigation
    assert record["effective"] > 0.94 and "next to nothing to weigh down" in record["refusals"][0]
