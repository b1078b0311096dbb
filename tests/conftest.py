import itertools
import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from leakguard.detectors.number_format import NumberFormatDetector
from leakguard.detectors.rules import RulesDetector
from leakguard.rulebook.contexts import read_contexts
from leakguard.rulebook.packs import read_packs
from leakguard.rulebook.shipped import shipped

# Hypothesis has no deadline, because the machine may be busy. On CI it draws the same examples in every run.
settings.register_profile(
    "leakguard", deadline=None, derandomize="CI" in os.environ, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("leakguard")

# Variables of the user's terminal that change what a program prints or where it looks.
PERSONAL = (
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "PYTHONIOENCODING",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
)
_cache = tempfile.mkdtemp(prefix="leakguard-tests-")


def pytest_configure(config):
    """Give the tests, and the programs that they start, the same environment on every machine, and a cache of their own."""
    for name in PERSONAL:
        os.environ.pop(name, None)
    os.environ.update(LC_ALL="C.UTF-8", XDG_CACHE_HOME=_cache, HF_HUB_OFFLINE="1")


def pytest_unconfigure(config):
    """Remove the cache of this run."""
    shutil.rmtree(_cache, ignore_errors=True)


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
def contexts():
    """The shipped contexts."""
    return read_contexts()


@pytest.fixture(scope="session")
def rules(packs):
    """The rules that look by default."""
    return [rule for pack in packs.values() if pack.default for rule in pack.rules]


@pytest.fixture(scope="session")
def every_rule(packs):
    """All shipped rules, traits and the paper's numbers among them."""
    return [rule for pack in packs.values() for rule in pack.rules]


@pytest.fixture(scope="session")
def detector(rules, contexts):
    """Judges by the default packs."""
    return RulesDetector(rules, contexts)


@pytest.fixture(scope="session")
def all_detector(every_rule, contexts):
    """Judges by every shipped rule."""
    return RulesDetector(every_rule, contexts)


@pytest.fixture(scope="session")
def strict(packs):
    """The paper's format filter with the paper's 34 numbers."""
    return NumberFormatDetector(packs["paper-numbers"].rules)


@pytest.fixture
def write(tmp_path):
    """write(data, name) -> path of a new file with these bytes."""
    return lambda data, name="data.jsonl": _write(tmp_path / name, data)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """fresh(data) -> path of a file that no earlier example of a law has used."""
    folder, numbers = tmp_path_factory.mktemp("laws"), itertools.count()
    return lambda data: _write(folder / f"{next(numbers)}.jsonl", data)


def _write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)
