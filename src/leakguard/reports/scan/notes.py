"""Notes in reports: counted by rule, with a few examples of each; all of them only if the setting `notes` asks for it.

Most matches in ordinary data are notes, and a list of them hides the errors and warnings. A stream of findings has all of them.
"""

from collections import Counter
from collections.abc import Iterable

from leakguard.core.finding import Finding
from leakguard.core.results import Tally
from leakguard.core.rule import Severity
from leakguard.reports.kit.findings import sort_by_severity
from leakguard.reports.scan.place_rates import count_by_place, group_by_place


def choose_places(findings: Iterable[Finding], examples: int, *, notes: bool) -> list[list[Finding]]:
    """Return findings by place, the highest severity first; without `notes` the first `examples` of each rule that is only a note there."""
    chosen: list[list[Finding]] = []
    shown: Counter[str] = Counter()
    for place in group_by_place(sort_by_severity(findings)):
        rule = place[0].mark.rule.id
        if place[0].mark.severity is Severity.NOTE and not notes:
            shown[rule] += 1
            if shown[rule] > examples:
                continue
        chosen.append(place)
    return chosen


def count_note_places(tally: Tally) -> int:
    """Return the number of places at which the highest severity is a note."""
    return sum(count.findings for rules, count in count_by_place(tally).items() if max(severity for _, severity in rules) is Severity.NOTE)
