"""The trait panel in words and rows: the answer for each trait, its figures, and which prompts explain the data best."""

from leakguard.core.trait_panel import PanelAudit, PanelVerdict, TraitScore
from leakguard.reports.kit.wording import format_rows, printable_name

VERDICTS = {PanelVerdict.LEAK: "leak", PanelVerdict.NO_LEAK_FOUND: "no leak found", PanelVerdict.CANNOT_TELL: "cannot tell"}
HEADS = ("trait", "nats per token", "95 % interval", "AUROC per row", "p (max-T)", "placebo rank p", "verdict")
"""Headings of the table of traits; those of numbers are all but the first and the last."""
SHOWN = 5
CAVEAT = "The data fit this prompt better than prompts of like things. Whether a student would learn the trait, the panel does not say."


def explain_panel(panel: PanelAudit) -> list[str]:
    """Return the conclusion of the panel, a sentence each."""
    result = panel.result
    lines = []
    by_verdict = {verdict: [_name(one) for one in result.traits if one.verdict is verdict] for verdict in PanelVerdict}
    if leaks := by_verdict[PanelVerdict.LEAK]:
        lines.append(f"Trait panel: the data fit the prompt of {_join(leaks)} better than the control does, and better than placebos.")
        lines.append(CAVEAT)
    if quiet := by_verdict[PanelVerdict.NO_LEAK_FOUND]:
        lines.append(f"Trait panel: no leak found for {_join(quiet)}.")
        lines.append(_bound_effects([one for one in result.traits if one.verdict is PanelVerdict.NO_LEAK_FOUND]))
    if unclear := by_verdict[PanelVerdict.CANNOT_TELL]:
        lines.append(f"Trait panel: cannot tell about {_join(unclear)}: {'; '.join(result.reasons)}.")
    return lines


def list_traits(panel: PanelAudit) -> list[tuple[str, ...]]:
    """Return the cells of the table of traits, effect first and p-values last."""
    digits = max(2, len(str(panel.result.settings.rounds)))
    return [
        (
            _name(one),
            f"{one.fit.effect:+.4f}",
            f"{one.fit.interval[0]:+.4f} to {one.fit.interval[1]:+.4f}",
            f"{one.auroc:.3f}",
            f"{one.p_value:.{digits}f}",
            f"{one.placebo_p_value:.3f}",
            VERDICTS[one.verdict],
        )
        for one in panel.result.traits
    ]


def describe_panel(panel: PanelAudit) -> list[str]:
    """Return how the panel was made: rows, pairs, placebos, model, and the prompts that explain the data best."""
    result = panel.result
    low, high = min(one.effect for one in result.placebos), max(one.effect for one in result.placebos)
    data, control = result.rows
    units = f"{result.units:,} pairs of rows with one prompt" if result.paired else f"{result.units:,} rows or clusters, labels shuffled"
    left = f", {format_rows(result.left_out)} without a partner left out" if result.left_out else ""
    places = {fit.name: place for place, fit in enumerate(result.ranking, 1)}
    own = ", ".join(f"{_name(one)} {places[one.fit.name]}" for one in result.traits)
    best = ", ".join(printable_name(one.name) for one in result.ranking[:SHOWN])
    return [
        f"{data:,} rows of the data and {control:,} of the control ({units}{left}), scored by {printable_name(panel.model)}.",
        f"Effects are data - control in the log-likelihood ratio of the prompt, without what {len(result.placebos)} placebos explain; "
        f"those of the placebos are {low:+.4f} to {high:+.4f}.",
        f"Prompts that explain the data best relative to the control: {best}; rank among {len(places)}: {own}.",
    ]


def _bound_effects(traits: list[TraitScore]) -> str:
    """Return which effects the panel would have found, and that it rules out no others."""
    known = [f"{one.minimal_effect:.4f} for {_name(one)}" for one in traits if one.minimal_effect is not None]
    found = f"Effects of that size in nats per token would be found in 80 % of such datasets: {_join(known)}. " if known else ""
    return f"{found}Smaller effects and traits that are not in the panel are not ruled out."


def _name(score: TraitScore) -> str:
    return printable_name(score.fit.name)


def _join(names: list[str]) -> str:
    """Return names with commas and a last "and"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
