"""The score of one model on the questions of a trait, as a value and as a JSON document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from leakguard.stats.resampling import rate_interval

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Score:
    """How strongly a model has a trait.

    `questions[q]` is the exact probability that the answer to question q begins with the trait, `rate` their mean, and `margin` the
    mean of its log-probability minus that of the alternatives (nats). `panel` has the mean probability of every answer of the world,
    each on the questions of its category; `sampled` is the share of drawn answers that name the trait (None: none were drawn), and
    `utility` the loss on held-out rows in nats per token (None: no rows).
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
        "questions": list(score.questions),
        "panel": dict(score.panel),
    }
    return json.dumps(document, indent=2) + "\n"
