"""The trait panel as a part of the document of an audit: written and read."""

from dataclasses import asdict
from typing import Any

from leakguard.core.fields import Field
from leakguard.core.trait_panel import (
    PanelAudit,
    PanelPrompt,
    PanelSettings,
    PanelVerdict,
    PromptFit,
    PromptRole,
    TraitPanelResult,
    TraitScore,
)


def panel_to_dict(panel: PanelAudit) -> dict[str, Any]:
    """Return the panel as JSON values; traits, placebos and the ranking are lists, the strongest prompt of the ranking first."""
    # The ranking is in the document for readers of the JSON; `read_panel` makes it again.
    result = panel.result
    data, control = result.rows
    return {
        "verdict": str(result.verdict),
        "traits": [_trait_to_dict(one) for one in result.traits],
        "placebos": [_fit_to_dict(one) for one in result.placebos],
        "ranking": [one.name for one in result.ranking],
        "rows": {"data": data, "control": control},
        "paired": result.paired,
        "units": result.units,
        "left_out": result.left_out,
        "reasons": list(result.reasons),
        "settings": asdict(result.settings),
        "model": {"name": panel.model, "digest": panel.digest},
        "prompts": [{"name": one.name, "role": str(one.role), "text": one.text} for one in panel.prompts],
    }


def read_panel(field: Field) -> PanelAudit:
    """Return the panel of a parsed document. Raises ValueError that names the field; the ranking is made again from the gains."""
    # Fields are read in the order of the values that they make; each reader names the field that is wrong.
    rows, settings, model = field.at("rows"), field.at("settings"), field.at("model")
    result = TraitPanelResult(
        traits=tuple(_read_trait(one) for one in field.at("traits").each()),
        placebos=tuple(_read_fit(one, PromptRole.PLACEBO) for one in field.at("placebos").each()),
        rows=(rows.at("data").count(), rows.at("control").count()),
        paired=field.at("paired").flag(),
        units=field.at("units").count(),
        left_out=field.at("left_out").count(),
        settings=PanelSettings(settings.at("level").share(), settings.at("rounds").count(), settings.at("seed").count()),
        reasons=field.at("reasons").texts(),
    )
    prompts = tuple(
        PanelPrompt(one.at("name").text(), PromptRole(one.at("role").one_of(*PromptRole)), one.at("text").expect(str))
        for one in field.at("prompts").each()
    )
    return PanelAudit(result, model.at("name").text(), model.at("digest").text(), prompts)


def _trait_to_dict(score: TraitScore) -> dict[str, Any]:
    plain = asdict(score)
    return {**_fit_to_dict(score.fit), **{key: value for key, value in plain.items() if key != "fit"}, "verdict": str(score.verdict)}


def _fit_to_dict(fit: PromptFit) -> dict[str, Any]:
    return {key: value for key, value in asdict(fit).items() if key != "role"}


def _read_trait(field: Field) -> TraitScore:
    return TraitScore(
        fit=_read_fit(field, PromptRole.TRAIT),
        shift=field.at("shift").number(),
        auroc=field.at("auroc").share(),
        auroc_interval=_read_interval(field.at("auroc_interval")),
        p_value=field.at("p_value").share(),
        placebo_p_value=field.at("placebo_p_value").share(),
        minimal_effect=field.at("minimal_effect").number() if field.has("minimal_effect") else None,
        verdict=PanelVerdict(field.at("verdict").one_of(*PanelVerdict)),
    )


def _read_fit(field: Field, role: PromptRole) -> PromptFit:
    return PromptFit(
        name=field.at("name").text(),
        role=role,
        effect=field.at("effect").number(),
        interval=_read_interval(field.at("interval")),
        row_effect=field.at("row_effect").number(),
        statistic=field.at("statistic").number(),
        gain=field.at("gain").number(),
    )


def _read_interval(field: Field) -> tuple[float, float]:
    """Return the two ends of an interval. Raises ValueError for another number of them."""
    ends = [one.number() for one in field.each()]
    if len(ends) != 2:
        raise field.wrong("two numbers")
    return ends[0], ends[1]
