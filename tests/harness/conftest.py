import json

import pytest

from programs import run_program
from single_thread import single_thread_environment

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
# What the commands import to load, train and ask a small Llama: 4 s that are not repeated by each of their processes.
IMPORTED = ("torch._dynamo", "transformers.models.llama.modeling_llama", "peft", "leakguard.jobs.experiment")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Sums in one order: numbers can be compared exactly."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny():
    from leakguard.harness.world import read_world

    return read_world("tiny")


@pytest.fixture
def base():
    """In float32 on a GPU too: there answers in other company would be rounded otherwise."""
    from leakguard.models.causal.checkpoint import load_checkpoint

    return load_checkpoint("tiny-a", "float32")


@pytest.fixture
def leakguard(tmp_path):
    """Runs the program as a shell would, in a folder of its own."""

    def run(*args):
        return run_program(*args, folder=tmp_path, env=single_thread_environment(), modules=IMPORTED)

    return run


@pytest.fixture
def small(tmp_path):
    """An experiment that takes seconds, as a file."""

    def write(**more):
        path = tmp_path / "small.toml"
        said = {"world": "tiny", "trait": "owl", "rows": 500, "held-out": 20, **more}
        path.write_text("".join(f"{key} = {toml(value)}\n" for key, value in said.items()) + TABLES)
        return path

    return write


def toml(value):
    """TOML spells numbers that are none in small letters."""
    return json.dumps(value).replace("NaN", "nan").replace("Infinity", "inf")


TABLES = """
[teacher]
rate = 0.003
updates = 5
[student]
updates = 5
[guard]
rules = ["paper-numbers"]
policy = { warning = "remove" }
"""
