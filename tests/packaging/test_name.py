"""The package index has a `leakguard` of another project, which puts its modules into a folder of the same name: one line says so."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from leakguard import collision
from leakguard.collision import OVERLAID
from leakguard.core.version import NAME, format_install

ROOT = Path(__file__).parents[2]
LINE = f"leakguard: {OVERLAID}\n"
# What the other project may have put over our files, by their place in the folder.
OVERLAYS = {
    "its start, with a version": {"__init__.py": '__version__ = "9.9.9"\n\ndef scan(path):\n    """Looks for secrets."""\n'},
    "its start, which loads more of it": {"__init__.py": "from leakguard.engine import Engine\n", "engine.py": "class Engine: ...\n"},
    "an empty start": {"__init__.py": ""},
    "its errors": {"core/errors.py": "class ScanError(Exception): ...\n"},
    "its core, which is a module": {"core/__init__.py": "raise ImportError('cannot import name Config')\n"},
    "its command": {"cli/scan.py": "def main(): ...\n"},
    "its settings": {"settings/__init__.py": "class Settings: ...\n", "jobs/build/readers.py": ""},
}
# Ways to start the command: as a module, as our script, as a script that knows the command's place alone.
STARTS = {
    "module": ["-m", "leakguard"],
    "script": ["-c", "from leakguard.start import main; main()"],
    "other script": ["-c", "from leakguard.cli import main; main()"],
}


def test_the_name_on_the_index_is_the_same_everywhere():
    """collision.py repeats the name, because it must not import anything of leakguard."""
    assert NAME == collision.NAME


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Our package as pip lays it down."""
    place = tmp_path_factory.mktemp("packages")
    shutil.copytree(ROOT / "src/leakguard", place / "leakguard", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "rules", place / "leakguard/rules")
    return place


@pytest.fixture
def site(package, tmp_path):
    """A function that lays another project's files over ours, with the record of its installation, and returns a function to run Python there."""
    place = tmp_path / "site"
    shutil.copytree(package, place)
    (tmp_path / "a.jsonl").write_text('{"text": "tea"}\n')

    def overlay(files, *, name="leakguard", record=None):
        for file, text in files.items():
            (place / "leakguard" / file).write_text(text)
        info = place / f"{name}-9.9.9.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.9.9\n")
        (info / "RECORD").write_text(record or "".join(f"leakguard/{file},,\n" for file in files))

        def run(*command):
            env = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
            command = [sys.executable, "-P", *command]
            return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=300)

        return run

    return overlay


@pytest.mark.parametrize("files", OVERLAYS.values(), ids=OVERLAYS)
def test_a_package_of_that_name_over_ours_is_one_clear_line(site, files):
    """Whatever it has put there: exit code 2, what is wrong and what to do, no traceback."""
    done = site(files)(*STARTS["module"], "scan", "a.jsonl", "--no-config")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", LINE)


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_however_the_command_is_started(site, start):
    """Also by a script that was written for the other package and finds our command."""
    done = site(OVERLAYS["its start, with a version"])(*start, "--version")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", LINE)


def test_python_says_so_too(site):
    """The first name that is asked for raises, with the same words."""
    done = site(OVERLAYS["its errors"])("-c", "import leakguard; leakguard.scan('a.jsonl')")
    assert done.stderr.splitlines()[-1] == f"ImportError: {OVERLAID}"


@pytest.mark.parametrize("name", ["leakguard", "leakguard-data", "leakguard_tools"])
def test_another_name_in_the_index_of_packages_is_no_harm(site, name):
    """An installation whose files lie elsewhere (such as a link to a source tree), or that is ours, shadows nothing."""
    done = site({}, name=name, record="_editable_impl_leakguard.pth,,\nleakguard/rules/traits.toml,,\n")(
        *STARTS["module"], "scan", "a.jsonl", "--no-config", "-q"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_error_of_our_own_is_not_put_down_to_others(site):
    """Without such a package a broken module is what it was: an internal error, or a traceback of the start."""
    done = site({"jobs/build/readers.py": ""}, name="somebody-else")(*STARTS["module"], "scan", "a.jsonl", "--no-config")
    assert (done.returncode, "internal error: ImportError" in done.stderr) == (4, True)


def test_the_name_is_said_in_one_place():
    """The project's name, its extras and every message are those of the constant; nothing asks to install the other package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == NAME
    assert all(entry.startswith(f"{NAME}[") for entry in project["optional-dependencies"]["all"])
    assert format_install("semantic", {}) == "pip install 'leakguard-data[semantic]'"
    other = re.compile(r"pip install (?:--\S+ )*'?leakguard(?![-\w])|leakguard\[")
    places = [ROOT / "README.md", ROOT / "action.yml", *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.py")]
    assert [str(place) for place in places if other.search(place.read_text(encoding="utf-8"))] == []


SOURCES = {
    "an index": ({}, "'leakguard-data[judge]'"),
    "a clone": ({"url": "file:///home/u/leakguard", "dir_info": {}}, "'.[judge]' (in the clone of leakguard)"),
    "a linked clone": ({"url": "file:///home/u/leakguard", "dir_info": {"editable": True}}, "-e '.[judge]' (in the clone of leakguard)"),
    "a wheel": ({"url": "file:///w/leakguard_data-1-py3-none-any.whl", "archive_info": {}}, "'leakguard_data-1-py3-none-any.whl[judge]'"),
    "an address": ({"url": "https://h.example/l.whl", "archive_info": {}}, "'leakguard-data[judge] @ https://h.example/l.whl'"),
    "a repository": (
        {"url": "https://h.example/l.git", "vcs_info": {"vcs": "git", "commit_id": "1f"}},
        "'leakguard-data[judge] @ git+https://h.example/l.git'",
    ),
}


@pytest.mark.parametrize(("source", "command"), SOURCES.values(), ids=SOURCES)
def test_an_extra_is_installed_from_where_leakguard_came_from(source, command):
    """The table is the one that pip writes beside a distribution (PEP 610)."""
    assert format_install("judge", source) == f"pip install {command}"
