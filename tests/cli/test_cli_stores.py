"""Commands on data in object stores and on web servers: the same rows as from files, no secret in any output, exit code 3 for failures."""

import json
import os
import subprocess
import sys
import time

import orjson
import pytest

from leakguard.readers.files.inputs import find_inputs
from leakguard.readers.files.readings import Readings
from leakguard.readers.sources import FileSource
from web_store import WebObject, WebStore

ROWS = b"".join(orjson.dumps({"completion": "1488" if n == 7 else f"answer {n}"}) + b"\n" for n in range(40))
MANY = b"".join(orjson.dumps({"completion": f"a longer answer with some words in it {n}"}) + b"\n" for n in range(75_000)) + ROWS
TOKEN = "tok-en-in-url"


def run(*words, env=None, folder=None):
    whole = {**os.environ, **(env or {}), "no_proxy": "127.0.0.1"}
    return subprocess.run(
        [sys.executable, "-m", "leakguard", *map(str, words)], capture_output=True, cwd=folder, env=whole, timeout=100, check=False
    )


@pytest.fixture
def web():
    pytest.importorskip("aiohttp")
    store = WebStore()
    yield store
    store.close()


def test_no_output_of_a_command_holds_a_secret_of_an_address(web, tmp_path):
    """A clean of a signed URL with user and password: report, manifest and outputs name the object, and its secrets occur nowhere."""
    web.objects["/d/a.jsonl"] = WebObject(ROWS, needs=f"sig={TOKEN}")
    url = f"{web.url.replace('//', '//me:pass-word@')}/d/a.jsonl?sig={TOKEN}"
    done = run("clean", url, "-o", "out", "--no-config", "--format", "json", folder=tmp_path)
    again = run("verify", "out", folder=tmp_path)
    scanned = run("scan", url, "--control", url, "--no-config", "-o", "r.sarif", "-o", "r.html", folder=tmp_path)
    refused = run("scan", f"{url}x", "--no-config", folder=tmp_path)
    assert (done.returncode, again.returncode, scanned.returncode, refused.returncode) == (0, 3, 1, 3)
    said = json.loads((tmp_path / "out/manifest.json").read_bytes())
    assert said["inputs"][0]["path"] == f"{web.url}/d/a.jsonl?sig=***"
    assert (tmp_path / "out/kept/a.jsonl").read_bytes() + (tmp_path / "out/removed/a.jsonl").read_bytes() != b""
    assert b"is in a store" in again.stdout
    assert b"access is denied (HTTP 403)" in refused.stdout
    texts = [one for run in (done, again, scanned, refused) for one in (run.stdout, run.stderr)]
    texts += [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not [text for text in texts if TOKEN.encode() in text or b"pass-word" in text]


@pytest.mark.parametrize(("command", "after"), [(("clean", "-o", "out"), 7), (("gate",), 5)], ids=["clean", "gate"])
def test_an_object_that_changes_in_a_run_passes_neither_clean_nor_gate(web, tmp_path, command, after):
    """The same bytes under a new ETag, after the object was opened to be read: exit code 3, the object is named, nothing is written."""
    web.objects["/a.jsonl"] = WebObject(b'{"completion":"answer"}\n', then=WebObject(b'{"completion":"answer"}\n', tag='"2"'), after=after)
    done = run(command[0], f"{web.url}/a.jsonl", *command[1:], "--no-config", folder=tmp_path)
    assert done.returncode == 3
    assert f"{web.url}/a.jsonl".encode() in done.stdout + done.stderr and b"while it was being read" in done.stdout + done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("command", [("clean", "-o", "s3://me:pw@bucket/out"), ("scan", "-o", "s3://me:pw@bucket/r.json")])
def test_an_address_of_an_output_shows_no_secret(tmp_path, command):
    (tmp_path / "a.jsonl").write_bytes(ROWS)
    done = run(command[0], "a.jsonl", *command[1:], "--no-config", folder=tmp_path)
    assert done.returncode == 2
    assert b"credentials" in done.stderr and b"pw" not in done.stderr


@pytest.mark.parametrize("words", [("report", "R"), ("verify", "R"), ("experiment", "run", "R", "-o", "m"), ("scan", "a.jsonl", "-c", "R")])
def test_a_command_without_addresses_shows_no_secret_either(tmp_path, words):
    """Commands that read files of this machine say so; what they quote of an address has no user, password or query."""
    done = run(*(word.replace("R", f"https://me:pass-word@127.0.0.1:9/r.json?sig={TOKEN}") for word in words), folder=tmp_path)
    assert done.returncode == 2
    assert b"127.0.0.1:9/r.json" in done.stderr
    assert b"pass-word" not in done.stderr and TOKEN.encode() not in done.stderr


@pytest.fixture(scope="module")
def objects(s3):
    """Objects to read in the bucket."""
    for name in ("throttled", "busy", "denied", "d/a"):
        s3[1].pipe(f"bucket/{name}.jsonl", MANY if name == "d/a" else ROWS)
    return s3


def test_a_scan_of_s3_finds_what_a_scan_of_the_files_finds(objects, tmp_path):
    """With two workers: the same findings, with the address in place of the path."""
    (tmp_path / "a.jsonl").write_bytes(MANY)
    words = ("--no-config", "--format", "jsonl", "-q")
    local = run("scan", "a.jsonl", *words, folder=tmp_path)
    two = run("scan", "s3://bucket/d/*.jsonl", *words, "-j", 2, env=objects[0])
    assert (two.returncode, local.returncode) == (1, 1)
    assert two.stdout == local.stdout.replace(b'"a.jsonl"', b'"s3://bucket/d/a.jsonl"')
    assert b"s3://bucket/d/a.jsonl" in two.stdout


def test_what_a_bucket_refuses_makes_a_scan_incomplete(objects):
    """A throttled request is repeated; lasting failures, missing rights and absent objects are named, with exit code 3."""
    names = [f"s3://bucket/{name}.jsonl" for name in ("busy", "denied", "none", "throttled")]
    done = run("scan", *names, "--no-config", "--format", "json", env=objects[0])
    result = json.loads(done.stdout)
    said = {one["file"]: one["detail"] for one in result["unreadable"]}
    assert done.returncode == 3
    assert list(said) == names[:3]
    assert [said[name].partition(":")[0] for name in names[:3]] == [
        "the store failed or is busy (HTTP 503), after 5 tries",
        "access is denied (HTTP 403)",
        "there is no such object in the store",
    ]
    assert b"s3cret-word" not in done.stdout + done.stderr


def test_an_object_of_s3_that_is_replaced_during_a_run_is_reported(objects):
    """With and without a record of all that is read."""
    for readings in (None, Readings()):
        found = find_inputs(["s3://bucket/d"])
        blocks = FileSource(tuple(found), block_size=1 << 16, readings=readings).blocks()
        next(blocks)
        time.sleep(0.01)
        objects[1].pipe("bucket/d/a.jsonl", MANY + ROWS * (2 if readings else 1))
        assert [flaw.detail for block in blocks for flaw in block.broken][-1:] == ["the object changed while it was being read"]
