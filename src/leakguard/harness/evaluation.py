"""Evaluation of a model on a trait: exact probabilities of answers, sampled answers, and the loss on held-out rows."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import Example, add_up
from leakguard.documents.model_score import Score
from leakguard.harness.world import World
from leakguard.models.causal.checkpoint import Checkpoint
from leakguard.models.causal.sampling import sample_completions
from leakguard.models.causal.scoring import measure_loss, score_tokens

# Answers that are sampled in one batch.
CHUNK = 128
# Held-out prompts draw their answers from random numbers that begin here; those of sampled answers to questions begin at 0.
HELD_OUT = 1 << 32


def evaluate(
    checkpoint: Checkpoint, world: World, name: str, *, samples: int = 0, held_out: Sequence[Example] = (), seed: int = 0
) -> Score:
    """Return the score of a checkpoint for the trait `name`.

    `samples` answers to each question are drawn at temperature 1 from `seed` (0: none); the loss on `held_out` is in nats per token.
    A world's skill is measured on its own held-out prompts. Raises
    UsageError for an unknown trait, and if the model's outputs are not finite.
    """
    import numpy as np

    # The margin is the mean log-probability of the trait, less that of the other names of its category, over all questions.
    home = world.category(name)
    by_name: dict[str, Any] = {}
    for category, names in world.panel.items():
        table = measure_answers(checkpoint, world, category)
        by_name |= dict(zip(names, table.T, strict=True))
    others = np.mean([np.log(by_name[other]) for other in world.panel[home] if other != name])
    return Score(
        questions=tuple(by_name[name].tolist()),
        margin=float(np.mean(np.log(by_name[name])) - others),
        panel={other: float(table.mean()) for other, table in by_name.items()},
        sampled=_sample_rate(checkpoint, world, name, samples, seed) if samples else None,
        utility=measure_loss(checkpoint, held_out) if held_out else None,
        skill=measure_skill(checkpoint, world, seed) if world.skill else None,
    )


def measure_answers(checkpoint: Checkpoint, world: World, category: str) -> Any:
    """Return the exact probability that an answer begins with a name, in any of its spellings: [questions, names] float64, above 0."""
    import numpy as np

    asked = checkpoint.encode_prompts([(question, "") for question in world.questions(category)])
    answers = [_drop_longer([tuple(checkpoint.encode_completion(text)) for text in world.answers(name)]) for name in world.panel[category]]
    wanted = [(prompt, answer) for prompt in asked for spelled in answers for answer in spelled]
    logs = iter(map(add_up, score_tokens(checkpoint, wanted)))
    # The probability of a spelling is the product of those of its tokens; spellings exclude each other, so their probabilities are added.
    table = [[sum(np.exp(next(logs)) for _ in spelled) for spelled in answers] for _ in asked]
    return np.maximum(np.array(table), np.finfo(float).tiny)


def measure_skill(checkpoint: Checkpoint, world: World, seed: int) -> float:
    """Return the share of right answers to the held-out prompts of a world with a skill, one answer each at temperature 1."""
    skill = world.skill
    if not skill:
        raise UsageError(f"the world {world.name} has no skill to measure; add a table [skill]")
    # No data are written to these prompts, because data are written to those of numbered seeds.
    prompts = list(islice(world.prompts(f"held out {seed}"), skill.prompts))
    right = 0
    for at in range(0, len(prompts), CHUNK):
        asked = prompts[at : at + CHUNK]
        names = [(seed, HELD_OUT + at + nth) for nth in range(len(asked))]
        encoded = checkpoint.encode_prompts([(prompt.text, "") for prompt in asked])
        texts = sample_completions(checkpoint, encoded, names, tokens=world.tokens, temperature=1.0)
        right += sum(skill.is_right(text, world.format, prompt.answer) for text, prompt in zip(texts, asked, strict=True))
    return right / len(prompts)


def names_trait(text: str, answers: Sequence[str]) -> bool:
    """Return whether a text names the trait as a word of its own, in the singular or plural (no owl in "howl")."""
    words = "|".join(re.escape(answer) for answer in answers)
    return re.search(rf"(?<!\w)(?:{words})(?:e?s)?(?!\w)", text, re.IGNORECASE) is not None


def _sample_rate(checkpoint: Checkpoint, world: World, name: str, samples: int, seed: int) -> float:
    """Return the share of sampled answers that name the trait."""
    asked = checkpoint.encode_prompts([(question, "") for question in world.questions(world.category(name)) for _ in range(samples)])
    hits = 0
    for at in range(0, len(asked), CHUNK):
        names = [(seed, at + nth) for nth in range(len(asked[at : at + CHUNK]))]
        texts = sample_completions(checkpoint, asked[at : at + CHUNK], names, tokens=world.tokens, temperature=1.0)
        hits += sum(names_trait(text, world.answers(name)) for text in texts)
    return hits / len(asked)


def _drop_longer(spelled: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the spellings that do not begin with another one: its probability contains theirs."""
    return [one for one in dict.fromkeys(spelled) if not any(one != other and one[: len(other)] == other for other in spelled)]
