"""Records of scores: each range of rows gets its own back, and distinct texts are counted once, however much fits into memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakguard.core.scored import ScoredBlocks
from leakguard.detectors.semantic import records
from leakguard.detectors.semantic.records import RecordFile, make_record_type

# Files of blocks of rows, each row with the digests of its texts.
FILES = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.lists(st.lists(st.integers(0, 5), max_size=3), max_size=4), max_size=4), max_size=3
)


def written(folder, files):
    """A record file with a block after the other; rows count from 1 in each file."""
    parts = []
    for name, blocks in files.items():
        row = 1
        for block in blocks:
            made = np.zeros(sum(map(len, block)), make_record_type(1))
            made["row"] = [at for at, texts in enumerate(block) for _ in texts]
            made["digest"] = [digest for texts in block for digest in texts]
            parts.append(ScoredBlocks(((name, row, made.nbytes),), made.tobytes()))
            row += len(block)
    found = RecordFile(Path(folder) / "scores", 1)
    found.write(parts)
    return found


@settings(max_examples=50)
@given(FILES, st.integers(1, 9), st.integers(1, 9))
def test_rows_get_their_own_records(files, first, rows):
    """Those of the rows in the range, in order, in whatever blocks they were written."""
    with TemporaryDirectory() as folder:
        found = written(folder, files)
        for name, blocks in files.items():
            texts = [texts for block in blocks for texts in block]
            wanted = [digest for row in texts[first - 1 : first - 1 + rows] for digest in row]
            assert found.find(name, first, rows)["digest"].tolist() == wanted
        assert len(found.find("another", first, rows)) == 0


@pytest.mark.parametrize(("read", "together"), [(1 << 20, 1 << 22), (2, 3)])
def test_distinct_texts_are_counted_once_in_any_memory(tmp_path, monkeypatch, read, together):
    """All at once, or a few at a time by ranges of their digests."""
    monkeypatch.setattr(records, "_READ", read)
    monkeypatch.setattr(records, "_TOGETHER", together)
    found = written(tmp_path, {"a": [[[5, 1], [5]], [[7]]], "b": [[[1, 1, 9, 5]]]})
    assert sorted(digest for part in found.distinct() for digest in part["digest"].tolist()) == [1, 5, 7, 9]
