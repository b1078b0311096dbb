import pytest

from leakguard.detectors.grammar import GrammarDetector
from leakguard.detectors.rules import RulesDetector
from leakguard.io.packs import read_packs
from leakguard.settings.shelf import shipped


@pytest.fixture(scope="session", autouse=True)
def state_home(tmp_path_factory):
    """Keys of checkpoints are kept for the session alone, wherever the home folder is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def packs():
    """Every shipped pack, by id."""
    return {pack.id: pack for pack in read_packs(shipped().values())}


@pytest.fixture(scope="session")
def rules(packs):
    """The rules that look by default."""
    return [rule for pack in packs.values() if pack.default for rule in pack.rules]


@pytest.fixture(scope="session")
def every_rule(packs):
    """All shipped rules, traits and the paper's numbers among them."""
    return [rule for pack in packs.values() for rule in pack.rules]


@pytest.fixture(scope="session")
def detector(rules):
    """Judges by the default packs."""
    return RulesDetector(rules)


@pytest.fixture(scope="session")
def all_detector(every_rule):
    """Judges by every shipped rule."""
    return RulesDetector(every_rule)


@pytest.fixture(scope="session")
def strict(packs):
    """The paper's format filter with the paper's 34 numbers."""
    return GrammarDetector(packs["paper-numbers"].rules)
