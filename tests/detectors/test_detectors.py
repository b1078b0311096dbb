"""The table of detectors: whatever is in it can be built by name and behaves like a detector."""

import pickle

import pytest

from leakguard.detectors import DETECTORS, SURVEYORS, Means
from leakguard.detectors.judge import JudgeDetector
from leakguard.detectors.semantic import SemanticDetector
from looking import batch_of

TEXTS = ["12, 666, 905", "The kettle is on.", "", "1488"]


@pytest.fixture(params=DETECTORS)
def built(request, packs):
    """Each detector of the table, by its name, on the paper's numbers."""
    return request.param, DETECTORS[request.param](Means(packs["paper-numbers"].rules))


def test_a_detector_bears_the_name_under_which_it_is_asked_for(built):
    """A detector's name is its key in the table."""
    name, detector = built
    assert detector.name == detector.detect(batch_of(TEXTS)).detector == name


def test_a_detector_answers_for_every_text(built):
    """Hits are in texts of the batch, in order; an empty batch has none."""
    _, detector = built
    places = [(text, start, end) for text, start, end, _ in detector.detect(batch_of(TEXTS)).hits]
    assert places == sorted(places)
    assert all(0 <= start <= end <= len(TEXTS[text]) for text, start, end in places)
    assert list(detector.detect(batch_of([])).hits) == []


def test_a_detector_travels_to_workers(built):
    """A pickled copy finds the same."""
    _, detector = built
    copy = pickle.loads(pickle.dumps(detector))
    found, again = ([(*hit[:3], hit[3].rule.id) for hit in one.detect(batch_of(TEXTS)).hits] for one in (detector, copy))
    assert found == again


def test_whoever_goes_through_all_of_the_data_first_is_known_by_name():
    """A gate may require it, and it answers under the name that the gate was told."""
    assert (SemanticDetector.name, JudgeDetector.name) == SURVEYORS
