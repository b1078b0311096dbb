"""The table of an experiment at the widths of real windows: the drawing gives way, no number does."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from leakguard.core.errors import UsageError
from leakguard.documents.experiment import ExperimentVerdict
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.harness.plan import read_experiment
from leakguard.harness.run import run_experiment
from leakguard.reports.experiment.summary import draw_line, list_notes, render_summary
from leakguard.stats.intervals import Interval

OWL = Path(__file__).parents[2] / "examples/experiments/owl.toml"


def arm(name, rate, rows, **more):
    """An arm with three seeds around its rate."""
    said = {"residual": None, "residual_interval": None, "utility": 1.234, "detectable": None, **more}
    return ArmSummary(
        name=name, rate=rate, interval=Interval(rate - 0.05, rate + 0.05), rates=(rate - 0.02, rate, rate + 0.02), rows=rows, **said
    )


def result():
    """A run with four arms, one of which has a long name."""
    arms = (
        arm("base", 0.061, 0, utility=None),
        arm("control", 0.062, 12_345),
        arm("raw", 0.612, 12_345),
        arm("random-drop", 0.587, 6_172, residual=0.955, residual_interval=Interval(0.81, 1.12), detectable=0.081),
    )
    return SimpleNamespace(
        arms=arms, conclusion=SimpleNamespace(verdict=ExperimentVerdict.SURVIVES, sentence="The trait survives."), chance=0.1, subject=arms[-1].name,
        sampled={}, rejected={}, shifts=(), trait="owl", experiment={"base": "tiny-a", "other": "tiny-b", "world": "tiny"},
    )  # fmt: skip


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_every_number_is_there_at_every_width(width):
    """No line is wider than the window, and each arm has its rate, interval, seeds, rows, what is left and its loss."""
    text = render_summary(result(), color=False, width=width)
    assert max(map(len, text.split("\n"))) <= width
    words = text.split()
    for number in ("6.1%", "61.2%", "58.7%", "12,345", "6,172", "96%", "(81%", "112%)", "1.234"):
        assert number in words
    assert ("No room for: drawing." in text) == (width == 80)


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        ({"base": "tiny-a", "other": "tiny-b"}, "share an initialisation? Yes: all were made from tiny-a. Hidden"),
        ({"base": "tiny-a", "files": {}}, "Yes: all"),
        ({"base": "tiny-a", "files": {"raw": "a"}}, "Not known here: the rows were given. leakguard lineage WRITER tiny-a"),
        ({"world": "digits", "base": "tiny-a"}, ""),
        ({}, ""),
    ],
)
def test_the_question_of_the_lineage_is_answered(experiment, words):
    """By the base of teachers and students; rows that were given may be from anywhere."""
    found = result()
    found.experiment = experiment
    notes = " ".join(list_notes(found))
    assert words in notes and ("initialisation" in notes) == bool(words)
    apart = SimpleNamespace(**{**vars(found), "arms": (*found.arms, arm("other-base", 0.06, 9))})
    assert ("but for the arm other-base" in " ".join(list_notes(apart))) == ("Yes" in words)


@pytest.mark.parametrize("width", [11, 21, 41])
def test_a_drawing_keeps_its_scale_at_every_width(width):
    """The mean stands where it belongs on a line from 0 to 1."""
    line = draw_line(result().arms[2], width)
    assert len(line) <= width
    assert line.count("o") == 1 and abs(line.index("o") - 0.612 * (width - 1)) <= 0.5


def test_students_are_counted_before_anything_is_loaded(tmp_path):
    """0 of all is told at once, also where the run then cannot begin."""
    plan, told = read_experiment(OWL), []
    with pytest.raises(UsageError):
        run_experiment(
            replace(plan, base="./missing"), tmp_path / "r", lambda data, place: [], workers=1, on_progress=lambda *said: told.append(said)
        )
    assert told == [(0, plan.seeds * len(plan.every_arm))]
