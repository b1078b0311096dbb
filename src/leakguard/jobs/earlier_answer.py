"""The answer of an earlier gate, held against what a call asks for now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from leakguard.core.gate import GateAnswer, GateCheck, find_laxer
from leakguard.core.version import __version__
from leakguard.jobs.build.pack_cache import open_pack_cache
from leakguard.jobs.build.packs import choose_packs, select_rules
from leakguard.settings import OPTIONS, Settings
from leakguard.settings.option import GATE


def as_strict(file: str, said: Mapping[str, Any], settings: Settings) -> GateCheck:
    """Was the gate that gave this answer at least as strict as the settings, and did it look in the same way?

    `said` is the whole answer, empty where it could not be read. Raises UsageError where the settings cannot be met.
    """
    what, limit = f"policy of {file}", "at least as strict as the policy of this call"
    if not said:
        return GateCheck("result", what, "unknown", limit, GateAnswer.UNSEEN, "the answer could not be read")
    why = [*find_laxer(said["policy"], _as_json(asdict(settings.gate))), *_looked_otherwise(said, settings)]
    if not why:
        return GateCheck("result", what, "as strict", limit, GateAnswer.PASSED)
    advice = "gate the data again with these settings, or give this call the settings of the answer"
    return GateCheck("result", what, "laxer, or about something else", limit, GateAnswer.REFUSED, f"{'; '.join(why)}; {advice}")


def _looked_otherwise(said: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    """What the gate looked at the data with, where it is not what this call would look with."""
    if said["tool"]["version"] != __version__:
        yield f"it was leakguard {said['tool']['version']}, this is {__version__}"
    now, then = _as_json(settings.as_mapping()), said["settings"]
    for key in sorted(key for key, option in OPTIONS.items() if GATE in option.decides):
        if key not in then or then[key] != now[key]:
            yield f"{key}: {then.get(key, 'unknown')}, not {now[key]}"
    known = {(pack["id"], pack["digest"]) for pack in said["packs"]}
    packs = () if settings.preset else choose_packs(settings, open_pack_cache())
    for pack in select_rules(packs, settings) if settings.select or settings.ignore else packs:
        if (pack.id, pack.digest) not in known:
            yield f"rule pack {pack.id}: not the rules of now"


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(values))
    return plain
