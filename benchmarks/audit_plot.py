"""Draw docs/audit-power.svg from benchmarks/results/audit.json, and print the table of docs/audit.md: audit_plot.py."""

import json
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "audit.json"
PICTURE = HERE.parent / "docs" / "audit-power.svg"
SETS = {"numbers a": "trait_a numbers", "numbers b": "trait_b numbers", "texts a": "trait_a text", "texts b": "trait_b text"}
TESTS = {"audit": "", "audit without the direction": " without a direction", "plain classifier": " plain classifier"}
COLOURS = {"audit": "#b3261e", "audit without the direction": "#222222", "plain classifier": "#9aa5b1"}


def read_rates(measured: dict, rows: str, test: str) -> list[tuple[int, float, float, float]]:
    """Return (rows a dataset, rate, low, high) by number of rows; of the audit the rate at which both p-values are at most .05."""
    found = []
    for name, figures in measured.items():
        head, _, rest = name.removeprefix(rows + " ").partition(" ")
        if name.startswith(rows + " ") and head.isdigit() and f" {rest}".rstrip() == TESTS[test]:
            rate = figures["both"] if "both" in figures else figures["drift"]
            found.append((int(head), rate["rate"], *rate["interval"]))
    return sorted(found)


def draw(measured: dict) -> bytes:
    """Return the picture: a panel for each set of rows, a line with 95 % intervals for each test."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams.update({"svg.hashsalt": "leakguard", "svg.fonttype": "none", "font.size": 9})
    figure = Figure(figsize=(7.2, 5.2), layout="constrained")
    for axes, (title, rows) in zip(figure.subplots(2, 2, sharex=True, sharey=True).flat, SETS.items(), strict=True):
        for test, colour in COLOURS.items():
            points = read_rates(measured, rows, test)
            if points:
                sizes, rates, low, high = zip(*points, strict=True)
                axes.plot(sizes, rates, marker="o", markersize=3, color=colour, label=test)
                axes.vlines(sizes, low, high, color=colour, linewidth=1)
        axes.set_title(title)
        axes.set_xscale("log")
        axes.set_xticks([100, 250, 500, 1000], ["100", "250", "500", "1,000"], minor=False)
        axes.minorticks_off()
        axes.set_ylim(0, 1.03)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("rows a dataset")
    figure.supylabel("share of draws in which the difference is found")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    file = BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def write_table(measured: dict) -> str:
    """Return the table as Markdown."""
    lines = ["| rows | a dataset | audit | without the direction | plain |", "|---|---|---|---|---|"]
    for title, rows in SETS.items():
        by = {test: {size: rate for size, rate, _, _ in read_rates(measured, rows, test)} for test in TESTS}
        for size in sorted(by["audit"]):
            lines.append(f"| {title} | {size:,} | " + " | ".join(f"{by[test].get(size, float('nan')):.2f}" for test in TESTS) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    power = json.loads(RESULTS.read_text())["power"]
    PICTURE.write_bytes(draw(power))
    print(write_table(power))
