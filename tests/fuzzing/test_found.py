"""Cases that a fuzzer found, or that represent a kind of input: none fails any more."""

from pathlib import Path

import pytest
from targets import TARGETS

FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_what_broke_it_once_breaks_it_no_more(case):
    """Every kept case satisfies the laws of its target."""
    TARGETS[case.parent.name](case.read_bytes())


def test_every_target_has_cases():
    """A folder of cases for each target, and none for anything else."""
    assert {case.parent.name for case in FOUND} == set(TARGETS)
