"""Counts of fields are bounded, and parts of data may be added in any grouping."""

from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.results import Tally
from leakguard.core.unscanned import FIELDS, MORE, Unscanned, merge_counts
from leakguard.documents.tally import read_tally, tally_to_dict

NAMES = st.integers(0, 3 * FIELDS).map(lambda number: "f" * (number % 7) + str(number))
PARTS = st.lists(st.dictionaries(NAMES, st.integers(1, 3), max_size=2 * FIELDS), min_size=1, max_size=4)


def added(parts):
    total = {}
    for part in parts:
        merge_counts(total, part)
    return total


@settings(deadline=None)
@given(PARTS, st.integers(0, 4))
def test_counts_do_not_depend_on_how_data_are_cut(parts, cut):
    """Workers add parts of the data in another grouping than one process does, and the totals are the same."""
    assert added(parts) == added([added(parts[:cut]), added(parts[cut:])])


def test_no_more_names_than_the_limit_are_kept():
    """The shortest names keep their exact counts; under MORE stands how often another was counted."""
    total = {}
    for row in range(3):
        merge_counts(total, {f"field{number:05d}": 1 for number in range(5_000)} | {f"row{row}": 1})
    assert len(total) == FIELDS + 1
    assert total["row0"] == 1 and total["field00000"] == 3
    assert sum(total.values()) == 3 * 5_001 and MORE in total


def test_a_tally_survives_its_document():
    """What was not scanned is kept by results, manifests and checkpoints."""
    tally = Tally(seen=2, kept=2)
    tally.leave(Unscanned({"notes": 2, "id": 1}, {"notes": 1}, {"roles: user": 2}, 1))
    assert read_tally(tally_to_dict(tally)) == tally


def test_documents_of_earlier_versions_are_read():
    """A tally that was written without these counts has none."""
    document = tally_to_dict(Tally(seen=1, kept=1))
    for key in ("unscanned", "unscanned_prose", "left_out", "repeated_keys"):
        del document[key]
    assert read_tally(document) == Tally(seen=1, kept=1)
