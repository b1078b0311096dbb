"""Entries that somebody changed are made anew, and nothing but entries is ever taken away."""

import hashlib
import hmac
import os
import stat

import orjson
import pytest

from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.rulebook.cache import MOST, FileCache, read_secret
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import list_packs

SECRET = hashlib.sha256(b"a secret for tests").digest()


@pytest.fixture
def memory(tmp_path):
    """Two entries, of an honest and of another key."""
    made = FileCache(tmp_path / "packs", "code", SECRET)
    made.recall("honest", lambda: b"all the rules")
    made.recall("other", lambda: b"one rule")
    return made


def place(memory, key):
    return memory.folder / hashlib.sha256(f"{memory.basis}\0{key}".encode()).hexdigest()


def plain(name, kept):
    return hashlib.sha256(kept).digest() + kept


def unnamed(name, kept):
    return hmac.digest(SECRET, kept, "sha256") + kept


def guessed(name, kept):
    return hmac.digest(bytes(32), name.encode() + kept, "sha256") + kept


@pytest.mark.parametrize("forged", [plain, unnamed, guessed])
def test_a_digest_that_anyone_can_compute_makes_no_entry(memory, forged):
    """Neither a hash of the bytes, nor a seal that does not know the name, nor one under another secret."""
    entry = place(memory, "honest")
    entry.write_bytes(forged(entry.name, b"no rule"))
    assert memory.recall("honest", lambda: b"all the rules") == b"all the rules"
    assert memory.recall("honest", lambda: b"made again") == b"all the rules"


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole[:-1],
        lambda whole: whole + b" ",
        lambda whole: b"",
        lambda whole: whole[:31],
        lambda whole: whole.replace(b"all", b"ALL"),
        lambda whole: bytes([whole[0] ^ 1]) + whole[1:],
    ],
)
def test_a_changed_entry_is_made_anew(memory, change):
    """Cut short, made longer, emptied, edited in its bytes or in its seal."""
    entry = place(memory, "honest")
    entry.write_bytes(change(entry.read_bytes()))
    assert memory.recall("honest", lambda: b"made again") == b"made again"


def test_an_entry_under_another_name_is_made_anew(memory):
    """A whole entry, copied or linked to where another one belongs."""
    place(memory, "honest").write_bytes(place(memory, "other").read_bytes())
    assert memory.recall("honest", lambda: b"all the rules") == b"all the rules"
    place(memory, "honest").unlink()
    place(memory, "honest").symlink_to(place(memory, "other"))
    assert memory.recall("honest", lambda: b"all the rules") == b"all the rules"


def test_an_entry_of_another_machine_is_made_anew(memory):
    """A cache that was brought along (of another user, or restored by a build service) was sealed with another secret."""
    elsewhere = FileCache(memory.folder, memory.basis, hashlib.sha256(b"another").digest())
    assert elsewhere.recall("honest", lambda: b"made here") == b"made here"


def test_a_pack_that_was_edited_in_the_cache_keeps_its_rules(tmp_path, contexts):
    """The parsed pack with fewer rules, under a right hash of itself, is not what is looked with."""
    memory = FileCache(tmp_path / "packs", "code", SECRET)
    whole = read_pack(list_packs()["gang-numbers"], memory, contexts)
    (entry,) = memory.folder.iterdir()
    said = orjson.loads(entry.read_bytes()[32:])
    said["rules"] = said["rules"][:1]
    entry.write_bytes(plain(entry.name, orjson.dumps(said)))
    assert read_pack(list_packs()["gang-numbers"], memory, contexts) == whole


def test_only_entries_are_pruned(memory):
    """Whatever else lies in the folder, and however old it is, stays."""
    others = ["judge.sqlite", "judge.sqlite-wal", "notes", "a" * 63, "A" * 64, f"{'a' * 64}.bak"]
    for name in others:
        (memory.folder / name).write_text("paid for")
        os.utime(memory.folder / name, (0, 0))
    for number in range(MOST + 20):
        memory.recall(f"scan {number}", lambda: b"made")
    left = {entry.name for entry in memory.folder.iterdir()}
    assert left >= set(others)
    assert len(left - set(others)) == MOST


def test_entries_in_use_stay(memory):
    """The entries that were not used for longest are deleted, however old those in use are."""
    for number in range(39):
        memory.recall(f"scan {number}", lambda: b"made")
    for place in memory.folder.iterdir():
        os.utime(place, (1_000, 1_000))
    assert memory.recall("scan 7", lambda: b"again") == b"made"
    for number in range(10):
        memory.recall(f"other scan {number}", lambda: b"made")
    assert memory.recall("scan 7", lambda: b"again") == b"made"


def test_packs_are_kept_apart_from_what_costs_money(tmp_path, monkeypatch):
    """They have a folder of their own among the user's caches, and their secret lies outside of it."""
    places = {"XDG_CACHE_HOME": "cache", "LOCALAPPDATA": "cache", "XDG_CONFIG_HOME": "config", "APPDATA": "config", "HOME": "."}
    for name, place in places.items():
        monkeypatch.setenv(name, str(tmp_path / place))
    kept = open_pack_cache()
    assert kept.folder.parts[-2:] == ("leakguard", "packs")
    kept.recall("a", lambda: b"made")
    assert not [path for path in kept.folder.parent.rglob("*") if path.is_file() and kept.secret in path.read_bytes()]


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    """The same one for every run; its file is no one else's to read."""
    first = read_secret(tmp_path / "leakguard" / "cache.key")
    assert first == read_secret(tmp_path / "leakguard" / "cache.key") and len(first) == 32
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "leakguard" / "cache.key").stat().st_mode) == 0o600
        (tmp_path / "leakguard" / "cache.key").chmod(0o666)
        assert read_secret(tmp_path / "leakguard" / "cache.key") is None


def test_a_secret_that_is_not_whole_is_not_used(tmp_path):
    """Then nothing is remembered, which costs time alone."""
    (tmp_path / "cache.key").write_bytes(b"short")
    assert read_secret(tmp_path / "cache.key") is None
    assert read_secret(tmp_path / "cache.key" / "deeper") is None
