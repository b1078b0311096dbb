"""Count the cases of a suite in which each contestant finds anything."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contestants import Contestant, Task
from measure import once

import rulebook

TRAIT = "trait"
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Caught:
    """Numbers of cases of a tier: all, with any finding, and with a finding above a note."""

    cases: int
    fired: int
    loud: int


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that are scanned with the same packs, as a file of rows."""

    cases: list[dict[str, Any]]
    rows: Path
    rules: Path
    packs: tuple[str, ...]


def caught(suite: Path, contestants: Sequence[Contestant], pythons: dict[str, str], folder: Path) -> dict[str, dict[str, Caught]]:
    """Return counts by contestant and tier. Cases whose technique is a trait are scanned with every pack, others with the default packs."""
    with suite.open(encoding="utf-8") as file:
        cases = [json.loads(line) for line in file if line.strip()]
    traits = [case for case in cases if str(case.get("technique", "")).startswith(TRAIT)]
    others = [case for case in cases if case not in traits]
    groups = (_group(others, folder / "suite-default", all_packs=False), _group(traits, folder / "suite-all", all_packs=True))
    tiers = dict.fromkeys(case["tier"] for case in cases)
    seen: dict[str, dict[str, Caught]] = {}
    for contestant in contestants:
        total = sum((_count(contestant, group, pythons[contestant.name]) for group in groups), Counter())
        seen[contestant.name] = {tier: Caught(total[tier, "cases"], total[tier, "fired"], total[tier, "loud"]) for tier in tiers}
    return seen


def _group(cases: list[dict[str, Any]], folder: Path, *, all_packs: bool) -> Group:
    folder.mkdir(exist_ok=True)
    rows = folder / "rows.jsonl"
    lines = (json.dumps({"prompt": "", "completion": case["text"]}, ensure_ascii=False) + "\n" for case in cases)
    rows.write_text("".join(lines), encoding="utf-8")
    rules = rulebook.for_peers(rulebook.packs(default_only=not all_packs), folder / "rules.json")
    return Group(cases, rows, rules, ("all",) if all_packs else ())


def _count(contestant: Contestant, group: Group, python: str) -> Counts:
    """Return the counts by (tier, "cases"), (tier, "fired": any finding) and (tier, "loud": a finding above a note)."""
    output = group.rows.with_name(f"{contestant.name}.jsonl")
    once(contestant.run(f"suite-{contestant.name}", Task(group.rows, output, group.rules, group.packs), python))
    fired = list(contestant.fired(output))
    counts: Counts = Counter((case["tier"], "cases") for case in group.cases)
    counts.update((group.cases[row - 1]["tier"], "fired") for row in {row for row, _ in fired})
    counts.update((group.cases[row - 1]["tier"], "loud") for row in {row for row, loud in fired if loud})
    return counts
