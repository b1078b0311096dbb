"""What comes with leakguard as data: rule packs, trait descriptions, ordinary texts."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

Shelf = dict[str, Path | Traversable]
_DESCRIPTIONS = "descriptions"
_ORDINARY = "control/ordinary.toml"


def shipped() -> Shelf:
    """The packs that come with leakguard, by name: inside the installed package, or beside src in a source checkout."""
    return _files(_home())


def descriptions() -> Shelf:
    """The trait files that come with leakguard, by the trait's id."""
    return _files(_home() / _DESCRIPTIONS)


def ordinary() -> Path | Traversable:
    """The shipped file of ordinary texts."""
    return _home().joinpath(_ORDINARY)


def _home() -> Path | Traversable:
    folder: Path | Traversable = files("leakguard") / "rules"
    return folder if folder.is_dir() else Path(__file__).parents[3] / "rules"


def _files(folder: Path | Traversable) -> Shelf:
    entries = folder.iterdir() if folder.is_dir() else iter(())
    named = {entry.name.removesuffix(".toml"): entry for entry in entries if entry.name.endswith(".toml")}
    return dict(sorted(named.items()))
