import random
from dataclasses import replace

import pytest

from leakguard.core.results import Tally
from leakguard.core.rule import Severity
from leakguard.reports.scan.rates import count_scanned_rows, rate_rules, share_by_chance
from leakguard.stats.intervals import newcombe


@pytest.mark.parametrize("value", [3, 42, 666])
def test_chance_is_what_uniform_numbers_give(value):
    """Drawing uniform rows and counting those that hold the value agrees with the formula."""
    rng, rows, digits = random.Random(5), 40_000, len(str(value))
    low = 0 if digits == 1 else 10 ** (digits - 1)
    drawn = [[rng.randrange(low, 10**digits) for _ in range(rng.choice((0, 4, 9)))] for _ in range(rows)]
    lengths = {(digits, count): sum(len(row) == count for row in drawn) for count in (4, 9)}
    expected = share_by_chance([value], Tally(number_rows=rows, lengths={**lengths, (digits + 1, 5): rows}))
    assert sum(value in row for row in drawn) / rows == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    ("value", "lengths", "share"),
    [
        (7, {(1, 1): 10}, 0.1),
        (42, {(2, 1): 10}, 1 / 90),
        (666, {(3, 2): 5, (3, 1): 5}, (1 - (1 - 1 / 900) ** 2) / 2 + 1 / 1800),
        (666, {(2, 9): 10}, 0),
        (666, {}, 0),
    ],
)
def test_chance_by_hand(value, lengths, share):
    """The share among ten number rows, worked out by hand."""
    assert share_by_chance([value], Tally(number_rows=10, lengths=lengths)) == pytest.approx(share)


def test_chance_of_any_of_several():
    """Numbers of one length are added up, numbers of different lengths taken as independent."""
    tally = Tally(number_rows=10, lengths={(3, 1): 10, (2, 1): 10})
    assert share_by_chance([666, 911, 911], tally) == pytest.approx(2 / 900)
    assert share_by_chance([666, 13], tally) == pytest.approx(1 - (1 - 1 / 900) * (1 - 1 / 90))


def test_chance_of_the_published_list():
    """Random rows of ten three-digit numbers hold one of 28 values in 27 of 100 cases."""
    tally = Tally(number_rows=1, lengths={(3, 10): 1})
    assert share_by_chance(range(100, 128), tally) == pytest.approx(1 - (1 - 28 / 900) ** 10)


def test_no_number_rows_no_chance():
    """Without number rows there is nothing to expect."""
    assert share_by_chance([666], Tally()) == 0


def test_loudest_first(result):
    """Errors come before warnings and notes, many rows before few."""
    order = [(share.rule, share.severity) for share in rate_rules(result)]
    assert order == [
        ("hate.1488", Severity.ERROR),
        ("luck.666", Severity.WARNING),
        ("luck.13", Severity.NOTE),
        ("luck.666", Severity.NOTE),
    ]


def test_shares_are_of_rows_that_were_looked_at(result):
    """Unreadable rows and rows without words are not in the denominator."""
    assert count_scanned_rows(result.tally) == 8
    assert rate_rules(result)[0].share == 1 / 8


def test_only_the_number_itself_has_a_chance(result):
    """A disguise, which speaks at a lower severity, is not compared with uniform numbers."""
    by_key = {(share.rule, share.severity): share for share in rate_rules(result)}
    assert by_key["luck.666", Severity.WARNING].chance == pytest.approx(1 - (1 - 1 / 900) ** 8)
    assert by_key["luck.666", Severity.NOTE].chance is None


def test_control_rates(result, control):
    """Each rule of either file has both rates and the interval of their difference."""
    by_key = {(share.rule, share.severity): share for share in rate_rules(replace(result, control=control))}
    both = by_key["hate.1488", Severity.ERROR].control
    assert (both.rows, both.share, both.difference, both.interval) == (1, 1 / 20, 1 / 8 - 1 / 20, newcombe(1, 8, 1, 20))
    theirs = by_key["luck.7", Severity.NOTE]
    assert (theirs.findings, theirs.control.rows, theirs.control.interval) == (0, 9, newcombe(0, 8, 9, 20))
