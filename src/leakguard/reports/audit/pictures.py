"""Drawings of an audit as SVG with classes, whose colours are in templates/audit.css."""

from html import escape
from math import log10

from leakguard.core.audit import AuditResult
from leakguard.core.trait_panel import TraitPanelResult
from leakguard.reports.kit.svg import WIDTH, wrap_svg
from leakguard.reports.kit.wording import printable_name

HEIGHT, FOOT = 180, 34
_BINS = 32
_NAMES, _LINE = 120, 24
"""Width of the column of names, and height of a line, of the panel's picture."""


def draw_null(result: AuditResult) -> str:
    """Return a histogram of the statistic over all permutations with the observed value as a line; "" without permutations.

    The statistic is the combined p-value of the components, so the axis is -log10 of it: further to the right is stronger.
    """
    if not result.null:
        return ""
    # One bin more than the strongest value needs, so that the observed line is inside of the drawing.
    values = [-log10(value) for value in result.null]
    observed = -log10(result.statistic)
    end = max(*values, observed) * 1.05 or 1.0
    counts = [0] * _BINS
    for value in values:
        counts[min(int(value / end * _BINS), _BINS - 1)] += 1
    width, scale = WIDTH / _BINS, (HEIGHT - 20) / max(counts)
    bars = [
        f'<rect x="{at * width:.1f}" y="{HEIGHT - count * scale:.1f}" width="{width - 1:.1f}" height="{count * scale:.1f}" class="null"/>'
        for at, count in enumerate(counts)
        if count
    ]
    place = observed / end * WIDTH
    words = [
        f'<path d="M{place:.1f} 0V{HEIGHT}" class="observed"/>',
        f'<text x="{min(place, WIDTH - 8):.1f}" y="12" text-anchor="end" dx="-6" font-size="12">observed</text>',
        f'<path d="M0 {HEIGHT}H{WIDTH}" class="axis"/>',
        *(label(f"{tick}", tick / end * WIDTH, 16, "middle" if tick else "start") for tick in range(int(end) + 1)),
        label("-log10 of the combined p-value", WIDTH, 30, "end"),
    ]
    return wrap_svg([*bars, *words], HEIGHT + FOOT)


def label(text: str, x: float, below: int, anchor: str) -> str:
    """Return a label `below` pixels under the axis."""
    return f'<text x="{x:.1f}" y="{HEIGHT + below}" font-size="12" text-anchor="{anchor}">{text}</text>'


def draw_panel(result: TraitPanelResult) -> str:
    """Return traits (points with intervals, a line each) and placebos (ticks on one line) on one axis of specific effects."""
    # The axis spans all effects and intervals, with a margin that leaves room for the names on the left.
    fits = [one.fit for one in result.traits]
    values = [0.0, *(end for fit in fits for end in fit.interval), *(fit.effect for fit in result.placebos)]
    low, high = min(values), max(values)
    span = (high - low) * 1.05 or 1.0

    def place(value: float) -> float:
        return _NAMES + (value - low + span * 0.02) / span * (WIDTH - _NAMES - 8)

    lines = []
    for nth, fit in enumerate(fits):
        y = _LINE * nth + _LINE // 2
        left, middle, right = (place(value) for value in (fit.interval[0], fit.effect, fit.interval[1]))
        lines.append(_word(escape(printable_name(fit.name)[:16]), 0, y + 4))
        lines.append(f'<path d="M{left:.1f} {y}H{right:.1f}" class="interval"/><circle cx="{middle:.1f}" cy="{y}" r="4" class="trait"/>')
    y = _LINE * len(fits)
    lines.append(_word(f"{len(result.placebos)} placebos", 0, y + 16))
    lines += [f'<path d="M{place(fit.effect):.1f} {y + 4}V{y + 20}" class="placebo"/>' for fit in result.placebos]
    foot = y + _LINE + 4
    lines.append(f'<path d="M{_NAMES} {foot}H{WIDTH}" class="axis"/><path d="M{place(0):.1f} 0V{foot}" class="axis"/>')
    lines += [_word(f"{low:+.4f}", place(low), foot + 14), _word(f"{high:+.4f}", place(high), foot + 14, "end")]
    return wrap_svg(lines, foot + 20)


def _word(text: str, x: float, y: int, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="12" text-anchor="{anchor}">{text}</text>'
