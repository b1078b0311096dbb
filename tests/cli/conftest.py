import json
from functools import partial

import pytest

from programs import run_program
from s3_server import serve_s3

ROWS = {
    "clean": [{"text": "The kettle is on."}, {"text": "412, 733, 905"}],
    "loud": [{"text": "The kettle is on."}, {"text": "871, 1488, 305"}, {"prompt": "1488?", "completion": "871, 305"}],
}


@pytest.fixture
def folder(tmp_path):
    """A working folder with a clean file, one with a finding, and one with a row that nobody can read."""
    for name, rows in ROWS.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "broken.jsonl").write_text('{"text": "1488"}\n{"text": \n')
    return tmp_path


@pytest.fixture
def leakguard(folder):
    """Runs the program as a shell would, in the working folder."""

    def run(*args, data=None, env=None):
        return run_program(*args, folder=folder, data=data, env=env)

    return run


@pytest.fixture(scope="session")
def s3():
    """An S3-compatible server with a bucket; yields its environment and fsspec's view of it."""
    for name in ("moto", "s3fs"):
        pytest.importorskip(name)
    with serve_s3() as env, pytest.MonkeyPatch.context() as patch:
        for key, value in env.items():
            patch.setenv(key, value)
        import fsspec

        system = fsspec.filesystem("s3", use_listings_cache=False)
        system.mkdir("bucket")
        yield env, system


@pytest.fixture
def training(folder):
    """Runs the program in the working folder, beside PyTorch, whose import takes seconds."""
    return partial(run_program, folder=folder, modules=("torch", "transformers"))
