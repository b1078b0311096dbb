"""Paths in settings: names of shipped packs as opposed to files of the user, and paths relative to the settings file's folder."""

import os
from dataclasses import replace
from pathlib import Path

from leakguard.core.gate import GatePolicy
from leakguard.core.store_address import find_address


def is_file_name(name: str) -> bool:
    """Return whether the name of a pack, trait or rubric is the path of a file, not the id of a shipped one.

    >>> is_file_name("hate-numeric"), is_file_name("rules/mine.toml")
    (False, True)
    """
    return name.endswith(".toml") or "/" in name or "\\" in name


def anchor_file(name: str, folder: Path) -> str:
    """Return the path of a file that is named relative to `folder`; an address of a store stays as it is.

    >>> Path(anchor_file("a.jsonl", Path("data"))).as_posix(), anchor_file("s3://bucket/a.jsonl", Path("data"))
    ('data/a.jsonl', 's3://bucket/a.jsonl')
    """
    return name if find_address(name) else str(folder / name)


def anchor_named(name: str, folder: Path) -> str:
    """Return a path relative to `folder` for the name of a file; the id of a shipped pack, trait or rubric stays as it is."""
    return str(folder / name) if is_file_name(name) else name


def anchor_prompt(name: str, folder: Path) -> str:
    """Return a path relative to `folder` for the file of a prompt, whose name has a suffix or a folder; the name of a trait stays.

    >>> anchor_prompt("owl", Path("data")), Path(anchor_prompt("umbrella.txt", Path("data"))).as_posix()
    ('owl', 'data/umbrella.txt')
    """
    return str(folder / name) if Path(name).suffix or is_file_name(name) else name


def anchor_model(name: str, folder: Path) -> str:
    """Return the path of a model's folder in `folder`, or the name as it is if there is no such folder."""
    return str(folder / name) if os.path.isdir(folder / name) else name


def anchor_results(policy: GatePolicy, folder: Path) -> GatePolicy:
    """Return the gate's policy with all files in it relative to `folder`, and the folders of models that are there."""
    results = tuple(replace(one, file=str(folder / one.file)) for one in policy.results)
    found = policy.certificate
    if found:
        files = tuple(str(folder / file) for file in found.files)
        found = replace(found, files=files, base=anchor_model(found.base, folder) if found.base else "")
    lineage = policy.lineage
    if lineage:
        models = {name: anchor_model(getattr(lineage, name), folder) for name in ("teacher", "student")}
        lineage = replace(lineage, file=str(folder / lineage.file), **models)
    keys = tuple(str(folder / file) for file in policy.signed_by)
    attestations = tuple(anchor_file(file, folder) for file in policy.attestations)
    return replace(policy, results=results, certificate=found, lineage=lineage, signed_by=keys, attestations=attestations)
