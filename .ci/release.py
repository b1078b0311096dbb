"""Build what is published: release.py FOLDER writes sdist, wheel, a bill of materials (CycloneDX) and SHA256SUMS into the folder.

Two builds of one source tree have the same bytes, whatever the folder, the mode bits and the times of its files are. The bill names the
packages that leakguard needs (required) and those of its extras (optional), with the versions that are installed here, which are those
that the tests ran with.
"""

import datetime
import email
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT, NAME = Path(__file__).resolve().parents[1], "leakguard-data"
# The date that hatchling gives to all files in an archive.
EPOCH = 1580601600
LONGEST_LICENCE = 80


def build(folder: Path, source: Path = ROOT) -> list[Path]:
    """Return the source distribution and the wheel of a source tree, made in the folder."""
    for target in ("sdist", "wheel"):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder.resolve())], cwd=source, check=True
        )
    return sorted(folder.glob("*.tar.gz")) + sorted(folder.glob("*.whl"))


def list_needed(requirements: list[str], extra: str = "") -> Iterator[Requirement]:
    """Yield the requirements that hold here: those without an extra, or those of one extra."""
    for text in requirements:
        one = Requirement(text)
        marker = one.marker
        if (marker is None or marker.evaluate({"extra": extra})) and bool(extra) == bool(marker and "extra" in str(marker)):
            yield one


def find_distribution(name: str) -> Distribution | None:
    """Return an installed distribution, or None."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def collect(first: list[Requirement]) -> dict[str, list[str]]:
    """Return the packages that are needed, directly or not: name -> names of the packages that it needs in turn."""
    found: dict[str, list[str]] = {}
    waiting = list(first)
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        installed = find_distribution(name)
        if installed is None:
            raise SystemExit(f"{name} is not installed, so the bill of materials would lack it: make setup-all")
        texts = installed.requires or []
        needed = [*list_needed(texts), *(one for extra in sorted(wanted.extras) for one in list_needed(texts, extra))]
        names = [canonicalize_name(one.name) for one in needed]
        if name in found and set(names) <= set(found[name]):
            continue
        found[name] = sorted({*found.get(name, []), *names})
        waiting += needed
    return found


def describe(name: str, scope: ComponentScope) -> Component:
    """Return the component of an installed package."""
    found = distribution(name)
    said = found.metadata.get("License-Expression") or found.metadata.get("License") or ""
    licences = [DisjunctiveLicense(name=said)] if said and "\n" not in said and len(said) <= LONGEST_LICENCE else []
    url = PackageURL("pypi", None, name, found.version)
    return Component(
        name=name, version=found.version, type=ComponentType.LIBRARY, bom_ref=str(url), purl=url, scope=scope, licenses=licences
    )


def write_bill(version: str, requirements: list[str], extras: list[str], files: list[Path]) -> str:
    """Return the bill of materials as CycloneDX 1.6 in JSON; the same inputs give the same bytes."""
    url = PackageURL("pypi", None, NAME, version)
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=sha256(file.read_bytes()).hexdigest()) for file in files if file.suffix == ".whl"]
    root = Component(name=NAME, version=version, type=ComponentType.LIBRARY, bom_ref=str(url), purl=url, hashes=hashes)
    core = collect([*list_needed(requirements)])
    every = collect([one for extra in extras for one in list_needed(requirements, extra) if one.name != NAME])
    graph = {**every, **core}
    parts = {name: describe(name, ComponentScope.REQUIRED if name in core else ComponentScope.OPTIONAL) for name in sorted(graph)}
    bill = Bom(components=parts.values(), serial_number=uuid5(NAMESPACE_URL, "".join(file.name + str(hashes[0].content) for file in files)))
    bill.metadata.component = root
    bill.metadata.timestamp = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", EPOCH)), datetime.UTC)
    direct = {canonicalize_name(Requirement(text).name) for text in requirements} & set(parts)
    bill.register_dependency(root, [parts[name] for name in sorted(direct)])
    for name, needed in graph.items():
        bill.register_dependency(parts[name], [parts[one] for one in needed if one in parts])
    return make_outputter(bill, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2) + "\n"


def read_metadata(wheel: Path) -> tuple[str, list[str], list[str]]:
    """Return the version, the requirements and the extras in a wheel's metadata."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        said = email.message_from_bytes(archive.read(name))
    return str(said["Version"]), said.get_all("Requires-Dist") or [], said.get_all("Provides-Extra") or []


def main(folder: Path) -> None:
    """Write all files of a release, and print their names."""
    folder.mkdir(parents=True, exist_ok=True)
    files = build(folder)
    version, requirements, extras = read_metadata(files[-1])
    bill = folder / f"{files[-1].name.split('-py3')[0]}.cdx.json"
    bill.write_text(write_bill(version, requirements, extras, files), encoding="utf-8")
    sums = [f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted([*files, bill])]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    print("".join(f"{path}\n" for path in sorted(folder.iterdir())), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
