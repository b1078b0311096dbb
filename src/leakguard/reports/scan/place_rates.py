"""Rates by place: a number that three packs list is one line with three reasons, not three lines."""

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
    """How often the same rules fired at the same place. `voices` are the rules with their severities, the loudest first.

    `rows` are the rows with such a place, `share` their share of the rows with something to look at, `interval` its 95 % interval
    (Wilson); `number_share`, `chance` and `control` as in `shares.Share`. `p_value` is Fisher's exact test against the control; None
    without one. `survives` says whether it holds after Holm's correction for all entries at error and warning; None for notes.
    `lowered` says why the loudest rule is quieter here than it can be, with the number of findings.
    """

    voices: Voices
    places: int
    rows: int
    share: float
    interval: Interval
    number_share: float | None = None
    chance: float | None = None
    control: ControlDifference | None = None
    p_value: float | None = None
    survives: bool | None = None
    lowered: tuple[tuple[str, int], ...] = ()

    @property
    def rule(self) -> str:
        """The loudest rule."""
        return self.voices[0][0]

    @property
    def severity(self) -> Severity:
        """The severity of the loudest rule."""
        return self.voices[0][1]


def rate_places(result: ScanResult) -> list[PlaceRate]:
    """One entry for each set of rules that fired at one place in the data or the control, the loudest and most frequent first.

    A trait that was asked for and not found has an entry without places.
    """
    mine = _by_place(result.tally)
    theirs = _by_place(result.control) if result.control else {}
    found = [_share(voices, mine.get(voices, RuleCount()), theirs.get(voices, RuleCount()), result) for voices in {**mine, **theirs}]
    tested = [at for at, share in enumerate(found) if share.p_value is not None and share.severity > Severity.NOTE]
    for at, holds in zip(tested, holm([found[at].p_value or 0.0 for at in tested], LEVEL), strict=True):
        found[at] = replace(found[at], survives=holds)
    found += [_share(((rule, severity),), RuleCount(), RuleCount(), result) for rule, severity in _not_found(result)]
    return sorted(found, key=lambda share: (-share.severity, -share.rows, share.voices))


def select_significant(found: Iterable[PlaceRate]) -> list[PlaceRate]:
    """Those whose difference to the control holds after the correction for all looks."""
    return [share for share in found if share.survives]


def group_by_place(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that stand at the same characters of the same text together, the loudest first; places in the order of the findings."""
    places: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        span = finding.span
        places.setdefault((finding.file, finding.row, span.turn, span.field, span.start, span.end), []).append(finding)
    return [sorted(place, key=lambda finding: -finding.mark.severity) for place in places.values()]


def name_other_rules(place: list[Finding]) -> str:
    """The other rules at a place in words, each once; "" if there are none."""
    others = dict.fromkeys(finding.mark.rule.id for finding in place[1:] if finding.mark.rule.id != place[0].mark.rule.id)
    return f"also {', '.join(others)}" if others else ""


def _by_place(tally: Tally) -> dict[Voices, RuleCount]:
    """Counts by place; of results saved before places were counted, each rule stands alone."""
    return tally.by_place or {(key,): count for key, count in tally.by_rule.items()}


def _share(voices: Voices, mine: RuleCount, theirs: RuleCount, result: ScanResult) -> PlaceRate:
    tally, control = result.tally, result.control
    seen = count_scanned_rows(tally)
    rules = [(result.rules.get(rule), severity) for rule, severity in voices]
    in_lists = tally.number_rows > 0 and any(rule and "numbers" in rule.severity for rule, _ in rules)
    by_chance = filter(lambda value: value is not None, (rule_share_by_chance(rule, severity, tally) for rule, severity in rules))
    test = partial(fisher, mine.rows, seen, theirs.rows)
    return PlaceRate(
        voices=voices,
        places=mine.findings,
        rows=mine.rows,
        share=divide(mine.rows, seen),
        interval=wilson(mine.rows, seen),
        number_share=divide(mine.number_rows, tally.number_rows) if in_lists else None,
        chance=next(by_chance, None) if in_lists else None,
        control=compare_to_control(mine.rows, tally, theirs.rows, control) if control else None,
        p_value=test(count_scanned_rows(control)) if control else None,
        lowered=tuple(sorted(tally.softened.get(voices[0], {}).items(), key=lambda cause: (-cause[1], cause[0]))),
    )


def _not_found(result: ScanResult) -> Iterable[tuple[str, Severity]]:
    """Rules of the traits that were asked for by name and that fired nowhere, with their highest severity."""
    traits = result.settings.get("traits")
    names = {str(name) for name in traits} if isinstance(traits, (list, tuple)) else set()
    fired = {rule for tally in (result.tally, result.control) if tally for rule, _ in tally.by_rule}
    for rule in result.rules.values() if names else ():
        if rule.id not in fired and rule.pack in ASKED and (rule.value in names or rule.id.partition(".")[2] in names):
            yield rule.id, max(rule.severity.values(), default=Severity.NOTE)
