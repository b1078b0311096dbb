"""Reports of experiments with a skill: trait left and skill kept beside each other, and what was done to mitigated rows."""

import pytest

from leakguard.documents.experiment import SHARE, Conclusion, ExperimentResult, ExperimentVerdict
from leakguard.documents.experiment_arm import ArmSummary, MitigationSummary
from leakguard.reports.experiment.arm_columns import PLAIN, SKILLED
from leakguard.reports.experiment.markdown import render_markdown
from leakguard.reports.experiment.summary import render_summary
from leakguard.reports.experiment.webpage import render_webpage
from leakguard.stats.intervals import Estimate, Interval

NEAR = Interval(0.9, 1.1)
RECORD = MitigationSummary("unlearn", 0, 0, 3880, 0.55, (), ("seed 1: the *held-out* loss is worse",))


def make_arm(name, rate, left=None, kept=None, **more):
    interval = Interval(rate - 0.02, rate + 0.02)
    residual = {"residual": left, "residual_interval": Interval(left - 0.05, left + 0.05)} if left is not None else {}
    return ArmSummary(
        name, rate, interval, (rate, rate), 3880, **residual, utility=5.5, skill_kept=Estimate(kept, NEAR) if kept else None, **more
    )


def make_result(skill=0.4):
    more = {"skill": skill, "share": 0.5, "answered": 0.6}
    arms = (
        make_arm("base", 0.06, **more),
        make_arm("control", 0.07, **more),
        make_arm("raw", 0.5, 1.0, 1.0, **more),
        make_arm("mitigated:unlearn", 0.08, 0.033, 1.02, mitigation=RECORD, loss_kept=Estimate(0.65, Interval(0.59, 0.71)), **more),
    )
    return ExperimentResult(
        experiment={"name": "owl", "title": "Owls", "trait": "owl", "subject": "mitigated:unlearn", "world": "sorted", "doses": ()},
        conclusion=Conclusion(ExperimentVerdict.STOPPED, "The trait 'owl' is stopped."),
        arms=arms, panels={}, shifts=(), margins={}, sampled={}, environment={}, chance=0.0625, rejected={}, data={}, measure=SHARE,
    )  # fmt: skip


NUMBERS = ("3% (-2% to 8%)", "102% (90% to 110%)", "65% (59% to 71%)", "40.0%")


@pytest.mark.parametrize(
    "render",
    [lambda result: render_summary(result, color=False, width=160), render_markdown, lambda result: render_webpage(result, {})],
    ids=["terminal", "markdown", "page"],
)
def test_every_report_has_trait_left_and_skill_kept(render):
    """With intervals, and with what the mitigation did, in the order of the columns."""
    text = render(make_result())
    places = [text.index(number) for number in NUMBERS[:3]]
    assert places == sorted(places) and NUMBERS[3] in text
    assert "3,880 rows changed" in text and "effective sample size 0.55" in text and "loss is worse" in text


def test_markdown_parses_nothing_from_data():
    assert "*held-out*" not in render_markdown(make_result()) and "held-out" in render_markdown(make_result())


@pytest.mark.parametrize("width", [80, 120, 160])
def test_trait_left_and_skill_kept_stay_on_a_narrow_page(width):
    """Other columns give way."""
    text = render_summary(make_result(), color=False, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert all(number in text for number in NUMBERS[:2])


def test_an_experiment_without_a_skill_has_the_table_as_before():
    """No column about a skill, in the terminal or on the page."""
    result = make_result(skill=None)
    assert "skill" not in render_summary(result, color=False, width=160).lower()
    assert [column.name for column in PLAIN] == ["arm", "rate", "95 % interval", "seeds", "rows", "left of the effect", "held-out loss"]
    assert {column.name for column in SKILLED} > {"skill", "skill kept", "loss kept"}


def test_the_picture_has_a_point_for_each_arm_with_both_numbers():
    """And there is none without a skill."""
    pytest.importorskip("matplotlib")
    from leakguard.reports.experiment.pictures import draw_pictures

    drawn = draw_pictures(make_result())["trade-off"].decode()
    assert "mitigated:unlearn" in drawn and ">raw<" in drawn and ">base<" not in drawn
    plain = make_result()
    assert "trade-off" not in draw_pictures(
        ExperimentResult(**{**{name: getattr(plain, name) for name in plain.__slots__}, "arms": plain.arms[:2]})
    )
