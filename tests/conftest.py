import functools
import gc
import itertools
import os
import shutil
import sys
import tempfile
from pathlib import Path

# As in `leakguard.cli.main`, before numpy is loaded: on a busy machine, threads for small matrices take ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

from compiled_cache import open_compiled
from leakguard.detectors.number_format import NumberFormatDetector
from leakguard.detectors.rules import RulesDetector
from leakguard.rulebook.contexts import read_contexts
from leakguard.rulebook.packs import read_packs
from leakguard.rulebook.shipped import list_packs

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
    "PYTHONDONTWRITEBYTECODE",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
)
HERE = Path(__file__).resolve().parent
# Tests in these folders run on Windows too.
PORTABLE = ("core", "text", "detectors", "typed")
# Fixtures that start a program.
PROGRAMS = {"leakguard", "shell", "training"}


def pytest_configure(config):
    """Give the tests, and the programs that they start, the same environment on every machine, and a cache of this run.

    Workers of xdist inherit the environment of the process that started them, and with it the cache: nothing is compiled once for each.
    """
    for name in PERSONAL:
        os.environ.pop(name, None)
    os.environ.update(LC_ALL="C.UTF-8", HF_HUB_OFFLINE="1")
    if not hasattr(config, "workerinput"):
        os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="leakguard-tests-")


def pytest_unconfigure(config):
    """Remove the cache of this run."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)


def pytest_addoption(parser):
    """`--measure-all` is for `make coverage`."""
    parser.addoption("--measure-all", action="store_true", help="measure coverage in every test, not in a part of them")


def pytest_collection_modifyitems(config, items):
    """Choose the tests in which coverage is measured; the others run as always, without the tracer.

    The tracer makes a process 1.6 to 1.8 times slower on Python 3.11, whichever modules it measures. So it is off where the same lines
    run again: in laws, for which Hypothesis draws hundreds of examples, in all but the first of a module's tests that start programs,
    and in tests that are marked because they go through long tables. Tests that limit or measure memory never run with it.
    """
    programs = set()
    for item in items:
        starts = not PROGRAMS.isdisjoint(item.fixturenames) or not starters(item.module).isdisjoint(item.function.__code__.co_names)
        if config.getoption("--measure-all"):
            item.own_markers[:] = [mark for mark in item.own_markers if mark.name != "no_cover"]
        elif getattr(item.obj, "is_hypothesis_test", False) or (starts and item.path in programs):
            item.add_marker("no_cover")
        if item.get_closest_marker("linux"):
            item.add_marker("no_cover")
        elif starts:
            programs.add(item.path)
        skip_elsewhere(item)


def pytest_collection_finish():
    """Keep modules and collected tests out of the collections of garbage that follow: there are millions of such objects."""
    gc.collect()
    gc.freeze()


@functools.cache
def starters(module):
    """Names in a module of tests that start a program: `subprocess`, and the functions that use it."""
    code = {name: getattr(value, "__code__", None) for name, value in vars(module).items()}
    return {"subprocess", *(name for name, one in code.items() if one and "subprocess" in one.co_names)}


def skip_elsewhere(item):
    """Skip a test on systems that lack what it needs: Linux for some, POSIX for most."""
    linux = item.get_closest_marker("linux")
    if linux and sys.platform != "linux":
        item.add_marker(pytest.mark.skip(reason=f"needs Linux: {linux.args[0]}"))
    elif os.name != "posix" and item.path.relative_to(HERE).parts[0] not in PORTABLE:
        item.add_marker(pytest.mark.skip(reason="needs POSIX: compares paths, line ends, signals, pipes or permissions as POSIX has them"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Programs that a test without measurement starts are not measured either."""
    with pytest.MonkeyPatch.context() as patch:
        if item.get_closest_marker("no_cover"):
            patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def state_home(tmp_path_factory):
    """Keys of checkpoints are kept for the session alone, wherever the home folder is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def compiled():
    """The cache of compiled automata."""
    return open_compiled()


@pytest.fixture(scope="session")
def packs():
    """Every shipped pack, by id."""
    return {pack.id: pack for pack in read_packs(list_packs().values())}


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
def detector(rules, contexts, compiled):
    """Judges by the default packs."""
    return RulesDetector(rules, contexts, memory=compiled)


@pytest.fixture(scope="session")
def all_detector(every_rule, contexts, compiled):
    """Judges by every shipped rule."""
    return RulesDetector(every_rule, contexts, memory=compiled)


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
