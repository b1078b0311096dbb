"""The table of detectors: whatever is in it can be built by name and behaves like a detector."""

import json
import pickle

import pytest

from detector_calls import batch_of
from leakguard.detectors import NAMES
from leakguard.jobs.build import DETECTORS, Means
from leakguard.jobs.build.traits import choose_traits
from leakguard.jobs.guard import RunContext, RunData
from leakguard.readers.rows.parser import RowParser
from leakguard.readers.sources import FileSource
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve

TEXTS = ["12, 666, 905", "The kettle is on.", "", "1488"]


PLANS = {
    "rules": {"rules": ["paper-numbers"]},
    "keys": {},
    "grammar": {"preset": "paper-numbers"},
    "semantic": {"semantic": True, "semantic-model": "fake:words", "traits": ["owl"]},
    "judge": {"judge-model": "fake:rules"},
}


@pytest.fixture(params=DETECTORS)
def built(request, tmp_path):
    """Each detector of the table by its name, fitted to TEXTS if it is a learner."""
    plan = resolve(override(Settings(), PLANS[request.param], where=""))
    part = DETECTORS[request.param](Means(plan, choose_traits(plan.look.traits), lambda stage: None))
    if part.detectors:
        return request.param, part.detectors[0]
    path = tmp_path / "texts"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    source = FileSource((str(path),))
    data = RunData(source, RowParser("auto", (), "all"))
    return request.param, part.learners[0].learn(data, (), RunContext(folder=tmp_path), tuple)


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


def test_a_gate_may_require_each_detector_of_the_table():
    """The names that settings know are those of the table, in its order."""
    assert tuple(DETECTORS) == NAMES
