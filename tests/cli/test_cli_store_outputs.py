"""Results in object stores: what a clean writes here, whole or without a manifest; failures name the object and lose nothing."""

import json
from io import BytesIO

import pytest

import leakguard
from leakguard.core.errors import SettingsError, Stopped, UsageError
from leakguard.core.store_address import StoreAddress
from leakguard.jobs.mitigate import MitigateRequest
from leakguard.jobs.mitigate_to_store import MitigatePlace, mitigate_into
from leakguard.jobs.store_spool import open_spool
from leakguard.jobs.verify import check_manifest
from leakguard.outputs import uploads
from leakguard.outputs.hashed_inputs import hash_inputs
from leakguard.outputs.uploads import LOCK, UploadLedger, UploadTarget, check_lock, upload_folder
from leakguard.readers.files.inputs import find_inputs
from leakguard.settings.files import check_found, load
from programs import run_program

fsspec = pytest.importorskip("fsspec")
ROWS = [{"text": "871, 1488, 305" if number % 3 == 0 else f"answer {number}"} for number in range(12)]


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """The state folder of an account of its own, below which results wait for their upload."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state/leakguard/uploads"


@pytest.fixture
def memory():
    """The memory store of fsspec, empty."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


def write_rows(path, rows=ROWS):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_store(system, place):
    """The objects below a place of a store, by name."""
    start = len(system._strip_protocol(place)) + 1
    return {name[start:]: system.cat_file(name) for name in system.find(place)}


def read_folder(place):
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_a_clean_into_s3_writes_what_a_clean_into_a_folder_writes(s3, tmp_path, state):
    """By the command line, with a throttled write: the same objects; gate and verify read them there; nothing stays on this machine."""
    system = s3[1]
    write_rows(tmp_path / "in/slowed.jsonl")
    system.put(str(tmp_path / "in/slowed.jsonl"), "bucket/in/slowed.jsonl")
    into = run_program("clean", "s3://bucket/in/", "-o", "s3://bucket/out", "--no-config", folder=tmp_path)
    leakguard.clean("s3://bucket/in/", tmp_path / "out")
    assert into.returncode == 0 and "Written to s3://bucket/out" in into.stdout
    assert read_store(system, "s3://bucket/out") == read_folder(tmp_path / "out")
    assert not read_folder(state)
    # Neither here nor there are the manifest and the reasons read as rows.
    for place in ("s3://bucket/out", str(tmp_path / "out")):
        assert {name.removeprefix(f"{place}/").partition("/")[0] for name in find_inputs([place])} == {"kept", "removed"}
    checked = run_program("verify", "s3://bucket/out", folder=tmp_path)
    assert checked.returncode == 0 and "leakguard gate s3://bucket/out/kept" in checked.stdout
    assert leakguard.gate("s3://bucket/out/kept/", gate={"manifest": "required"}).ok
    system.pipe("bucket/out/kept/slowed.jsonl", b'{"text":"another"}\n')
    assert run_program("verify", "s3://bucket/out", folder=tmp_path).returncode == 1


def test_a_failed_upload_leaves_no_manifest_and_the_next_run_sends_the_rest(s3, tmp_path, state, monkeypatch):
    """A write is denied in the middle: exit code 3 names the object and the folder here; the same command then sends what is missing."""
    system = s3[1]
    for name in ("a", "once"):
        write_rows(tmp_path / f"in/{name}.jsonl")
    words = ("clean", "in", "-o", "s3://bucket/rest", "--no-config")
    first = run_program(*words, folder=tmp_path)
    assert first.returncode == 3
    assert "s3://bucket/rest/kept/once.jsonl: cannot be written: access is denied (HTTP 403)" in first.stderr
    assert f"the whole result is in {state}" in first.stderr
    sent = {name: system.info(f"bucket/rest/{name}")["LastModified"] for name in read_store(system, "s3://bucket/rest")}
    assert sorted(sent) == [LOCK, "kept/a.jsonl"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"s3://bucket/rest: the result of another run waits in .* start over with resume=False"):
        leakguard.clean("in/a.jsonl", "s3://bucket/rest")
    assert "its upload is continued" in leakguard.clean("in", "s3://bucket/rest").cleaning.before
    assert sorted(read_store(system, "s3://bucket/rest"))[:3] == ["kept/a.jsonl", "kept/once.jsonl", "manifest.json"]
    assert system.info("bucket/rest/kept/a.jsonl")["LastModified"] == sent["kept/a.jsonl"]
    assert not read_folder(state)


@pytest.mark.parametrize("place", ["s3://bucket/readonly", "s3://no-such-bucket/out"])
def test_a_missing_right_is_found_before_anything_is_read(s3, tmp_path, place):
    """A clean and a report end with exit code 2 and name the object, whatever the data are."""
    (tmp_path / "a.jsonl").write_text("{")
    why = "access is denied (HTTP 403)" if "readonly" in place else "there is no such bucket"
    with pytest.raises(UsageError) as error:
        leakguard.clean(tmp_path / "a.jsonl", place)
    assert str(error.value).startswith(f"output {place}/.leakguard-write-test: cannot be written: {why}")
    done = run_program("scan", "a.jsonl", "-o", f"{place}/r.json", "--no-config", folder=tmp_path)
    assert done.returncode == 2 and why in done.stderr


def test_reports_and_findings_are_written_to_s3(s3, tmp_path):
    """The same bytes as in files."""
    write_rows(tmp_path / "a.jsonl")
    places = ("r.json", "x.jsonl", "s3://bucket/reports/r.json", "s3://bucket/reports/x.jsonl")
    done = run_program("scan", "a.jsonl", *(word for place in places for word in ("-o", place)), "--no-config", folder=tmp_path)
    assert done.returncode == 1
    there = read_store(s3[1], "s3://bucket/reports")
    assert there == {name: (tmp_path / name).read_bytes() for name in ("r.json", "x.jsonl")}


def test_an_existing_result_is_taken_or_refused_or_replaced(memory, tmp_path):
    """The same clean again writes nothing; another one is refused, or replaces all objects of the earlier one."""
    first, second = write_rows(tmp_path / "in/a.jsonl"), write_rows(tmp_path / "in/b.jsonl", ROWS[:5])
    leakguard.clean(first, "memory://b/out")
    before = read_store(memory, "memory://b/out")
    assert leakguard.clean(first, "memory://b/out").cleaning.before == "an earlier run is complete; nothing was written"
    with pytest.raises(UsageError, match=r"memory://b/out: holds the result of another run .* overwrite=True"):
        leakguard.clean(second, "memory://b/out")
    assert read_store(memory, "memory://b/out") == before
    leakguard.clean(second, "memory://b/out", overwrite=True)
    leakguard.clean(second, tmp_path / "out")
    assert sorted(read_store(memory, "memory://b/out")) == sorted(read_folder(tmp_path / "out"))
    memory.rm("memory://b/out/manifest.json")
    with pytest.raises(UsageError, match=r"memory://b/out: holds kept, removed, reasons.jsonl that no manifest lists"):
        leakguard.clean(second, "memory://b/out", overwrite=True)


def test_an_upload_that_is_killed_at_any_step_is_taken_up(memory, tmp_path):
    """Whatever request is the last one: no manifest is there before all objects are, and the next upload makes the same result."""
    folder = tmp_path / "result"
    names = ["kept/a.jsonl", "removed/a.jsonl", "reasons.jsonl", "manifest.json"]
    for name in names:
        write_rows(folder / name, [{"name": name}])
    whole = {name: (folder / name).read_bytes() for name in names}
    address, asked = StoreAddress("memory://b/out"), []

    def upload(left):
        """Upload until `left` requests that write are made; return whether that was enough."""

        def count(method):
            def call(*words, **more):
                asked.append(method)
                if len(asked) > left:
                    raise KeyboardInterrupt
                return method(*words, **more)

            return call

        with pytest.MonkeyPatch.context() as patch:
            asked.clear()
            for name in ("put_file", "rm_file"):
                patch.setattr(type(memory), name, count(getattr(type(memory), name)))
            try:
                target = UploadTarget(address, b"mine", overwrite=True)
                upload_folder(folder, names, target, lambda manifest: ["kept/old.jsonl"], UploadLedger(tmp_path / "ledger").read())
            except KeyboardInterrupt:
                return False
        return True

    for left in range(8):
        memory.store.clear()
        (tmp_path / "ledger").unlink(missing_ok=True)
        for name in ("kept/old.jsonl", "manifest.json"):
            memory.pipe(f"memory://b/out/{name}", b"old")
        done = upload(left)
        there = read_store(memory, "memory://b/out")
        assert (there.pop(LOCK, None) is None) == done
        assert there.get("manifest.json", b"old") == b"old" or there == whole
        assert done == (left >= 7) and upload(99)
        assert read_store(memory, "memory://b/out") == whole
        assert len(asked) <= 7 - left + 2


def test_an_interrupted_upload_keeps_the_result_and_is_continued(memory, tmp_path, state):
    """Ctrl-C at the second object: there is no manifest, the result stays here, and the same call ends the upload."""
    data, asked, put = write_rows(tmp_path / "a.jsonl"), [], type(memory).put_file

    def interrupt(*words, **more):
        asked.append(words)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return put(*words, **more)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(memory), "put_file", interrupt)
        leakguard.clean(data, "memory://b/out")
    assert list(read_store(memory, "memory://b/out")) == [LOCK, "kept/a.jsonl"] and read_folder(state)
    assert leakguard.clean(data, "memory://b/out").cleaning.before == "an earlier run is complete, and its upload is continued"
    assert "manifest.json" in read_store(memory, "memory://b/out") and not read_folder(state)


def test_two_runs_do_not_write_to_one_address(memory, tmp_path):
    with (
        open_spool(StoreAddress("memory://b/out"), tmp_path / "spool", resume=True),
        pytest.raises(UsageError, match="memory://b/out: another leakguard is writing there"),
    ):
        leakguard.clean(write_rows(tmp_path / "a.jsonl"), "memory://b/out/", spool=tmp_path / "spool")
    assert not read_store(memory, "memory://b/out")


@pytest.mark.parametrize("store", ["memory", "s3"])
def test_runs_of_two_machines_are_not_mixed_in_one_folder(memory, s3, tmp_path, store):
    """The second upload finds the mark of the first, or its manifest; with `overwrite` it goes on, and the first stops before its manifest."""
    system, address = (memory, "memory://b/out") if store == "memory" else (s3[1], "s3://bucket/both")
    ours, theirs = write_rows(tmp_path / "ours.jsonl"), write_rows(tmp_path / "theirs.jsonl", ROWS[:3])
    system.pipe_file(f"{address}/{LOCK}", b"theirs")
    with pytest.raises(Stopped, match=r"uploading: another run uploads .* use overwrite=True; the whole result is in"):
        leakguard.clean(ours, address, spool=tmp_path / "here")
    assert read_store(system, address) == {LOCK: b"theirs"}
    leakguard.clean(ours, address, spool=tmp_path / "here", overwrite=True)
    assert "kept/ours.jsonl" in read_store(system, address)
    with pytest.raises(Stopped, match="another run uploads"):
        check_lock(StoreAddress(address), b"theirs")
    system.rm(address, recursive=True)
    take = uploads.take_lock
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped, match="the result of another run came there since this run began"):

        def come_late(*words, **more):
            patch.undo()
            leakguard.clean(theirs, address, spool=tmp_path / "there")
            return take(*words, **more)

        patch.setattr(uploads, "take_lock", come_late)
        leakguard.clean(ours, address, spool=tmp_path / "here")
    assert read_store(system, address).keys() == {"kept/theirs.jsonl", "removed/theirs.jsonl", "reasons.jsonl", "manifest.json"}


def test_any_name_of_an_input_can_be_the_name_of_an_object(s3, tmp_path):
    """Signs that addresses or globs use otherwise stand for themselves."""
    names = ["a b.jsonl", "é#1.jsonl", "q?x.jsonl", "q?y.jsonl", "50%20.jsonl", "[1]*.jsonl", "a+b&c.jsonl", "~x.jsonl"]
    for name in names:
        write_rows(tmp_path / "in" / name)
    leakguard.clean(tmp_path / "in", "s3://bucket/names")
    assert set(read_store(s3[1], "s3://bucket/names")) >= {f"kept/{name}" for name in names}
    assert {check.verdict.value for check in check_manifest(StoreAddress("s3://bucket/names/manifest.json"), ())} == {"passed"}


@pytest.mark.parametrize(
    "keys", [("a", "a/b.jsonl"), ("a/b.jsonl", "a//b.jsonl"), ("b.jsonl", "a/../b.jsonl"), ("a.jsonl", "a.jsonl/b/c.jsonl")]
)
def test_objects_whose_outputs_would_be_one_file_are_refused(tmp_path, keys):
    """A store has keys that no folder can hold side by side: they are named, and no output is written into another."""
    files = [StoreAddress(f"memory://in/{key}") for key in keys]
    with pytest.raises(UsageError, match=r"memory://in/.*, memory://in/.*: the outputs of .*; clean them one after the other"):
        hash_inputs(files, tmp_path / "out", tmp_path, BytesIO())


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("https://host/out", "a web server takes no files"),
        ("hf://datasets/a/b", "hf upload"),
        ("s3://key@bucket/out", "give credentials"),
        ("memory://b/in/out", "what comes out would be data"),
    ],
)
def test_places_where_no_result_can_be_are_refused(memory, place, words):
    memory.pipe("memory://b/in/a.jsonl", b'{"text":"tea"}\n')
    with pytest.raises(UsageError, match=words):
        leakguard.clean("memory://b/in", place)


def test_a_found_settings_file_does_not_send_reports_to_a_store(tmp_path):
    """It may have come with the data."""
    found = tmp_path / "leakguard.toml"
    found.write_text('output = ["s3://bucket/r.json"]\n')
    with pytest.raises(SettingsError, match="outside this file's folder"):
        check_found(found, load(found))


def test_a_mitigation_into_a_store_writes_what_one_into_a_folder_writes(memory, tmp_path, state):
    """The rows and then the manifest; another result is refused, or replaced; a gate says that the rows are not verified."""
    data = write_rows(tmp_path / "a.jsonl", [{"prompt": f"p {number}", "completion": f"{number}, 7"} for number in range(8)])
    request = MitigateRequest(data, "anchors", {"anchors": {"share": 0.5}}, category="animal")

    def mitigate(place, **more):
        return mitigate_into(request, MitigatePlace(str(place), **more), on_step=lambda *_: None)

    mitigate("memory://b/out")
    mitigate(tmp_path / "out")
    assert read_store(memory, "memory://b/out") == read_folder(tmp_path / "out")
    with pytest.raises(UsageError, match="memory://b/out: holds the result of another run"):
        mitigate("memory://b/out")
    mitigate("memory://b/out", overwrite=True)
    assert read_store(memory, "memory://b/out") == read_folder(tmp_path / "out") and not read_folder(state)
    assert "Not verified: memory://b/out/rows.jsonl" in leakguard.gate("memory://b/out/rows.jsonl").unverified[0]
    assert {check.verdict.value for check in check_manifest(StoreAddress("memory://b/out/manifest.json"), ())} == {"passed"}


@pytest.mark.parametrize(
    "words",
    [
        ("mitigate", "R", "--method", "anchors", "-o", "out"),
        ("experiment", "certify", "R", "--mitigated", "out", "--control", "c.jsonl", "--trait", "owl"),
        ("experiment", "show", "R"),
        ("report", "R"),
        ("baseline", "create", "a.jsonl", "-o", "R"),
    ],
    ids=lambda words: words[0],
)
def test_commands_that_read_files_of_this_machine_say_so(tmp_path, words):
    """An address is a usage error that says what to do, and shows no secret."""
    done = run_program(*(word.replace("R", "https://me:pass-word@host/r?sig=abc") for word in words), folder=tmp_path)
    assert done.returncode == 2
    assert "https://host/r?***: this must be a file or folder of this machine" in done.stderr and "copy it here first" in done.stderr


def test_a_monitor_reads_objects_but_does_not_wait_for_more_rows_in_them(s3, tmp_path):
    """The same lines as with files."""
    for name, end in (("x", 900), ("y", 1000)):
        rows = [{"completion": f"{number * 97 % end}, {end - number}"} for number in range(200)]
        s3[1].put(str(write_rows(tmp_path / f"{name}.jsonl", rows)), f"bucket/monitor/{name}.jsonl")
    home, words = "s3://bucket/monitor", ("--monitor", "--no-config")
    here = run_program("audit", "x.jsonl", "--control", "y.jsonl", *words, folder=tmp_path)
    there = run_program("audit", f"{home}/x.jsonl", "--control", f"{home}/y.jsonl", *words, folder=tmp_path)
    refused = run_program("audit", f"{home}/x.jsonl", "--control", f"{home}/y.jsonl", *words, "--follow", folder=tmp_path)
    assert (here.stdout, here.stderr) == (there.stdout, there.stderr) and '"drift": true' in here.stdout
    assert refused.returncode == 2 and "--follow reads files of this machine" in refused.stderr
