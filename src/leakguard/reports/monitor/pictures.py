"""The path of the e-value as SVG with classes, whose colours are in templates/audit.css."""

from math import ceil, floor, log10

from leakguard.core.monitor import MonitorRun
from leakguard.reports.kit.svg import WIDTH, wrap_svg
from leakguard.reports.monitor.conclusion import format_bound

_HEIGHT, _FOOT, _LEFT = 220, 34, 52
_LEAST = 1e-300


def draw_path(run: MonitorRun) -> str:
    """Return the e-value against the number of pairs, on a logarithmic scale, with a line at 1 / alpha; "" without a block."""
    if not run.steps:
        return ""
    # The scale has whole powers of ten at its ends, with the line at 1 / alpha inside.
    bound = log10(1 / run.settings.level)
    values = [log10(max(one.report.e_value, _LEAST)) for one in run.steps]
    low, high = floor(min(*values, 0.0)), ceil(max(*values, bound) + 0.05)
    last = run.steps[-1].report.pairs

    def place(pairs: int, value: float) -> str:
        return f"{_LEFT + (WIDTH - _LEFT) * pairs / last:.1f} {_HEIGHT - (_HEIGHT - 8) * (value - low) / (high - low):.1f}"

    def across(value: float, name: str) -> str:
        return f'<path d="M{place(0, value)}L{place(last, value)}" class="{name}"/>'

    points = [place(0, 0.0), *(place(one.report.pairs, value) for one, value in zip(run.steps, values, strict=True))]
    ticks = [power for power in range(low, high + 1) if (high - power) % max(1, (high - low) // 6) == 0]
    words = [_label(f"1e{power}" if abs(power) > 3 else f"{10.0**power:g}", place(0, power), "end", -8, 4) for power in ticks]
    drawn = [across(power, "axis") for power in ticks]
    path = f'<path d="M{"L".join(points)}" class="path"/>'
    marks = [across(bound, "observed"), _label(f"drift: {format_bound(run)}", place(last, bound), "end", -4, -6)]
    feet = [_label("0", place(0, low), "start", 0, 18), _label(f"{last:,} pairs of rows", place(last, low), "end", 0, 18)]
    return wrap_svg([*drawn, path, *marks, *words, *feet], _HEIGHT + _FOOT)


def _label(text: str, place: str, anchor: str, right: int, down: int) -> str:
    """Return a label that is moved from its place by some pixels."""
    x, y = place.split()
    return f'<text x="{x}" y="{y}" dx="{right}" dy="{down}" font-size="12" text-anchor="{anchor}">{text}</text>'
