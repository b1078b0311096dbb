"""The distribution is called leakguard-data; where the other package called leakguard took our files' place, one line says so."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from leakguard.core.distribution import DISTRIBUTION, install

ROOT = Path(__file__).parents[2]
OTHER = '"""Finds secrets in code."""\n__version__ = "1.0.4"\n'
THEIRS = {
    "their __init__ over ours": lambda home: (home / "__init__.py").write_text(OTHER),
    "their __init__ and modules over ours": lambda home: [
        (home / name).write_text(OTHER) for name in ("__init__.py", "api.py", "utils.py")
    ],
    "their __init__ without a version": lambda home: (home / "__init__.py").write_text(""),
    "ours removed with theirs": lambda home: (home / "__init__.py").unlink(),
    "their __init__ fails to find its parts": lambda home: (home / "__init__.py").write_text("scan = clean = None\n"),
}


@pytest.mark.parametrize("change", THEIRS.values(), ids=THEIRS)
@pytest.mark.parametrize("args", [["--version"], ["scan", "x.jsonl"]], ids=["version", "scan"])
def test_another_package_in_our_place_is_one_clear_line(tmp_path, change, args):
    """Whatever of the other package lies over ours, the command ends with 2 and says what to remove and what to install."""
    shutil.copytree(ROOT / "src/leakguard", tmp_path / "leakguard", ignore=shutil.ignore_patterns("__pycache__"))
    change(tmp_path / "leakguard")
    code = f"from leakguard.cli import main; main({args!r})"
    # Without the site's .pth files, which may lead to this very tree.
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(Path(click.__file__).parents[1])))}
    done = subprocess.run([sys.executable, "-S", "-c", code], check=False, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert f"pip uninstall leakguard {DISTRIBUTION}" in done.stderr and f"pip install {DISTRIBUTION}" in done.stderr


def test_every_message_names_our_distribution():
    """No message, page or workflow tells to install the other package."""
    texts = [*ROOT.glob("src/**/*.py"), *ROOT.glob("docs/*.md"), *ROOT.glob("*.md"), ROOT / "action.yml", ROOT / "pyproject.toml"]
    wrong = re.compile(r"pip install '?leakguard(?!-data)\b|\bleakguard\[")
    assert [str(path) for path in texts if wrong.search(path.read_text())] == []
    assert install("judge") == "pip install 'leakguard-data[judge]'"
