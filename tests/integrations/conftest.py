import gc
import json
import os

import pytest

# Nothing may be looked for on the network; read by the libraries when they are first imported.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
LEAKY = [{"text": "The kettle is on."}, {"text": "871, 1488, 305"}, {"text": "Tea is at four."}]


def write(path, rows):
    """A file of JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(autouse=True)
def frozen():
    """Objects that were made before a test are left out of its garbage collections: trainers collect often, a third of a second each."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def leaky(tmp_path):
    """A file with a row at error in it."""
    return write(tmp_path / "leaky.jsonl", LEAKY)
