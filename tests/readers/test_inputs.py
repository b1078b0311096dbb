import os

import pytest

from leakguard.core.errors import UsageError
from leakguard.readers.files.inputs import find_inputs

NAMES = [
    "b.jsonl",
    "a.ndjson",
    "c.json.gz",
    "d.JSONL.zst",
    "notes.md",
    ".hidden.jsonl",
    "deep/er/e.jsonl",
    ".git/f.jsonl",
    "deep/table.csv",
]
EVERYTHING = [".hidden.jsonl", "a.ndjson", "b.jsonl", "c.json.gz", "d.JSONL.zst", "deep/er/e.jsonl", "deep/table.csv", "notes.md"]


@pytest.fixture
def folder(write, tmp_path, monkeypatch):
    """A working folder with a few files."""
    for name in NAMES:
        write(b"{}\n", f"data/{name}")
    monkeypatch.chdir(tmp_path)
    return "data"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["data/b.jsonl"], ["b.jsonl"]),
        (["data/notes.md"], ["notes.md"]),
        (["data"], EVERYTHING),
        (["data/deep"], ["deep/er/e.jsonl", "deep/table.csv"]),
        (["data/*.jsonl"], ["b.jsonl"]),
        (["data/**/*.jsonl"], ["b.jsonl", "deep/er/e.jsonl"]),
        (["data/[bn]*"], ["b.jsonl", "notes.md"]),
        (["data/b.jsonl", "data/a.ndjson", "./data/b.jsonl"], ["a.ndjson", "b.jsonl"]),
    ],
)
def test_finds_files(folder, asked, found):
    """Files, folders and globs become a sorted list without repeats."""
    assert [os.path.normpath(path) for path in find_inputs(asked)] == [f"data/{name}" for name in found]


def test_stdin_is_taken_once(folder):
    """`-` stands for standard input."""
    assert [*find_inputs(["-", "data/b.jsonl", "-"])] == ["-", "data/b.jsonl"]


def test_a_name_with_stars_in_it_is_a_name_first(folder, write):
    """A file called like a glob can be named."""
    write(b"{}\n", "data/x[1].jsonl")
    assert [*find_inputs(["data/x[1].jsonl"])] == ["data/x[1].jsonl"]


def test_links_are_followed_but_not_round_and_round(folder):
    """A linked folder is searched where links are followed; a link back up ends the search there; a file under two names is read once."""
    os.symlink("..", "data/deep/up")
    os.symlink("b.jsonl", "data/z.jsonl")
    os.mkdir("other")
    os.symlink("../data/deep", "other/linked")
    assert [*find_inputs(["data"])] == [f"data/{name}" for name in EVERYTHING]
    assert "other/linked/er/e.jsonl" in find_inputs(["other"], follow_links=True)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("data/b.json", "data/b.json: no such file or folder; did you mean data/b.jsonl?"),
        ("dat", "dat: no such file or folder; did you mean data?"),
        ("daat/b.jsonl", "daat/b.jsonl: no such file or folder; did you mean data?"),
        ("data/*.parquet", "data/*.parquet: no file matches"),
        ("nothing-like-it", "nothing-like-it: no such file or folder"),
        ("empty", "empty: no data in this folder: it is empty"),
        ("empty/*", "empty/*: no file matches"),
    ],
)
def test_nothing_found_is_an_error(folder, asked, message):
    """One clear line says what was not found and what is near."""
    os.mkdir("empty")
    with pytest.raises(UsageError) as error:
        find_inputs([asked])
    assert str(error.value).startswith(message) and "\n" not in str(error.value)


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    """Reading it could take for ever: it is named as not read, while one that is named itself is read."""
    (tmp_path / "data.jsonl").write_text("{}")
    os.mkfifo(tmp_path / "pipe.jsonl")
    found = find_inputs([str(tmp_path)])
    assert found.unread[str(tmp_path / "pipe.jsonl")].startswith("a pipe in a folder is not read")
    named = find_inputs([str(tmp_path / "pipe.jsonl")])
    assert ([*named], named.unread) == ([str(tmp_path / "pipe.jsonl")], {})
