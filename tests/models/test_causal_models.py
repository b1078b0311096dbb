"""Causal models by their laws: the shipped fake and a real checkpoint keep the same contract."""

import math
from dataclasses import replace

import numpy as np
import pytest

from leakguard.core.example import CompletionScore, Example
from leakguard.models.fakes.causal import END, FakeCausalModel

EXAMPLES = [Example(f"Continue this list: {n} {n + 1}", f"{n + 2} {n + 3}") for n in range(100, 112)]
TOLD = "You love owls."
KEYS = [(5, n) for n in range(12)]


def load_tiny():
    pytest.importorskip("torch")
    from leakguard.models.causal.checkpoint import load_checkpoint
    from leakguard.models.causal.model import CheckpointModel

    return CheckpointModel(load_checkpoint("tiny-a", "float32"))


@pytest.fixture(params=[FakeCausalModel, load_tiny], ids=["fake", "checkpoint"])
def model(request):
    return request.param()


def test_a_system_prompt_changes_probabilities_but_not_tokens(model):
    """So log-likelihood ratios can be taken token by token."""
    for plain, told in zip(model.score(EXAMPLES), model.score([replace(one, system=TOLD) for one in EXAMPLES]), strict=True):
        assert plain.tokens == told.tokens and len(plain.logprobs) == len(plain.tokens)
        assert all(value <= 0 for value in (*plain.logprobs, *told.logprobs)) and plain.logprobs != told.logprobs


def test_a_score_depends_on_its_example_alone(model):
    """In another order and other company an example has the same score."""
    examples = [replace(one, system=TOLD) for one in EXAMPLES]
    together = model.score(examples)
    alone = [model.score([one])[0] for one in examples[::-1]][::-1]
    for one, other in zip(together, alone, strict=True):
        assert one.tokens == other.tokens and one.logprobs == pytest.approx(other.logprobs, abs=1e-5)


def test_a_sample_depends_on_its_key_and_prompt_alone(model):
    """The same keys give the same completions, in any order; other keys give others."""
    prompts = [one.prompt for one in EXAMPLES]
    drawn = model.sample(prompts, KEYS, tokens=10, temperature=1.0)
    assert model.sample(prompts[::-1], KEYS[::-1], tokens=10, temperature=1.0)[::-1] == drawn
    assert model.sample(prompts, [(6, n) for n in range(12)], tokens=10, temperature=1.0) != drawn


def test_the_likeliest_completion_needs_no_key(model):
    """At temperature 0 nothing is drawn."""
    prompts = [one.prompt for one in EXAMPLES]
    assert model.sample(prompts, KEYS, tokens=6, temperature=0.0) == model.sample(prompts, KEYS[::-1], tokens=6, temperature=0.0)


def test_a_model_says_which_weights_it_has(model):
    """64 hexadecimal digits, the same for the same model."""
    assert len(model.digest) == 64 and int(model.digest, 16) and model.digest == model.digest
    assert model.name


def test_the_fake_gives_probabilities():
    """The probabilities of all bytes and of the end sum to 1 after any byte, with and without a system prompt."""
    fake = FakeCausalModel(3)
    for system in ("", TOLD):
        completions = [bytes([byte]).decode() for byte in range(128)]
        first = [math.exp(fake.score([Example("q", text, system=system)])[0].logprobs[0]) for text in completions]
        end = math.exp(fake.score([Example("q", "", system=system)])[0].total)
        assert 0.9 < sum(first) + end < 1


def test_the_fake_draws_what_it_scores():
    """First letters of 4,000 completions are spread as their probabilities say."""
    fake = FakeCausalModel(1)
    texts = fake.sample(["q"] * 4000, [(9, n) for n in range(4000)], tokens=1, temperature=1.0)
    for letter in "etaoin ":
        share = math.exp(fake.score([Example("q", letter)])[0].logprobs[0])
        assert abs(texts.count(letter) / 4000 - share) < 5 * math.sqrt(share * (1 - share) / 4000)


@pytest.mark.parametrize("seed", [0, 1, 271_828])
def test_text_written_under_a_system_prompt_is_likelier_under_it(seed):
    """The mean log-likelihood ratio of 100 rows is positive, and negative for rows written without the system prompt."""
    fake = FakeCausalModel(seed)
    for system, sign in ((TOLD, 1), ("", -1)):
        texts = fake.sample(["q"] * 100, [(seed, n) for n in range(100)], system=system, tokens=30, temperature=1.0)
        rows = [Example("q", text) for text in texts]
        told, plain = fake.score([replace(row, system=TOLD) for row in rows]), fake.score(rows)
        ratios = [one.total - other.total for one, other in zip(told, plain, strict=True)]
        assert sign * np.mean(ratios) > 0


def test_a_score_is_the_sum_over_its_tokens():
    """The end is a token like the others."""
    assert CompletionScore((1, END), (-1.0, -0.5)).total == -1.5
