"""Draw pictures of an experiment's result as SVG or PNG (matplotlib): rates by arm, rates by dose, and off-target changes."""

import warnings
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from leakguard.core.errors import MissingExtra
from leakguard.core.version import install
from leakguard.documents.experiment import ExperimentResult, parse_dose
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.reports.experiment.summary import list_strays
from leakguard.reports.kit.escape import escape_text

INK, SOFT, MARK = "#222222", "#9aa5b1", "#b3261e"
MOST_STRAYS = 12


def draw_pictures(result: ExperimentResult, kind: str = "svg") -> dict[str, bytes]:
    """Return {name: bytes of the picture} of a result, without empty pictures. Equal results give equal bytes. Raises MissingExtra."""
    plot = _import_figure()
    shown: dict[str, Callable[[Any, ExperimentResult], bool]] = {
        "rates": _draw_rates,
        "trade-off": _draw_trade_off,
        "doses": _draw_doses,
        "off-target": _draw_off_target,
    }
    heights = {"rates": 1.2 + 0.32 * len(result.arms)}
    made = {}
    for name, draw in shown.items():
        figure = plot.Figure(figsize=(7.2, max(2.4, heights.get(name, 3.6))), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        if draw(axes, result):
            made[name] = _save_figure(figure, kind)
    return made


def _save_figure(figure: Any, kind: str) -> bytes:
    """Return the bytes of a figure."""
    file = BytesIO()
    with warnings.catch_warnings():
        # A letter that is missing in the font of a PNG becomes a box; in an SVG it is text.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        figure.savefig(file, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    return file.getvalue()


def _import_figure() -> Any:
    """Return matplotlib's figure module, set up so that files are reproducible. Raises MissingExtra."""
    try:
        import matplotlib
        from matplotlib import figure
    except ImportError as error:
        raise MissingExtra(f"pictures need matplotlib: {install('harness')}") from error
    # Names of elements are hashes of this salt, else they would be random; text stays text, and dollar signs do not begin formulas.
    matplotlib.rcParams.update({"svg.hashsalt": "leakguard", "svg.fonttype": "none", "font.size": 9, "text.parse_math": False})
    return figure


def _draw_rates(axes: Any, result: ExperimentResult) -> bool:
    """Draw rates with intervals by arm; return whether there are any."""
    arms = list(reversed(result.arms))
    _draw_dots(axes, arms, range(len(arms)))
    axes.set_yticks(range(len(arms)), [escape_text(arm.name) for arm in arms])
    axes.axvline(100 * result.chance, color=SOFT, linestyle=":", linewidth=1, label=f"chance, {result.chance:.1%}")
    axes.set(xlabel=f"rate of '{escape_text(result.trait)}' (mean over questions), %", xlim=(0, 100), ylim=(-0.6, len(arms) - 0.4))
    for place, arm in enumerate(arms):
        axes.text(101, place, f"{100 * arm.rate:.1f}", va="center", color=INK)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, borderaxespad=0.2)
    return bool(arms)


def _draw_trade_off(axes: Any, result: ExperimentResult) -> bool:
    """Draw what is left of the trait's effect against what is kept of the skill, with intervals; raw and control are the landmarks."""
    shown = [
        (arm, arm.residual, arm.residual_interval, arm.skill_kept)
        for arm in result.arms
        if arm.residual is not None and arm.residual_interval and arm.skill_kept
    ]
    # Names stand by turns above and below their points, on the side where there is room, so that those of neighbours do not overlap.
    for nth, (arm, value, left, kept) in enumerate(sorted(shown, key=lambda one: one[3].value)):
        color = SOFT if arm.name == "raw" else MARK if arm.name == result.subject else INK
        axes.plot([100 * left.low, 100 * left.high], [100 * kept.value] * 2, color=color, linewidth=1)
        axes.plot([100 * value] * 2, [100 * kept.interval.low, 100 * kept.interval.high], color=color, linewidth=1)
        axes.plot([100 * value], [100 * kept.value], "o", color=color, markersize=5)
        place = {"xytext": (5 if value < 0.5 else -5, -12 if nth % 2 else 5), "ha": "left" if value < 0.5 else "right"}
        axes.annotate(escape_text(arm.name), (100 * value, 100 * kept.value), textcoords="offset points", color=color, **place)
    axes.axhline(100, color=SOFT, linestyle=":", linewidth=1)
    axes.axvline(0, color=SOFT, linestyle=":", linewidth=1)
    axes.set(xlabel=f"left of the effect of '{escape_text(result.trait)}', %", ylabel="skill kept, %")
    return len(shown) > 1


def _draw_doses(axes: Any, result: ExperimentResult) -> bool:
    """Draw rates by dose: fewer trait rows, and mixtures with control rows, in percent of the raw arm's trait rows."""
    by_name = {arm.name: arm for arm in result.arms}
    curves: dict[str, list[tuple[float, ArmSummary]]] = {"fewer rows, trait only": [], "mixed with control rows": []}
    whole = by_name["raw"].rows if "raw" in by_name else 0
    for dose in result.experiment["doses"]:
        if f"dose-{dose}" in by_name and whole:
            rows, share = parse_dose(dose)
            label = "fewer rows, trait only" if rows else "mixed with control rows"
            curves[label].append((rows / whole if rows else share, by_name[f"dose-{dose}"]))
    ends = [(0.0, by_name["control"])] if "control" in by_name else []
    for (label, curve), color in zip(curves.items(), (MARK, INK), strict=True):
        if curve:
            points = sorted([*(ends if label.startswith("mixed") else []), *curve, (1.0, by_name["raw"])], key=lambda point: point[0])
            axes.plot([100 * dose for dose, _ in points], [100 * arm.rate for _, arm in points], color=color, marker="o", label=label)
            for dose, arm in points:
                axes.plot([100 * dose, 100 * dose], [100 * arm.interval.low, 100 * arm.interval.high], color=color, alpha=0.4)
    axes.axhline(100 * result.chance, color=SOFT, linestyle=":", linewidth=1, label=f"chance, {result.chance:.1%}")
    axes.set(xlabel="trait rows, % of the raw arm's", ylabel=f"rate of '{escape_text(result.trait)}', %", ylim=(0, 100))
    if any(curves.values()):
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)
    return any(curves.values())


def _draw_off_target(axes: Any, result: ExperimentResult) -> bool:
    """Draw the largest changes of answers from control to raw, the trait first; names are placed away from the bars."""
    target = [move for move in result.shifts if move.name == result.trait]
    moved = [*target, *list_strays(result)[:MOST_STRAYS]][::-1]
    names = [escape_text(move.name) for move in moved]
    axes.barh(names, [100 * move.gap for move in moved], color=[MARK if move in target else SOFT for move in moved])
    for name, move in zip(names, moved, strict=True):
        if move.interval:
            axes.plot([100 * bound for bound in move.interval], [name, name], color=INK, linewidth=1)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel("raw arm less control, points, on each answer's own questions (line: 95 % over seeds)")
    return bool(moved)


def _draw_dots(axes: Any, arms: Sequence[ArmSummary], places: Sequence[float]) -> None:
    """Draw interval, seeds and mean of each arm; only the first arm has labels for the legend."""
    for place, arm in zip(places, arms, strict=True):
        said = dict.fromkeys(("interval", "seed", "mean"), "") if place else {"interval": "95 % interval", "seed": "a seed", "mean": "mean"}
        bounds = [100 * bound for bound in arm.interval]
        axes.plot(bounds, [place, place], color=INK, linewidth=1.5, label=said["interval"])
        axes.plot([100 * rate for rate in arm.rates], [place] * len(arm.rates), "o", color=SOFT, markersize=4, label=said["seed"])
        axes.plot([100 * arm.rate], [place], "D", color=MARK, markersize=6, label=said["mean"])
