"""Cases that a fuzzer found, or that stand for a kind of input: none breaks its target any more."""

from pathlib import Path

import pytest
from targets import TARGETS

FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_what_broke_it_once_breaks_it_no_more(case):
    """Every case that is kept holds its target's laws."""
    TARGETS[case.parent.name](case.read_bytes())


def test_every_target_has_cases():
    """A folder of cases for each target, and none for anything else."""
    assert {case.parent.name for case in FOUND} == set(TARGETS)
