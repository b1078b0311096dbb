"""Plot cost against rows, rules and workers as SVG: plot.py [RESULTS [FOLDER]]."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 560, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 44, 48
COLOURS = {"numbers": "#2f6fb5", "chat": "#c2571a"}
STYLE = "text{font:12px system-ui,sans-serif;fill:#555}.title{font-size:14px;font-weight:600}line{stroke:#8886;stroke-width:1}"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A named series; `dashed` for what it is compared with."""

    name: str
    colour: str
    points: Sequence[Point]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """From data to pixels, from 0 or by decades."""

    low: float
    high: float
    start: float
    end: float
    decades: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value."""
        low, high, here = map(log10, (self.low, self.high, value)) if self.decades else (self.low, self.high, value)
        return self.start + (here - low) / (high - low) * (self.end - self.start)

    def ticks(self, least: float = 0) -> list[float]:
        """Round values along the axis, `least` or more apart."""
        if self.decades:
            exponents = range(floor(log10(self.low)), floor(log10(self.high)) + 2)
            ticks = [10.0**exponent * digit for exponent in exponents for digit in (1, 2, 5)]
        else:
            step = max(_round_step(self.high), least)
            ticks = [step * nth for nth in range(int(self.high / step) + 1)]
        return [tick for tick in ticks if self.low <= tick <= self.high]


def draw(results: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write performance-rows.svg, -rules.svg and -workers.svg; those without points are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, make in CHARTS.items():
        if results["growth"][name]:
            path = folder / f"performance-{name}.svg"
            path.write_text(make(results), encoding="utf-8")
            written.append(path)
    return written


def rows(results: Mapping[str, Any]) -> str:
    """CPU seconds against rows, beside parsing alone."""
    points = results["growth"]["rows"]
    guard = _lines(points, "rows", "cpu_s")
    parse = [Line(f"{line.name}, parsing", line.colour, line.points, dashed=True) for line in _lines(points, "rows", "parse_cpu_s")]
    return chart("CPU seconds by number of rows", "rows", [*guard, *parse], decades=True)


def rules(results: Mapping[str, Any]) -> str:
    """Cost against rules, relative to the shipped ones."""
    return chart("Cost by number of rules (shipped rules: 1)", "rules", _lines(results["growth"]["rules"], "rules", "ratio"))


def workers(results: Mapping[str, Any]) -> str:
    """Throughput against workers, relative to one."""
    lines = _lines(results["growth"]["workers"], "workers", "speedup")
    most = max(x for line in lines for x, _ in line.points)
    ideal = Line("ideal", "#999999", [(1, 1), (most, most)], dashed=True)
    return chart("Throughput by number of workers (one worker: 1)", "workers", [*lines, ideal])


CHARTS: dict[str, Callable[[Mapping[str, Any]], str]] = {"rows": rows, "rules": rules, "workers": workers}


def chart(title: str, below: str, lines: Sequence[Line], *, decades: bool = False) -> str:
    """A line chart with its legend at the right."""
    xs, ys = ([point[i] for line in lines for point in line.points] for i in (0, 1))
    x = _axis(xs, LEFT, WIDTH - RIGHT, decades)
    y = _axis(ys, HEIGHT - BOTTOM, TOP, decades)
    parts = [f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>']
    for tick in y.ticks():
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y.at(tick):.1f}" y2="{y.at(tick):.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y.at(tick) + 4:.1f}" text-anchor="end">{tick:,.10g}</text>')
    for tick in x.ticks(least=1):
        parts.append(f'<text x="{x.at(tick):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_short(tick)}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(below)}</text>')
    for nth, line in enumerate(lines):
        parts += _drawn(line, x, y, TOP + 8 + 20 * nth)
    view = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    body = "\n".join(parts)
    return f'<svg {view} role="img" aria-label="{escape(title)}">\n<style>{STYLE}</style>\n{body}\n</svg>\n'


def _drawn(line: Line, x: Axis, y: Axis, legend: float) -> list[str]:
    dash = ' stroke-dasharray="5 4"' if line.dashed else ""
    path = " ".join(f"{x.at(across):.1f},{y.at(up):.1f}" for across, up in line.points)
    side = WIDTH - RIGHT + 14
    dots = [f'<circle cx="{x.at(across):.1f}" cy="{y.at(up):.1f}" r="3.5" fill="{line.colour}"/>' for across, up in line.points]
    return [
        f'<polyline points="{path}" fill="none" stroke="{line.colour}" stroke-width="2"{dash}/>',
        *([] if line.dashed else dots),
        f'<polyline points="{side},{legend} {side + 18},{legend}" stroke="{line.colour}" stroke-width="2"{dash}/>',
        f'<text x="{side + 24}" y="{legend + 4}">{escape(line.name)}</text>',
    ]


def _lines(points: Iterable[Mapping[str, Any]], across: str, up: str) -> list[Line]:
    series: dict[str, list[Point]] = {}
    for point in points:
        series.setdefault(point["file"], []).append((point[across], point[up]))
    return [Line(file, COLOURS[file], found) for file, found in series.items()]


def _axis(values: Sequence[float], start: float, end: float, decades: bool) -> Axis:
    if decades:
        return Axis(min(values) * 0.8, max(values) * 1.25, start, end, True)
    return Axis(0, max(values) * 1.08, start, end)


def _round_step(high: float) -> float:
    rough = high / 5
    size: float = 10.0 ** floor(log10(rough))
    return next(size * digit for digit in (1, 2, 5, 10) if size * digit >= rough)


def _short(value: float) -> str:
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


if __name__ == "__main__":
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "results" / "scan.json"
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE.parent / "docs"
    for svg in draw(json.loads(source.read_text(encoding="utf-8")), target):
        print(svg)
