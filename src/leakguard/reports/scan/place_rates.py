"""Match rates by place: a span of text that several rules match is counted once, for the set of these rules."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from leakguard.core.finding import Finding
from leakguard.core.results import RuleCount, ScanResult, Tally, Voices
from leakguard.core.rule import Severity
from leakguard.reports.scan.rates import ControlDifference, compare_to_control, count_scanned_rows, divide, rule_share_by_chance
from leakguard.stats.exact_tests import fisher
from leakguard.stats.intervals import Interval, wilson
from leakguard.stats.multiple_testing import holm

LEVEL = 0.05
ASKED = ("traits", "semantic")


@dataclass(frozen=True, slots=True)
class PlaceRate:
    """How often a set of rules matched together at one place. `rules` are these rules with their severities, the highest first.

    `rows` is the number of rows with such a place, `share` their share of the scanned rows, `interval` its 95 % Wilson interval;
    `number_share`, `chance` and `control` are as in `rates.RuleRate`. `p_value` is that of Fisher's exact test against the control
    (None without one), `significant` whether it is significant after Holm's correction for all rates of errors and warnings (None
    for notes). `lowered` maps causes that lowered the severity of the first rule to numbers of findings.
    """

    rules: Voices
    places: int
    rows: int
    share: float
    interval: Interval
    number_share: float | None = None
    chance: float | None = None
    control: ControlDifference | None = None
    p_value: float | None = None
    significant: bool | None = None
    lowered: tuple[tuple[str, int], ...] = ()

    @property
    def rule(self) -> str:
        """The rule with the highest severity."""
        return self.rules[0][0]

    @property
    def severity(self) -> Severity:
        """The highest severity."""
        return self.rules[0][1]


def rate_places(result: ScanResult) -> list[PlaceRate]:
    """Return the rate of each set of rules that matched one place in the data or the control; highest severity first, then by rows.

    A trait that was selected by name and did not match has an entry without places.
    """
    mine = count_by_place(result.tally)
    theirs = count_by_place(result.control) if result.control else {}
    rates = [_rate(rules, mine.get(rules, RuleCount()), theirs.get(rules, RuleCount()), result) for rules in {**mine, **theirs}]
    # Notes are compared with the control, but not tested: they would weaken the correction for the others.
    tested = [at for at, rate in enumerate(rates) if rate.p_value is not None and rate.severity > Severity.NOTE]
    for at, significant in zip(tested, holm([rates[at].p_value or 0.0 for at in tested], LEVEL), strict=True):
        rates[at] = replace(rates[at], significant=significant)
    rates += [_rate(((rule, severity),), RuleCount(), RuleCount(), result) for rule, severity in _list_unmatched_traits(result)]
    return sorted(rates, key=lambda rate: (-rate.severity, -rate.rows, rate.rules))


def select_significant(rates: Iterable[PlaceRate]) -> list[PlaceRate]:
    """Return the rates that differ significantly from the control after the correction."""
    return [rate for rate in rates if rate.significant]


def group_by_place(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Group findings by place (equal characters of one text), the highest severity first; places keep their order."""
    places: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        span = finding.span
        places.setdefault((finding.file, finding.row, span.turn, span.field, span.start, span.end), []).append(finding)
    return [sorted(place, key=lambda finding: -finding.mark.severity) for place in places.values()]


def name_other_rules(place: list[Finding]) -> str:
    """Return the other rules at a place in words, each once; "" if there are none."""
    others = dict.fromkeys(finding.mark.rule.id for finding in place[1:] if finding.mark.rule.id != place[0].mark.rule.id)
    return f"also {', '.join(others)}" if others else ""


def count_by_place(tally: Tally) -> dict[Voices, RuleCount]:
    """Return counts by place; results that were saved before places were counted have one entry per rule."""
    return tally.by_place or {(key,): count for key, count in tally.by_rule.items()}


def _rate(rules: Voices, mine: RuleCount, theirs: RuleCount, result: ScanResult) -> PlaceRate:
    # The share among number rows and the share by chance apply only if one of the rules matches numbers.
    tally, control = result.tally, result.control
    scanned = count_scanned_rows(tally)
    known = [(result.rules.get(rule), severity) for rule, severity in rules]
    in_lists = tally.number_rows > 0 and any(rule and "numbers" in rule.severity for rule, _ in known)
    by_chance = filter(lambda value: value is not None, (rule_share_by_chance(rule, severity, tally) for rule, severity in known))
    test = partial(fisher, mine.rows, scanned, theirs.rows)
    return PlaceRate(
        rules=rules,
        places=mine.findings,
        rows=mine.rows,
        share=divide(mine.rows, scanned),
        interval=wilson(mine.rows, scanned),
        number_share=divide(mine.number_rows, tally.number_rows) if in_lists else None,
        chance=next(by_chance, None) if in_lists else None,
        control=compare_to_control(mine.rows, tally, theirs.rows, control) if control else None,
        p_value=test(count_scanned_rows(control)) if control else None,
        lowered=tuple(sorted(tally.softened.get(rules[0], {}).items(), key=lambda cause: (-cause[1], cause[0]))),
    )


def _list_unmatched_traits(result: ScanResult) -> Iterable[tuple[str, Severity]]:
    """Return the rules, with their highest severity, of traits that were selected by name and did not match."""
    traits = result.settings.get("traits")
    names = {str(name) for name in traits} if isinstance(traits, (list, tuple)) else set()
    matched = {rule for tally in (result.tally, result.control) if tally for rule, _ in tally.by_rule}
    for rule in result.rules.values() if names else ():
        if rule.id not in matched and rule.pack in ASKED and (rule.value in names or rule.id.partition(".")[2] in names):
            yield rule.id, max(rule.severity.values(), default=Severity.NOTE)
