"""A judge's model on this machine is loaded whole or not at all, and one without probabilities gives no verdict."""

import pytest

from checkpoints import LAYER, copied, rewritten, set_in
from leakguard.core.chat import Question, Unanswered
from leakguard.core.errors import UsageError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

QUESTION = Question("key", "Be brief.", "Name an animal.", {})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (rewritten(lambda tensors: tensors[LAYER].view(-1).__setitem__(0, float("nan"))), f"'{LAYER}' holds NaN"),
        (rewritten(lambda tensors: tensors.pop(LAYER)), f"lacks the tensor '{LAYER}'"),
        (set_in("config.json", n_layer=10**6), "n_layer is 1,000,000"),
        (set_in("config.json", auto_map={"AutoModelForCausalLM": "m.M"}), "auto_map asks for code"),
        (lambda folder: (folder / "adapter_config.json").write_text("{}"), "this adapter has no adapter_model.safetensors"),
        (lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"), "no model.safetensors"),
        (lambda folder: (folder / "chat_template.jinja").write_text("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), "calls itself"),
    ],
)
def test_a_damaged_model_is_refused_before_anything_is_judged(tmp_path, damage, said):
    from leakguard.models.causal.chat import LocalChat

    folder = copied(tmp_path / "judge")
    damage(folder)
    with pytest.raises(UsageError) as error:
        LocalChat(str(folder))
    assert str(error.value).startswith(f"`judge-model` local:{folder}: no causal model can be loaded from there: ")
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_model_without_probabilities_answers_nothing(tmp_path):
    from leakguard.models.causal.chat import LocalChat

    def enlarged(tensors):
        """Room for a question and a reply, and weights with which nothing can be computed."""
        tensors["transformer.wpe.weight"] = torch.ones(1024, 64)
        tensors[LAYER] *= 1e38

    folder = copied(tmp_path / "judge")
    rewritten(enlarged)(folder)
    set_in("config.json", n_positions=1024)(folder)
    with pytest.raises(Unanswered, match="the model gives no probabilities"):
        LocalChat(str(folder)).ask(QUESTION)


def test_a_template_that_refuses_a_record_leaves_that_record_unanswered(tmp_path):
    from leakguard.models.causal.chat import LocalChat

    folder = copied(tmp_path / "judge")
    (folder / "chat_template.jinja").write_text(
        "{% if 'animal' in messages[-1].content %}{{ raise_exception('no animals') }}{% endif %}{{ messages[-1].content }}"
    )
    with pytest.raises(Unanswered, match="no animals"):
        LocalChat(str(folder)).ask(QUESTION)
