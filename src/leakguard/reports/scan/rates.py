"""Match rates by rule: the share of rows, the share expected by chance, and the difference from the control."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from leakguard.core.results import RuleCount, ScanResult, Tally
from leakguard.core.rule import Rule, Severity
from leakguard.stats.intervals import Interval, newcombe, wilson


@dataclass(frozen=True, slots=True)
class ControlDifference:
    """A rule's matches in the control: rows, their share, and the difference of shares (data minus control) with its 95 % interval."""

    rows: int
    share: float
    difference: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class RuleRate:
    """How often one rule matched at one severity. `share` is of all scanned rows, `interval` its 95 % Wilson interval.

    `number_share` is the share of the rows that contain only numbers, `chance` the share of those rows that would match if their
    numbers were uniformly random; both are None where they do not apply.
    """

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
    """Return the rate of each rule and severity that matched in the data or the control; highest severity first, then by rows."""
    tally, control = result.tally, result.control
    keys = dict.fromkeys([*tally.by_rule, *(control.by_rule if control else ())])
    rates = [_rate(result.rules.get(rule), rule, severity, tally, control) for rule, severity in keys]
    return sorted(rates, key=lambda rate: (-rate.severity, -rate.rows, rate.rule))


def count_scanned_rows(tally: Tally) -> int:
    """Return the number of readable rows with text to scan: every share is of these rows."""
    return tally.seen - tally.unreadable - tally.empty


def divide(rows: float, whole: int) -> float:
    """Return rows / whole, or 0 if `whole` is 0."""
    return rows / whole if whole else 0.0


def format_points(difference: ControlDifference) -> str:
    """Return the difference in percentage points with its interval: "+2.40 (+1.06 to +4.25)"."""
    middle, low, high = _to_points(difference)
    return f"{middle:+.2f} ({low:+.2f} to {high:+.2f})"


def format_points_short(difference: ControlDifference) -> str:
    """Return the difference from the control in percentage points, with its 95 % interval in brackets: "+2.40 [+1.06, +4.25]".

    It is shorter than the result of `format_points`, for a narrow column.
    """
    middle, low, high = _to_points(difference)
    return f"{middle:+.2f} [{low:+.2f}, {high:+.2f}]"


def share_by_chance(values: Iterable[int], tally: Tally) -> float:
    """Return the share of number-only rows that would contain one of `values` if all their numbers were uniformly random.

    Each number is drawn among those with as many digits. For k values of d digits, a row with n such numbers misses them all with
    probability (1 - p)^n, where p is k/10 for one digit and k/(9 * 10^(d-1)) for more. Exact for values of one length; different
    lengths are taken as independent.
    """
    missed = 1.0
    for digits, count in Counter(len(str(value)) for value in set(values)).items():
        p = count / (10 if digits == 1 else 9 * 10 ** (digits - 1))
        hits = sum(rows * (1 - (1 - p) ** numbers) for (length, numbers), rows in tally.lengths.items() if length == digits)
        missed *= 1 - divide(hits, tally.number_rows)
    return 1 - missed


def rule_share_by_chance(rule: Rule | None, severity: Severity, tally: Tally) -> float | None:
    """Return the share of number-only rows that would contain the rule's number by chance; None if the rule has no single number.

    A disguised number (lower severity) is not drawn by chance: only the severity of the plain number has a share.
    """
    if rule is None or len(rule.numbers) != 1 or rule.severity.get("numbers") != severity:
        return None
    return share_by_chance(rule.numbers, tally)


def compare_to_control(rows: int, tally: Tally, control_rows: int, control: Tally) -> ControlDifference:
    """Return the difference between data and control for a rule that matched `rows` and `control_rows` (Newcombe's interval)."""
    mine, theirs = count_scanned_rows(tally), count_scanned_rows(control)
    share = divide(control_rows, theirs)
    return ControlDifference(control_rows, share, divide(rows, mine) - share, newcombe(rows, mine, control_rows, theirs))


def _to_points(difference: ControlDifference) -> tuple[float, ...]:
    """Return the difference and its interval in percentage points; + 0.0 turns -0.0 into 0.0."""
    return tuple(round(100 * share, 2) + 0.0 for share in (difference.difference, *difference.interval))


def _rate(rule: Rule | None, name: str, severity: Severity, tally: Tally, control: Tally | None) -> RuleRate:
    count = tally.by_rule.get((name, severity), RuleCount())
    in_lists = tally.number_rows > 0 and rule is not None and "numbers" in rule.severity
    control_rows = control.by_rule.get((name, severity), RuleCount()).rows if control else 0
    return RuleRate(
        rule=name,
        pack=rule.pack if rule else name.partition(".")[0],
        severity=severity,
        findings=count.findings,
        rows=count.rows,
        share=divide(count.rows, count_scanned_rows(tally)),
        interval=wilson(count.rows, count_scanned_rows(tally)),
        number_share=divide(count.number_rows, tally.number_rows) if in_lists else None,
        chance=rule_share_by_chance(rule, severity, tally) if in_lists else None,
        control=compare_to_control(count.rows, tally, control_rows, control) if control else None,
    )
