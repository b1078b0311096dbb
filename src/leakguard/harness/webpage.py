"""A result as one HTML file that needs nothing else: verdict, pictures, arms, and what was run."""

import json
from collections.abc import Iterable, Mapping
from html import escape

from leakguard.harness.plan import DIGITS
from leakguard.harness.result import Result
from leakguard.harness.summary import list_notes
from leakguard.reports.kit.escape import escape_text

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}"
    ".numbers td:not(:first-child),.numbers th:not(:first-child){text-align:right}"
    ".words td:last-child{overflow-wrap:anywhere}figure{margin:1.5em 0}"
    ".verdict{font-size:1.6em;font-weight:bold}svg{max-width:100%;height:auto}"
)
CAPTIONS = {
    "rates": "How often a student answers with the trait, by what it learned from",
    "doses": "The same by the number of the trait teacher's rows, and by their share among those of the control teacher",
    "off-target": "What the raw data moved: the trait, and other answers most",
}
HOLDS = "The verdict holds for this world, this base and this recipe; no verdict says that data are safe."


def render_webpage(result: Result, pictures: Mapping[str, bytes]) -> str:
    """The page; everything that came from data or settings is escaped, and nothing is loaded from elsewhere."""
    title = str(result.experiment.get("title") or result.experiment["name"])
    figures = "".join(f"<figure>{_svg(picture)}<figcaption>{CAPTIONS[name]}</figcaption></figure>" for name, picture in pictures.items())
    settings = {key: _value(value) for key, value in result.experiment.items() if key != "digits" or result.experiment["world"] == DIGITS}
    lines = "".join(f"<li>{_text(note)}</li>" for note in (*list_notes(result), HOLDS))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title><style>{STYLE}</style></head><body>'
        f'<h1>{_text(title)}</h1><p class="verdict">{_text(str(result.finding.verdict))}</p><p>{_text(result.finding.sentence)}</p>'
        f"{figures}<h2>Arms</h2>{_arms(result)}<ul>{lines}</ul>"
        f"<h2>What was run</h2>{_table(('setting', 'value'), settings.items(), 'words')}"
        f"<h2>With</h2>{_table(('part', 'version'), result.environment.items(), 'words')}</body></html>\n"
    )


def _arms(result: Result) -> str:
    heads = ("arm", "rate", "95 % interval", "seeds", "rows", "left of the effect", "held-out loss")
    rows = []
    for arm in result.arms:
        left = arm.residual_interval
        rows.append(
            (
                arm.name,
                f"{arm.rate:.1%}",
                f"{arm.interval.low:.1%} to {arm.interval.high:.1%}",
                str(len(arm.rates)),
                f"{arm.rows:,}",
                f"{arm.residual:.0%} ({left.low:.0%} to {left.high:.0%})"
                if arm.residual is not None and left and arm.name != "raw"
                else "",
                f"{arm.utility:.3f}" if arm.utility is not None else "",
            )
        )
    return _table(heads, rows)


def _value(value: object) -> str:
    return ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "numbers") -> str:
    top = "".join(f"<th>{_text(head)}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_text(str(value))}</td>' for value in row)}</tr>" for row in rows)
    return f"<table class='{kind}'><tr>{top}</tr>{body}</table>"


def _svg(picture: bytes) -> str:
    """The drawing without the head of a file."""
    text = picture.decode()
    return text[text.index("<svg") :]


def _text(text: str) -> str:
    return escape(escape_text(text))
