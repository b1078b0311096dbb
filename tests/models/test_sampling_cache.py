"""Sampling with a cache of keys and values draws what reading the whole text for each token draws."""

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from leakguard.models.causal.checkpoint import Checkpoint, load_checkpoint  # noqa: E402
from leakguard.models.causal.sampling import draw_uniforms, sample_completions  # noqa: E402

TOKENS = 10


def build(base, config):
    """A checkpoint of another architecture, with random weights, that takes the tokens of the base."""
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    model.generation_config = base.model.generation_config
    return Checkpoint(model, base.tokenizer, base.folder)


def tune(base):
    """The base with an adapter of LoRA that is not merged."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    base.model = get_peft_model(
        base.model, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, fan_in_fan_out=True)
    ).eval()
    return base


SMALL = {"vocab_size": 1194, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.3}
MODELS = {
    "absolute positions": lambda base: base,
    "LoRA": tune,
    "rotary positions": lambda base: build(base, transformers.LlamaConfig(**SMALL, intermediate_size=64)),
    "partly rotary positions": lambda base: build(base, transformers.GPTNeoXConfig(**SMALL, intermediate_size=64)),
    "a window": lambda base: build(
        base, transformers.MistralConfig(**SMALL, intermediate_size=64, num_key_value_heads=2, sliding_window=8)
    ),
    "linear biases": lambda base: build(
        base, transformers.BloomConfig(vocab_size=1194, hidden_size=32, n_layer=2, n_head=4, initializer_range=0.3)
    ),
}


def draw_slowly(checkpoint, prompt, chances, temperature):
    """One completion from the model's definition: the whole text is read for each token, alone and without a cache."""
    ids, ends = list(prompt), checkpoint.model.generation_config.eos_token_id
    for chance in chances:
        with torch.no_grad():
            logits = checkpoint.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].double()
        if temperature:
            below = torch.softmax(logits / temperature, -1).cumsum(-1)
            ids.append(int((below <= chance * below[-1]).sum()))
        else:
            ids.append(int(logits.argmax()))
        if ids[-1] in ends:
            break
    return checkpoint.tokenizer.decode(ids[len(prompt) :], skip_special_tokens=True)


@pytest.mark.parametrize("temperature", [1.0, 0.7, 0.0])
@pytest.mark.parametrize("name", MODELS)
def test_the_cache_changes_no_token(name, temperature):
    """Prompts of different lengths in one batch, padded on the left, get the answers that each gets alone and without a cache."""
    checkpoint = MODELS[name](load_checkpoint("tiny-a", "float32"))
    prompts = [checkpoint.encode_prompt(f"Continue this list: {' '.join(map(str, range(n, n + 2 + n % 5)))}") for n in range(12)]
    names = [(5, number) for number in range(len(prompts))]
    found = sample_completions(checkpoint, prompts, names, tokens=TOKENS, temperature=temperature)
    chances = draw_uniforms(names, TOKENS)
    assert found == [draw_slowly(checkpoint, prompt, row, temperature) for prompt, row in zip(prompts, chances, strict=True)]
    assert len(set(found)) > 1
