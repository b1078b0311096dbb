"""Reports of a monitor: the same figures in every format, the path as a picture, and nothing from data as markup."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.monitor import InputPosition, MonitorReport, MonitorRun, MonitorSettings, MonitorState, MonitorStep
from leakguard.reports import MONITOR_REPORTS
from leakguard.reports.kit.style import Style
from leakguard.reports.monitor.conclusion import MOST_STEPS, choose_steps
from leakguard.reports.monitor.pictures import draw_path

POINT = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
VALUES = st.lists(st.floats(0, 1e304), min_size=1, max_size=60)


def make_run(values, *, alpha=0.05, name="data.jsonl", problem="", waiting=0):
    """A run whose e-values after each block are these."""
    steps, highest = [], 1.0
    for at, value in enumerate(values):
        highest = max(highest, value)
        steps.append(MonitorStep(MonitorReport(50 + 25 * at, value, highest, highest >= 1 / alpha), (50 + 25 * at,) * 2))
    state = MonitorState(pairs=25 + 25 * len(values) if values else 0, data=(("a", "b"),) * waiting)
    inputs = (InputPosition(name, 90, "0" * 64), InputPosition("control.jsonl", 90, "0" * 64))
    return MonitorRun(MonitorSettings(alpha), {}, "", inputs, state, (90, 90), bool(problem), problem, 0, tuple(steps))


@pytest.mark.parametrize(
    ("run", "said", "code"),
    [
        (make_run([1, 3, 24.56]), "Drift: the e-value passed 20 within 100 pairs of rows (exit code 1).", 1),
        (make_run([1, 3, 0.5]), "after 100 pairs of rows the e-value is 0.5, its highest was 3 (p 0.333) (exit code 0).", 0),
        (make_run([1, 4], alpha=0.25), "Drift: the e-value passed 4 within 75 pairs of rows (exit code 1).", 1),
        (make_run([1]), "Nothing tested yet: the first 50 pairs of rows only set the scales of the features", 3),
        (make_run([]), "Nothing tested yet", 3),
        (make_run([1, 2], waiting=24), "Not tested yet: 24 rows of the data and 0 of the control wait for a full block.", 0),
        (make_run([1, 2], waiting=25), "there are rows of the data without a row of the control to compare them with", 3),
        (make_run([1, 99], problem="a.jsonl, row 3: bad-json"), "Incomplete: 1 row unreadable, such as a.jsonl, row 3: bad-json.", 3),
        (make_run([1, 5e7]), "highest e-value 50,000,000; drift from 20 (alpha 0.05)", 1),
        (make_run([1, 5e7]), "p-value 2e-08, valid at any time", 1),
    ],
    ids=["drift", "none", "other alpha", "warm-up", "empty", "waiting", "behind", "unreadable", "large", "small p"],
)
def test_each_result_is_said_in_words(run, said, code):
    """In text, Markdown and HTML; the exit code is that of the run."""
    assert run.exit_code == code
    text = " ".join(MONITOR_REPORTS["table"](run, Style()).split())
    assert said in text
    assert ("not evidence of safety" in text) == ("No drift so far" in text)
    for shape in ("markdown", "html"):
        assert MONITOR_REPORTS[shape](run, Style())


@given(values=VALUES, alpha=st.floats(1e-6, 0.5))
def test_the_path_stays_inside_of_its_picture(values, alpha):
    """One point a block from left to right, the line at 1 / alpha, and every label, whatever the e-values are."""
    drawing = draw_path(make_run(values, alpha=alpha))
    path = re.search(r'<path d="M([^"]*)" class="path"/>', drawing)[1]
    points = [tuple(map(float, POINT.fullmatch(one).groups())) for one in path.split("L")]
    assert len(points) == len(values) + 1 and points == sorted(points, key=lambda point: point[0])
    assert all(0 <= x <= 640 and 0 <= y <= 221 for x, y in points)
    (line,) = re.findall(r'<path d="M([^"]*)" class="observed"/>', drawing)
    assert all(0 < float(y) < 220 for _, y in POINT.findall(line))


@given(values=VALUES)
def test_a_table_has_the_last_block_and_few_others(values):
    """At equal distances."""
    run = make_run(values)
    chosen = choose_steps(run)
    assert chosen[-1] == run.steps[-1] and len(chosen) <= MOST_STEPS
    assert len({later.report.pairs - one.report.pairs for one, later in itertools.pairwise(chosen)}) <= 1


@pytest.mark.parametrize("shape", MONITOR_REPORTS)
def test_names_and_rows_of_data_are_no_markup(shape):
    """Neither HTML, nor a terminal's codes, nor text that changes its direction."""
    hostile = "<b>\x1b[31m\u202e](x)"
    report = MONITOR_REPORTS[shape](make_run([1, 2], name=hostile, problem=hostile), Style())
    assert "\x1b" not in report and "\u202e" not in report
    assert shape not in ("html", "markdown") or "<b>" not in report
