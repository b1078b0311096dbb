"""Drawings of an audit as SVG with classes, whose colours are in templates/audit.css."""

from collections.abc import Iterator
from math import log10

from leakguard.core.audit import AuditResult, ContentSettings, scale_rows

_WIDTH, _HEIGHT, _FOOT, _BINS = 640, 180, 34, 32
_LEFT, _LINE = 44, 16
FEWEST, MOST = 1 / 8, 32
"""Rows at the ends of the power curves, as multiples of the rows at hand."""


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
    return _wrap([*bars, *words], _HEIGHT + _FOOT)


def draw_power(result: AuditResult, settings: ContentSettings) -> str:
    """Return curves of the probability to find a difference as large as the tolerance, by rows a dataset; "" without simulations.

    Each point is a simulated effect: what the rows at hand find as often as this, as many rows find of the tolerance
    (core.audit.scale_rows). Rows are on a logarithmic axis; the number at hand is a vertical line.
    """
    curves = [(one.kind, list(_list_points(one.tried, result.rows, settings.tolerance))) for one in result.detectable if one.tried]
    if not any(points for _, points in curves):
        return ""
    here = scale_rows(settings.tolerance, settings.tolerance, result.rows)
    lines = [f'<path d="M{_LEFT} {_rise(settings.power):.1f}H{_WIDTH}" class="aim"/>']
    lines += [f'<path d="M{_run(1):.1f} 0V{_HEIGHT}" class="observed"/>', f'<path d="M{_LEFT} {_HEIGHT}H{_WIDTH}" class="axis"/>']
    lines += [f'<text x="{_run(1):.1f}" y="12" dx="-6" text-anchor="end" font-size="12">these rows</text>']
    lines += [
        f'<text x="{_LEFT - 6}" y="{_rise(share) + 4:.1f}" text-anchor="end" font-size="12">{share:.0%}</text>' for share in (0, 0.5, 1)
    ]
    lines += [_label(f"{here * times:,.0f}", _run(times), 16, "middle") for times in (0.25, 1, 4, 16)]
    lines.append(_label("rows a dataset", _WIDTH, 32, "end"))
    for at, (kind, points) in enumerate(curves):
        below = _HEIGHT + _FOOT + 8 + at * _LINE
        if points:
            steps = "L".join(f"{_run(times):.1f} {_rise(share):.1f}" for times, share in points)
            lines.append(f'<path d="M{steps}" class="curve kind{at}"/>')
        lines.append(f'<path d="M{_LEFT} {below}h28" class="curve kind{at}"/>')
        lines.append(f'<text x="{_LEFT + 36}" y="{below + 4}" font-size="12">{kind}</text>')
    return _wrap(lines, _HEIGHT + _FOOT + 8 + len(curves) * _LINE)


def _list_points(tried: tuple[tuple[float, float], ...], rows: tuple[int, int], tolerance: float) -> Iterator[tuple[float, float]]:
    """Yield the points of one curve within the axis: rows as a multiple of those at hand, and share found."""
    here = scale_rows(tolerance, tolerance, rows)
    for auroc, share in tried:
        times = scale_rows(auroc, tolerance, rows) / here
        if FEWEST <= times <= MOST:
            yield times, share


def _run(times: float) -> float:
    """Return the horizontal place of a multiple of the rows at hand."""
    return _LEFT + (_WIDTH - _LEFT) * (log10(times) - log10(FEWEST)) / (log10(MOST) - log10(FEWEST))


def _rise(share: float) -> float:
    """Return the vertical place of a share."""
    return _HEIGHT - share * (_HEIGHT - 20)


def _wrap(parts: list[str], tall: int) -> str:
    head = f'<svg viewBox="0 0 {_WIDTH} {tall}" width="{_WIDTH}" height="{tall}" aria-hidden="true" focusable="false">'
    return "".join((head, *parts, "</svg>"))


def _label(text: str, x: float, below: int, anchor: str) -> str:
    """Return a label `below` pixels under the axis."""
    return f'<text x="{x:.1f}" y="{_HEIGHT + below}" font-size="12" text-anchor="{anchor}">{text}</text>'
