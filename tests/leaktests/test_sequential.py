"""The monitor by its laws: a fair game without a difference, the same however rows arrive, and growing wealth with one."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_rows import number_rows, take, text_rows
from leakguard.core.audit import RowTexts
from leakguard.core.errors import UsageError
from leakguard.core.monitor import MonitorSettings, MonitorState
from leakguard.leaktests.sequential import DriftMonitor, _average_wealth

SETTINGS = MonitorSettings()
NONE = RowTexts(())


def as_state(document):
    """A state from JSON, with lists for tuples."""

    def harden(value):
        return tuple(map(harden, value)) if isinstance(value, list) else value

    return MonitorState(**{name: harden(value) for name, value in document.items()})


@pytest.mark.parametrize("make", [number_rows, text_rows])
def test_without_a_difference_alarms_are_rare_and_wealth_is_fair(make):
    """Of 60 streams of 400 pairs at most a few ever pass 20, and the mean e-value at the end is about 1 or less."""
    rng = np.random.default_rng(1)
    found = [DriftMonitor(SETTINGS).add(make(400, rng), make(400, rng))[-1] for _ in range(60)]
    assert sum(one.drift for one in found) <= 6
    values = np.array([one.e_value for one in found])
    assert values.mean() <= 1 + 3 * values.std() / len(values) ** 0.5


@pytest.mark.parametrize("make", [number_rows, text_rows])
def test_a_difference_is_found(make):
    """Within 1,500 pairs, and the alarm stays once it was given."""
    rng = np.random.default_rng(2)
    reports = DriftMonitor(SETTINGS).add(make(1_500, rng, tilt=0.5), make(1_500, rng))
    first = next(place for place, one in enumerate(reports) if one.drift)
    assert reports[first].e_value >= 20
    assert all(one.drift for one in reports[first:])


def test_a_difference_that_begins_late_is_found():
    """After 1,000 pairs without one, in which bets lost their wealth: later bets begin with their share of it."""
    rng = np.random.default_rng(11)
    data, control = [number_rows(1_000, rng), number_rows(1_500, rng, tilt=0.8)], number_rows(2_500, rng)
    monitor = DriftMonitor(SETTINGS)
    before = monitor.add(data[0], control)[-1]
    assert not before.drift and before.e_value < 0.6
    assert monitor.add(data[1], NONE)[-1].drift


@given(blocks=st.integers(1, 300))
def test_the_weights_of_all_bets_and_the_reserve_are_one(blocks):
    """Whenever bets open: with a wealth of 1 each, the e-value is 1; with none left, it is the reserve."""
    opened = blocks.bit_length()
    assert _average_wealth([[0.0, 0.0]] * opened) == pytest.approx(1)
    assert _average_wealth([[-800.0]] * opened) == pytest.approx(1 / (opened + 1))


def test_exchanging_the_sources_changes_no_evidence():
    """Bets on both directions see a difference whichever file has it."""
    rng = np.random.default_rng(3)
    data, control = number_rows(300, rng, tilt=0.5), number_rows(300, rng)
    there, back = DriftMonitor(SETTINGS).add(data, control), DriftMonitor(SETTINGS).add(control, data)
    assert [one.e_value for one in there] == pytest.approx([one.e_value for one in back])


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=8))
def test_pieces_give_what_one_call_gives(cuts):
    """However rows arrive, in step or not, and with the state kept as JSON in between: the same reports and the same state."""
    rng = np.random.default_rng(4)
    data, control = number_rows(180, rng, tilt=0.5), number_rows(170, rng)
    whole = DriftMonitor(SETTINGS)
    expected = whole.add(data, control)
    monitor, reports, left, right = DriftMonitor(SETTINGS), [], 0, 0
    for more, others, restart in [*cuts, (180, 170, True)]:
        if restart:
            monitor = DriftMonitor(SETTINGS, as_state(json.loads(json.dumps(asdict(monitor.state)))))
        reports += monitor.add(take(data, range(left, min(left + more, 180))), take(control, range(right, min(right + others, 170))))
        left, right = min(left + more, 180), min(right + others, 170)
    assert reports == expected and monitor.state == whole.state
    assert (len(monitor.state.data), len(monitor.state.control)) == (30, 20)


def test_no_bet_is_placed_on_the_first_pairs():
    """The first report comes after the warm-up, with an e-value of 1, and rows before it wait."""
    rng = np.random.default_rng(5)
    monitor = DriftMonitor(SETTINGS)
    assert monitor.add(number_rows(49, rng), number_rows(60, rng)) == []
    assert monitor.state.pairs == 0 and len(monitor.state.data) == 49
    (report,) = monitor.add(number_rows(1, rng), NONE)
    assert (report.pairs, report.e_value, report.drift) == (50, 1.0, False)


def test_a_bet_does_not_see_the_rows_it_is_placed_on():
    """A block that is turned around loses what it would have won: weights come from earlier pairs alone."""
    rng = np.random.default_rng(6)
    monitor = DriftMonitor(SETTINGS)
    monitor.add(number_rows(300, rng, tilt=0.8), number_rows(300, rng))
    before = monitor.state
    data, control = number_rows(25, rng, tilt=0.8), number_rows(25, rng)
    (won,) = DriftMonitor(SETTINGS, before).add(data, control)
    (lost,) = DriftMonitor(SETTINGS, before).add(control, data)
    assert won.e_value > lost.e_value


def test_hostile_rows_are_bet_on_like_others():
    """Empty rows, huge numbers and lone surrogates."""
    rows = RowTexts(("", "nan", "9" * 400, "\ud800", "1, 2", "\0") * 30)
    report = DriftMonitor(SETTINGS).add(rows, rows)[-1]
    assert np.isfinite(report.e_value)


@pytest.mark.parametrize("wrong", [{"level": 0}, {"level": 1}, {"block": 0}, {"warm_up": 60}, {"warm_up": 25}])
def test_settings_that_mean_nothing_are_refused(wrong):
    """The level is a probability, the warm-up whole blocks, of which two at least."""
    with pytest.raises(UsageError):
        MonitorSettings(**wrong)
