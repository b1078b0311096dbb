"""Power curves of an audit as SVG: how often a difference as large as the tolerance would be found, by the number of rows."""

from collections.abc import Iterator
from math import log10

from leakguard.core.audit import AuditResult, ContentSettings, scale_rows
from leakguard.reports.audit.pictures import FOOT, HEIGHT, label
from leakguard.reports.kit.svg import WIDTH, wrap_svg

_LEFT, _LINE = 44, 16
FEWEST, MOST = 1 / 8, 32
"""Rows at the ends of the power curves, as multiples of the rows at hand."""


def draw_power(result: AuditResult, settings: ContentSettings) -> str:
    """Return curves of the probability to find a difference as large as the tolerance, by rows a dataset; "" without simulations.

    Each point is a simulated effect: what the rows at hand find as often as this, as many rows find of the tolerance
    (core.audit.scale_rows). Rows are on a logarithmic axis; the number at hand is a vertical line.
    """
    curves = [(one.kind, list(_list_points(one.tried, result.rows, settings.tolerance))) for one in result.detectable if one.tried]
    if not any(points for _, points in curves):
        return ""
    here = scale_rows(settings.tolerance, settings.tolerance, result.rows)
    lines = [f'<path d="M{_LEFT} {_rise(settings.power):.1f}H{WIDTH}" class="aim"/>']
    lines += [f'<path d="M{_run(1):.1f} 0V{HEIGHT}" class="observed"/>', f'<path d="M{_LEFT} {HEIGHT}H{WIDTH}" class="axis"/>']
    lines += [f'<text x="{_run(1):.1f}" y="12" dx="-6" text-anchor="end" font-size="12">these rows</text>']
    lines += [
        f'<text x="{_LEFT - 6}" y="{_rise(share) + 4:.1f}" text-anchor="end" font-size="12">{share:.0%}</text>' for share in (0, 0.5, 1)
    ]
    lines += [label(f"{here * times:,.0f}", _run(times), 16, "middle") for times in (0.25, 1, 4, 16)]
    lines.append(label("rows a dataset", WIDTH, 32, "end"))
    for at, (kind, points) in enumerate(curves):
        below = HEIGHT + FOOT + 8 + at * _LINE
        if points:
            steps = "L".join(f"{_run(times):.1f} {_rise(share):.1f}" for times, share in points)
            lines.append(f'<path d="M{steps}" class="curve kind{at}"/>')
        lines.append(f'<path d="M{_LEFT} {below}h28" class="curve kind{at}"/>')
        lines.append(f'<text x="{_LEFT + 36}" y="{below + 4}" font-size="12">{kind}</text>')
    return wrap_svg(lines, HEIGHT + FOOT + 8 + len(curves) * _LINE)


def _list_points(tried: tuple[tuple[float, float], ...], rows: tuple[int, int], tolerance: float) -> Iterator[tuple[float, float]]:
    """Yield the points of one curve within the axis: rows as a multiple of those at hand, and share found."""
    here = scale_rows(tolerance, tolerance, rows)
    for auroc, share in tried:
        times = scale_rows(auroc, tolerance, rows) / here
        if FEWEST <= times <= MOST:
            yield times, share


def _run(times: float) -> float:
    """Return the horizontal place of a multiple of the rows at hand."""
    return _LEFT + (WIDTH - _LEFT) * (log10(times) - log10(FEWEST)) / (log10(MOST) - log10(FEWEST))


def _rise(share: float) -> float:
    """Return the vertical place of a share."""
    return HEIGHT - share * (HEIGHT - 20)
