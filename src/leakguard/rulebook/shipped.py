"""What comes with leakguard as data: rule packs, trait descriptions, ordinary texts."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

Shelf = dict[str, Path | Traversable]
_DESCRIPTIONS = "descriptions"
_RUBRICS, _INJECTION = "rubrics", "injection"
_CONTEXTS = "contexts"
_ORDINARY = "control/ordinary.toml"


def shipped_packs() -> Shelf:
    """The packs that come with leakguard, by name: inside the installed package, or beside src in a source checkout."""
    return _files(_home())


def shipped_traits() -> Shelf:
    """The trait files that come with leakguard, by the trait's id."""
    return _files(_home() / _DESCRIPTIONS)


def shipped_rubrics() -> Shelf:
    """The rubrics that come with leakguard, by id."""
    return {name: path for name, path in _files(_home() / _RUBRICS).items() if name != _INJECTION}


def injection_pack() -> Path | Traversable:
    """The shipped pack of attempts to steer a judge; it lies beside the rubrics, for it looks only where a judge does."""
    return _home().joinpath(f"{_RUBRICS}/{_INJECTION}.toml")


def shipped_contexts() -> Shelf:
    """The shipped files of contexts, by name."""
    return _files(_home() / _CONTEXTS)


def ordinary_texts() -> Path | Traversable:
    """The shipped file of ordinary texts."""
    return _home().joinpath(_ORDINARY)


def _home() -> Path | Traversable:
    folder: Path | Traversable = files("leakguard") / "rules"
    return folder if folder.is_dir() else Path(__file__).parents[3] / "rules"


def _files(folder: Path | Traversable) -> Shelf:
    entries = folder.iterdir() if folder.is_dir() else iter(())
    named = {entry.name.removesuffix(".toml"): entry for entry in entries if entry.name.endswith(".toml")}
    return dict(sorted(named.items()))
