"""Decisions of reviewers about places with findings, and how the decisions of several reviewers become one baseline."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from leakguard.core.baseline import Accepted

Answer = Literal["accepted", "rejected", "withdrawn"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
EARLIER = "an earlier baseline"
"""The name shown for an entry of the baseline that no review made and that names no reviewer."""
UNNAMED = "a reviewer without a name"


@dataclass(frozen=True, slots=True, order=True)
class FoundKey:
    """What a baseline knows of a finding: its rule, the version of the rule's pack, and its fingerprint."""

    rule: str
    version: str
    fingerprint: str


Place = tuple[FoundKey, ...]
"""The findings at one place of a row. The fingerprint of the first one is the key of the place."""


@dataclass(frozen=True, slots=True)
class PlaceDecision:
    """What one reviewer says of one place: its findings are accepted for a reason, or rejected, or an earlier answer is withdrawn."""

    answer: Answer
    place: Place
    reason: str = ""

    @property
    def key(self) -> str:
        """The key of the place."""
        return self.place[0].fingerprint


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one reviewer says of a finding, for the page: who, whether it is accepted, and why."""

    reviewer: str
    accept: bool
    reason: str


Decisions = Mapping[str, PlaceDecision]
"""The last decision of one reviewer about each place, by the key of the place."""


@dataclass(frozen=True, slots=True)
class MergedDecisions:
    """The decisions of all reviewers together: the entries of the baseline, and the fingerprints on which reviewers disagree."""

    entries: tuple[Accepted, ...]
    conflicts: frozenset[str]


def list_opinions(decisions: Decisions) -> dict[str, tuple[FoundKey, bool, str]]:
    """Return what a reviewer says of each finding: (finding, whether it is accepted, reason), by fingerprint.

    A finding that is at two places, of which one was rejected, is rejected.
    """
    found: dict[str, tuple[FoundKey, bool, str]] = {}
    # Rejected places come last, so that they replace accepted ones.
    for answer in ("accepted", "rejected"):
        for decision in (one for one in decisions.values() if one.answer == answer):
            for finding in decision.place:
                found[finding.fingerprint] = finding, answer == "accepted", decision.reason
    return found


def merge_decisions(by_reviewer: Mapping[str, Decisions], earlier: Iterable[Accepted]) -> MergedDecisions:
    """Return the baseline of all reviewers: what at least one accepts and none rejects. `by_reviewer` are the reviewers' decisions by name.

    `earlier` are entries of the baseline that no review made. One of a reviewer (or of no named one) counts until the same reviewer says
    something else; it is then replaced. Of what several accept, the entry names all of them, and each of their reasons once.
    """
    opinions = {reviewer: list_opinions(decisions) for reviewer, decisions in by_reviewer.items()}
    earlier = tuple(earlier)
    mentioned = {reviewer: list_mentioned(decisions) for reviewer, decisions in by_reviewer.items()} if earlier else {}
    said: dict[str, list[tuple[FoundKey, Opinion]]] = {}
    for entry in earlier:
        if entry.fingerprint not in mentioned.get(entry.reviewer, ()):
            key = FoundKey(entry.rule, entry.version, entry.fingerprint)
            said.setdefault(entry.fingerprint, []).append((key, Opinion(entry.reviewer, True, entry.reason)))
    for reviewer in sorted(opinions):
        for fingerprint, (finding, accept, reason) in opinions[reviewer].items():
            said.setdefault(fingerprint, []).append((finding, Opinion(reviewer, accept, reason)))
    entries, conflicts = [], set()
    for fingerprint, answers in said.items():
        accepting = [opinion for _, opinion in answers if opinion.accept]
        if not accepting:
            continue
        if len(accepting) < len(answers):
            conflicts.add(fingerprint)
            continue
        finding = answers[-1][0]
        reasons, names = _join("; ", (one.reason for one in accepting)), _join(", ", (one.reviewer for one in accepting))
        entries.append(Accepted(finding.rule, finding.version, fingerprint, reasons, names))
    return MergedDecisions(tuple(sorted(entries)), frozenset(conflicts))


def list_mentioned(decisions: Decisions) -> set[str]:
    """Return the fingerprints of all findings about which a reviewer has said anything, even if it was withdrawn."""
    return {found.fingerprint for decision in decisions.values() for found in decision.place}


def list_accepted(decisions: Iterable[PlaceDecision]) -> Iterator[str]:
    """Yield the fingerprint of every finding that these decisions accept, whether or not it was withdrawn later."""
    for decision in decisions:
        if decision.answer == "accepted":
            yield from (found.fingerprint for found in decision.place)


def find_unreviewed(entries: Sequence[Accepted], reviewed: Collection[str], known: Iterable[Accepted]) -> list[Accepted]:
    """Return the entries of a baseline that no review made: their finding was never accepted in one, and they are not known yet."""
    seen = {*known}
    return [entry for entry in entries if entry.fingerprint not in reviewed and entry not in seen]


def _join(between: str, texts: Iterable[str]) -> str:
    return between.join(dict.fromkeys(filter(None, texts)))
