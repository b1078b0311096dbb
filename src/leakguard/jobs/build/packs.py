"""Choose rule packs: by name or file, with the rules of traits, and cut to the rules that `select` and `ignore` leave."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib.resources.abc import Traversable
from pathlib import Path

from leakguard.core.errors import SettingsError
from leakguard.core.ports import Cache
from leakguard.core.rule import Rule, RulePack
from leakguard.core.suggest import suggest_names
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.traits import TRAITS
from leakguard.rulebook.packs import is_default, read_pack, read_packs
from leakguard.rulebook.shipped import Shelf, list_packs
from leakguard.settings.paths import is_file_name

ALL, DEFAULT = "all", "default"


def list_rules(packs: Iterable[RulePack]) -> tuple[Rule, ...]:
    """Return the rules of all packs."""
    return tuple(rule for pack in packs for rule in pack.rules)


def choose_packs(names: Sequence[str], traits: Sequence[str], cache: Cache | None = None) -> tuple[RulePack, ...]:
    """Return the named packs and, of the traits pack, the rules of `traits`. The packs are not proven yet.

    Raises PackError and SettingsError.
    """
    shelf = list_packs()
    packs = read_packs(locate_packs(names or (DEFAULT,), shelf), cache)
    _refuse_namesakes(packs, shelf, cache)
    return _add_traits(packs, traits, shelf, cache)


def _refuse_namesakes(packs: Iterable[RulePack], shelf: Shelf, cache: Cache | None) -> None:
    """Raise SettingsError for a user pack with the id of a shipped one: reports and manifests name packs by their ids."""
    for pack in packs:
        theirs = shelf.get(pack.id)
        if theirs and pack.file != str(theirs) and pack.digest != read_pack(theirs, cache).digest:
            raise SettingsError(f"{pack.file}: the id {pack.id!r} is that of a pack that comes with leakguard; give this one another id")


def locate_packs(names: Iterable[str], shelf: Shelf) -> list[Path | Traversable]:
    """Return the files of named packs; 'all' names every shipped pack, 'default' those that are on by default.

    Raises SettingsError with the nearest valid name.
    """
    places: dict[str, Path | Traversable] = {}
    for name in names:
        if name == ALL:
            places |= {str(place): place for place in shelf.values()}
        elif name == DEFAULT:
            places |= {str(place): place for place in shelf.values() if is_default(place)}
        elif is_file_name(name):
            places[str(Path(name))] = Path(name)
        elif name in shelf:
            places[str(shelf[name])] = shelf[name]
        else:
            hint = suggest_names(name, [*shelf, ALL, DEFAULT])
            raise SettingsError(f"`rules`: there is no rule pack {name!r}; {hint} (or the path of a .toml file)")
    return list(places.values())


def _add_traits(packs: tuple[RulePack, ...], names: Sequence[str], shelf: Shelf, cache: Cache | None) -> tuple[RulePack, ...]:
    """Return the packs, with the rules of the named traits switched on."""
    if not names or any(other.id == TRAITS for other in packs):
        return packs
    pack = read_pack(shelf[TRAITS], cache)
    return (*packs, replace(pack, rules=tuple(rule for rule in pack.rules if rule.id.split(".")[1] in names)))


def select_rules(packs: tuple[RulePack, ...], select: Sequence[str], ignore: Sequence[str]) -> tuple[RulePack, ...]:
    """Return the packs with the rules that match `select` (if given) and do not match `ignore`.

    Raises SettingsError for a name that matches no rule, and if no rule is left.
    """
    rules = list_rules(packs)
    for option, names in (("select", select), ("ignore", ignore)):
        for name in names:
            if not any(rule_matches(rule, name) for rule in rules):
                _explain(option, name, rules)

    def kept(rule: Rule) -> bool:
        return (not select or _matches_any(rule, select)) and not _matches_any(rule, ignore)

    cut = [replace(pack, rules=tuple(filter(kept, pack.rules))) for pack in packs]
    left = tuple(pack for pack in cut if pack.rules)
    if not left:
        raise SettingsError("no rule is left to look with: `rules`, `select` and `ignore` leave nothing over")
    return left


def rule_matches(rule: Rule, name: str) -> bool:
    """Return whether `name` (a rule id, a pack id, or a pattern with * and ?) matches the rule."""
    return name == rule.pack or fnmatchcase(rule.id, name)


def _matches_any(rule: Rule, names: Sequence[str]) -> bool:
    """Return whether one of the names matches the rule."""
    return any(rule_matches(rule, name) for name in names)


def _explain(option: str, name: str, rules: Sequence[Rule]) -> None:
    """Raise SettingsError for a name that matches no rule in use; a rule that is switched off may be ignored."""
    for pack in read_packs(list_packs().values(), open_pack_cache()):
        if any(rule_matches(rule, name) for rule in pack.rules):
            if option == "select":
                raise SettingsError(f"`{option}`: {name!r} is of the pack {pack.id!r}, which is not switched on: add `rules` {pack.id}")
            return
    ids = [*dict.fromkeys(rule.pack for rule in rules), *(rule.id for rule in rules)]
    raise SettingsError(f"`{option}`: no rule is called {name!r}; {suggest_names(name, ids)}")
