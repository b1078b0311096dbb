"""Build the detectors of rules: that of the chosen rule packs, and the published filter that a preset names."""

from collections.abc import Sequence

from leakguard.core.context import NO_CONTEXTS
from leakguard.core.ports import Detector
from leakguard.detectors.number_format import RULES, NumberFormatDetector
from leakguard.detectors.repeated_keys import REPEATED_KEY
from leakguard.detectors.rules import RulesDetector
from leakguard.detectors.rules.proof import prove
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.packs import choose_packs, list_rules, locate_packs, rule_matches, select_rules
from leakguard.jobs.build.traits import TRAITS
from leakguard.jobs.guard import GuardPart
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.shipped import list_packs
from leakguard.settings.plan import LookPlan


def build_rules(look: LookPlan, traits: Sequence[str]) -> GuardPart:
    """Return the detector of the chosen rules. Whole packs are proven, also if only some of their rules are used.

    `traits` are ids of traits whose rules are switched on. Raises PackError, SettingsError, and UsageError if the engine is missing.
    """
    cache = open_pack_cache()
    packs = choose_packs(look.rules, traits, cache)
    contexts = packs[0].contexts if packs else NO_CONTEXTS
    detector = RulesDetector(list_rules(packs), contexts, engine=look.engine, memory=cache)
    prove(packs, detector, cache, look.engine)
    ignored = [name for name in look.ignore if not rule_matches(REPEATED_KEY, name)]
    if look.select or ignored:
        packs = select_rules(packs, look.select, ignored)
        detector = RulesDetector(list_rules(packs), contexts, engine=look.engine, memory=cache)
    return GuardPart(detectors=(detector,), rules=list_rules(packs), packs=packs)


def build_trait_rules(look: LookPlan, traits: Sequence[str], wanted: Sequence[str]) -> tuple[Detector, ...]:
    """Return a detector of the rules that name the traits `wanted`; none if no such rules are used. Arguments as for build_rules."""
    if look.preset:
        return ()
    cache = open_pack_cache()
    packs = choose_packs(look.rules, traits, cache)
    chosen = select_rules(packs, look.select, look.ignore) if look.select or look.ignore else packs
    rules = [rule for rule in list_rules(chosen) if rule.pack == TRAITS and rule.id.split(".")[1] in wanted]
    return (RulesDetector(rules, packs[0].contexts, engine=look.engine, memory=cache),) if rules else ()


def build_preset(name: str) -> GuardPart:
    """Return the detector of a published filter (format and banned numbers), which replaces all rule packs."""
    pack = read_pack(locate_packs([name], list_packs())[0], open_pack_cache())
    return GuardPart(detectors=(NumberFormatDetector(pack.rules),), rules=(*RULES, *pack.rules), packs=(pack,))
