"""What is kept between runs: the same report with it, without it, and whatever became of it."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text('{"text": "six six six, 1488 and heil hitler"}\n{"text": "nothing"}\n')
    return path


def scanned(data, cache):
    """Code and output of a scan whose caches lie in `cache`."""
    config = str(cache.parent / "config")
    places = {"XDG_CACHE_HOME": str(cache), "XDG_CONFIG_HOME": config, "LOCALAPPDATA": str(cache), "APPDATA": config, "HOME": str(cache)}
    environment = os.environ | places
    command = [sys.executable, "-m", "leakguard", "scan", str(data), "--format", "jsonl", "--no-config"]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_scan_is_the_same_whatever_became_of_the_cache(data, tmp_path):
    """Empty, filled, damaged, or no folder at all: the same findings, the same exit code, and nothing said about it."""
    first = scanned(data, tmp_path / "cache")
    assert first[0] == 1
    assert b'"hate-text.heil_hitler"' in first[1]
    entries = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert entries
    kept = {path: path.read_bytes() for path in entries}
    assert scanned(data, tmp_path / "cache") == first
    for path in entries:
        path.write_bytes(kept[path][:-1] + b"!")
    assert scanned(data, tmp_path / "cache") == first
    assert {path: path.read_bytes() for path in entries} == kept
    (tmp_path / "file").write_text("in the way")
    assert scanned(data, tmp_path / "file") == first
