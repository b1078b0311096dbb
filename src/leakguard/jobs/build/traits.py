"""Which traits are looked for: shipped ones by name, a user's own by file; and who of rules and meaning can look for each."""

from dataclasses import dataclass
from pathlib import Path

from leakguard.core.errors import SettingsError
from leakguard.core.suggest import suggest_names
from leakguard.core.trait import Trait
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import Shelf, shipped_packs, shipped_traits
from leakguard.rulebook.traits import read_traits
from leakguard.settings import Settings
from leakguard.settings.paths import is_file_name

TRAITS = "traits"


@dataclass(frozen=True, slots=True)
class ChosenTraits:
    """The traits of a run: ids in the order asked for, those among them that are described, and those that rules name."""

    ids: tuple[str, ...]
    described: tuple[Trait, ...]
    ruled: tuple[str, ...]


def choose_traits(settings: Settings) -> ChosenTraits:
    """What --trait asks for. Raises PackError, and SettingsError for a name that nothing knows."""
    if not settings.traits:
        return ChosenTraits((), (), ())
    files = [Path(name) for name in settings.traits if is_file_name(name)]
    own = read_traits(files)
    shelf = shipped_traits()
    names = [name for name in settings.traits if not is_file_name(name)]
    taken = {trait.id for trait in own}
    known = _ruled(shipped_packs())
    for name in names:
        if name not in known and name not in shelf and name not in taken:
            raise SettingsError(
                f"--trait: there is no trait {name!r}; {suggest_names(name, {**dict.fromkeys(known), **shelf})} (or a .toml file)"
            )
    ids = tuple(dict.fromkeys((*names, *(trait.id for trait in own))))
    from_shelf = read_traits(shelf[name] for name in dict.fromkeys(names) if name in shelf and name not in taken)
    return ChosenTraits(ids, (*own, *from_shelf), tuple(name for name in ids if name in known))


def describe_gaps(settings: Settings) -> list[str]:
    """A line for each trait that only part of what was asked for can look for.

    Raises SettingsError for one that nothing that was asked for can look for.
    """
    traits = choose_traits(settings)
    described = {trait.id for trait in traits.described}
    lines = []
    for name in traits.ids:
        if settings.semantic and name not in described:
            lines.append(f"trait {name}: it has no description, so only rules look for it (--trait FILE.toml adds one)")
        if name not in traits.ruled and not settings.semantic and not settings.judge_model:
            raise SettingsError(f"--trait: no rule names {name!r}, and only --semantic and --judge-model read descriptions: add one")
        if name not in traits.ruled:
            by = " and ".join(filter(None, ("meaning" if settings.semantic else "", "a judge" if settings.judge_model else "")))
            lines.append(f"trait {name}: no rule names it, so it is looked for by {by} only")
    return lines


def _ruled(shelf: Shelf) -> list[str]:
    """Ids of the traits that the traits pack has rules for."""
    if TRAITS not in shelf:
        raise SettingsError("--trait: this installation has no traits pack")
    return list(dict.fromkeys(rule.id.split(".")[1] for rule in read_pack(shelf[TRAITS]).rules))
