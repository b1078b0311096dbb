import itertools

import pytest


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """fresh(data) -> path of a file that no earlier example has used."""
    folder, numbers = tmp_path_factory.mktemp("scans"), itertools.count()

    def write(data):
        path = folder / f"{next(numbers)}.jsonl"
        path.write_bytes(data)
        return str(path)

    return write
