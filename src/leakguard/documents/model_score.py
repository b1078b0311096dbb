"""The score of a model on the questions of a trait: its dataclass and its JSON document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from leakguard.stats.resampling import rate_interval

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Score:
    """Measurements of how strongly a model has a trait.

    `questions[q]` is the exact probability that the answer to question q begins with the trait, `rate` their mean. `margin` is the mean
    difference between the log-probability of the trait and that of the alternatives, in nats. `panel` has the mean probability of every
    answer of the world, each on the questions of its category. `sampled` is the share of sampled answers that name the trait (None: no
    answers were sampled), and `utility` the loss on held-out rows in nats per token (None: no rows).
    `skill` is the share of right answers to held-out prompts (None: the world has no skill).
    """

    questions: tuple[float, ...]
    margin: float
    panel: Mapping[str, float]
    sampled: float | None = None
    utility: float | None = None
    skill: float | None = None

    @property
    def rate(self) -> float:
        """The mean probability over all questions, 0 to 1."""
        return sum(self.questions) / len(self.questions)


def render_score(score: Score, trait: str) -> str:
    """Return the JSON document of a score; `low` and `high` are a 95 % interval over questions."""
    low, high = rate_interval([score.questions])
    document: Mapping[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "trait": trait,
        "rate": score.rate,
        "low": low,
        "high": high,
        "margin": score.margin,
        "sampled": score.sampled,
        "utility": score.utility,
        "skill": score.skill,
        "questions": list(score.questions),
        "panel": dict(score.panel),
    }
    return json.dumps(document, indent=2) + "\n"
