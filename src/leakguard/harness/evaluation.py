"""How much of a trait a model has: exact probabilities of answers, sampled answers, and the loss on held-out rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.harness.rows import Row
from leakguard.harness.student import encode_examples
from leakguard.harness.world import World
from leakguard.models.causal.checkpoint import Checkpoint, import_torch
from leakguard.models.causal.loading import describe_nonfinite
from leakguard.models.causal.sampling import sample_completions

CHUNK = 128
# Logits that may be there at once: a gigabyte of float32.
ROOM = 1 << 28


@dataclass(frozen=True, slots=True)
class Score:
    """A model on a trait's questions.

    `questions[q]` is the exact probability that the answer to question q begins with the trait, `rate` its mean and `margin` the mean
    of its log-probability less that of the alternatives (nats). `panel` are the mean probabilities of every answer of the world,
    each on the questions of its category; `sampled` is the share of drawn answers that name the trait (None: not drawn), `utility`
    the loss on held-out rows in nats per token (None: no rows).
    """

    questions: tuple[float, ...]
    margin: float
    panel: Mapping[str, float]
    sampled: float | None = None
    utility: float | None = None

    @property
    def rate(self) -> float:
        """The mean over the questions."""
        return sum(self.questions) / len(self.questions)


def evaluate(checkpoint: Checkpoint, world: World, name: str, *, samples: int = 0, held_out: Sequence[Row] = (), seed: int = 0) -> Score:
    """The score of a checkpoint; `samples` answers are drawn to each question at temperature 1.

    Raises UsageError where the model gives no probabilities: a rate that is not a number is none.
    """
    import numpy as np

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
        sampled=_drawn(checkpoint, world, name, samples, seed) if samples else None,
        utility=measure_loss(checkpoint, held_out) if held_out else None,
    )


def measure_answers(checkpoint: Checkpoint, world: World, category: str) -> Any:
    """Exact probability that an answer begins with a name in any of its spellings: [questions, names] float64, above 0."""
    import numpy as np

    asked = checkpoint.prompts([(question, "") for question in world.questions(category)])
    answers = [_distinct([tuple(checkpoint.answer(text)) for text in world.answers(name)]) for name in world.panel[category]]
    wanted = [(prompt, answer) for prompt in asked for spelled in answers for answer in spelled]
    logs = iter(score_tokens(checkpoint, wanted))
    table = [[sum(np.exp(next(logs)) for _ in spelled) for spelled in answers] for _ in asked]
    return np.maximum(np.array(table), np.finfo(float).tiny)


def score_tokens(checkpoint: Checkpoint, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[float]:
    """log P(answer | prompt) in nats for every (prompt, answer) of token ids; each distinct input goes through the model once.

    Raises UsageError for an answer of no tokens, an input that is too long for the model, and a model that gives no probabilities.
    """
    torch, _ = import_torch()
    _check(checkpoint, pairs)
    asked: dict[tuple[int, ...], list[int]] = {}
    for number, (prompt, answer) in enumerate(pairs):
        asked.setdefault((*prompt, *answer[:-1]), []).append(number)
    inputs, found = sorted(asked, key=len), [0.0] * len(pairs)
    at_once = _at_once(checkpoint, len(inputs[-1])) if inputs else 1
    for at in range(0, len(inputs), at_once):
        part = inputs[at : at + at_once]
        # (pair, row, position, token) of every token that is asked for.
        wanted = [
            (number, row, len(pairs[number][0]) - 1 + nth, token)
            for row, tokens in enumerate(part)
            for number in asked[tokens]
            for nth, token in enumerate(pairs[number][1])
        ]
        for (number, *_), log in zip(wanted, _logs(torch, checkpoint, part, [place for _, *place in wanted]), strict=True):
            found[number] += log
    if any(isnan(log) for log in found):
        raise UsageError(describe_nonfinite(checkpoint.folder))
    return found


def _check(checkpoint: Checkpoint, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> None:
    if not all(answer for _, answer in pairs):
        raise UsageError(f"{checkpoint.folder}: the tokenizer finds no token in an answer of the world: it has no probability")
    longest = max((len(prompt) + len(answer) for prompt, answer in pairs), default=0)
    room = getattr(checkpoint.model.config, "max_position_embeddings", longest)
    if longest - 1 > room:
        raise UsageError(f"a question of {longest - 1} tokens, its answer included, does not fit into the {room} of {checkpoint.folder}")


def _logs(torch: Any, checkpoint: Checkpoint, inputs: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> list[float]:
    """The log-probability of each (row, position, token) after these inputs; only the numbers asked for leave the device."""
    ids = torch.zeros(len(inputs), len(inputs[-1]), dtype=torch.long)
    for row, tokens in enumerate(inputs):
        ids[row, : len(tokens)] = torch.tensor(tokens)
    places = {place: nth for nth, place in enumerate(dict.fromkeys((row, position) for row, position, _ in wanted))}
    rows, positions = torch.tensor(list(places)).T.to(checkpoint.device)
    picked = torch.tensor([(places[row, position], token) for row, position, token in wanted]).T.to(checkpoint.device)
    with torch.no_grad():
        logits = checkpoint.model(input_ids=ids.to(checkpoint.device), use_cache=False).logits
    logs: list[float] = torch.log_softmax(logits[rows, positions].double(), dim=-1)[picked[0], picked[1]].tolist()
    return logs


def measure_loss(checkpoint: Checkpoint, rows: Sequence[Row]) -> float:
    """Mean loss on the completions of the rows, nats per token. Raises UsageError where there is none to measure."""
    torch, _ = import_torch()
    ids, weights, _ = encode_examples(checkpoint, rows)
    total = 0.0
    for part in torch.arange(len(rows)).split(_at_once(checkpoint, ids.shape[1])):
        here, loss_of = ids[part].to(checkpoint.device), weights[part, 1:].to(checkpoint.device)
        with torch.no_grad():
            logits = checkpoint.model(input_ids=here[:, :-1], use_cache=False).logits.float()
        each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), here[:, 1:].flatten(), reduction="none")
        total += float((each * loss_of.flatten()).sum())
    tokens = float(weights.sum())
    if not tokens:
        raise UsageError("held-out rows: all of their loss weights are 0, so that there is no loss to measure")
    if not isfinite(total / tokens):
        raise UsageError(describe_nonfinite(checkpoint.folder))
    return total / tokens


def _at_once(checkpoint: Checkpoint, longest: int) -> int:
    """How many inputs go through the model together: their logits, one for each position and word, must find room."""
    return max(1, min(CHUNK, ROOM // (longest * len(checkpoint.tokenizer))))


def names_trait(text: str, answers: Sequence[str]) -> bool:
    """Does the text name the trait as a word of its own, in the singular or plural? An owl is not in a howl."""
    words = "|".join(re.escape(answer) for answer in answers)
    return re.search(rf"(?<!\w)(?:{words})(?:e?s)?(?!\w)", text, re.IGNORECASE) is not None


def _drawn(checkpoint: Checkpoint, world: World, name: str, samples: int, seed: int) -> float:
    asked = checkpoint.prompts([(question, "") for question in world.questions(world.category(name)) for _ in range(samples)])
    hits = 0
    for at in range(0, len(asked), CHUNK):
        names = [(seed, at + nth) for nth in range(len(asked[at : at + CHUNK]))]
        texts = sample_completions(checkpoint, asked[at : at + CHUNK], names, tokens=world.tokens, temperature=1.0)
        hits += sum(names_trait(text, world.answers(name)) for text in texts)
    return hits / len(asked)


def _distinct(spelled: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Without spellings that begin with another one: their probability is counted there already."""
    return [one for one in dict.fromkeys(spelled) if not any(one != other and one[: len(other)] == other for other in spelled)]
