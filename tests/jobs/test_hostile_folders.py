"""A folder of outputs that came with the data: nothing outside of it is written, replaced or deleted, and no state of others is taken up."""

import json
import os
from pathlib import Path

import pytest

import leakguard
from leakguard.core.errors import UsageError
from leakguard.jobs.user_key import read_user_key, state_folder
from leakguard.outputs.checkpoint import write_checkpoint

ONE = {"rules": ["hate-numeric"], "workers": 1}
WORK = ".leakguard"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Some data, a home folder with files that are dear to somebody, and the folder that a clean is to fill."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "rows.jsonl").write_text('{"text": "a kettle"}\n{"text": "871, 1488, 305"}\n')
    (tmp_path / "home").mkdir()
    (tmp_path / "home/letters.txt").write_text("dear")
    (tmp_path / "home/deep").mkdir()
    (tmp_path / "home/deep/diary.txt").write_text("dear")
    return tmp_path / "repo/cleaned"


def clean(place, **options):
    return leakguard.clean(place.parents[1] / "rows.jsonl", place, **{**ONE, **options})


def untouched(place):
    """Is everything in the home folder what it was, and nothing new there?"""
    home = place.parents[1] / "home"
    found = {path.relative_to(home).as_posix(): path.read_text() for path in home.rglob("*") if path.is_file()}
    return found == {"letters.txt": "dear", "deep/diary.txt": "dear"}


NAMES = [
    "../../home/letters.txt", "kept/../../../home/letters.txt", "/etc/hostname", "kept//x.jsonl", "./kept/x.jsonl", "kept", "letters.txt",
    "kept/", "", "kept/\0", ".leakguard/checkpoint.json", "kept/..", "..",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_that_names_files_elsewhere_is_refused(place, name):
    """Whatever it calls an output that no clean could have written: refused before anything is deleted."""
    clean(place)
    path = place / "manifest.json"
    said = json.loads(path.read_text())
    said["outputs"][0]["path"] = name
    path.write_text(json.dumps(said))
    with pytest.raises(UsageError, match="not one that leakguard wrote"):
        clean(place, overwrite=True, replacement="x")
    assert untouched(place)


def state_of(place, **more):
    """What a checkpoint of a clean says that was cut off while it moved its outputs."""
    reference = place.parent / "reference"
    clean(reference)
    said = json.loads((reference / "manifest.json").read_text())
    run = {key: said[key] for key in ("tool", "settings", "packs", "meaning", "baseline")}
    inputs = [{key: value for key, value in entry.items() if key not in ("rows", "broken")} for entry in said["inputs"]]
    return {"run": {**run, "inputs": inputs}, "stale": [], "parts": {}, "readings": {}, **more}


FORGED = {
    "without a code": lambda state, place: json.dumps(state).encode(),
    "with a code of nothing": lambda state, place: json.dumps({**state, "mac": "0" * 64}).encode(),
    "with another user's code": lambda state, place: write_checkpoint(state, place, b"x" * 32),
    "with this user's code for another folder": lambda state, place: write_checkpoint(state, place.parent / "reference", read_user_key()),
    "with a code that is no text": lambda state, place: json.dumps({**state, "mac": [1]}).encode(),
    "not an object": lambda state, place: b"[]",
    "nested": lambda state, place: b"[" * 100_000,
    "no JSON": lambda state, place: b"\xff",
    "half a code": lambda state, place: write_checkpoint(state, place, read_user_key()).replace(b'"parts": {}', b'"parts": {"kept/x": {}}'),
}


@pytest.mark.parametrize("how", FORGED)
@pytest.mark.parametrize("moving", [True, False], ids=["moving", "on its way"])
def test_a_checkpoint_of_unknown_origin_is_not_taken_up(place, how, moving):
    """It could name files elsewhere, and rows as kept that were never looked at."""
    more = {"moving": ["../../home/letters.txt"], "stale": ["../../home/deep/diary.txt"]} if moving else {"books": {"tasks": 9}}
    content = FORGED[how](state_of(place, **more), place)
    (place / WORK / "parts").mkdir(parents=True)
    (place / WORK / "checkpoint.json").write_bytes(content)
    with pytest.raises(UsageError, match="checkpoint"):
        clean(place)
    assert untouched(place)
    assert (place / WORK / "checkpoint.json").read_bytes() == content


def test_even_this_users_checkpoint_moves_nothing_out_of_the_folder(place):
    """Names are checked again when they are used."""
    state = state_of(place, moving=["../../home/letters.txt"], stale=["../../home/deep/diary.txt"], parts={})
    (place / WORK / "parts").mkdir(parents=True)
    (place / WORK / "checkpoint.json").write_bytes(write_checkpoint(state, place, read_user_key()))
    with pytest.raises(UsageError, match="is not a valid name of an output file"):
        clean(place)
    assert untouched(place)


LINKS = [
    "", WORK, f"{WORK}/spool", f"{WORK}/parts", f"{WORK}/parts/kept", f"{WORK}/deep", "kept", "removed", "kept/rows.jsonl", "kept/deep",
    "manifest.json", "reasons.jsonl", f"{WORK}/checkpoint.json", f"{WORK}/checkpoint.part", f"{WORK}/stdin.jsonl", f"{WORK}/spool/deep",
]  # fmt: skip


@pytest.mark.parametrize("to_file", [True, False], ids=["to a file", "to a folder"])
@pytest.mark.parametrize("name", LINKS)
def test_no_link_in_the_folder_is_followed(place, name, to_file):
    """At the folder itself, its work folder, an output or on the way to one: the run is refused, or the link goes and what it led to stays."""
    link = place / name if name else place
    link.parent.mkdir(parents=True, exist_ok=True)
    home = place.parents[1] / "home"
    link.symlink_to(home / "letters.txt" if to_file else home)
    try:
        result = clean(place)
    except UsageError:
        assert link.is_symlink()
    else:
        assert name.startswith(f"{WORK}/")
        assert result.tally.removed == 1
        assert sorted(path.name for path in place.iterdir()) == ["kept", "manifest.json", "reasons.jsonl", "removed"]
    assert untouched(place)


def test_links_among_the_outputs_of_an_earlier_run_are_not_followed(place):
    """--overwrite does not delete or write through them either."""
    clean(place)
    (place / "kept/rows.jsonl").unlink()
    (place / "kept/rows.jsonl").symlink_to(place.parents[1] / "home/letters.txt")
    with pytest.raises(UsageError, match="this is a link"):
        clean(place, overwrite=True, replacement="x")
    assert untouched(place)


@pytest.mark.parametrize("name", [f"{WORK}/checkpoint.part", f"{WORK}/spool/x", f"{WORK}/parts/kept/rows.jsonl", "kept/rows.jsonl"])
def test_a_second_name_of_a_file_elsewhere_is_not_written_through(place, name):
    """A hard link: the name may go, the file stays as it is."""
    path = place / name
    path.parent.mkdir(parents=True)
    os.link(place.parents[1] / "home/letters.txt", path)
    try:
        clean(place)
    except UsageError:
        assert name.startswith("kept")
    assert untouched(place)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_work_folder_of_another_user_is_not_taken_up(place):
    """Who owns it could change what is in it at any time."""
    (place / WORK).mkdir(parents=True)
    os.chown(place / WORK, 65534, 65534)
    with pytest.raises(UsageError, match="not made by a clean of yours"):
        clean(place)


def test_a_clean_that_was_cut_off_goes_on_only_with_the_key(place, monkeypatch):
    """The key lies in the state folder, readable by its user alone; with another one, or none, the run has to start over."""
    key = read_user_key()
    path = state_folder() / "key"
    assert (len(key), read_user_key(), path.stat().st_mode & 0o777) == (32, key, 0o600)
    path.chmod(0o644)
    assert read_user_key() is None
    path.chmod(0o600)
    path.write_bytes(b"short")
    assert read_user_key() is None
    monkeypatch.setenv("XDG_STATE_HOME", str(place.parents[1] / "rows.jsonl"))
    assert read_user_key() is None
    clean(place)
    assert (place / "manifest.json").is_file()
    monkeypatch.setenv("XDG_STATE_HOME", "nowhere/relative")
    assert read_user_key() is None


def test_a_folder_that_is_a_link_is_named_with_its_own_name(place):
    """The message says which folder to give."""
    (place.parent / "real").mkdir(parents=True)
    place.symlink_to(place.parent / "real")
    with pytest.raises(UsageError, match=r"this is a link to .*real; name that folder itself"):
        clean(place)
    assert list((place.parent / "real").iterdir()) == []
    assert clean(place.parent / "real").tally.seen == 2
    assert Path(place).is_symlink()
