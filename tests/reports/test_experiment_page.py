"""The web page of an experiment: one file, escaped, coloured by the style that all pages share."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from leakguard.documents.experiment import Conclusion, ExperimentResult, ExperimentVerdict, Shift
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.reports.experiment.webpage import adapt_picture, render_webpage
from leakguard.stats.intervals import Interval

PICTURE = b"""<?xml version="1.0"?><!DOCTYPE svg><svg viewBox="0 0 9 9" xmlns="http://www.w3.org/2000/svg">
<metadata><x>Matplotlib</x></metadata><defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
<g id="figure_1"><path d="M 0 0" style="fill: #ffffff"/><path d="M 1 1" style="stroke: #222222; stroke-width: 0.8"/>
<text style="font: 9px 'DejaVu Sans', sans-serif; text-anchor: middle" x="1">&lt;owl&gt;</text></g></svg>"""


def make_result(verdict=ExperimentVerdict.REDUCED, title="Owls", trait="owl"):
    arms = (
        ArmSummary("control", 0.06, Interval(0.05, 0.07), (0.06, 0.06), 4000, utility=6.2),
        ArmSummary("raw", 0.72, Interval(0.6, 0.8), (0.7, 0.74), 4000, 1.0, Interval(1.0, 1.0), 6.3, 0.1),
        ArmSummary("filtered", 0.3, Interval(0.2, 0.4), (0.2, 0.4), 2400, 0.36, Interval(0.2, 0.5), 6.4, 0.1),
    )
    return ExperimentResult(
        experiment={"name": "owl", "title": title, "trait": trait, "subject": "filtered", "world": "tiny", "digits": {"width": 1}},
        conclusion=Conclusion(verdict, f"The trait {trait!r} is reduced."),
        arms=arms,
        panels={"raw": {trait: 0.72}},
        shifts=(Shift(trait, 0.66, Interval(0.5, 0.8)), Shift("delhi", 0.3, None)),
        margins={},
        sampled={},
        environment={"torch": "2"},
        chance=0.0625,
        rejected={"trait": 0.03},
        data={},
    )


@pytest.mark.parametrize("verdict", ExperimentVerdict)
def test_the_page_says_the_verdict_and_what_it_holds_for(verdict):
    """In the heading, with the sentence and the limits of any verdict below it; more seeds are the next step only without a verdict."""
    page = render_webpage(make_result(verdict), {"rates": PICTURE})
    assert f"<h1>{verdict}: Owls</h1>" in page and "no verdict says that data are safe" in page
    assert ("--seeds N" in page) == (verdict is ExperimentVerdict.CANNOT_TELL)


def test_every_arm_has_a_row_with_its_numbers():
    """As text and as a bar; settings of the digits are shown only where digits were run."""
    page = render_webpage(make_result(), {})
    for text in ("control", "6.0%", "60.0% to 80.0%", "36% (20% to 50%)", "4,000", "6.400", "delhi +30.0 points"):
        assert text in page
    assert page.count('class="bar"') == 3 and "width 1" not in page and "Pictures" not in page


def test_markup_in_names_stays_text():
    """Whatever a file of an experiment says; control characters are spelled out."""
    page = render_webpage(make_result(title="<script>alert(1)</script>", trait="\x1b[31m<b>"), {"rates": PICTURE})
    assert "<script" not in page and "&lt;script" in page and "<b>" not in page and "\x1b" not in page and r"\x1b" in page


def test_the_content_policy_allows_the_style_and_nothing_else():
    """The hash of the style is right, there is no script, and no element has a style of its own."""
    page = render_webpage(make_result(), {"rates": PICTURE})
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert f"style-src &#39;sha256-{b64encode(sha256(style.encode()).digest()).decode()}&#39;" in page and "script-src" not in page
    assert " style=" not in page.replace(style, "")


def test_a_picture_takes_the_colours_of_the_page():
    """Ink, background and marks follow the light or dark scheme; the head of the file and the fonts are left out."""
    drawing = adapt_picture(PICTURE.decode())
    assert drawing.startswith("<svg") and "metadata" not in drawing and "<style" not in drawing and "DejaVu" not in drawing
    assert '<path d="M 0 0" fill="none"/>' in drawing and 'stroke="var(--ink)" stroke-width="0.8"' in drawing
    assert 'font-size="9px" text-anchor="middle"' in drawing and "&lt;owl&gt;" in drawing


def test_the_same_result_gives_the_same_page():
    """Another title gives another page."""
    result = make_result()
    assert render_webpage(result, {"rates": PICTURE}) == render_webpage(result, {"rates": PICTURE})
    assert render_webpage(replace(result, experiment={**result.experiment, "title": "x"}), {}) != render_webpage(result, {})
