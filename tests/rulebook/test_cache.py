"""What is kept between runs never changes a result: it is there and whole, or it is made again."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector_calls import look
from leakguard.detectors.rules import RulesDetector
from leakguard.detectors.rules.proof import prove
from leakguard.rulebook.cache import FileCache, digest_code
from leakguard.rulebook.packs import read_pack, read_packs
from leakguard.rulebook.shipped import list_packs

SECRET = bytes(range(32))
TEXTS = ["1488 and six six six", "heil hitler", "the tag said &#54;&#54;&#54;", "14, 88, 666", "DCLXVI", "nothing at all"]


@pytest.fixture
def memory(tmp_path):
    return FileCache(tmp_path / "cache", "code", SECRET)


def made_by(made, value=b"made"):
    """A maker that counts its calls in `made`."""

    def make():
        made.append(value)
        return value

    return make


def test_what_was_made_once_is_not_made_again(memory):
    """The second time the bytes come from the disk, under the same key and the same code only."""
    made = []
    assert [memory.recall(key, made_by(made)) for key in "aabba"] == [b"made"] * 5
    assert len(made) == 2
    FileCache(memory.folder, "other code", SECRET).recall("a", made_by(made))
    assert len(made) == 3


@given(damage=st.binary(max_size=80), at=st.integers(0, 40))
def test_a_damaged_entry_is_made_again(tmp_path_factory, damage, at):
    """Whatever happened to the file, what comes back is what was made."""
    memory = FileCache(tmp_path_factory.mktemp("memory"), "code", SECRET)
    memory.recall("a", lambda: b"made")
    (entry,) = memory.folder.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(whole[:at] + damage)
    assert memory.recall("a", lambda: b"made") == b"made"
    assert entry.read_bytes() == whole


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_folder_that_others_can_write_to_is_not_used(memory):
    """An entry that somebody else could have put there is not believed, and nothing is left there."""
    memory.folder.mkdir()
    memory.folder.chmod(0o777)
    made = []
    assert [memory.recall("a", made_by(made)) for _ in range(2)] == [b"made"] * 2
    assert len(made) == 2
    assert list(memory.folder.iterdir()) == []


def test_a_folder_that_cannot_be_used_costs_only_time(tmp_path):
    """A file where the folder should be is no error."""
    (tmp_path / "cache").write_text("in the way")
    assert FileCache(tmp_path / "cache" / "deeper", "code", SECRET).recall("a", lambda: b"made") == b"made"


def test_the_folder_does_not_grow_for_ever(memory):
    """Old entries make room."""
    for number in range(100):
        memory.recall(str(number), lambda: b"made")
    assert len(list(memory.folder.iterdir())) <= 80


def test_what_makes_an_entry_cannot_fail_quietly(memory):
    """An error of the maker is its own, and nothing is kept of it."""

    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        memory.recall("a", fail)
    assert list(memory.folder.iterdir()) == []


def test_the_basis_speaks_of_the_code():
    """The same code has the same basis, other rooms have another."""
    assert digest_code(["text/*.py"], ["regex"]) == digest_code(["text/*.py"], ["regex"]) != digest_code(["core/*.py"], ["regex"])
    assert len(digest_code(["text/*.py"], ["no_such_package"])) == 64


def test_packs_and_detectors_are_the_same_from_memory(memory, packs, contexts):
    """Packs read again are equal; a detector whose automata were loaded finds the same as one that compiled them."""
    places = list_packs().values()
    first, again = read_packs(places, memory), read_packs(places, memory)
    assert first == again == tuple(packs.values())
    rules = [rule for pack in again if pack.id in ("hate-numeric", "hate-text") for rule in pack.rules]
    fresh = RulesDetector(rules, contexts)
    loaded = [RulesDetector(rules, contexts, memory=memory) for _ in range(2)]
    assert look(loaded[0], TEXTS) == look(loaded[1], TEXTS) == look(fresh, TEXTS) != [[] for _ in TEXTS]


def test_a_proof_is_remembered_and_a_changed_pack_is_proven_anew(tmp_path, memory):
    """The examples of the same bytes are tried once; one changed byte, and they are tried again."""

    class Counting(RulesDetector):
        looked = 0

        def detect(self, batch):
            Counting.looked += 1
            return super().detect(batch)

    place = tmp_path / "mine.toml"
    text = list_packs()["gang-numbers"].read_bytes()
    for counted, data in ((1, text), (1, text), (2, text + b"\n")):
        place.write_bytes(data)
        pack = read_pack(place, memory)
        prove([pack], Counting(pack.rules, pack.contexts), memory)
        assert Counting.looked == counted
