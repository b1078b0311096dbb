"""Paths in settings: names of shipped things beside files of the user, and paths that are relative to the settings file's folder."""

import os
from dataclasses import replace
from pathlib import Path

from leakguard.core.gate import GatePolicy


def is_file_name(name: str) -> bool:
    """Return whether a name of a pack, trait or rubric means a file, not what is shipped under this name.

    >>> is_file_name("hate-numeric"), is_file_name("rules/mine.toml")
    (False, True)
    """
    return name.endswith(".toml") or "/" in name or "\\" in name


def anchor_file(name: str, folder: Path) -> str:
    """Return the path of a file that is named relative to `folder`."""
    return str(folder / name)


def anchor_named(name: str, folder: Path) -> str:
    """Return a file's path relative to `folder`, and the name of a shipped thing as it is."""
    return str(folder / name) if is_file_name(name) else name


def anchor_model(name: str, folder: Path) -> str:
    """Return the path of a model's folder in `folder`, or the name as it is if there is no such folder."""
    return str(folder / name) if os.path.isdir(folder / name) else name


def anchor_results(policy: GatePolicy, folder: Path) -> GatePolicy:
    """Return the gate's policy with the files of its required results relative to `folder`."""
    return replace(policy, results=tuple(replace(one, file=str(folder / one.file)) for one in policy.results))
