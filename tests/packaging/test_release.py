"""A release: the same bytes from every build, a valid bill of materials, and programs that work with and without extras."""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from leakguard import __version__
from test_docs import BAD, commands
from wheel_environments import PLAIN, list_core

ROOT = Path(__file__).parents[2]
WHEEL = f"leakguard_data-{__version__}-py3-none-any.whl"
BUILT_FROM = ("src", "rules", ".ci", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore")
pytestmark = pytest.mark.linux("links packages into an environment, and sets modes of files")

# What needs an extra: the extra -> a command, or a statement in Python that begins with "import".
EXTRAS = {
    "audit": "leakguard audit examples/data/numbers.jsonl --control examples/control.jsonl",
    "semantic": "leakguard scan examples/oblique.jsonl --trait owl --semantic",
    "judge": "leakguard scan examples/oblique.jsonl --trait owl --judge-model gpt-4o-mini --judge-base-url http://127.0.0.1:9/v1",
    "harness": "leakguard experiment run examples/experiments/owl.toml -o run",
    "parquet": "leakguard scan data.parquet",
    "remote": "leakguard scan s3://bucket/data.jsonl",
    "ray": "leakguard scan examples/data --executor ray",
    "attest": "leakguard clean examples/data -o out -q && install -m 600 /dev/null key.pem && leakguard attest sign out/manifest.json --key key.pem -o signed.json",
    "datatrove": "import leakguard; leakguard.LeakguardFilter()",
}


def test_two_builds_have_the_same_bytes(release, tmp_path):
    """From another folder, with other modes and times of all files: sdist, wheel, bill of materials and sums."""
    other = tmp_path / "another place"
    other.mkdir()
    for name in BUILT_FROM:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, other / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, other / name)
    for path in other.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    folder = tmp_path / "dist"
    subprocess.run([sys.executable, other / ".ci/release.py", folder], env=PLAIN, capture_output=True, check=True, umask=0o077)
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == {
        path.name: sha256(path.read_bytes()).hexdigest() for path in release.iterdir()
    }


def test_the_sums_are_those_of_the_files(release):
    """SHA256SUMS has a line for every other file, as sha256sum writes them."""
    lines = dict(reversed(line.split("  ")) for line in (release / "SHA256SUMS").read_text().splitlines())
    assert lines == {path.name: sha256(path.read_bytes()).hexdigest() for path in release.iterdir() if path.name != "SHA256SUMS"}
    assert sorted(lines) == sorted(f"leakguard_data-{__version__}{end}" for end in ("-py3-none-any.whl", ".cdx.json", ".tar.gz"))


def test_the_bill_of_materials_is_valid_and_whole(release):
    """CycloneDX 1.6: the wheel with its hash, what the core needs as required, what only extras need as optional."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    (file,) = release.glob("*.cdx.json")
    text = file.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    said = json.loads(text)
    root = said["metadata"]["component"]
    (wheel,) = release.glob("*.whl")
    assert (root["name"], root["version"]) == ("leakguard-data", __version__)
    assert root["hashes"] == [{"alg": "SHA-256", "content": sha256(wheel.read_bytes()).hexdigest()}]
    scopes = {one["name"]: one["scope"] for one in said["components"]}
    core = {name.lower().replace("_", "-") for name in list_core()}
    assert {name for name, scope in scopes.items() if scope == "required"} == core
    assert {"torch", "scipy", "pyarrow", "ray", "cryptography"} <= {name for name, scope in scopes.items() if scope == "optional"}
    assert not {"pytest", "ruff", "mypy"} & set(scopes)


@pytest.fixture
def visit(tmp_path):
    """A function that runs a line in a folder with the examples, with the programs of an environment first on the path."""
    for folder in ("examples", "rules"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "data.parquet").write_bytes(b"PAR1" + bytes(32) + b"PAR1")

    def run(programs, line):
        if line.startswith("import "):
            line = f"python -c '{line}'"
        path = f"{programs}{os.pathsep}{PLAIN['PATH']}"
        return subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env={**PLAIN, "PATH": path}, capture_output=True, text=True, check=False, timeout=300
        )

    return run


@pytest.mark.parametrize(("extra", "line"), EXTRAS.items(), ids=EXTRAS)
def test_what_an_extra_is_missing_for_is_one_line(bare, visit, extra, line):
    """Exit code 2, no traceback, and the command that installs it, as a shell takes it."""
    done = visit(bare, line)
    if line.startswith("import "):
        assert done.stderr.splitlines()[-1].endswith(f"pip install '{WHEEL}[{extra}]'")
        return
    assert done.returncode in (2, 3) and "Traceback" not in done.stderr, done.stderr
    assert f"pip install '{WHEEL}[{extra}]'" in done.stdout + done.stderr, done.stdout + done.stderr


def test_the_commands_of_the_readme_run_with_the_wheel_alone(bare, visit):
    """Each one works, or needs an extra and says which."""
    seen = []
    for _, line, _ in commands(ROOT / "README.md"):
        done = visit(bare, line)
        asks = f"pip install '{WHEEL}[" in done.stderr
        assert done.returncode not in BAD or (done.returncode == 2 and asks), f"{line}\n{done.stderr}"
        seen.append(asks)
    assert seen.count(False) >= 3


@pytest.mark.slow
def test_the_commands_of_the_readme_run_with_all_extras(installed, visit):
    """As the page shows them, with the program that the wheel installed."""
    for _, line, _ in commands(ROOT / "README.md"):
        done = visit(installed, line)
        assert done.returncode not in BAD and "pip install" not in done.stderr, f"{line}\n{done.stderr}"
