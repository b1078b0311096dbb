"""Paths of the data that ship with leakguard: rule packs, traits, rubrics, contexts, ordinary texts."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

Shelf = dict[str, Path | Traversable]
_DESCRIPTIONS = "descriptions"
_RUBRICS, _INJECTION = "rubrics", "injection"
_CONTEXTS = "contexts"
_ORDINARY = "control/ordinary.toml"
_PROMPTS = "prompts/traits.toml"


def list_packs() -> Shelf:
    """Return name -> path of the shipped packs: inside of the installed package, or beside src in a source checkout."""
    return _files(_home())


def list_traits() -> Shelf:
    """Return id -> path of the shipped trait files."""
    return _files(_home() / _DESCRIPTIONS)


def list_rubrics() -> Shelf:
    """Return id -> path of the shipped rubrics."""
    return {name: path for name, path in _files(_home() / _RUBRICS).items() if name != _INJECTION}


def find_injection_pack() -> Path | Traversable:
    """Return the path of the shipped pack of prompt injections. It is not among the shipped packs, because only a judge uses it."""
    return _home().joinpath(f"{_RUBRICS}/{_INJECTION}.toml")


def list_contexts() -> Shelf:
    """Return name -> path of the shipped context files."""
    return _files(_home() / _CONTEXTS)


def find_ordinary_texts() -> Path | Traversable:
    """Return the path of the shipped file of ordinary texts."""
    return _home().joinpath(_ORDINARY)


def find_trait_prompts() -> Path | Traversable:
    """Return the path of the shipped file of system prompts of traits and placebos."""
    return _home().joinpath(_PROMPTS)


def _home() -> Path | Traversable:
    """Return the folder of the shipped data."""
    folder: Path | Traversable = files("leakguard") / "rules"
    return folder if folder.is_dir() else Path(__file__).parents[3] / "rules"


def _files(folder: Path | Traversable) -> Shelf:
    """Return name (without .toml) -> path of the TOML files in a folder, sorted by name."""
    entries = folder.iterdir() if folder.is_dir() else iter(())
    named = {entry.name.removesuffix(".toml"): entry for entry in entries if entry.name.endswith(".toml")}
    return dict(sorted(named.items()))
