import itertools

import pytest


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
