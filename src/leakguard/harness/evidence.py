"""The evidence that mitigations need: probes are trained from the base and score the suspect rows, or rows are drawn and sampled."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import UsageError
from leakguard.core.example import CompletionScore, Example
from leakguard.core.mitigation import Evidence, Need
from leakguard.harness.examples import REFUSED, describe_unreadable, read_examples, write_example
from leakguard.harness.probes import recall_probe
from leakguard.harness.recipe import Recipe
from leakguard.harness.student import UNOBSERVED, Monitor, train
from leakguard.harness.teacher import draw_lessons
from leakguard.harness.world import World
from leakguard.models.causal.checkpoint import Checkpoint, load_checkpoint, locate_checkpoint
from leakguard.models.causal.digests import digest_weights
from leakguard.models.causal.model import CheckpointModel

# Probes and drawn rows use seeds of their own, apart from those of teachers and students.
PROBE = 1 << 21
# Prompts that the base answers in one batch.
CHUNK = 250


@dataclass(frozen=True, slots=True)
class Suspect:
    """Suspect rows and what probes of them are made from.

    `base` is the model that students start from, `probe` the one that probes start from (the same, unless the base is not at hand).
    `control` are rows without the trait, `student` is the recipe of students and `teacher` that of lessons; `adapter` seeds LoRA adapters.
    `monitor` observes the training of probes, which are kept in the folder `probes` if there is one.
    """

    rows: Sequence[Example]
    control: Sequence[Example]
    world: World
    trait: str
    base: str
    probe: str
    teacher: Recipe
    student: Recipe
    seed: int
    adapter: int | None = None
    monitor: Monitor = UNOBSERVED
    probes: Path | None = None

    @property
    def category(self) -> str:
        """The category of the trait."""
        return self.world.category(self.trait)


def gather_evidence(suspect: Suspect, need: Need) -> Evidence:
    """Return the evidence of a kind. Raises UsageError for a kind that does not exist, and if a probe cannot be trained."""
    if need.kind not in EVIDENCE:
        raise UsageError(f"there is no evidence {need.kind!r}; it is one of {', '.join(EVIDENCE)}")
    found = EVIDENCE[need.kind](suspect, need)
    return replace(found, seed=suspect.seed, controlled=bool(suspect.control))


def draw_anchors(world: World, category: str, seed: int, count: int) -> list[Example]:
    """Return `count` questions about other categories than this one, with random answers. Raises UsageError if there is no other."""
    others = [name for name in world.panel if name != category]
    if not others:
        raise UsageError(f"the world {world.name} has no category but {category!r}: give rows about other subjects, or add categories")
    each = -(-count // len(others))
    rows = [row for name in others for row in draw_lessons(world, name, None, PROBE + seed, each)]
    random.Random(f"anchors {seed}").shuffle(rows)
    return rows[:count]


def subtract_scores(above: Sequence[CompletionScore], below: Sequence[CompletionScore]) -> list[tuple[float, ...]]:
    """Return for each row and token the difference of two models' log-probabilities, in nats."""
    return [
        tuple(first - second for first, second in zip(one.logprobs, other.logprobs, strict=True))
        for one, other in zip(above, below, strict=True)
    ]


def _gather_anchors(suspect: Suspect, need: Need) -> Evidence:
    """Return the rows of the user's file, or else questions about other categories, as many as there are suspect rows."""
    if need.file:
        found = read_examples(Path(need.file))
        if found.unreadable or not found.examples:
            raise UsageError(describe_unreadable(found.unreadable, found.rows, REFUSED) or f"{need.file}: there are no rows to add")
        return Evidence(others=found.examples)
    return Evidence(others=draw_anchors(suspect.world, suspect.category, suspect.seed, len(suspect.rows)))


def _gather_control(suspect: Suspect, need: Need) -> Evidence:
    """Return the control rows."""
    return Evidence(others=suspect.control)


def _sample_base(suspect: Suspect, need: Need) -> Evidence:
    """Return what the base answers to the prompt of each row, at temperature 1."""
    model, rows = CheckpointModel(load_checkpoint(suspect.base, suspect.student.dtype)), suspect.rows
    texts: list[str] = []
    for at in range(0, len(rows), CHUNK):
        part = rows[at : at + CHUNK]
        keys = [(PROBE + suspect.seed, at + nth) for nth in range(len(part))]
        texts += model.sample([row.prompt for row in part], keys, tokens=suspect.world.tokens, temperature=1.0)
    return Evidence(others=[Example(row.prompt, text, system=row.system) for row, text in zip(rows, texts, strict=True)])


def _contrast_student(suspect: Suspect, need: Need) -> Evidence:
    """Return ratios of a student of the rows to itself after need.updates steps of lessons with uniform answers."""
    student = _train(suspect, suspect.rows)
    before = CheckpointModel(student).score(suspect.rows)
    _teach(suspect, student, None, need.updates)
    after = CheckpointModel(student).score(suspect.rows)
    return Evidence(ratios=subtract_scores(before, after))


def _score_proxy(suspect: Suspect, need: Need) -> Evidence:
    """Return ratios of a proxy teacher, the probes' base after need.updates steps of lessons about the trait, to that base."""
    model = load_checkpoint(suspect.probe, suspect.teacher.dtype)
    before = CheckpointModel(model).score(suspect.rows)
    _teach(suspect, model, suspect.trait, need.updates)
    after = CheckpointModel(model).score(suspect.rows)
    base, student = (digest_weights(locate_checkpoint(name)) for name in (suspect.probe, suspect.base))
    return Evidence(ratios=subtract_scores(after, before), base=base, student=student)


def _score_shift(suspect: Suspect, need: Need) -> Evidence:
    """Return cross-fitted ratios to a student of the control rows. Raises UsageError without control rows."""
    if not suspect.control:
        raise UsageError("`shift` needs control rows of the same task, and there are none (0); give a control, or use 'anchors'")
    return replace(_cross_fit(suspect, suspect.control), reference="control")


def _score_base_shift(suspect: Suspect, need: Need) -> Evidence:
    """Return cross-fitted ratios to a student of rows that the base wrote."""
    return replace(_cross_fit(suspect, _sample_base(suspect, need).others), reference="base")


def _cross_fit(suspect: Suspect, reference: Sequence[Example]) -> Evidence:
    """Return for each row the ratio of a student of the other half of the rows to a student of the reference rows."""
    # Rows are split by their place, even and odd, because their order may follow the prompts. The gain is that of the probes over the base
    # on rows that they have not seen.
    rows = suspect.rows
    against = CheckpointModel(_train(suspect, reference)).score(rows)
    base = CheckpointModel(load_checkpoint(suspect.base, suspect.student.dtype)).score(rows)
    found: list[CompletionScore] = list(against)
    for half in (0, 1):
        probe = CheckpointModel(_train(suspect, rows[1 - half :: 2]))
        found[half::2] = probe.score(rows[half::2])
    ratios, gains = subtract_scores(found, against), subtract_scores(found, base)
    tokens = [gain for row in gains for gain in row]
    return Evidence(ratios=ratios, gain=sum(tokens) / max(1, len(tokens)))


def _train(suspect: Suspect, rows: Sequence[Example]) -> Checkpoint:
    """Return a student of these rows, from the probes' base."""

    def make() -> Checkpoint:
        student = load_checkpoint(suspect.probe, suspect.student.dtype)
        train(student, rows, suspect.student, suspect.seed, adapter=suspect.adapter, monitor=suspect.monitor)
        return student

    def describe() -> dict[str, Any]:
        return {
            "rows": [write_example(row) for row in rows],
            "base": digest_weights(locate_checkpoint(suspect.probe)),
            "recipe": asdict(suspect.student),
            "seed": suspect.seed,
            "adapter": suspect.adapter,
        }

    return recall_probe(suspect.probes, describe, suspect.student.dtype, make)


def _teach(suspect: Suspect, model: Checkpoint, trait: str | None, updates: int) -> None:
    """Train a model on `updates` steps of lessons about the trait, or with uniform answers (None), that no teacher had."""
    recipe = replace(suspect.teacher, updates=updates)
    lessons = draw_lessons(suspect.world, suspect.category, trait, PROBE + suspect.seed, updates * recipe.batch)
    train(model, lessons, recipe, PROBE + suspect.seed, monitor=suspect.monitor)


EVIDENCE: Mapping[str, Callable[[Suspect, Need], Evidence]] = {
    "anchors": _gather_anchors,
    "base": _sample_base,
    "base-shift": _score_base_shift,
    "contrast": _contrast_student,
    "control": _gather_control,
    "proxy": _score_proxy,
    "shift": _score_shift,
}
"""Kind of evidence -> function that gathers it for suspect rows."""
