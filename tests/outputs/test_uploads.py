"""Uploads of two machines to one folder of a store: no result is replaced unasked, and none is called whole that another run wrote into."""

import pytest

from leakguard.core.errors import Stopped
from leakguard.core.store_address import StoreAddress
from leakguard.outputs.uploads import LOCK, UploadLedger, UploadTarget, upload_folder

fsspec = pytest.importorskip("fsspec")
NAMES = ["kept/a.jsonl", "reasons.jsonl", "manifest.json"]
PLACE = "memory://b/out"


@pytest.fixture
def memory():
    """The memory store of fsspec, empty."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


@pytest.fixture
def upload(tmp_path):
    """A function that uploads the result of the machine `name`, which continues what that machine has begun."""

    def run(name, *, overwrite=False):
        home = tmp_path / name
        for file in NAMES:
            (home / file).parent.mkdir(parents=True, exist_ok=True)
            (home / file).write_text(f"{name}: {file}")
        target = UploadTarget(StoreAddress(PLACE), name.encode(), overwrite)
        upload_folder(home, NAMES, target, lambda manifest: NAMES[:2], UploadLedger(tmp_path / f"{name}.ledger").read())

    return run


def read_store(system):
    return {name.removeprefix("/b/out/"): system.cat_file(name).decode() for name in system.find(PLACE)}


def result_of(name):
    return {file: f"{name}: {file}" for file in NAMES}


def at_request(monkeypatch, system, method, number, act):
    """Call `act` before request `number` of a method of the store, counted from 1."""
    original, asked = getattr(type(system), method), []

    def call(*words, **more):
        asked.append(words)
        if len(asked) == number:
            act()
        return original(*words, **more)

    monkeypatch.setattr(type(system), method, call)


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize(("method", "number"), [("put_file", 2), ("put_file", 3), ("rm_file", 1)])
def test_a_continued_upload_does_not_replace_what_another_machine_wrote_since(memory, upload, method, number):
    """Killed at its second object, at its manifest, or at its last step: the other result stays unless `overwrite` is given."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        at_request(patch, memory, method, number, interrupt)
        upload("ours")
    upload("theirs", overwrite=True)
    with pytest.raises(Stopped, match="the result of another run came there since this run began"):
        upload("ours")
    assert read_store(memory) == result_of("theirs")
    upload("ours", overwrite=True)
    assert read_store(memory) == result_of("ours")


def test_a_killed_replacement_is_continued_without_asking_again(memory, upload):
    """The manifest that the upload was to replace, and has not removed yet, is not that of another run since."""
    upload("theirs")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        at_request(patch, memory, "rm_file", 1, interrupt)
        upload("ours", overwrite=True)
    assert read_store(memory) == {**result_of("theirs"), LOCK: "ours"}
    upload("ours")
    assert read_store(memory) == result_of("ours")


@pytest.mark.parametrize(("method", "number"), [("put_file", 1), ("put_file", 2), ("put_file", 3)])
def test_an_upload_stops_when_another_run_takes_the_folder_over(memory, upload, method, number):
    """The object that was on its way is the last one; nothing says that the folder holds the result of the run that stopped."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped, match="another run uploads to this folder"):

        def take_over():
            patch.undo()
            memory.pipe_file(f"{PLACE}/{LOCK}", b"theirs")

        at_request(patch, memory, method, number, take_over)
        upload("ours")
    assert read_store(memory) == {**dict([*result_of("ours").items()][:number]), LOCK: "theirs"}
    upload("theirs", overwrite=True)
    assert read_store(memory) == result_of("theirs")


def test_no_manifest_is_written_over_an_object_of_another_run(memory, upload):
    """An object that another run had on its way when it lost the folder arrives late: found before the manifest, and sent again."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped, match=r"kept/a.jsonl: the store does not show what this run wrote"):

        def arrive_late():
            patch.undo()
            memory.pipe_file(f"{PLACE}/kept/a.jsonl", b"ours")

        at_request(patch, memory, "put_file", 2, arrive_late)
        upload("theirs")
    assert "manifest.json" not in read_store(memory)
    upload("theirs")
    assert read_store(memory) == result_of("theirs")
