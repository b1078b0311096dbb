"""Build the policy of a run: the actions of the plan, with their names compared with the rules in use."""

from leakguard.core.errors import SettingsError
from leakguard.core.policy import SEVERITIES, Policy, plain_name
from leakguard.core.suggest import suggest_names
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.packs import list_rules, rule_matches
from leakguard.jobs.guard import Guard
from leakguard.rulebook.packs import read_packs
from leakguard.rulebook.shipped import list_packs
from leakguard.settings.plan import PolicyPlan
from leakguard.settings.values import WHOLE_ROWS


def build_policy(plan: PolicyPlan, guard: Guard) -> Policy:
    """Return the policy for rows. Raises SettingsError for an entry that names no severity, pack or rule, in use or shipped."""
    unknown = [name for name in plan.rows.entries if plain_name(name) not in SEVERITIES]
    rules = [*guard.rules.values(), *(list_rules(read_packs(list_packs().values(), open_pack_cache())) if unknown else ())]
    for name in unknown:
        if not any(rule_matches(rule, plain_name(name)) for rule in rules):
            known = [*SEVERITIES, *WHOLE_ROWS, *dict.fromkeys(rule.pack for rule in rules), *(rule.id for rule in rules)]
            raise SettingsError(f"`policy`: {name!r} is no severity, pack or rule; {suggest_names(plain_name(name), known)}")
    return plan.rows
