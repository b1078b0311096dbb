"""Print the figures: a table of the contestants, and a table of leakguard's cost with more rows, rules and workers."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from summary import over

MUST, SHOULD, MAY_NOT = ("must",), ("should",), ("must_not", "should_not")


def show(results: Mapping[str, Any], console: Console) -> None:
    """Print a result of scan.py."""
    console.print(contest(results))
    for name, why in results["missing"].items():
        console.print(f"{name}: {why}")
    if results["growth"]["rows"]:
        console.print(growth(results))
    if results.get("pipe"):
        pipe = results["pipe"]
        console.print(f"{pipe['rows']:,} rows from a pipe: {pipe['rss_mb']:.0f} MB at the peak, {pipe['wall_s']:.0f} s with the generator")


def contest(results: Mapping[str, Any]) -> Table:
    """Return the table of all contestants; a rate in brackets is scaled up from fewer rows."""
    table = Table(title="All tools, medians of whole processes", caption=_caption(results), caption_justify="left")
    numbers = ("rows/s", "MB/s", "CPU s", "x parsing", "net", "peak MB", "rows hit", "from rows")
    caught = ("must", "should", "benign") if results["caught"] else ()
    table.add_column("")
    for heading in (*numbers, *caught):
        table.add_column(heading, justify="right", no_wrap=True)
    for file, facts in results["files"].items():
        table.add_section()
        table.add_row(f"[bold]{file}[/bold]: {facts['rows']:,} rows, {facts['bytes'] / 1e6:,.0f} MB", *[""] * len(numbers + caught))
        for row in (row for row in results["table"] if row["file"] == file):
            table.add_row(row["contestant"], *_figures(row), *_caught(results["caught"].get(row["contestant"].removesuffix("-2"))))
    return table


def _figures(row: Mapping[str, Any]) -> list[str]:
    sampled = row["measured_rows"] < row["rows"]
    rates = [f"{row['rows_per_s']:,.0f}", f"{row['mb_per_s']:,.1f}", *(_times(row[key]) for key in ("cpu_s", "ratio", "net_ratio"))]
    hit = "" if row["contestant"] == "parse" else f"{row['fired_share']:.1%}"
    shown = [f"({rate})" for rate in rates] if sampled else rates
    return [*shown, f"{row['rss_mb']:,.0f}", hit, f"{row['measured_rows']:,}"]


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _caught(tiers: Mapping[str, Mapping[str, int]] | None) -> list[str]:
    if tiers is None:
        return []
    sums = [_sum(tiers, names) for names in (MUST, SHOULD, MAY_NOT)]
    shown = [f"{fired}/{cases}" for cases, fired, _ in sums]
    return [*shown[:2], f"{shown[2]} ({sums[2][2]})"]


def _sum(tiers: Mapping[str, Mapping[str, int]], names: Iterable[str]) -> tuple[int, int, int]:
    found = [tiers[name] for name in names if name in tiers]
    return sum(tier["cases"] for tier in found), sum(tier["fired"] for tier in found), sum(tier["loud"] for tier in found)


def _caption(results: Mapping[str, Any]) -> str:
    lines = [
        "rows/s and MB/s in wall time; x parsing: CPU time / CPU time of parsing; net: both without the time on an empty file",
        "peak MB: of the largest process; in brackets: scaled up from the first rows of the file",
    ]
    if results["caught"]:
        lines.append("must, should, benign: cases with any finding (in brackets: above a note)")
    return "\n".join(lines)


def growth(results: Mapping[str, Any]) -> Table:
    """Return the table of costs with more rows, rules and workers."""
    caption = "times: relative to the first line of its kind, for workers in throughput; net: without the time on an empty file"
    table = Table(title="leakguard with more rows, rules and workers", caption=caption, caption_justify="left")
    table.add_column("")
    for heading in ("CPU s", "wall s", "times", "net times", "peak MB", "rows hit"):
        table.add_column(heading, justify="right")
    for file in results["files"]:
        table.add_section()
        rows, rules, workers = (
            [point for point in results["growth"][kind] if point["file"] == file] for kind in ("rows", "rules", "workers")
        )
        for point in rows:
            times = [_times(over(point[key], rows[0][key])) for key in ("cpu_s", "net_cpu_s")]
            table.add_row(f"{file}, {point['rows']:,} rows", _times(point["cpu_s"]), "", *times, f"{point['rss_mb']:.0f}", "")
        for point in rules:
            times = [_times(point["ratio"]), _times(point["net_ratio"])]
            table.add_row(f"{file}, {point['rules']:,} rules", _times(point["cpu_s"]), "", *times, "", f"{point['fired_rows']:,}")
        for point in workers:
            times = [_times(point["speedup"]), _times(point["net_speedup"])]
            table.add_row(f"{file}, {point['workers']} workers", "", _times(point["wall_s"]), *times, "", "")
    return table


def _of(file: str, points: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [point for point in points if point["file"] == file]
