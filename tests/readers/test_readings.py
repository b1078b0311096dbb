"""What was read of a file against what is there in the end."""

import hashlib
import itertools
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakguard.readers.files import readings as module
from leakguard.readers.files.readings import FileChangedError, RangedFile, Readings

LAW = settings(max_examples=80, deadline=None)
NAME = "rows"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder, numbers = tmp_path_factory.mktemp("readings"), itertools.count()
    return lambda: folder / f"{next(numbers)}"


def record_readings(data, ranges, whole):
    """Readings of these stretches of the bytes, and of these many bytes from the start (all of them: the end was seen)."""
    readings = Readings()
    for at, length in ranges:
        readings.note_range(NAME, at, data[at : at + length])
    for size in whole:
        reading = readings.start(NAME)
        pieces = reading.hash_pieces(iter([data[:size][:7], data[:size][7:]]))
        list(pieces) if size >= len(data) else [next(pieces), next(pieces)]
    return readings


@pytest.fixture(params=[3, 1 << 20], ids=["small pieces", "one piece"])
def pieces(request, monkeypatch):
    """The last reading is cut into pieces of this size."""
    monkeypatch.setattr(module, "PIECE", request.param)


PLACES = st.tuples(st.integers(0, 60), st.integers(0, 30))


@pytest.mark.usefixtures("pieces")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=60), ranges=st.lists(PLACES, max_size=6), whole=st.lists(st.integers(0, 70), max_size=3), at=st.integers(0, 59)
)
def test_a_change_shows_exactly_where_something_was_read(fresh, data, ranges, whole, at):
    """Unchanged: the file's own hash. One byte changed: Changed if any reading held that byte, else the new hash."""
    path = fresh()
    path.write_bytes(data)
    readings = record_readings(data, ranges, whole)
    taken_up = Readings()
    taken_up.restore(readings.to_document())
    for known in (readings, taken_up):
        assert known.confirm(NAME, path).sha256 == hashlib.sha256(data).hexdigest()
    if at >= len(data):
        return
    other = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    path.write_bytes(other)
    held = any(start <= at < start + length for start, length in ranges) or any(at < size for size in whole)
    for known in (readings, taken_up):
        if held:
            with pytest.raises(FileChangedError):
                known.confirm(NAME, path)
        else:
            assert known.confirm(NAME, path).sha256 == hashlib.sha256(other).hexdigest()


@LAW
@given(data=st.binary(min_size=1, max_size=40), more=st.binary(min_size=1, max_size=5))
def test_where_the_end_was_seen_the_end_is(fresh, data, more):
    """A file that was read to its end may neither have grown nor have been cut off."""
    path = fresh()
    readings = record_readings(data, (), [len(data)])
    for other in (data + more, data[:-1]):
        path.write_bytes(other)
        with pytest.raises(FileChangedError):
            readings.confirm(NAME, path)


def test_two_readings_that_differ_never_agree(fresh):
    """Even if the file is what the second one read."""
    path = fresh()
    path.write_bytes(b"two")
    readings = Readings()
    for data in (b"one", b"two"):
        list(readings.start(NAME).hash_pieces(iter([data])))
    digest = record_readings(b"two", (), [3]).confirm(NAME, path)
    assert not readings.matches(NAME, digest)
    with pytest.raises(FileChangedError):
        readings.confirm(NAME, path)
    assert readings.to_document()[NAME]["changed"]


def test_one_whole_reading_is_enough_to_agree(fresh):
    """Then the file is not read again; a part of it, or a table, is not enough."""
    path = fresh()
    path.write_bytes(b"data")
    whole = record_readings(b"data", (), [4])
    digest = whole.confirm(NAME, path)
    assert whole.matches(NAME, digest)
    assert not record_readings(b"data", (), [2]).matches(NAME, digest)
    assert not record_readings(b"data", [(1, 2)], [4]).matches(NAME, digest)
    whole.note_format(NAME, "parquet")
    assert not whole.matches(NAME, digest)


@pytest.mark.parametrize(
    ("kind", "data", "holds"),
    [
        ("parquet", b"PAR1...", True),
        ("parquet", b"{}", False),
        ("", b"PAR1", False),
        ("csv", b"PAR1", True),
        ("", b"{}", True),
        ("parquet", b"", True),
    ],
)
def test_the_format_is_that_of_the_bytes_that_were_hashed(fresh, kind, data, holds):
    """A file whose first bytes said something else for a moment was read in the wrong way."""
    path = fresh()
    path.write_bytes(data)
    readings = Readings()
    readings.note_format(NAME, kind)
    if holds:
        assert readings.confirm(NAME, path).bytes == len(data)
    else:
        with pytest.raises(FileChangedError):
            readings.confirm(NAME, path)


@LAW
@given(data=st.binary(max_size=50), steps=st.lists(st.tuples(st.integers(0, 60), st.integers(-1, 60)), max_size=6))
def test_a_file_read_here_and_there_gives_its_bytes_and_notes_them(fresh, data, steps):
    """It reads as any file does; the document names every stretch with its hash."""
    path = fresh()
    path.write_bytes(data)
    readings = Readings()
    with RangedFile(str(path), readings) as file:
        for at, size in steps:
            file.seek(at)
            assert file.read(size) == (data[at:] if size < 0 else data[at : at + size])
    said = readings.to_document()[str(path)]
    assert said["sizes"] == [len(data)]
    assert readings.confirm(str(path), path).bytes == len(data)
    assert all(hashlib.sha256(data[at : at + length]).hexdigest() == sha for at, length, sha in said["ranges"])


def test_workers_get_none_of_it():
    """Readings go to another process empty: hashes that are under way cannot be sent."""
    readings = Readings()
    readings.start(NAME)
    assert pickle.loads(pickle.dumps(readings)).to_document() == {}


def test_a_file_that_is_gone_or_is_none_is_an_error(tmp_path):
    """OSError, not Changed."""
    for path in (tmp_path / "none", tmp_path, Path("/dev/null")):
        with pytest.raises(OSError):
            Readings().confirm(NAME, path)
