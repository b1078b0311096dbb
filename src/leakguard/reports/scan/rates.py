"""Context for a rate: a rule's share of rows beside chance and beside the control file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Rule, Severity
from leakguard.stats.intervals import Interval, newcombe, wilson


@dataclass(frozen=True, slots=True)
class ControlDifference:
    """The same rule in the control file: rows, their share, and the 95 % interval of the difference (data minus control)."""

    rows: int
    share: float
    difference: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class RuleRate:
    """How often one rule spoke at one severity. `interval` is the share's (Wilson, 95 %), `number_share` its share of the bare
    number rows, `chance` what uniformly random numbers with as many digits would give there; None where that says nothing."""

    rule: str
    pack: str
    severity: Severity
    findings: int
    rows: int
    share: float
    interval: Interval
    number_share: float | None = None
    chance: float | None = None
    control: ControlDifference | None = None


def rate_rules(result: ScanResult) -> list[RuleRate]:
    """One entry for each rule and severity that fired in the data or the control; loudest first."""
    tally, control = result.tally, result.control
    keys = dict.fromkeys([*tally.by_rule, *(control.by_rule if control else ())])
    found = [_share(result.rules.get(rule), rule, severity, tally, control) for rule, severity in keys]
    return sorted(found, key=lambda share: (-share.severity, -share.rows, share.rule))


def count_scanned_rows(tally: Tally) -> int:
    """Rows with something to look at that somebody could look at: what every share is a share of."""
    return tally.seen - tally.unreadable - tally.empty


def divide(rows: float, whole: int) -> float:
    """rows / whole, and 0 of nothing."""
    return rows / whole if whole else 0.0


def format_points(gap: ControlDifference) -> str:
    """The difference to the control in percentage points, with its interval."""
    middle, low, high = (round(100 * share, 2) + 0.0 for share in (gap.difference, *gap.interval))
    return f"{middle:+.2f} ({low:+.2f} to {high:+.2f})"


def format_points_short(gap: ControlDifference) -> str:
    """The same in brackets, for a column that has little room: +2.40 [+1.06, +4.25]."""
    middle, low, high = (round(100 * share, 2) + 0.0 for share in (gap.difference, *gap.interval))
    return f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"


def share_by_chance(values: Iterable[int], tally: Tally) -> float:
    """Share of the bare number rows that would hold one of `values` if every number were uniform among those with as many digits.

    For values of d digits, of which there are k, a row with n such numbers misses them all with probability (1 - p)^n, where
    p is k/10 for one digit and k/(9 * 10^(d-1)) for more. Exact for values of one length; lengths are taken as independent.
    """
    missed = 1.0
    for digits, count in Counter(len(str(value)) for value in set(values)).items():
        p = count / (10 if digits == 1 else 9 * 10 ** (digits - 1))
        hits = sum(rows * (1 - (1 - p) ** numbers) for (length, numbers), rows in tally.lengths.items() if length == digits)
        missed *= 1 - divide(hits, tally.number_rows)
    return 1 - missed


def _share(rule: Rule | None, name: str, severity: Severity, tally: Tally, control: Tally | None) -> RuleRate:
    count = tally.by_rule.get((name, severity), RuleCount())
    among_numbers = tally.number_rows > 0 and rule is not None and "numbers" in rule.severity
    return RuleRate(
        rule=name,
        pack=rule.pack if rule else name.partition(".")[0],
        severity=severity,
        findings=count.findings,
        rows=count.rows,
        share=divide(count.rows, count_scanned_rows(tally)),
        interval=wilson(count.rows, count_scanned_rows(tally)),
        number_share=divide(count.number_rows, tally.number_rows) if among_numbers else None,
        chance=rule_share_by_chance(rule, severity, tally) if among_numbers else None,
        control=compare_to_control(count.rows, tally, control.by_rule.get((name, severity), RuleCount()).rows, control)
        if control
        else None,
    )


def rule_share_by_chance(rule: Rule | None, severity: Severity, tally: Tally) -> float | None:
    """The share of the number lists that a rule's number would be in by chance; None for a disguise of it, and for other rules.

    Only a plain whole number has a chance to be drawn; its disguises have a lower severity.
    """
    if rule is None or len(rule.numbers) != 1 or rule.severity.get("numbers") != severity:
        return None
    return share_by_chance(rule.numbers, tally)


def compare_to_control(rows: int, tally: Tally, control_rows: int, control: Tally) -> ControlDifference:
    """The difference between the data and the control for a rule that hit so many rows of each."""
    mine, theirs = count_scanned_rows(tally), count_scanned_rows(control)
    share = divide(control_rows, theirs)
    return ControlDifference(control_rows, share, divide(rows, mine) - share, newcombe(rows, mine, control_rows, theirs))
