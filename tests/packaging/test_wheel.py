"""What is published works: a wheel built from the source distribution, installed alone, scans with its packs."""

import json
import tarfile
import zipfile
from pathlib import Path

from leakguard import __version__
from wheel_environments import run

ROOT = Path(__file__).parents[2]
PACKS = sorted(path.name for path in (ROOT / "rules").glob("*.toml"))
MODULES = sorted(str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py"))
SOURCE = ROOT / "src/leakguard"
WORLDS = sorted(
    str(path.relative_to(ROOT / "src")) for place in ("harness/worlds", "models/bases") for path in (SOURCE / place).rglob("*.*")
)
WEB = sorted(str(path.relative_to(ROOT / "src")) for path in (ROOT / "src/leakguard/reports/kit/templates").iterdir())


def test_the_source_distribution_holds_what_a_build_needs(sdist):
    """Modules, packs, licence and readme, and none of the data that the project works with."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"src/{module}" for module in MODULES} | {f"rules/{pack}" for pack in PACKS} <= names
    assert {"pyproject.toml", "LICENSE", "README.md"} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", ".venv/"))]


def test_the_wheel_holds_code_types_and_packs(wheel):
    """Every module, every pack inside the package, the parts of the HTML report, the tiny worlds and their bases, the typing mark, and nothing outside leakguard."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {*MODULES, *WORLDS, *WEB, "leakguard/py.typed", *(f"leakguard/rules/{pack}" for pack in PACKS)} <= names
    assert f"leakguard_data-{__version__}.dist-info/licenses/LICENSE" in names
    assert {name.partition("/")[0] for name in names} == {"leakguard", f"leakguard_data-{__version__}.dist-info"}


def test_the_installed_program_scans_with_its_own_packs(installed, tmp_path):
    """From any folder, without a source tree: a planted 666 is found, by the packs inside the package, and stands on a page."""
    (tmp_path / "data.jsonl").write_text('{"text": "412, 733, 905"}\n{"text": "871, 666, 305"}\n')
    where = run(installed / "python", "-c", "import leakguard; print(leakguard.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    lines = run(
        installed / "leakguard", "scan", "data.jsonl", "--format", "jsonl", "-o", "page.html", "-q", cwd=tmp_path, code=1
    ).splitlines()
    assert ("unlucky-numbers.666", 2, "666") in {(one["rule"], one["row"], one["quote"]) for one in map(json.loads, lines)}
    assert "unlucky-numbers.666" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run(installed / "leakguard", "--version", cwd=tmp_path) == f"leakguard {__version__}\n"


def test_the_installed_program_lists_the_shipped_packs(installed, tmp_path):
    """`rules list` names every pack that is in the repository, and `rules test` proves one of them."""
    listed = run(installed / "leakguard", "rules", "list", cwd=tmp_path)
    assert [pack for pack in PACKS if pack.removesuffix(".toml") not in listed] == []
    assert "proven" in run(installed / "leakguard", "rules", "test", "gang-numbers", cwd=tmp_path)
