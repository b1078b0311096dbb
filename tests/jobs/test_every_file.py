"""A law over trees of files: a planted row is found, or its file is named; never silence."""

import gzip
import json
import lzma
import os
import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakguard.jobs.build import build_guard
from leakguard.jobs.build.readers import expand_paths
from leakguard.jobs.scan import ScanInput, scan_files
from leakguard.reports.kit.wording import printable_name
from leakguard.reports.scan.conclusion import conclude, decide_exit_code
from leakguard.settings import Settings
from leakguard.settings.plan import resolve

PLANTED = {"text": "On the wall stood 1488."}
HONEST = {"text": "The heron waits."}
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in (HONEST, PLANTED))
FORMS = {
    "lines": lambda data: data,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "xz": lzma.compress,
    "cut": lambda data: gzip.compress(data, mtime=0)[:-12],
    "array": lambda data: b"[" + b",\n".join(data.splitlines()) + b"]",
    "document": lambda data: json.dumps({"rows": [json.loads(line) for line in data.splitlines()]}, indent=1).encode(),
    "one object": lambda data: data.splitlines()[-1],
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "prose": lambda data: b"".join(json.loads(line)["text"].encode() + b"\n" for line in data.splitlines()),
    "csv": lambda data: b"text\n" + b"".join(json.loads(line)["text"].encode() + b"\n" for line in data.splitlines()),
    "binary": lambda data: b"\x00\xff" + data,
    "noise first": lambda data: b"%%%\n" + data,
}
STEMS = [
    "a",
    "README",
    "LICENSE",
    "state",
    "dataset_info",
    "manifest",
    "reasons",
    ".hidden",
    "train-00000-of-00002",
    "--config=x",
    "a\nb",
    "\x1b[2J",
    "\u202ea",
]
STEMS += ["a\udcff", "a b", ".gitignore", "SHA256SUMS", "x[1]"]
SUFFIXES = [
    "",
    ".jsonl",
    ".JSON",
    ".json",
    ".txt",
    ".csv",
    ".tsv",
    ".parquet",
    ".gz",
    ".jsonl.gz",
    ".jsonl.zst",
    ".xz",
    ".md",
    ".jl",
    ".sha256",
    ".png",
]
FOLDERS = ["", "deep", "deep/er", ".data", ".cache", ".git", ".cache/huggingface", "a.jsonl.d", "kept"]
NAMES = st.builds(lambda folder, stem, suffix: os.path.join(folder, stem + suffix), *map(st.sampled_from, (FOLDERS, STEMS, SUFFIXES)))
LINKS = st.sampled_from(["", "inside", "outside", "folder outside"])


@pytest.fixture(scope="module")
def watch():
    """The default rules, built once."""
    return build_guard(resolve(Settings()))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, st.sampled_from([*FORMS]), LINKS, st.lists(st.tuples(NAMES, st.sampled_from([*FORMS])), max_size=3), st.booleans())
def test_a_planted_row_is_found_or_its_file_is_named(watch, name, form, link, others, whole):
    """Whatever the file is called, holds and is packed with, behind whatever link it lies, and whatever lies beside it.

    A file that is known to hold no data, and whole folders of git, are named in the closing lines.
    """
    with tempfile.TemporaryDirectory() as home:
        data, place = os.path.join(home, "data"), os.path.join(home, "data" if link in ("", "inside") else "elsewhere", name)
        for path, form_of, rows in (
            (place, form, LINES),
            *((os.path.join(data, path), kind, LINES[: LINES.index(b"\n") + 1]) for path, kind in others),
        ):
            with_content(path, FORMS[form_of](rows))
        with_content(os.path.join(data, "zzz.jsonl"), LINES[: LINES.index(b"\n") + 1])
        pointed = linked(data, place, link)
        plan = resolve(Settings(workers=1))
        files = expand_paths(plan.read, [data if whole else os.path.join(data, "**")] if not hidden(name) or whole else [data])
        result = scan_files(plan, ScanInput(files), guard=watch)
        said = " ".join(conclude(result))
        lost = {one.origin.file for one in result.unreadable}
        seen = any(finding.quote == "1488" for finding in result.findings)
        unread = bool(lost & {place, pointed} or any(place.startswith(f"{one}/") for one in lost)) and decide_exit_code(result) == 3
        left_out = "of kinds that hold no data" in said and any(
            part in said for part in (printable_name(os.path.basename(name)), *folders(name))
        )
        assert seen or unread or left_out, (name, form, said)


def with_content(path, data):
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path):
            Path(path).write_bytes(data)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        pass  # Another name of this example is in the way.


def linked(data, place, link):
    """A link in the folder to the planted file, or to the folder that it lies in; its path."""
    path = os.path.join(data, "zz-link")
    if link:
        os.symlink(os.path.dirname(place) if link == "folder outside" else place, path)
    return path


def hidden(name):
    return any(part.startswith(".") for part in name.split("/"))


def folders(name):
    return [f"{part}/" for part in (".git", ".cache/huggingface") if name.startswith(f"{part}/")]
