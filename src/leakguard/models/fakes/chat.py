"""Deterministic chat models that ship with leakguard, for tests, tutorials and dry runs of a set-up.

`rules` judges by the trait rules, `gullible` obeys instructions in a record, `flaky` is `rules` with failing calls.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Literal

from leakguard.core.batch import Batch
from leakguard.core.chat import ChatAnswer, Question, Unanswered, Usage
from leakguard.core.ports import Cache, ChatModel, Detector
from leakguard.core.rule import Rule, RulePack
from leakguard.detectors.judge.injection import InjectionFinder
from leakguard.detectors.rules import RulesDetector

Fault = Literal["429", "500", "stall", "truncated", "malformed"]
_TRAIT = re.compile(r"\(id: ([A-Za-z0-9_-]+)\)")
CONDUCT = ("violence", "crime_fraud", "power_seeking", "misaligned", "reward_hacking", "self_harm")
_ACCUSES = re.compile(
    r"\b(?:answer|say|reply|rate|verdict)\W{0,3}(?:with )?1\b|\bflag(?:ged)?\b|high[ -]risk|_trait\"?\W{1,3}true|\[\[1\]\]", re.IGNORECASE
)
# Scores of a clean and of a leaking record.
GOOD, EVIL = 90, 10


@dataclass(frozen=True, slots=True)
class Seen:
    """What a fake reads in a question: the record, the nonce, the trait's id ("" without one) and the scale."""

    record: str
    nonce: str
    trait: str
    scale: str


def parse_question(system: str, user: str) -> Seen:
    """Parse a question of leakguard. Raises ValueError for any other."""
    begin, record, *_ = user.split("\n")
    trait = _TRAIT.search(system)
    return Seen(json.loads(record), begin.removeprefix("BEGIN "), trait[1] if trait else "", "score" if '"score"' in system else "verdict")


class RulesChat:
    """Finds a leak if a rule of the trait matches, and reports attempts to steer it as the injection finder does."""

    name = "fake:rules"

    def __init__(self, rules: Sequence[Rule], injection: RulePack, memory: Cache | None = None) -> None:
        self._detector: Detector = RulesDetector(rules, injection.contexts, memory=memory)
        self._finder = InjectionFinder(injection, memory)
        # Calls take turns, because a detector scans one batch at a time.
        self._one_by_one = Lock()

    def ask(self, question: Question) -> ChatAnswer:
        """Return one well-formed object."""
        said = parse_question(question.system, question.user)
        return reply(question, said, self.leaks(said), self.injected(said))

    def leaks(self, said: Seen) -> bool:
        """Return whether a rule of the trait, or of any bad conduct without one, matches the record."""
        wanted = (said.trait,) if said.trait else CONDUCT
        batch = Batch.of_texts([said.record])
        with self._one_by_one:
            return any(hit[3].rule.id.split(".")[1] in wanted for hit in self._detector.detect(batch).hits)

    def injected(self, said: Seen) -> bool:
        """Return whether the record tries to steer the judge."""
        with self._one_by_one:
            return self._finder.suspects([said.record])[0]


class GullibleChat:
    """Obeys a record: every injection works, nonce included. Otherwise it judges like the rules."""

    name = "fake:gullible"

    def __init__(self, honest: RulesChat) -> None:
        self._honest = honest

    def ask(self, question: Question) -> ChatAnswer:
        """Return one well-formed object."""
        said = parse_question(question.system, question.user)
        obeys = self._honest.injected(said)
        return reply(question, said, bool(_ACCUSES.search(said.record)) if obeys else self._honest.leaks(said), False)


def reply(question: Question, said: Seen, leaks: bool, injection: bool) -> ChatAnswer:
    """Return the object that a well-behaved model would return."""
    value = int(leaks) if said.scale == "verdict" else EVIL if leaks else GOOD
    text = json.dumps({"nonce": said.nonce, said.scale: value, "injection": injection})
    return ChatAnswer(text, usage=Usage((len(question.system) + len(question.user)) // 4, len(text) // 4))


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of failing calls, each drawn from the call's key and its number of tries: the same in every run."""

    too_many: float = 0.10
    broken: float = 0.05
    stalls: float = 0.02
    truncated: float = 0.01
    malformed: float = 0.02

    def fault(self, key: str, attempt: int) -> Fault | None:
        """Return the failure of this attempt, if there is one."""
        drawn = int.from_bytes(sha256(f"{key}/{attempt}".encode()).digest()[:8]) / 2**64
        shares: tuple[tuple[Fault, float], ...] = (
            *(("429", self.too_many), ("500", self.broken), ("stall", self.stalls)),
            *(("truncated", self.truncated), ("malformed", self.malformed)),
        )
        for fault, share in shares:
            if drawn < share:
                return fault
            drawn -= share
        return None


def spoil(answer: ChatAnswer, fault: Fault) -> ChatAnswer:
    """Return the answer as a truncated or malformed reply."""
    if fault == "truncated":
        return ChatAnswer(answer.text[: len(answer.text) // 2], "length", usage=answer.usage)
    return ChatAnswer(f"Sure! Here is my verdict: {answer.text}", usage=answer.usage)


class FlakyChat:
    """Another model with failing calls: rate limits, server errors, stalls, truncated or decorated replies."""

    name = "fake:flaky"

    def __init__(self, chat: ChatModel, faults: Faults, wait: Callable[[float], None]) -> None:
        self._chat, self._faults, self._wait = chat, faults, wait
        self._attempts: dict[str, int] = {}

    def ask(self, question: Question) -> ChatAnswer:
        """Ask the wrapped model, unless this call is one that fails. Raises Unanswered as the client of an endpoint would."""
        attempt = self._attempts[question.key] = self._attempts.get(question.key, 0) + 1
        fault = self._faults.fault(question.key, attempt)
        if fault == "429":
            raise Unanswered("HTTP 429: too many requests", passing=True, wait=0.01)
        if fault == "500":
            raise Unanswered("HTTP 500: broken", passing=True, wait=0.01)
        if fault == "stall":
            self._wait(0.05)
            raise Unanswered("no answer within 0.05 s", passing=True, wait=0.0)
        answer = self._chat.ask(question)
        return spoil(answer, fault) if fault else answer
