"""Render the web page of an experiment (verdict, arms, pictures, settings) as one file that needs no network and no script."""

import json
import re
from collections.abc import Mapping
from typing import Any

from leakguard.documents.experiment import DIGITS, ExperimentResult, ExperimentVerdict
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.reports.experiment.arm_columns import MISSING, list_arm_columns
from leakguard.reports.experiment.pictures import INK, MARK, SOFT
from leakguard.reports.experiment.summary import list_notes
from leakguard.reports.kit.web import Head, make_bar, render_page, trust

CAPTIONS = {
    "rates": "How often a student answers with the trait, by the data it learned from",
    "trade-off": "What is left of the trait's effect, and what is kept of the skill: a good mitigation is at the top left",
    "doses": "The rate by the number of the trait teacher's rows, and by their share among rows of the control teacher",
    "off-target": "What the raw data changed: the trait, and the answers beside it that changed most",
}
CAVEAT = "The verdict holds for this world, this base and this recipe; no verdict says that data are safe."
STATES = {ExperimentVerdict.STOPPED: "quiet", ExperimentVerdict.CANNOT_TELL: "incomplete"}
LEVELS = {"control": "note", "base": "note", "raw": "error"}
# Colours of a picture file, and the variables of the page's style that have a light and a dark value.
COLOURS = {INK: "var(--ink)", "#000000": "var(--ink)", SOFT: "var(--soft)", MARK: "var(--error)", "#ffffff": "none"}
_HEAD = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
_STYLE = re.compile(r' style="([^"]*)"')
_SIZE = re.compile(r"[\d.]+px")


def render_webpage(result: ExperimentResult, pictures: Mapping[str, bytes]) -> str:
    """Return the page with these pictures (name -> SVG). Text that came from data or settings is escaped."""
    title = str(result.experiment.get("title") or result.experiment["name"])
    verdict = result.conclusion.verdict
    again = "leakguard experiment certify ... --seeds N" if result.experiment.get("files") else "leakguard experiment run FILE --seeds N"
    more = () if result.decided else (("Run it with more seeds:", again),)
    head = Head(f"{verdict}: {title}", f"{result.conclusion.sentence} {CAVEAT}", STATES.get(verdict, "found"), steps=more)
    values = {
        "result": result,
        "columns": [column.name for column in list_arm_columns(result)[1:]],
        "arms": [_describe_arm(arm, result) for arm in result.arms],
        "notes": list_notes(result),
        "figures": [(CAPTIONS[name], trust(adapt_picture(picture.decode()))) for name, picture in pictures.items()],
        "settings": _list_settings(result),
    }
    return render_page("experiment.html", head, values, style="experiment.css")


def adapt_picture(svg: str) -> str:
    """Return a drawing by matplotlib for a page: without its file head, coloured by the page's style, which has a dark scheme.

    The page's content policy forbids `style` attributes, so their properties become attributes of their own.
    """
    drawing = _HEAD.sub("", svg[svg.index("<svg") :])
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)
    return _STYLE.sub(lambda match: "".join(map(_move_property, match[1].split(";"))), drawing)


def _move_property(declaration: str) -> str:
    """Return one declaration of a style as an attribute; families of fonts are left to the page."""
    name, _, value = (part.strip() for part in declaration.partition(":"))
    if name == "font":
        size = _SIZE.search(value)
        name, value = "font-size", size[0] if size else ""
    if not value or name == "font-family":
        return ""
    return f' {name}="{COLOURS.get(value, value)}"'


def _describe_arm(arm: ArmSummary, result: ExperimentResult) -> tuple[list[tuple[str, str]], Any, str]:
    """Return the cells of an arm's row with the names of their columns, its bar and the level that colours the bar."""
    texts = [(column.name, column.write(arm)) for column in list_arm_columns(result)]
    cells = [(name, "" if text == MISSING else text) for name, text in texts]
    return cells, make_bar(arm.rate, arm.interval, result.chance, 1.0), LEVELS.get(arm.name, "pack")


def _list_settings(result: ExperimentResult) -> dict[str, str]:
    """Return the settings of an experiment as text; settings of the world `digits` only for that world."""
    shown = {key: value for key, value in result.experiment.items() if key != "digits" or result.experiment["world"] == DIGITS}
    return {key: _format_value(value) for key, value in shown.items()}


def _format_value(value: object) -> str:
    return ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)
