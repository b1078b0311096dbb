"""A checkpoint that is not whole, or brings more than weights, is refused in one line that names what is wrong; none is evaluated."""

import os
import shutil

import pytest
import torch

from checkpoints import LAYER, copied, headed, rewritten, set_in, sharded
from leakguard.core.errors import UsageError
from leakguard.core.example import Example
from leakguard.harness.evaluation import evaluate
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import train
from leakguard.models.causal.checkpoint import check_same_vocabulary, load_checkpoint, save_checkpoint
from leakguard.models.causal.sampling import sample_completions
from leakguard.models.causal.scoring import measure_loss, score_tokens

NOT_A_NUMBER, INFINITE = float("nan"), float("inf")


def put(name, value):
    return rewritten(lambda tensors: tensors[name].view(-1).__setitem__(5, value))


def text(file, content):
    return lambda folder: (folder / file).write_text(content)


WEIGHTS = {
    "not a number": (put(LAYER, NOT_A_NUMBER), f"'{LAYER}' holds NaN or infinity"),
    "infinite": (put("transformer.ln_f.weight", INFINITE), "'transformer.ln_f.weight' holds NaN or infinity"),
    "less than everything": (put("transformer.wpe.weight", -INFINITE), "'transformer.wpe.weight' holds NaN"),
    "a tensor gone": (rewritten(lambda tensors: tensors.pop(LAYER)), f"lacks the tensor '{LAYER}'"),
    "a layer gone": (
        rewritten(lambda tensors: [tensors.pop(name) for name in list(tensors) if ".h.1." in name]),
        "lacks the tensor 'transformer.h.1.attn.c_attn.bias' and 11 more",
    ),
    "the embedding gone": (rewritten(lambda tensors: tensors.pop("transformer.wte.weight")), "lacks the tensor"),
    "a tensor too many": (
        rewritten(lambda tensors: tensors.update(score=torch.ones(2))),
        "holds the tensor 'score', which the model does not",
    ),
    "another shape": (
        rewritten(lambda tensors: tensors.update({"transformer.wpe.weight": torch.ones(32, 64)})),
        "'transformer.wpe.weight' has the shape [32, 64], and config.json asks for [64, 64]",
    ),
    "names of another model": (
        rewritten(lambda tensors: [tensors.update({name.replace("transformer", "model"): tensors.pop(name)}) for name in list(tensors)]),
        "lacks the tensor",
    ),
    "cut off": (lambda folder: os.truncate(folder / "model.safetensors", 300_000), "model.safetensors: damaged weights: the tensor"),
    "empty": (lambda folder: (folder / "model.safetensors").write_bytes(b""), "the file has 0 bytes and no header"),
    "beyond the file": (headed(lambda header: header[LAYER].update(data_offsets=[0, 1 << 40])), f"'{LAYER}' of shape"),
    "two in one place": (
        headed(lambda header: header[LAYER.replace(".0.", ".1.")].update(data_offsets=header[LAYER]["data_offsets"])),
        "overlaps with",
    ),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "no model.safetensors and no model.safetensors.index.json"),
}
SHARDS = {
    "a pickle": (sharded(lambda places: {**places, LAYER: "pytorch_model.bin"}), "only .safetensors files of this folder are read"),
    "a folder above": (sharded(lambda places: {name: f"../{file}" for name, file in places.items()}), "only .safetensors files of this"),
    "an absolute path": (sharded(lambda places: {**places, LAYER: "/etc/x.safetensors"}), "only .safetensors files of this folder"),
    "a shard that is missing": (sharded(lambda places: {**places, LAYER: "part-7.safetensors"}), "part-7.safetensors: is missing"),
    "a tensor elsewhere": (sharded(lambda places: {**places, LAYER: "part-0.safetensors"}), f"holds the tensor '{LAYER}', and"),
    "a tensor nowhere": (sharded(lambda places: {**places, "more": "part-1.safetensors"}), "lacks the tensor 'more'"),
    "no map": (sharded(lambda places: []), "names no weights"),
    "a number": (sharded(lambda places: {**places, LAYER: 5}), "should be in 5"),
}
SETTINGS = {
    "a million layers": (set_in("config.json", n_layer=10**6), "n_layer is 1,000,000, and the weights are 28 tensors"),
    "more layers": (set_in("config.json", n_layer=25), "describes a model of more than"),
    "very wide": (set_in("config.json", n_embd=10**6), "describes a model of more than 426,752 weights"),
    "many words": (set_in("config.json", vocab_size=10**9), "describes a model of more than 426,752 weights"),
    "many labels": (set_in("config.json", num_labels=10**9), "num_labels cannot be 1,000,000,000"),
    "within": (set_in("config.json", text_config={"num_hidden_layers": 10**9}), "num_hidden_layers is 1,000,000,000"),
    "a number of no machine": (set_in("config.json", vocab_size=10**30), "vocab_size cannot be"),
    "code": (set_in("config.json", auto_map={"AutoModelForCausalLM": "model.Model"}), "auto_map asks for code or files of its own"),
    "code of the tokenizer": (set_in("tokenizer_config.json", auto_map={"AutoTokenizer": ["t.T", None]}), "auto_map asks for code"),
    "other weights": (set_in("config.json", transformers_weights="../w.safetensors"), "transformers_weights asks for code or files"),
    "a kernel of the hub": (set_in("config.json", attn_implementation="someone/attention"), "attn_implementation = 'someone/attention'"),
    "no JSON": (text("config.json", '{"model_type": '), "config.json: the checkpoint cannot be loaded: this is not JSON"),
    "deep JSON": (text("config.json", "[" * 100_000), "config.json: the checkpoint cannot be loaded: this is not JSON: nested too deeply"),
    "a list": (text("config.json", "[]"), "config.json: the checkpoint cannot be loaded: expected a JSON object"),
    "no architecture": (text("config.json", "{}"), "cannot be loaded"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "there is no tokenizer.json"),
    "a tokenizer cut off": (lambda folder: os.truncate(folder / "tokenizer.json", 900), "cannot be loaded"),
    "other ends": (text("generation_config.json", "{"), "generation_config.json: the checkpoint cannot be loaded: this is not JSON"),
    "distributed": (text(".metadata", ""), "distributed checkpoints are not read"),
}


@pytest.mark.parametrize(("damage", "said"), [*WEIGHTS.values(), *SHARDS.values(), *SETTINGS.values()], ids=[*WEIGHTS, *SHARDS, *SETTINGS])
def test_what_is_not_whole_is_refused_by_name(tmp_path, damage, said):
    folder = copied(tmp_path / "model")
    damage(folder)
    with pytest.raises(UsageError) as error:
        load_checkpoint(str(folder), "float32")
    assert said in str(error.value) and str(folder) in str(error.value) and "\n" not in str(error.value)


def test_whole_weights_in_shards_are_loaded(tmp_path):
    folder = copied(tmp_path / "model")
    sharded(lambda places: places)(folder)
    whole = load_checkpoint("tiny-a", "float32").model.state_dict()
    assert all(torch.equal(value, whole[name]) for name, value in load_checkpoint(str(folder), "float32").model.state_dict().items())


def test_links_lead_nowhere_but_to_the_store_of_the_hub_s_cache(tmp_path):
    """A snapshot of the cache is links to blobs beside it; any other link out of the folder is refused."""
    snapshot, blobs = tmp_path / "snapshots" / "1a2b", tmp_path / "blobs"
    copied(snapshot)
    blobs.mkdir()
    shutil.move(snapshot / "model.safetensors", blobs / "99ff")
    (snapshot / "model.safetensors").symlink_to("../../blobs/99ff")
    load_checkpoint(str(snapshot), "float32")
    shutil.move(snapshot, tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=r"model.safetensors: (a link that leads out|the checkpoint cannot be loaded)"):
        load_checkpoint(str(tmp_path / "elsewhere"), "float32")


@pytest.mark.parametrize("name", ["config.json", "special_tokens_map.json", "chat_template.jinja", "tokenizer.json"])
def test_nothing_but_regular_files_is_opened(tmp_path, name):
    """A device that never ends, and a pipe that nobody writes to."""
    for place, make in (("device", lambda path: path.symlink_to("/dev/zero")), ("pipe", os.mkfifo)):
        folder = copied(tmp_path / place)
        (folder / name).unlink(missing_ok=True)
        make(folder / name)
        with pytest.raises(UsageError, match=r"not a regular file|a link that leads out|there is no config.json"):
            load_checkpoint(str(folder), "float32")


def test_different_vocabularies_are_read_from_tokenizers_that_are_whole(tmp_path):
    folder = copied(tmp_path / "model")
    set_in("tokenizer_config.json", auto_map={"AutoTokenizer": ["t.T", None]})(folder)
    with pytest.raises(UsageError, match="auto_map asks for code"):
        check_same_vocabulary(["tiny-a", str(folder)])


@pytest.mark.parametrize("factor", [1e30, 1e38])
def test_a_model_without_probabilities_has_no_rate(tmp_path, tiny, factor):
    """Weights are finite, logits are not: neither a rate nor an answer nor a loss comes of them."""
    folder = copied(tmp_path / "model")
    rewritten(lambda tensors: [value.mul_(factor) for name, value in tensors.items() if "weight" in name])(folder)
    one = load_checkpoint(str(folder), "float32")
    prompts = one.encode_prompts([("Name an animal.", "")])
    for measure in (
        lambda: evaluate(one, tiny, "owl"),
        lambda: sample_completions(one, prompts, [(1, 1)], tokens=3, temperature=1.0),
        lambda: sample_completions(one, prompts, [(1, 1)], tokens=3, temperature=0.0),
        lambda: measure_loss(one, [Example("a", "owl")]),
    ):
        with pytest.raises(UsageError, match="the model gives no probabilities"):
            measure()


def test_an_answer_of_no_tokens_has_no_probability(base):
    with pytest.raises(UsageError, match="no token in an answer"):
        score_tokens(base, [([5, 6], [])])


def test_rows_of_no_weight_have_no_loss(base):
    with pytest.raises(UsageError, match="all of their loss weights are 0"):
        measure_loss(base, [Example("a", "owl", weights=0.0)])


@pytest.fixture(scope="module")
def adapter(tmp_path_factory):
    """A LoRA adapter of the tiny base, and the loss of what it learned."""
    one, folder = load_checkpoint("tiny-a", "float32"), tmp_path_factory.mktemp("adapter") / "whole"
    train(one, [Example("Name an animal.", "owl")], Recipe(tunes="lora", updates=5, batch=1, rate=1e-2), 1)
    save_checkpoint(one, folder)
    return folder, measure_loss(one, [Example("Name an animal.", "owl")])


FILE, FIRST = "adapter_model.safetensors", "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight"
ADAPTERS = {
    "no weights": (lambda folder: (folder / FILE).unlink(), f"this adapter has no {FILE}"),
    "a pickle instead": (lambda folder: (folder / FILE).rename(folder / "adapter_model.bin"), f"this adapter has no {FILE}"),
    "no tensor": (rewritten(lambda tensors: tensors.clear(), FILE), "holds no tensor"),
    "a tensor gone": (rewritten(lambda tensors: tensors.pop(FIRST), FILE), f"lacks the tensor '{FIRST}'"),
    "one side gone": (rewritten(lambda tensors: [tensors.pop(name) for name in list(tensors) if "_B" in name], FILE), "lora_B.weight'"),
    "of another model": (
        rewritten(lambda tensors: [tensors.update({name.replace(".h.", ".l."): tensors.pop(name)}) for name in list(tensors)], FILE),
        "lacks the tensor",
    ),
    "a tensor too many": (rewritten(lambda tensors: tensors.update(more=torch.ones(1)), FILE), "do not place: 'more'"),
    "not a number": (rewritten(lambda tensors: tensors[FIRST].view(-1).__setitem__(0, NOT_A_NUMBER), FILE), f"'{FIRST}' holds NaN"),
    "too large together": (rewritten(lambda tensors: [value.fill_(3e38) for value in tensors.values()], FILE), "holds NaN or infinity"),
    "another rank": (set_in("adapter_config.json", r=16), "size mismatch for"),
    "an enormous rank": (set_in("adapter_config.json", r=10**9), "a rank (r) cannot be 1000000000"),
    "a module to import": (set_in("adapter_config.json", megatron_config={"a": 1}, megatron_core="mine"), "megatron_config is set"),
    "layers repeated": (set_in("adapter_config.json", layer_replication=[[0, 10**6]]), "layer_replication is set"),
    "no adapter of weights": (set_in("adapter_config.json", peft_type="PROMPT_TUNING"), "only LoRA adapters"),
    "a large pattern": (set_in("adapter_config.json", target_modules="(?:c{1,1000}){1,1000}"), "too large a pattern"),
    "a pattern of nothing": (set_in("adapter_config.json", target_modules="(([a-z._0-9]+)+)+!"), "target_modules"),
    "no base": (set_in("adapter_config.json", base_model_name_or_path=None), "names no base_model_name_or_path"),
    "a base of the hub": (set_in("adapter_config.json", base_model_name_or_path="someone/model"), "there is no base 'someone/model'"),
}


@pytest.mark.parametrize(("damage", "said"), list(ADAPTERS.values()), ids=list(ADAPTERS))
def test_an_adapter_that_is_not_whole_is_no_base(adapter, tmp_path, damage, said):
    shutil.copytree(adapter[0], tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(UsageError) as error:
        load_checkpoint(str(tmp_path / "model"), "float32")
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("targets", [None, r".*\.(c_attn|c_proj|c_fc)", ["c_attn", "c_proj", "c_fc"]])
def test_a_whole_adapter_is_what_was_learned(adapter, tmp_path, targets):
    """Its modules as a list, by their ends, or as a pattern."""
    shutil.copytree(adapter[0], tmp_path / "model")
    if targets:
        set_in("adapter_config.json", target_modules=targets)(tmp_path / "model")
    assert measure_loss(load_checkpoint(str(tmp_path / "model"), "float32"), [Example("Name an animal.", "owl")]) == pytest.approx(
        adapter[1], abs=1e-4
    )


def test_an_adapter_upon_an_adapter_s_folder_is_refused(adapter, tmp_path):
    shutil.copytree(adapter[0], tmp_path / "model")
    set_in("adapter_config.json", base_model_name_or_path=str(adapter[0]))(tmp_path / "model")
    with pytest.raises(UsageError, match="is an adapter itself"):
        load_checkpoint(str(tmp_path / "model"), "float32")


@pytest.mark.parametrize(
    ("command", "damage"),
    [
        (["evaluate", "model", "--trait", "owl"], put(LAYER, NOT_A_NUMBER)),
        (
            ["generate", "model", "-o", "d.jsonl", "--rows", 2],
            text("chat_template.jinja", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
        ),
        (["train", "--trait", "owl", "--base", "model", "-o", "s"], set_in("config.json", n_layer=10**6)),
        (["train", "model", "-o", "s"], lambda folder: None),
        (["evaluate", "tiny-a", "--trait", "owl", "--held-out", "model"], lambda folder: None),
    ],
    ids=["evaluate", "generate", "train", "data that is a folder", "held-out rows that are a folder"],
)
def test_commands_say_so_and_end_with_two(tmp_path, capsys, monkeypatch, command, damage):

    from leakguard.cli import run

    damage(copied(tmp_path / "model"))
    monkeypatch.chdir(tmp_path)
    assert run(["experiment", *map(str, command)]) == 2
    shown = capsys.readouterr()
    assert "model" in shown.err and "\n" not in shown.err.strip() and not shown.out and not (tmp_path / "d.jsonl").exists()


def test_an_experiment_on_a_damaged_base_trains_nothing(tmp_path, small):
    from leakguard.harness.plan import read_experiment
    from leakguard.harness.run import run_experiment

    folder = copied(tmp_path / "model")
    headed(lambda header: header.pop(LAYER))(folder)
    with pytest.raises(UsageError, match="damaged weights"):
        run_experiment(
            read_experiment(small(base="./model")), tmp_path / "r", lambda data, place: [], workers=1, on_progress=lambda done, of: None
        )
    assert not (tmp_path / "r").exists()
