"""What is published, built once for all tests of this folder, and environments that hold it."""

import subprocess
import sys
import tarfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from wheel_environments import PLAIN, install_wheel, link_packages, list_core, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    """The folder that `make release` fills, made from this tree."""
    folder = tmp_path_factory.mktemp("release")
    done = subprocess.run([sys.executable, ROOT / ".ci/release.py", folder], env=PLAIN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def sdist(release):
    """The source distribution of this tree."""
    (file,) = release.glob("*.tar.gz")
    return file


@pytest.fixture(scope="session")
def wheel(sdist, release, tmp_path_factory):
    """The wheel that is built from nothing but the source distribution. It is the published one, byte for byte."""
    unpacked, folder = tmp_path_factory.mktemp("unpacked"), tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=source)
    (file,), (published,) = folder.iterdir(), release.glob("*.whl")
    assert file.read_bytes() == published.read_bytes()
    return file


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """The programs of a fresh environment with the wheel in it, and all extras, which are lent by this environment."""
    programs, packages = install_wheel(wheel, tmp_path_factory.mktemp("fresh"))
    (packages / "lent.pth").write_text(str(Path(str(distribution("click").locate_file("")))))
    return programs


@pytest.fixture(scope="session")
def bare(wheel, tmp_path_factory):
    """The programs of a fresh environment with the wheel and what its core needs, and no extra."""
    programs, packages = install_wheel(wheel, tmp_path_factory.mktemp("bare"))
    link_packages(list_core().values(), packages)
    return programs
