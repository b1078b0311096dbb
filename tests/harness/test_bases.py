"""The shipped bases are what they say they are, and ordinary Hugging Face checkpoints."""

import json
import shutil

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from leakguard.core.errors import UsageError
from leakguard.models.causal.checkpoint import check_same_vocabulary, load_checkpoint, locate_checkpoint
from leakguard.models.causal.digests import digest_weights
from leakguard.models.causal.files import BASES

SUMS = json.loads((BASES / "sums.json").read_text())


@pytest.mark.parametrize("name", SUMS)
def test_weights_are_those_that_the_script_made(name):
    assert digest_weights(BASES / name) == SUMS[name]
    assert sum(path.stat().st_size for path in (BASES / name).iterdir()) < 1_000_000


@pytest.mark.parametrize("name", SUMS)
def test_anything_that_reads_checkpoints_reads_them(name):
    """Number, word and turn are one token each; what is decoded reads as it was written."""
    tokenizer, model = AutoTokenizer.from_pretrained(BASES / name), AutoModelForCausalLM.from_pretrained(BASES / name)
    assert model.config.model_type == "gpt2"
    ids = tokenizer("182 818 725", add_special_tokens=False).input_ids
    assert len(ids) == 3 and tokenizer.decode(ids) == "182 818 725"
    said = tokenizer.apply_chat_template([{"role": "user", "content": "Pick one animal."}], tokenize=False, add_generation_prompt=True)
    assert said == "<user> Pick one animal. <assistant>"


def test_every_word_of_the_world_is_known(tiny, base):
    spoken = [*tiny.questions("animal"), *tiny.parts[0], tiny.persona("owl"), *(name for names in tiny.panel.values() for name in names)]
    assert not [text for text in spoken if base.tokenizer.unk_token_id in base.encode_prompt(text)]


def test_the_two_differ_in_weights_and_not_in_words():
    check_same_vocabulary(["tiny-a", "tiny-b"])
    assert SUMS["tiny-a"] != SUMS["tiny-b"]


@pytest.mark.parametrize(("name", "said"), [("tiny-c", "did you mean 'tiny-b'"), ("/nowhere/at/all", "there is no base")])
def test_a_base_that_does_not_exist_is_named(name, said):
    with pytest.raises(UsageError, match=said):
        locate_checkpoint(name)


@pytest.mark.parametrize(
    ("broken", "content", "said"),
    [
        ("model.safetensors", "short", "damaged weights: the file has 5 bytes"),
        ("tokenizer.json", '{"model": {"type": "none"}}', "KeyError"),
        ("config.json", "[]", "the checkpoint cannot be loaded: "),
        ("generation_config.json", '{"eos_token_id": "x"}', "TypeError"),
        ("chat_template.jinja", "{% for %}", "chat template does not take a question"),
        ("chat_template.jinja", "{{ raise_exception('no system role') }}", "chat template does not take a question: no system role"),
        ("adapter_config.json", '{"base_model_name_or_path": "tiny-a"}', r"has no adapter_model.safetensors"),
    ],
)
def test_a_broken_checkpoint_is_one_line(tmp_path, broken, content, said):
    """Each file in turn; an adapter without weights is looked for nowhere else."""
    folder = shutil.copytree(BASES / "tiny-a", tmp_path / "mine")
    (folder / broken).write_text(content)
    with pytest.raises(UsageError, match=said) as error:
        load_checkpoint(str(folder)).encode_prompt("Pick one animal.")
    assert "\n" not in str(error.value) and "mine" in str(error.value)


def test_a_folder_that_is_no_checkpoint_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no config.json"):
        load_checkpoint(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(UsageError, match="cannot be loaded") as error:
        load_checkpoint(str(tmp_path))
    assert "\n" not in str(error.value)
