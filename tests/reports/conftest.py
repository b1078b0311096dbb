import pytest
from hand_made import RULES, finding, pack

from leakguard.core.record import Origin, Unreadable
from leakguard.core.results import Missed, RuleCount, ScanResult, Tally
from leakguard.core.rule import Severity


@pytest.fixture
def result():
    """A scan of ten rows: three with findings, one unreadable, one undetermined, one without words to look at."""
    tally = Tally(
        seen=10, kept=8, unreadable=1, undetermined=1, missed=1, empty=1, texts=8, number_rows=4,
        flagged={Severity.ERROR: 1, Severity.WARNING: 1, Severity.NOTE: 1},
        by_rule={
            ("hate.1488", Severity.ERROR): RuleCount(2, 1, 1),
            ("luck.666", Severity.WARNING): RuleCount(1, 1, 1),
            ("luck.666", Severity.NOTE): RuleCount(1, 1, 0),
            ("luck.13", Severity.NOTE): RuleCount(3, 2, 2),
        },
        by_pack={"hate": 1, "luck": 3},
        lengths={(3, 8): 4, (2, 2): 2, (4, 1): 1},
        unscanned={"notes": 4, "id": 9, "messages[*].meta.comment": 1}, prose={"notes": 3, "messages[*].meta.comment": 1},
        left_out={"roles: user": 8, "roles: system": 1, "schema: output": 2}, repeated=1,
    )  # fmt: skip
    return ScanResult(
        tally=tally,
        findings=(
            finding("luck.13", "13", row=2),
            finding("hate.1488", "14/88", row=3),
            finding("luck.666", "six six six", row=5, form="number words", profile="text"),
        ),
        unreadable=(Unreadable(Origin("data.jsonl", 7, 512), "not JSON", "unexpected end of data"),),
        missed=(Missed("data.jsonl", 9, "rules", "pattern 'x' ran out of time"),),
        files=("data.jsonl",),
        rules=RULES,
        packs=(pack("hate"), pack("luck", "1.2.0")),
        settings={"schema": "auto", "roles": ["trained"], "field": [], "fail-on": "error"},
    )


@pytest.fixture
def clean():
    """A scan of three rows that found nothing."""
    return ScanResult(Tally(seen=3, kept=3, texts=3), (), (), (), ("a.jsonl", "b.jsonl"), RULES, (pack("hate"),), {"limit": 3})


@pytest.fixture
def control():
    """The tally of a control file of twenty rows."""
    by_rule = {("hate.1488", Severity.ERROR): RuleCount(1, 1, 0), ("luck.7", Severity.NOTE): RuleCount(9, 9, 9)}
    return Tally(seen=20, kept=20, texts=20, number_rows=20, by_rule=by_rule, by_pack={"hate": 1, "luck": 9}, lengths={(3, 8): 20})
