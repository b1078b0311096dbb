"""What the page of a review asks for and sends: the findings, decisions about them, whole rows, and rows taken back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from leakguard.core.baseline import NO_VERSION
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.finding import Finding
from leakguard.core.policy import Fate
from leakguard.core.results import ScanResult
from leakguard.reports.kit.escape import escape_lines, escape_text
from leakguard.reports.kit.style import Style
from leakguard.reports.scan.groups import group_by_rule
from leakguard.reports.scan.html import render
from leakguard.review.decision_files import DecisionFiles
from leakguard.review.decisions import (
    ANSWERS,
    EARLIER,
    UNNAMED,
    Decisions,
    FoundKey,
    MergedDecisions,
    Opinion,
    Place,
    PlaceDecision,
    list_mentioned,
    list_opinions,
)
from leakguard.review.rows import RowFinder

LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question to a judge about a text, and its reply; `problem` says why there is none."""

    system: str = ""
    question: str = ""
    reply: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The result of taking accepted rows back: the new folder, and the number of rows with each fate.

    `unchecked` rows could not be read or checked, so they are not kept either.
    """

    folder: str
    kept: int
    quarantined: int
    removed: int = 0
    unchecked: int = 0


Transcripts = Callable[[Finding, str], Exchange | None]
"""Returns what a judge was asked about a text and what it replied; None for a finding of another detector."""


@dataclass(frozen=True, slots=True)
class ReviewSubject:
    """What is reviewed: a result with its findings, how its rows are found, and what can be done with them.

    `saved`: the result was saved by an earlier run. `fates` has the fate of each row of a cleaned folder. `take_back` writes the accepted
    rows among the quarantined ones to a new folder; None where there are none.
    """

    result: ScanResult
    style: Style
    row_finder: RowFinder
    transcripts: Transcripts = lambda finding, text: None
    fates: Mapping[tuple[str, int], Fate] = field(default_factory=dict)
    take_back: Callable[[], TakenBack] | None = None
    saved: bool = False


class ReviewSession:
    """One review. Its methods may be called from several threads."""

    def __init__(self, subject: ReviewSubject, files: DecisionFiles) -> None:
        self.subject, self.files = subject, files
        self._lock, self._rows, self._back = Lock(), Lock(), Lock()
        versions = {rule.id: pack.version for pack in subject.result.packs for rule in pack.rules}
        self.listed, self.places = 0, dict[str, Place]()
        self.findings: dict[str, Finding] = {}
        for group in group_by_rule(subject.result, subject.style.redact or "none", notes=subject.style.notes):
            for listed in group.places:
                first, *others = (listed.finding, *(other.finding for other in listed.others))
                keys = [_key(one, versions) for one in (first, *others)]
                known = self.places.get(first.fingerprint, ())
                self.places[first.fingerprint] = tuple(dict.fromkeys((*known, *keys)))
                self.findings.setdefault(first.fingerprint, first)
                self.listed += 1

    def render_page(self) -> str:
        """Return the page with all findings, as the report shows it."""
        return render(self.subject.result, self.subject.style, alone=False)

    def describe(self) -> dict[str, Any]:
        """Return everything that was decided so far, by place, and what the page has to know of this review."""
        with self._lock:
            shown = self._describe_places(self.places, self.files.merge())
        known = self.subject.fates
        fates = {key: known[place].folder for key, one in self.findings.items() if (place := (one.file, one.row)) in known}
        return {
            **shown,
            "reviewer": escape_text(self.files.reviewer),
            "baseline": escape_text(str(self.files.baseline)),
            "longest_reason": LONGEST_REASON,
            "fates": fates,
            "takes_back": self.subject.take_back is not None,
        }

    def decide(self, said: Field) -> dict[str, Any]:
        """Write decisions of the page, and return what is known of these places now. Raises ValueError for an invalid request."""
        decisions = [decision for one in said.only(("decisions",)).at("decisions").each() for decision in self._read_decisions(one)]
        if not decisions:
            raise said.at("decisions").wrong("at least one decision")
        with self._lock:
            merged = self.files.add([*self._narrow_answers(decisions), *decisions])
            return self._describe_places({decision.key for decision in decisions}, merged)

    def show_row(self, key: str) -> dict[str, Any] | None:
        """Return the whole row of a place, and the transcript of the judge if one found it; None for an unknown place."""
        finding = self.findings.get(key)
        if finding is None:
            return None
        # One row at a time: reading one may take all of a large file.
        with self._rows:
            row = self.subject.row_finder.find_row(finding)
            text = row.record.turns[finding.span.turn].text if row.record and finding.span.turn < len(row.record.turns) else None
            exchange = None if text is None else self.subject.transcripts(finding, text)
        shown = {name: escape_lines(value) for name, value in asdict(exchange).items()} if exchange else None
        return {
            "file": escape_text(row.file),
            "row": row.row,
            "texts": [asdict(text) for text in row.texts],
            "problem": escape_text(row.problem),
            "exchange": shown,
        }

    def take_back(self) -> dict[str, Any]:
        """Write accepted rows of the quarantine to a new folder. Raises LeakguardError."""
        if self.subject.take_back is None:
            raise UsageError("only rows of a cleaned folder can be taken back")
        # With a lock of its own: it takes as long as a clean, and decisions go on meanwhile.
        with self._back:
            return asdict(self.subject.take_back())

    def summarize(self) -> tuple[int, int, int, int]:
        """Return the number of places, of those that this reviewer decided, of entries in the baseline, and of conflicts."""
        with self._lock:
            by_reviewer, merged = self.files.list_decisions(), self.files.merge()
        own = by_reviewer.get(self.files.reviewer, {})
        decided = sum(key in own and own[key].answer != "withdrawn" for key in self.places)
        return len(self.places), decided, len(merged.entries), len(merged.conflicts)

    def _read_decisions(self, said: Field) -> list[PlaceDecision]:
        """Return the decisions in one entry of a request, which gives the same answer for one or more places."""
        said.only(("answer", "reason", "places"))
        answer = next(one for one in ANSWERS if one == said.at("answer").one_of(*ANSWERS))
        reason = " ".join(said.at("reason").text().split())
        if len(reason) > LONGEST_REASON:
            raise said.at("reason").wrong(f"at most {LONGEST_REASON:,} characters")
        if answer == "accepted" and not reason:
            raise said.at("reason").wrong("a reason for accepting")
        keys = said.at("places").texts()
        if strange := next((key for key in keys if key not in self.places), None):
            raise said.at("places").with_value(strange).wrong("places of this review")
        return [PlaceDecision(answer, self.places[key], "" if answer == "withdrawn" else reason) for key in dict.fromkeys(keys)]

    def _narrow_answers(self, decisions: Iterable[PlaceDecision]) -> Iterator[PlaceDecision]:
        """Yield what replaces this reviewer's answers of a review with other rules, which put these findings into other places.

        The page does not show such an answer, so it must not count against the one that is given now. Its other findings keep it.
        """
        own = self.files.list_decisions().get(self.files.reviewer, {})
        now = {found.fingerprint for decision in decisions for found in decision.place}
        replaced = {decision.key for decision in decisions}
        for key, old in own.items():
            place = self.places.get(key, ())
            if old.answer == "withdrawn" or old.place == place:
                continue
            # An answer under the key of a place of this review holds for the findings that are there now, until that place is decided.
            here = () if key in replaced else {found.fingerprint for found in place}
            rest = tuple(found for found in old.place if found.fingerprint not in now or found.fingerprint in here)
            if len(rest) == len(old.place):
                continue
            first = rest[0].fingerprint if rest else ""
            if key not in replaced and first != key:
                yield PlaceDecision("withdrawn", old.place)
            if rest and (first == key or first not in {*own, *self.places}):
                yield PlaceDecision(old.answer, rest, old.reason)

    def _describe_places(self, keys: Iterable[str], merged: MergedDecisions) -> dict[str, Any]:
        """Return what is known of some places: this reviewer's answer, those of others, and whether they disagree; and the totals."""
        by_reviewer, earlier = self.files.list_decisions(), self.files.list_earlier()
        own = by_reviewer.get(self.files.reviewer, {})
        others = self._list_others(by_reviewer)
        mentioned = {reviewer: list_mentioned(decisions) for reviewer, decisions in by_reviewer.items()} if earlier else {}
        for entry in earlier:
            if entry.fingerprint not in mentioned.get(entry.reviewer, ()):
                others.setdefault(entry.fingerprint, []).append(Opinion(entry.reviewer or EARLIER, True, entry.reason))
        places = {}
        for key in keys:
            decision, opinions = own.get(key), others.get(key, [])
            conflict = any(one.fingerprint in merged.conflicts for one in self.places[key])
            if opinions or conflict or decision:
                answer = None if decision is None or decision.answer == "withdrawn" else decision.answer == "accepted"
                places[key] = {
                    "accept": answer,
                    "reason": escape_text(decision.reason) if decision else "",
                    "others": [{name: escape_text(v) if isinstance(v, str) else v for name, v in asdict(one).items()} for one in opinions],
                    "conflict": conflict,
                }
        return {"places": places, "entries": len(merged.entries), "conflicts": len(merged.conflicts)}

    def _list_others(self, by_reviewer: Mapping[str, Decisions]) -> dict[str, list[Opinion]]:
        """Return what other reviewers say of each finding."""
        found: dict[str, list[Opinion]] = {}
        for reviewer in sorted(name for name in by_reviewer if name != self.files.reviewer):
            for fingerprint, (_, accept, reason) in list_opinions(by_reviewer[reviewer]).items():
                found.setdefault(fingerprint, []).append(Opinion(reviewer or UNNAMED, accept, reason))
        return found


def _key(finding: Finding, versions: Mapping[str, str]) -> FoundKey:
    rule = finding.mark.rule.id
    return FoundKey(rule, versions.get(rule, NO_VERSION), finding.fingerprint)
