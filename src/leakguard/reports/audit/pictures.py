"""Drawings of an audit as SVG with classes, whose colours are in templates/audit.css."""

from math import log10

from leakguard.core.audit import AuditResult

_WIDTH, _HEIGHT, _FOOT, _BINS = 640, 180, 34, 32


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
    width, scale = _WIDTH / _BINS, (_HEIGHT - 20) / max(counts)
    bars = [
        f'<rect x="{at * width:.1f}" y="{_HEIGHT - count * scale:.1f}" width="{width - 1:.1f}" height="{count * scale:.1f}" class="null"/>'
        for at, count in enumerate(counts)
        if count
    ]
    place = observed / end * _WIDTH
    words = [
        f'<path d="M{place:.1f} 0V{_HEIGHT}" class="observed"/>',
        f'<text x="{min(place, _WIDTH - 8):.1f}" y="12" text-anchor="end" dx="-6" font-size="12">observed</text>',
        f'<path d="M0 {_HEIGHT}H{_WIDTH}" class="axis"/>',
        *(_label(f"{tick}", tick / end * _WIDTH, 16, "middle" if tick else "start") for tick in range(int(end) + 1)),
        _label("-log10 of the combined p-value", _WIDTH, 30, "end"),
    ]
    tall = _HEIGHT + _FOOT
    head = f'<svg viewBox="0 0 {_WIDTH} {tall}" width="{_WIDTH}" height="{tall}" aria-hidden="true" focusable="false">'
    return "".join((head, *bars, *words, "</svg>"))


def _label(text: str, x: float, below: int, anchor: str) -> str:
    """Return a label `below` pixels under the axis."""
    return f'<text x="{x:.1f}" y="{_HEIGHT + below}" font-size="12" text-anchor="{anchor}">{text}</text>'
