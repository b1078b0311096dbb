"""Environments with the built wheel, and programs that are run in them as a user would."""

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

PLAIN = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "LEAKGUARD"))}


def run(*command, cwd, code=0):
    """What a program that must end with `code` wrote to stdout."""
    done = subprocess.run(
        list(map(str, command)), check=False, cwd=cwd, env=PLAIN, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def install_wheel(wheel, home):
    """Make a fresh environment with the wheel alone in it; returns the folder of its programs and that of its packages."""
    run(sys.executable, "-m", "venv", "--without-pip", home / "env", cwd=home)
    programs = home / "env" / ("Scripts" if os.name == "nt" else "bin")
    run(sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=home)
    packages = run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home)
    return programs, Path(packages.strip())


def list_core(name="leakguard-data"):
    """The distributions that the core of leakguard needs, directly or not, by name."""
    found, waiting = {}, [name]
    while waiting:
        one = distribution(waiting.pop())
        for wanted in map(Requirement, one.requires or []):
            if (wanted.marker is None or wanted.marker.evaluate({"extra": ""})) and wanted.name not in found:
                found[wanted.name] = distribution(wanted.name)
                waiting.append(wanted.name)
    return found


def link_packages(distributions, packages):
    """Link what these distributions installed into another environment, and nothing else."""
    for one in distributions:
        for name in {file.parts[0] for file in one.files or ()} - {"..", "__pycache__"}:
            if not (packages / name).exists():
                (packages / name).symlink_to(one.locate_file(name))
