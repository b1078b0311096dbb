"""Compare the answer of an earlier gate with the settings of now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from leakguard.core.gate import GateAnswer, GateCheck, find_laxer
from leakguard.core.rule import RulePack
from leakguard.core.version import __version__
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.packs import choose_packs, select_rules
from leakguard.jobs.build.traits import choose_traits
from leakguard.settings import OPTIONS
from leakguard.settings.option import GATE
from leakguard.settings.plan import LookPlan, Plan


def compare_answer(file: str, said: Mapping[str, Any], plan: Plan) -> GateCheck:
    """Check that an earlier run of `leakguard gate` allowed no more than the plan does, with the same version, settings and packs.

    `said` is the JSON answer of that run. If it is empty, because it could not be read, the check is UNSEEN: it could not be made.
    `file` is the path of the answer, for messages. Raises UsageError if the packs of the plan cannot be read.
    """
    what, limit = f"policy of {file}", "at least as strict as the policy of this call"
    if not said:
        return GateCheck("result", what, "unknown", limit, GateAnswer.UNSEEN, "the answer could not be read")
    why = [*find_laxer(said["policy"], _as_json(asdict(plan.policy.gate))), *_list_differences(said, plan)]
    if not why:
        return GateCheck("result", what, "as strict", limit, GateAnswer.PASSED)
    advice = "gate the data again with these settings, or give this call the settings of the answer"
    return GateCheck("result", what, "laxer, or about something else", limit, GateAnswer.REFUSED, f"{'; '.join(why)}; {advice}")


def _list_differences(said: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    """Yield version, settings and packs of the earlier gate that differ from those of the plan."""
    if said["tool"]["version"] != __version__:
        yield f"it was leakguard {said['tool']['version']}, this is {__version__}"
    now, then = _as_json(plan.settings.as_mapping()), said["settings"]
    for key in sorted(key for key, option in OPTIONS.items() if GATE in option.decides):
        if key not in then or then[key] != now[key]:
            yield f"{key}: {then.get(key, 'unknown')}, not {now[key]}"
    known = {(pack["id"], pack["digest"]) for pack in said["packs"]}
    for pack in _choose_packs(plan.look):
        if (pack.id, pack.digest) not in known:
            yield f"rule pack {pack.id}: not the rules of now"


def _choose_packs(look: LookPlan) -> tuple[RulePack, ...]:
    """Return the packs of a plan, cut to its selected rules; none with a preset, which replaces them."""
    if look.preset:
        return ()
    packs = choose_packs(look.rules, choose_traits(look.traits).ruled, open_pack_cache())
    return select_rules(packs, look.select, look.ignore) if look.select or look.ignore else packs


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they are after a round trip through JSON, to compare them with a stored answer."""
    plain: dict[str, Any] = json.loads(json.dumps(values))
    return plain
