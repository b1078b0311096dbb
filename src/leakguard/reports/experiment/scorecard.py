"""Render the score of one model as text for a terminal."""

from leakguard.documents.model_score import Score
from leakguard.reports.kit.page import Page
from leakguard.stats.resampling import rate_interval

SHOWN = 8


def render_scorecard(score: Score, trait: str, *, color: bool, width: int) -> str:
    """Return a model's score as text: the rate with its interval over questions, and the most probable answers."""
    page = Page(width=width, color=color)
    for line in _describe_score(score, trait):
        page.line(line)
    page.line()
    first = sorted(score.panel.items(), key=lambda one: -one[1])[:SHOWN]
    page.columns(("answer", "probability"), [((name, ""), (f"{rate:.1%}", "")) for name, rate in first], words=1)
    return page.text


def _describe_score(score: Score, trait: str) -> list[str]:
    """Return the lines above the table."""
    low, high = rate_interval([score.questions])
    rate = f"{trait}: {score.rate:.1%} of answers ({low:.1%} to {high:.1%} over {len(score.questions)} questions, one model)"
    lines = [rate, f"log-probability over the alternatives: {score.margin:+.2f} nats"]
    if score.sampled is not None:
        lines.append(f"drawn answers that name it: {score.sampled:.1%}")
    if score.utility is not None:
        lines.append(f"loss on held-out rows: {score.utility:.3f} nats per token")
    if score.skill is not None:
        lines.append(f"skill: {score.skill:.1%} of answers to held-out prompts are right")
    return lines
