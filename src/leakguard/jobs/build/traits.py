"""Choose the traits of a run: shipped ones by name and user traits by file, and which detectors can find each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leakguard.core.errors import SettingsError
from leakguard.core.suggest import suggest_names
from leakguard.core.trait import Trait
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import Shelf, list_packs, list_traits
from leakguard.rulebook.traits import read_traits
from leakguard.settings.paths import is_file_name
from leakguard.settings.plan import Plan

TRAITS = "traits"


@dataclass(frozen=True, slots=True)
class ChosenTraits:
    """The traits of a run: all ids in the order of the setting, the traits that have a description, and the ids that have rules."""

    ids: tuple[str, ...]
    described: tuple[Trait, ...]
    ruled: tuple[str, ...]


def choose_traits(wanted: Sequence[str]) -> ChosenTraits:
    """Return the traits that the setting `traits` names, as ids or paths of TOML files.

    Raises PackError, and SettingsError for an unknown name.
    """
    if not wanted:
        return ChosenTraits((), (), ())
    own = read_traits([Path(name) for name in wanted if is_file_name(name)])
    shelf = list_traits()
    names = [name for name in wanted if not is_file_name(name)]
    taken = {trait.id for trait in own}
    known = _ids_with_rules(list_packs())
    for name in names:
        if name not in known and name not in shelf and name not in taken:
            hint = suggest_names(name, {**dict.fromkeys(known), **shelf})
            raise SettingsError(f"`traits`: there is no trait {name!r}; {hint} (or a .toml file)")
    ids = tuple(dict.fromkeys((*names, *(trait.id for trait in own))))
    from_shelf = read_traits(shelf[name] for name in dict.fromkeys(names) if name in shelf and name not in taken)
    return ChosenTraits(ids, (*own, *from_shelf), tuple(name for name in ids if name in known))


def describe_gaps(plan: Plan) -> list[str]:
    """Return a line for each trait that only some of the detectors of the plan can find.

    Raises SettingsError for a trait that none of them can find.
    """
    traits = choose_traits(plan.look.traits)
    described = {trait.id for trait in traits.described}
    lines = []
    for name in traits.ids:
        if plan.meaning and name not in described:
            lines.append(f"trait {name}: it has no description, so only rules look for it (`traits` FILE.toml adds one)")
        if name not in traits.ruled and not plan.meaning and not plan.judge:
            raise SettingsError(f"`traits`: no rule names {name!r}, and only `semantic` and `judge-model` read descriptions: add one")
        if name not in traits.ruled:
            by = " and ".join(filter(None, ("meaning" if plan.meaning else "", "a judge" if plan.judge else "")))
            lines.append(f"trait {name}: no rule names it, so it is looked for by {by} only")
    return lines


def _ids_with_rules(shelf: Shelf) -> list[str]:
    """Return the ids of the traits that the traits pack has rules for."""
    if TRAITS not in shelf:
        raise SettingsError("`traits`: this installation has no traits pack")
    return list(dict.fromkeys(rule.id.split(".")[1] for rule in read_pack(shelf[TRAITS], open_pack_cache()).rules))
