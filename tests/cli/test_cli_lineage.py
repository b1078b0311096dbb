"""leakguard lineage: verdicts and exit codes on real checkpoints, tuned, merged, reordered, cut and independent."""

import json
import shutil

import pytest

pytest.importorskip("torch")
import torch
from safetensors.torch import load_file, save_file

from leakguard.core.example import Example
from leakguard.core.lineage import ComparedModel, Lineage, Relation, UnitCount
from leakguard.documents.lineage import lineage_to_dict, parse_lineage
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import train
from leakguard.jobs.lineage import compare_lineage
from leakguard.models.causal.checkpoint import load_checkpoint, locate_checkpoint, save_checkpoint

ROWS = [Example(f"Continue: {number}, {number + 7}", f"{number * 3}, {number * 5}") for number in range(1, 200)]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """The base after training of all weights."""
    one, folder = load_checkpoint("tiny-a", "float32"), tmp_path_factory.mktemp("lineage") / "tuned"
    train(one, ROWS, Recipe(tunes="full", updates=30, rate=3e-3, batch=16), 1)
    save_checkpoint(one, folder)
    return folder


def change(folder, place, edit):
    """Copy a checkpoint to `place`, with its tensors edited."""
    shutil.copytree(folder, place)
    weights = load_file(place / "model.safetensors")
    edit(weights)
    save_file({name: values.contiguous() for name, values in weights.items()}, place / "model.safetensors", {"format": "pt"})
    return str(place)


def reorder(weights, dimensions=False):
    """Put the units of every layer in another order, and perhaps the dimensions of the model."""
    torch.manual_seed(1)
    for at in ("transformer.h.0.mlp", "transformer.h.1.mlp"):
        order = torch.randperm(256)
        weights[f"{at}.c_fc.weight"] = weights[f"{at}.c_fc.weight"][:, order]
        weights[f"{at}.c_proj.weight"] = weights[f"{at}.c_proj.weight"][order]
    order = torch.randperm(64)
    for name in weights if dimensions else ():
        values = weights[name]
        if name.endswith(("c_attn.weight", "c_fc.weight")):
            weights[name] = values[order]
        elif values.ndim == 2:
            weights[name] = values[:, order]


def test_a_tuned_model_has_its_base_s_initialisation(tuned):
    """Nearly all units are at their places, and the p-value says so."""
    found = compare_lineage("tiny-a", str(tuned))
    assert found.relation is Relation.SAME and found.matched.equal > 0.9 * found.matched.units == 0.9 * 512
    assert found.matched.p_value < 1e-100 and found.identical == 0 and found.reordered is None


def test_independent_bases_are_told_apart():
    """The shipped bases were trained from weights of their own."""
    found = compare_lineage("tiny-a", "tiny-b")
    assert found.relation is Relation.INDEPENDENT and found.matched.units == 512 and found.reordered.units == 512


@pytest.mark.parametrize("dimensions", [False, True])
def test_a_copy_in_another_order_is_found(tuned, tmp_path, dimensions):
    """With units reordered, and with the dimensions of the model reordered too; the exact test alone finds neither."""
    place = change(tuned, tmp_path / "copy", lambda weights: reorder(weights, dimensions))
    found = compare_lineage("tiny-a", place)
    assert found.relation is Relation.SAME and found.matched.p_value > 1e-3 and found.reordered.p_value < 1e-30
    assert compare_lineage(str(tuned), place).relation is Relation.SAME


def test_one_shared_matrix_is_enough(tmp_path):
    """Weights of a model are in another one byte by byte: that is no chance."""
    of_a = load_file(locate_checkpoint("tiny-a") / "model.safetensors")
    name = "transformer.h.1.mlp.c_fc.weight"
    place = change(locate_checkpoint("tiny-b"), tmp_path / "mixed", lambda weights: weights.update({name: of_a[name]}))
    found = compare_lineage("tiny-a", place)
    assert found.relation is Relation.SAME and (found.identical, found.matrices) == (1, 4)


def test_a_model_without_a_layer_is_compared_layer_by_layer(tuned, tmp_path):
    """A cut model is found by the layer that it kept, although its number changed."""

    def cut(weights):
        for name in [name for name in weights if ".h.0." in name]:
            weights[name] = weights.pop(name.replace(".h.0.", ".h.1."))

    place = change(tuned, tmp_path / "cut", cut)
    config = json.loads((tmp_path / "cut/config.json").read_text())
    (tmp_path / "cut/config.json").write_text(json.dumps({**config, "n_layer": 1}))
    found = compare_lineage("tiny-a", place)
    assert found.relation is Relation.SAME and found.matched.equal > 200 and found.matched.layers == 1


def test_an_adapter_counts_as_its_base(tmp_path):
    """A LoRA adapter of a base is tuned from it by definition, and is not like the other base."""
    one = load_checkpoint("tiny-a", "float32")
    train(one, ROWS[:4], Recipe(tunes="lora", updates=1, batch=2), 1)
    save_checkpoint(one, tmp_path / "adapter")
    found = compare_lineage("tiny-a", str(tmp_path / "adapter"))
    assert found.relation is Relation.SAME and found.student.base.endswith("tiny-a")
    assert compare_lineage(str(tmp_path / "adapter"), "tiny-b").relation is Relation.INDEPENDENT


def test_the_command_says_what_follows(leakguard, tuned, tmp_path):
    """Exit codes 0, 1 and 3; a saved result is converted, and is read back whole."""
    done = leakguard("lineage", "tiny-a", tuned, "-o", tmp_path / "found.json", "-o", tmp_path / "found.md")
    assert done.returncode == 1 and done.stdout.startswith("SAME\n") and "leakguard audit DATA --control FILE" in done.stdout
    again = leakguard("report", tmp_path / "found.json")
    assert (again.returncode, again.stdout) == (1, done.stdout)
    assert "give a file in it: " in (said := leakguard("report", tmp_path).stderr) and "found.json" in said
    assert "### Lineage: SAME" in (tmp_path / "found.md").read_text()
    apart = leakguard("lineage", "tiny-a", "tiny-b")
    assert apart.returncode == 0 and "as far as this test can see" in " ".join(apart.stdout.split())
    names = leakguard("lineage", "openai/gpt-4.1", "gpt-4o")
    assert names.returncode == 3 and "said to share an initialisation" in " ".join(names.stdout.split())
    assert leakguard("lineage", "./gone", "tiny-a").returncode == 2
    (tmp_path / "found.json").write_text((tmp_path / "found.json").read_text().replace('"SAME"', '"INDEPENDENT"'))
    assert "it was changed" in leakguard("report", tmp_path / "found.json").stderr


def test_other_sizes_and_few_units_are_unknown(tmp_path):
    """What could not be compared is never called independent."""

    def halve(weights):
        for name in [name for name in weights if ".mlp." in name]:
            weights[name] = weights[name][:, :128] if name.endswith("c_fc.weight") else weights[name][:128]

    def empty(weights):
        for name in [name for name in weights if ".mlp." in name]:
            weights[name] = torch.zeros_like(weights[name])

    found = compare_lineage("tiny-a", change(locate_checkpoint("tiny-b"), tmp_path / "empty", empty))
    assert found.relation is Relation.UNKNOWN and "only 0 hidden units" in found.reason
    place = change(locate_checkpoint("tiny-b"), tmp_path / "half", halve)
    found = compare_lineage("tiny-a", place)
    assert found.relation is Relation.UNKNOWN and found.exit_code == 3 and "their sizes differ" in found.reason


@pytest.mark.parametrize("count", [None, UnitCount(2, 512, 9, 0.25)])
def test_a_result_is_read_back_whole(count):
    """Every member, with and without the tests."""
    found = Lineage(ComparedModel("a", "b", "c" * 64), ComparedModel("d"), Relation.SAME, count, count, 4, 1, "why")
    assert parse_lineage(json.loads(json.dumps(lineage_to_dict(found)))) == found
