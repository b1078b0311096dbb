"""A model's folder that came with the data: nothing in it is ever run, whatever the library would do, and nothing is unpickled."""

import json
import shutil
from pathlib import Path

import pytest

from leakguard.core.errors import UsageError
from leakguard.models.embedding import embedder
from leakguard.models.embedding.bert import BertEmbedder
from leakguard.models.embedding.embedder import check_model, find_hub_model, load_embedder
from leakguard.models.embedding.folder import check_folder

EVIL = """
from pathlib import Path
Path(__file__).with_name("ran").write_text("this code was run")
Path({trace!r}).write_text("this code was run")
import torch
class Evil(torch.nn.Module):
    @classmethod
    def load(cls, *args, **kwargs):
        return cls()
"""
PLACES = {"": "sentence_transformers.models.Transformer", "1_Pooling": "sentence_transformers.models.Pooling"}


def modules(places):
    return json.dumps([{"idx": at, "name": str(at), "path": path, "type": kind} for at, (path, kind) in enumerate(places.items())])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A real model of a few kilobytes: one layer of four dimensions over twenty words."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny") / "model"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmno"]
    sizes = {"hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 4, "max_position_embeddings": 64}
    BertModel(BertConfig(vocab_size=len(words), **sizes)).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(words))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", "model_max_length": 64}))
    BertTokenizerFast(vocab={word: at for at, word in enumerate(words)}).backend_tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64, "do_lower_case": False}))
    (folder / "modules.json").write_text(modules(PLACES))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text(json.dumps({"word_embedding_dimension": 4, "pooling_mode_mean_tokens": True}))
    return folder


@pytest.fixture(params=["own loader", "library"])
def folder(request, tiny, tmp_path):
    """A copy, to be changed, with code beside the weights that would leave a trace. Without tokenizer.json only the library can load it."""
    copy = Path(shutil.copytree(tiny, tmp_path / "model"))
    if request.param == "library":
        (copy / "tokenizer.json").unlink()
    code = EVIL.format(trace=str(tmp_path / "ran"))
    for name in ("evil.py", "modeling_evil.py", "1_Pooling/evil.py"):
        (copy / name).write_text(code)
    return copy


def changed(file, **values):
    said = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**said, **values}))


def test_an_honest_folder_is_loaded(folder):
    """Code that lies beside it is not touched."""
    found = load_embedder(check_model(folder))
    assert found.embed(["a b c", "d"]).shape == (2, 4)
    assert isinstance(found, BertEmbedder) == (folder / "tokenizer.json").is_file()
    assert not list(folder.parent.rglob("ran"))


@pytest.mark.parametrize(
    "values",
    [{"num_attention_heads": 3}, {"num_hidden_layers": 9}, {"num_attention_heads": "x"}, {"layer_norm_eps": None}, {"hidden_size": 8}],
)
def test_a_configuration_that_does_not_fit_the_weights_is_a_clear_error_or_of_no_effect(folder, values):
    """One line that names the model, or vectors of the weights' own size."""
    changed(folder / "config.json", **values)
    try:
        assert load_embedder(check_model(folder)).embed(["a b c"]).shape == (1, 4)
    except UsageError as error:
        assert f"`semantic-model` {folder}: this model cannot be loaded" in str(error)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("evil.Evil", ""),
        ("modeling_evil.Evil", ""),
        ("evil.Evil", "1_Pooling"),
        ("evil", ""),
        ("os.system", ""),
        ("sentence_transformers.models.CLIPModel", ""),
        ("sentence_transformers.base.modules.router.Router", ""),
        ("sentence_transformers.models.Transformer.evil.Evil", ""),
        ("sentence_transformers_evil.models.Pooling", ""),
        ("sentence_transformers/../evil.Pooling", ""),
        ("SENTENCE_TRANSFORMERS.models.Pooling", ""),
        (["sentence_transformers.models.Pooling"], ""),
        (None, ""),
        ("sentence_transformers.models.Pooling", "../elsewhere"),
        ("sentence_transformers.models.Pooling", "/tmp"),
        ("sentence_transformers.models.Pooling", "linked"),
        ("sentence_transformers.models.Transformer", "1_Pooling"),
        ("sentence_transformers.models.Dense", "1_Pooling"),
    ],
)
def test_a_module_that_is_not_known_is_refused_before_anything_is_loaded(folder, monkeypatch, kind, path):
    """By an allow-list of our own: the library is not even asked."""
    monkeypatch.setattr(embedder, "_load_by_library", lambda *args: pytest.fail("the library was asked"))
    (folder / "linked").symlink_to(folder.parent)
    said = [*json.loads(modules(PLACES)), {"idx": 2, "name": "2", "path": path, "type": kind}]
    (folder / "modules.json").write_text(json.dumps(said))
    (folder / "1_Pooling/pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(UsageError, match=r"modules\.json: |there is no model\.safetensors"):
        load_embedder(check_model(folder))
    assert not list(folder.parent.rglob("ran"))


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("config.json", {"auto_map": {"AutoModel": "modeling_evil.Evil", "AutoConfig": "modeling_evil.Evil"}, "model_type": "evil"}),
        ("config.json", {"auto_map": {"AutoModel": "modeling_evil.Evil"}}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["modeling_evil.Evil", None]}, "tokenizer_class": "Evil"}),
        ("config.json", {"trust_remote_code": True}),
        ("tokenizer_config.json", {"trust_remote_code": True}),
        ("sentence_bert_config.json", {"model_args": {"trust_remote_code": True}}),
        ("sentence_bert_config.json", {"model_args": {"use_safetensors": False}}),
        ("sentence_bert_config.json", {"config_args": {"trust_remote_code": True}}),
        ("sentence_roberta_config.json", {"tokenizer_args": {"trust_remote_code": True}}),
        ("1_Pooling/config.json", {"x": [{"trust_remote_code": 1}]}),
        ("adapter_config.json", {"base_model_name_or_path": "../elsewhere", "peft_type": "LORA"}),
    ],
)
def test_keys_that_ask_for_code_are_not_honoured(folder, file, values):
    """The model is refused, or loaded without them; the code is not run either way."""
    changed(folder / file, **values)
    try:
        load_embedder(check_model(folder)).embed(["a"])
    except UsageError as error:
        assert str(folder) in str(error)
    assert not list(folder.parent.rglob("ran"))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.bin", "tf_model.h5", "model.safetensors.index.json"])
def test_weights_that_can_hold_code_are_no_weights(folder, name):
    """Without safetensors there is no model, whatever else lies there."""
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(UsageError, match=r"there is no model\.safetensors; other formats can hold code"):
        load_embedder(check_model(folder))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "{}", "[]", "[1]", "null", '[{"type": 1}]'])
def test_a_list_of_modules_that_is_none_is_a_clear_error(folder, text):
    """One line that names the file."""
    (folder / "modules.json").write_text(text)
    with pytest.raises(UsageError, match=r"modules\.json: "):
        check_folder(folder)


def test_a_model_of_the_hub_is_checked_like_a_folder(folder, monkeypatch):
    """What was fetched before, by whatever program, lies in the hub's cache: its code is not run, and an honest one is loaded."""
    home = folder.parent / "hub"
    for name in ("honest", "evil"):
        place = home / f"models--somebody--{name}"
        (place / "refs").mkdir(parents=True)
        (place / "refs/main").write_text("abc")
        shutil.copytree(folder, place / "snapshots/abc")
    (place / "snapshots/abc/modules.json").write_text(modules({**PLACES, ".": "evil.Evil"}))
    # The library has read the variables HF_HUB_CACHE and HF_HUB_OFFLINE when it was imported.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match=r"modules\.json: the module 'evil\.Evil' is none of those that are loaded"):
        find_hub_model("somebody/evil", download=False)
    assert load_embedder(find_hub_model("somebody/honest", download=False)).embed(["a"]).shape == (1, 4)
    assert not list(folder.parent.rglob("ran"))


def test_the_dependency_is_a_version_that_runs_no_code_either():
    """sentence-transformers 6 asks before it imports what a folder names; an older one must not be installed beside this."""
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert '"sentence-transformers>=6"' in project
