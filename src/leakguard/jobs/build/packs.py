"""Which rules look: packs by name or file, traits, and what is selected or ignored of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib.resources.abc import Traversable
from pathlib import Path

from leakguard.core.errors import SettingsError
from leakguard.core.ports import Cache
from leakguard.core.rule import Rule, RulePack
from leakguard.core.suggest import suggest_names
from leakguard.jobs.build.traits import TRAITS, choose_traits
from leakguard.rulebook.packs import is_default, read_pack, read_packs
from leakguard.rulebook.shipped import Shelf, shipped_packs
from leakguard.settings import Settings
from leakguard.settings.paths import is_file_name

ALL, DEFAULT = "all", "default"


def choose_packs(settings: Settings, memory: Cache | None = None) -> tuple[RulePack, ...]:
    """The packs that the settings ask for, whole but for traits, and not proven yet. Raises PackError, SettingsError."""
    shelf = shipped_packs()
    packs = read_packs(locate_packs(settings.rules or (DEFAULT,), shelf), memory)
    _refuse_namesakes(packs, shelf, memory)
    return _with_traits(packs, choose_traits(settings).ruled, shelf, memory)


def _refuse_namesakes(packs: Iterable[RulePack], shelf: Shelf, memory: Cache | None) -> None:
    """A pack that goes by the name of a shipped one must be that one: reports and manifests name packs by their ids."""
    for pack in packs:
        if pack.id in shelf and pack.digest != read_pack(shelf[pack.id], memory).digest:
            raise SettingsError(f"{pack.file}: the id {pack.id!r} is that of a pack that comes with leakguard; give this one another id")


def locate_packs(names: Iterable[str], shelf: Shelf) -> list[Path | Traversable]:
    """Where the named packs lie; 'all' is every shipped one, 'default' those that are on without --rules.

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
            raise SettingsError(
                f"--rules: there is no rule pack {name!r}; {suggest_names(name, [*shelf, ALL, DEFAULT])} (or the path of a .toml file)"
            )
    return list(places.values())


def _with_traits(packs: tuple[RulePack, ...], names: Sequence[str], shelf: Shelf, memory: Cache | None) -> tuple[RulePack, ...]:
    """The packs, with the rules of the named traits switched on."""
    if not names or any(other.id == TRAITS for other in packs):
        return packs
    pack = read_pack(shelf[TRAITS], memory)
    return (*packs, replace(pack, rules=tuple(rule for rule in pack.rules if rule.id.split(".")[1] in names)))


def select_rules(packs: tuple[RulePack, ...], settings: Settings) -> tuple[RulePack, ...]:
    """The packs cut to the rules that --select and --ignore leave. Raises SettingsError for names that mean nothing."""
    shelf, select, ignore = shipped_packs(), settings.select, settings.ignore
    rules = [rule for pack in packs for rule in pack.rules]
    for option, names in (("--select", select), ("--ignore", ignore)):
        for name in names:
            if not any(matches(rule, name) for rule in rules):
                _explain(option, name, rules, shelf)

    def kept(rule: Rule) -> bool:
        return (not select or _named(rule, select)) and not _named(rule, ignore)

    cut = [replace(pack, rules=tuple(filter(kept, pack.rules))) for pack in packs]
    left = tuple(pack for pack in cut if pack.rules)
    if not left:
        raise SettingsError("no rule is left to look with: --rules, --select and --ignore leave nothing over")
    return left


def matches(rule: Rule, name: str) -> bool:
    """Does `name` (a rule id, a pack id, or a pattern with * and ?) mean this rule?"""
    return name == rule.pack or fnmatchcase(rule.id, name)


def _named(rule: Rule, names: Sequence[str]) -> bool:
    return any(matches(rule, name) for name in names)


def _explain(option: str, name: str, rules: Sequence[Rule], shelf: Shelf) -> None:
    """Raise for a name that no rule in use has; only ignoring what is switched off anyway is fine."""
    for pack in read_packs(shelf.values()):
        if any(matches(rule, name) for rule in pack.rules):
            if option == "--select":
                raise SettingsError(f"{option}: {name!r} is of the pack {pack.id!r}, which is not switched on: add --rules {pack.id}")
            return
    ids = [*dict.fromkeys(rule.pack for rule in rules), *(rule.id for rule in rules)]
    raise SettingsError(f"{option}: no rule is called {name!r}; {suggest_names(name, ids)}")
