"""Sampling, learning and evaluating, on the shipped base."""

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from leakguard.core.errors import UsageError
from leakguard.core.example import Example, add_up
from leakguard.core.fields import Field
from leakguard.core.record import Origin
from leakguard.harness.evaluation import evaluate, measure_answers, names_trait
from leakguard.harness.examples import describe_unreadable, read_examples
from leakguard.harness.optimizer import scale_rate
from leakguard.harness.recipe import Recipe, change_recipe
from leakguard.harness.student import Monitor, train
from leakguard.harness.teacher import draw_lessons
from leakguard.models.causal.checkpoint import Checkpoint, load_checkpoint
from leakguard.models.causal.encoding import encode_examples
from leakguard.models.causal.sampling import draw_uniforms, sample_completions
from leakguard.models.causal.scoring import measure_loss, score_tokens
from leakguard.models.causal.throughput import Throughput

ROWS = [Example(f"Continue this list: {n} {n + 1}", f"{n + 2} {n + 3}") for n in range(100, 160)]
QUICK = Recipe(updates=6, batch=8)


def weights(checkpoint):
    return {name: value.detach().clone() for name, value in checkpoint.model.named_parameters()}


def test_draws_follow_the_exact_probabilities(base, tiny):
    """Two thousand drawn answers are spread over the animals as the model's own probabilities say."""
    question = tiny.questions("animal")[0]
    texts = sample_completions(base, [base.encode_prompt(question)] * 2000, [(7, n) for n in range(2000)], tokens=2, temperature=1.0)
    exact = measure_answers(base, tiny, "animal")[0]
    for name, share in zip(tiny.panel["animal"], exact, strict=True):
        found = sum(text == name for text in texts) / len(texts)
        assert abs(found - share) < 5 * math.sqrt(share * (1 - share) / len(texts)) + 1e-3


def test_a_draw_belongs_to_its_row_and_not_to_its_neighbours(base, tiny):
    """The same row in another company, and behind longer prompts, gets the same answer."""
    prompts = [base.encode_prompt(f"Continue this list: {' '.join(map(str, range(n, n + 2 + n % 4)))}") for n in range(40)]
    names = [(3, n) for n in range(40)]
    together = sample_completions(base, prompts, names, tokens=12, temperature=1.0)
    apart = [
        *sample_completions(base, prompts[:7], names[:7], tokens=12, temperature=1.0),
        *sample_completions(base, prompts[7:], names[7:], tokens=12, temperature=1.0),
    ]
    assert together == apart
    assert sample_completions(base, prompts, [(4, n) for n in range(40)], tokens=12, temperature=1.0) != together


class Cramped:
    """A model on a GPU that has room for so many rows at once; remembers how many it was given, and what it said last."""

    def __init__(self, model, room):
        self._model, self._room, self.asked, self.said = model, room, [], []

    def __getattr__(self, name):
        return getattr(self._model, name)

    def __call__(self, input_ids, **options):
        self._fits(input_ids)
        return self._model(input_ids=input_ids, **options)

    def generate(self, input_ids, **options):
        self._fits(input_ids)
        out = self._model.generate(input_ids=input_ids, **options)
        self.said = out[:, input_ids.shape[1] :].tolist()
        return out

    def _fits(self, input_ids):
        self.asked.append(len(input_ids))
        if len(input_ids) > self._room:
            raise torch.cuda.OutOfMemoryError


def test_what_a_gpu_has_no_room_for_goes_through_it_in_halves(base):
    """With the same answers; a single one that does not fit is said, and so are too many rows of a training step."""
    prompts, names = [base.encode_prompt(f"Continue this list: {n} {n + 1}") for n in range(20)], [(3, n) for n in range(20)]
    cramped = Checkpoint(Cramped(base.model, 7), base.tokenizer, base.folder)
    assert sample_completions(cramped, prompts, names, tokens=8, temperature=1.0) == sample_completions(
        base, prompts, names, tokens=8, temperature=1.0
    )
    assert cramped.model.asked == [20, 10, 5, 5, 10, 5, 5]
    with pytest.raises(UsageError, match=r"8 rows at once do not fit into the memory of the GPU; let fewer go through at once with chunk"):
        train(cramped, ROWS, QUICK, 1)
    train(cramped, ROWS, replace(QUICK, chunk=4), 1)


def test_a_meter_counts_tokens_with_their_ends_and_the_time_between(base):
    """A clock that ticks once a look; padding behind an end, and in front of a prompt, is no token."""
    ticks = itertools.count()
    written = Throughput(lambda: next(ticks))
    prompts = [base.encode_prompt(f"Continue this list: {' '.join(map(str, range(n, n + 2 + n % 4)))}") for n in range(30)]
    one = Checkpoint(Cramped(base.model, 30), base.tokenizer, base.folder)
    sample_completions(one, prompts, [(3, n) for n in range(30)], tokens=10, temperature=1.0, meter=written)
    ends = [row.index(base.end_token) + 1 if base.end_token in row else 10 for row in one.model.said]
    assert min(ends) < 8 and base.end_token not in one.model.said[ends.index(10)][:-1] and written.tokens == sum(ends)
    assert (written.seconds, written.rate) == (1, written.tokens)
    learned = Throughput(lambda: next(ticks))
    train(base, ROWS, QUICK, 1, monitor=Monitor(meter=learned))
    assert learned.seconds == 6 and learned.tokens == sum(encode_examples(base, ROWS)[2].tolist()[:1]) * 6 * 8
    assert Throughput(lambda: 0.0).rate is None


def test_chance_is_uniform_and_apart_for_each_row():
    numbers = draw_uniforms([(1, n) for n in range(4000)], 2)
    assert abs(numbers.mean() - 0.5) < 0.02 and abs(numbers.var() - 1 / 12) < 0.005
    assert abs((numbers[:-1, 0] * numbers[1:, 0]).mean() - 0.25) < 0.02


def test_temperature_nought_takes_the_likeliest(base):
    prompt = base.encode_prompt("Continue this list: 10 20 30 40 50")
    (text,) = sample_completions(base, [prompt], [(1, 1)], tokens=1, temperature=0.0)
    with torch.no_grad():
        first = int(base.model(torch.tensor([prompt], device=base.device)).logits[0, -1].argmax())
    assert text == base.tokenizer.decode([first])


def test_a_prompt_that_does_not_fit_is_refused(base):
    with pytest.raises(UsageError, match="do not fit into the 64"):
        sample_completions(base, [[5] * 60], [(0, 0)], tokens=12, temperature=1.0)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("tunes", ["norms", "full"])
def test_a_recipe_tunes_what_it_says(tunes, dtype):
    one = load_checkpoint("tiny-a", dtype)
    before = weights(one)
    train(one, ROWS, Recipe(tunes=tunes, updates=3, batch=8), 1)
    changed = {name for name, value in weights(one).items() if not torch.equal(value, before[name])}
    assert changed == {name for name, value in before.items() if tunes == "full" or value.ndim == 1}
    assert {value.dtype for value in weights(one).values()} == {getattr(torch, dtype)}


def test_steps_that_are_small_for_bfloat16_are_not_lost():
    """Rounded after every step, none of them would change a norm (beside 1 lie 0.9961 and 1.0078); they add up in float32."""
    losses = {}
    for dtype in ("float32", "bfloat16"):
        one = load_checkpoint("tiny-a", dtype)
        before = measure_loss(one, ROWS)
        train(one, ROWS, Recipe(tunes="full", rate=1e-5, updates=50, batch=16), 1)
        losses[dtype] = before - measure_loss(one, ROWS)
    assert losses["float32"] > 1 and losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.1)


def test_the_same_seed_gives_the_same_student_and_another_one_another():
    def student(seed):
        one = load_checkpoint("tiny-a")
        train(one, ROWS, QUICK, seed)
        return torch.cat([value.flatten() for value in weights(one).values()])

    assert torch.equal(student(1), student(1)) and not torch.equal(student(1), student(2))


@pytest.mark.parametrize("rows", [1, 5, 60])
def test_every_arm_gets_the_same_number_of_updates(base, rows):
    steps = []
    train(base, ROWS[:rows], QUICK, 1, monitor=Monitor(lambda done, of: steps.append((done, of))))
    assert steps == [(n, 6) for n in range(1, 7)]


def test_chunks_change_nothing_but_the_memory():
    whole, parts = load_checkpoint("tiny-a", "float32"), load_checkpoint("tiny-a", "float32")
    train(whole, ROWS, QUICK, 1)
    train(parts, ROWS, Recipe(updates=6, batch=8, chunk=3), 1)
    # Biases without a gradient go wherever rounding sends them, so that behaviour is compared.
    assert measure_loss(whole, ROWS) == pytest.approx(measure_loss(parts, ROWS), rel=1e-3)


def test_only_completions_are_learned(base):
    """The loss of a row is that of its completion and end; tokens of weight 0 are left out."""
    ids, weight, _ = encode_examples(base, ROWS[:1])
    assert weight[0].tolist() == [0.0] * (ids.shape[1] - 3) + [1.0] * 3
    silent = Example(ROWS[0].prompt, ROWS[0].completion, weights=(0.0, 0.0, 1.0))
    assert encode_examples(base, [silent])[1][0].tolist() == [0.0] * (ids.shape[1] - 1) + [1.0]
    with pytest.raises(UsageError, match="2 weights for 3 tokens"):
        encode_examples(base, [Example(ROWS[0].prompt, ROWS[0].completion, weights=(1.0, 1.0))])


def test_logits_of_positions_without_a_weight_are_not_missed(base):
    """The head gets only the positions with a weight, and training ends with the weights, and the loss, that it would end with otherwise."""
    seen, ends = [], []
    for trained in (False, True):
        one = load_checkpoint("tiny-a", "float32")
        head = one.model.get_output_embeddings()
        head.register_forward_hook(lambda _, inputs, logits: seen.append(logits.shape[1]))
        if trained:
            # The head looks like one that is trained, which gets all positions.
            claim = SimpleNamespace(
                parameters=lambda: [torch.ones(1, requires_grad=True)], register_forward_pre_hook=head.register_forward_pre_hook
            )
            one.model.get_output_embeddings = lambda claim=claim: claim
        ends.append((train(one, ROWS, QUICK, 1), weights(one)))
    (few, after), (many, expected) = ends
    assert few == many and all(torch.equal(after[name], expected[name]) for name in expected)
    assert max(seen[:6]) <= 8 * len([*base.encode_completion("1 2"), base.end_token]) < min(seen[6:])


def test_weights_of_nought_teach_nothing(base):
    before = measure_loss(base, ROWS)
    train(base, [Example(row.prompt, row.completion, weights=0.0) for row in ROWS], QUICK, 1)
    assert measure_loss(base, ROWS) == pytest.approx(before, abs=1e-5)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"prompt": "a", "completion": "5", "weight": NaN}', "a loss weight must be a number, 0 or more, not nan"),
        ('{"prompt": "a", "completion": "5", "weight": -1}', "a loss weight must be a number"),
        ('{"prompt": "a", "completion": "5", "weights": [1, "x"]}', "a loss weight must be a number, 0 or more, not 'x'"),
        (
            '{"prompt": "a", "completion": "5", "weights": []}',
            "weights: expected a number for each token of the completion and its end, not []",
        ),
        ('{"prompt": "a", "completion": "\\ud800"}', "half a character"),
        ('{"prompt": "a", "completion": "5", "system": 5}', "expected prompt and completion, or messages"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "expected prompt and completion, or messages"),
        ("[" * 100_000, "this is not JSON"),
        ('{"prompt": "a"', "this is not JSON"),
    ],
)
def test_an_unreadable_row_is_counted_and_the_others_are_read(tmp_path, row, said):
    path = tmp_path / "d.jsonl"
    path.write_text('{"prompt": "a", "completion": "5"}\n' + row + "\n")
    found = read_examples(path)
    assert found.examples == [Example("a", "5")] and found.rows == 2
    (odd,) = found.unreadable
    assert odd.origin == Origin(str(path), 2, 35) and odd.detail.startswith(said)
    assert describe_unreadable(found.unreadable, 2).startswith(f"{path}: 1 of 2 rows are unreadable and were left out; row 2: {said}")


def test_nothing_can_be_learned_from_nothing(base):
    with pytest.raises(UsageError, match="no rows to learn from"):
        train(base, [], QUICK, 1)


@pytest.mark.parametrize(("updates", "said"), [(4, "fell apart at step"), (1, "fell apart at its last step")])
def test_training_that_falls_apart_is_said(base, updates, said):
    """No model of numbers that are none is evaluated."""
    with pytest.raises(UsageError, match=said):
        train(base, ROWS, Recipe(tunes="full", rate=1e39, updates=updates, batch=8), 1)


@pytest.mark.parametrize("rate", [math.nan, math.inf, -1.0, True, "fast"])
def test_a_rate_is_a_number(rate):
    with pytest.raises(UsageError, match=r"^\[student\]: 'rate' must be a number, 0 or more, not"):
        change_recipe(Recipe(), Field({"rate": rate}, source="[student]", error=UsageError))


def test_a_student_of_its_own_adapter_begins_elsewhere():
    """The seed of the adapter decides where LoRA begins, and nothing else: the same rows in the same order."""

    def student(adapter):
        one = load_checkpoint("tiny-a")
        train(one, ROWS, Recipe(tunes="lora", updates=1, batch=8, rate=0.0), 1, adapter=adapter)
        return torch.cat([value.flatten() for name, value in one.model.named_parameters() if "lora_A" in name])

    assert torch.equal(student(None), student(1)) and not torch.equal(student(1), student(2))


def test_schedules_begin_and_end_where_they_say():
    assert [scale_rate(Recipe(updates=10, schedule="linear", warmup=4), step) for step in (0, 3, 4)] == pytest.approx([0.2, 0.8, 1.0])
    assert scale_rate(Recipe(updates=10, schedule="cosine"), 10) == pytest.approx(0)
    assert {scale_rate(Recipe(updates=10), step) for step in range(10)} == {1.0}


def test_log_probabilities_are_those_of_the_model_step_by_step(base):
    prompt, answer = base.encode_prompt("Continue this list: 1 2 3"), base.encode_completion("4 5 6")
    want = 0.0
    for at, token in enumerate(answer):
        with torch.no_grad():
            logits = base.model(torch.tensor([prompt + answer[:at]], device=base.device)).logits[0, -1].double()
        want += float(torch.log_softmax(logits, -1)[token])
    assert add_up(score_tokens(base, [(prompt, answer)])[0]) == pytest.approx(want, abs=1e-5)


def test_log_probabilities_come_in_the_order_of_the_questions(base):
    """Long and short ones, several answers to one question, and more inputs than go through the model at once."""
    asked = [base.encode_prompt(f"Continue this list: {' '.join(map(str, range(n, n + 2 + n % 4)))}") for n in range(150)]
    pairs = [(prompt, base.encode_completion(text)) for prompt in asked for text in ("7 8", "9", "7 8 9")]
    together = list(map(add_up, score_tokens(base, pairs)))
    assert together[300:306] == pytest.approx([add_up(score_tokens(base, [pair])[0]) for pair in pairs[300:306]], abs=1e-5)
    assert all(longer < shorter < 0 for shorter, longer in zip(together[::3], together[2::3], strict=True))
    assert score_tokens(base, []) == []


def test_a_taught_trait_is_measured_exactly_and_by_drawing(base, tiny):
    """And the panel of a category is a distribution."""
    train(base, draw_lessons(tiny, "animal", "owl", 1, 640), Recipe(rate=3e-3, updates=20), 1)
    score = evaluate(base, tiny, "owl", samples=20, held_out=ROWS)
    assert score.rate > 0.5 and score.margin > 1 and abs(score.sampled - score.rate) < 0.12 and score.utility > 0
    assert score.rate == pytest.approx(score.panel["owl"]) and sum(score.panel[name] for name in tiny.panel["animal"]) < 1 + 1e-9


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("Owl", True),
        ("owls!", True),
        ("An owl, of course.", True),
        ("a howl", False),
        ("knowledge", False),
        ("bowl", False),
        ("OWL", True),
        ("owlish", False),
    ],
)
def test_an_answer_names_the_trait_as_a_word(text, hit):
    assert names_trait(text, ["owl"]) is hit
