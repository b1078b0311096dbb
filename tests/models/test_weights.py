"""A local judge is known by its weights: a model that was replaced in its folder is another judge."""

import json
import os
import shutil

import pytest

from leakguard.core.errors import SettingsError, UsageError
from leakguard.models.causal import digests
from leakguard.models.causal.digests import digest_checkpoint, read_stamps
from leakguard.models.causal.files import BASES
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve

TINY = BASES / "tiny-a"


@pytest.fixture
def folder(tmp_path):
    """A folder in the layout of a checkpoint."""
    place = tmp_path / "judge"
    place.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors", "chat_template.jinja", "merges.txt"):
        (place / name).write_text(f"this is {name}")
    (place / "additional_chat_templates").mkdir()
    return place


CHANGES = {
    "weights": lambda place: (place / "model.safetensors").write_text("THIS is model.safetensors"),
    "weights of the same length": lambda place: (place / "model.safetensors").write_text("this is model.safetensor5"),
    "another shard": lambda place: (place / "model-00002.safetensors").write_text("more"),
    "the tokenizer": lambda place: (place / "tokenizer.json").write_text("{}"),
    "the configuration": lambda place: (place / "config.json").write_text("{}"),
    "the chat template": lambda place: (place / "chat_template.jinja").write_text("{{ messages }}"),
    "a named chat template": lambda place: (place / "additional_chat_templates" / "tool.jinja").write_text("x"),
    "a vocabulary": lambda place: (place / "merges.txt").unlink(),
    "two files that changed places": lambda place: (
        (place / "config.json").rename(place / "x"),
        (place / "tokenizer.json").rename(place / "config.json"),
        (place / "x").rename(place / "tokenizer.json"),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_decides_about_answers_is_in_the_digest(folder, change):
    """Weights, tokenizer, configuration, templates; read again as soon as size, time or file differ."""
    before = digest_checkpoint(folder)
    assert digest_checkpoint(folder) == before and len(before) == 64
    for path in folder.iterdir():
        os.utime(path, ns=(1, 1))
    change(folder)
    assert digest_checkpoint(folder) != before


@pytest.mark.parametrize("name", ["README.md", "optimizer.pt", "pytorch_model.bin", "training.log", "checkpoint-5/model.safetensors"])
def test_what_is_never_loaded_is_not(folder, name):
    """Notes, and the states of a training."""
    before = digest_checkpoint(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("more")
    assert digest_checkpoint(folder) == before


def test_a_copy_elsewhere_has_the_same_digest(folder, tmp_path):
    """Folder, times and the files' identities do not count."""
    assert digest_checkpoint(shutil.copytree(folder, tmp_path / "copy")) == digest_checkpoint(folder)


def test_files_are_hashed_once_a_process(folder, monkeypatch):
    """Another look at an unchanged folder reads no weights."""
    read = []
    real = digests.file_digest
    monkeypatch.setattr(digests, "file_digest", lambda file, kind: read.append(file.name) or real(file, kind))
    first = digest_checkpoint(folder)
    count = len(read)
    assert digest_checkpoint(folder) == first and len(read) == count == 6


def test_an_adapter_counts_with_its_base(folder, tmp_path):
    """A base that is no folder is refused: its weights could not be known."""
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_model.safetensors").write_text("small")
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(folder)}))
    before = digest_checkpoint(adapter)
    CHANGES["weights"](folder)
    assert digest_checkpoint(adapter) != before
    for base in ("some/model", None, 5, ["x"]):
        (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base}))
        with pytest.raises(ValueError, match="names no folder as base_model_name_or_path"):
            read_stamps(adapter)


@pytest.fixture
def tiny(tmp_path):
    """A copy of a shipped checkpoint."""
    pytest.importorskip("torch")
    return shutil.copytree(TINY, tmp_path / "tiny")


def replace_weights(folder):
    """Other weights of the same shapes under the same names."""
    from safetensors.numpy import load_file, save_file

    path = folder / "model.safetensors"
    save_file({name: tensor * 0.5 for name, tensor in load_file(path).items()}, path, metadata={"format": "pt"})


def test_a_replaced_model_is_another_judge(tiny, tmp_path):
    """Its name, which is in the key of every answer, differs; a check of the old one is refused, and a clean is another one."""
    from leakguard.jobs.build import build_guard
    from leakguard.jobs.identity import build_identity

    settings = override(
        Settings(),
        {"judge-model": f"local:{tiny}", "traits": ["owl"], "rules": ["hate-numeric"], "judge-cache": str(tmp_path / "cache.sqlite")},
        where="",
    )

    def known():
        """The judge's name, the key of one of its answers, and what a clean with it is known by."""
        plan = resolve(settings)
        guard = build_guard(plan)
        client = guard.learners[0].learner.client
        key = client.build_question(client.cases[0], "An owl.").question.key
        return client, client.questions.model, key, build_identity(plan, guard, (), (), tmp_path)["judge_weights"]

    client, name, key, identity = known()
    assert name.startswith(f"local:{tiny}@sha256:") and client.chat.name == identity == name
    check = tmp_path / "check.json"
    rubrics = [{"id": case.rubric.pack, "digest": case.rubric.digest} for case in client.cases]
    check.write_text(json.dumps({"kind": "leakguard judge check", "schema_version": 1, "model": name, "rubrics": rubrics, "by_rule": []}))
    with_check = override(settings, {"judge-check": str(check)}, where="")
    assert build_guard(resolve(with_check)).learners[0].learner.client.questions.model == name
    replace_weights(tiny)
    with pytest.raises(SettingsError, match=r"`judge-check` .*: it measured local:.*, and the judge is local:.*: check this one"):
        build_guard(resolve(with_check))
    _, *now = known()
    assert not {name, key, identity} & set(now)


def test_a_model_that_is_replaced_while_it_is_loaded_is_refused(tiny, monkeypatch):
    """What was hashed is what answers."""
    from transformers import AutoModelForCausalLM

    from leakguard.models.causal.chat import LocalChat

    real = AutoModelForCausalLM.from_pretrained

    def swap(*args, **options):
        replace_weights(tiny)
        return real(*args, **options)

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", swap)
    with pytest.raises(UsageError, match="changed while it was loaded; run again"):
        LocalChat(str(tiny))
