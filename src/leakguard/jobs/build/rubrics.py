"""Choose what a judge is asked: rubrics by name or file, and traits with a description or with rules that describe them."""

from collections.abc import Sequence
from pathlib import Path

from leakguard.core.errors import SettingsError
from leakguard.core.rubric import Rubric
from leakguard.core.rule import RulePack
from leakguard.core.suggest import suggest_names
from leakguard.core.trait import Trait
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.traits import TRAITS, ChosenTraits
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.rubrics import read_rubric
from leakguard.rulebook.shipped import find_injection_pack, list_packs, list_rubrics
from leakguard.settings.paths import is_file_name

# Further phrases of a rule that describe a trait to a judge.
_EXAMPLES = 6


def choose_rubrics(names: Sequence[str], *, with_traits: bool) -> list[Rubric]:
    """Return the named rubrics; `with_traits`: the run names traits, which some rubrics need.

    Raises SettingsError and PackError.
    """
    shelf = list_rubrics()
    for name in names:
        if name not in shelf and not is_file_name(name):
            hint = suggest_names(name, shelf)
            raise SettingsError(f"`judge-rubric`: there is no rubric {name!r}; {hint} (or the path of a .toml file)")
    found = [read_rubric(Path(name) if is_file_name(name) else shelf[name]) for name in dict.fromkeys(names)]
    for rubric in found:
        if rubric.per_trait and not with_traits:
            raise SettingsError(f"`judge-rubric`: {rubric.id!r} asks about traits: name one with `traits`")
        if [other.id for other in found].count(rubric.id) > 1:
            raise SettingsError(f"`judge-rubric`: two rubrics have the id {rubric.id!r}; give one of them another")
    return found


def describe_traits(chosen: ChosenTraits) -> list[Trait]:
    """Return the traits of a run in words: their description, or for a trait without one the words of its rules."""
    described = {trait.id: trait for trait in chosen.described}
    pack = read_pack(list_packs()[TRAITS], open_pack_cache()) if chosen.ids else None
    rules = {rule.id.split(".")[1]: rule for rule in pack.rules if rule.id.count(".") == 1} if pack else {}
    traits = []
    for name in chosen.ids:
        if name in described:
            traits.append(described[name])
        elif name in rules:
            rule = rules[name]
            words = ", ".join((rule.value, *rule.also[:_EXAMPLES]))
            traits.append(Trait(name, name.replace("_", " "), (f"{rule.meaning}: {words}",), {"prose": rule.hits}, rule.misses, ()))
    return traits


def list_judge_packs() -> list[RulePack]:
    """Return the shipped rubrics and the injection pack, as manifests name them."""
    return [*(read_rubric(path).as_pack(()) for path in list_rubrics().values()), read_pack(find_injection_pack(), open_pack_cache())]
