"""Send groups of texts with their canaries to a judge, several calls at a time, and return the outcome of each text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any

from leakguard.core.chat import Unanswered
from leakguard.core.finding import Mark
from leakguard.core.judge_stats import CaseCount, Judged
from leakguard.core.rule import Severity
from leakguard.detectors.judge.canaries import Canary, choose_canaries
from leakguard.detectors.judge.cases import JudgeCase, JudgeClient
from leakguard.detectors.judge.injection import REPORTED
from leakguard.detectors.judge.outcome import JudgeOutcome
from leakguard.detectors.judge.reply import JudgeReply

GROUP = 60
"""Number of texts that are sent with one set of canaries."""
_WAITING = 3
_SILENCE, _NEVER = 20, 3
_OVERLOOKED = "the judge calls it clean and overlooks an attempt to steer it"
_UNVOUCHED = "no canary of its group was answered"
_REPORTED = Mark(REPORTED, Severity.WARNING, "text")


@dataclass(frozen=True, slots=True)
class JudgeText:
    """A text to judge and its digest; `suspect` if it seems to contain instructions to a judge."""

    digest: bytes
    text: str
    suspect: bool


@dataclass(slots=True)
class _Group:
    """The calls of one group of texts, by case id; `left` counts the calls that have not returned."""

    texts: Sequence[JudgeText]
    verdicts: dict[str, list["Future[JudgeReply]"]] = field(default_factory=dict)
    canaries: dict[str, list["Future[bool | None]"]] = field(default_factory=dict)
    left: int = 0


class Session:
    """Sends groups of texts to a judge; `counts` is updated on the way, `on_answer` gets the number of calls that have returned.

    `halt` is set when the session ends for any reason, so that calls which wait for a retry stop.
    """

    def __init__(
        self, client: JudgeClient, counts: Judged, *, concurrency: int, halt: Event, on_answer: Callable[[int], None] = lambda answers: None
    ) -> None:
        self._client, self._counts, self._concurrency = client, counts, concurrency
        self._on_answer, self._answers = on_answer, 0
        self._halt = halt
        self._done: SimpleQueue[_Group] = SimpleQueue()
        self._lock = Lock()
        self._stopped = ""
        self._silent, self._patience = 0, _NEVER
        self._vouched = False
        counts.cases.update({case.id: CaseCount() for case in client.cases})

    def judge(self, groups: Iterable[Sequence[JudgeText]]) -> Iterator[tuple[JudgeText, JudgeOutcome, Sequence[JudgeReply]]]:
        """Yield every text with its outcome and its replies (one per case), in the order in which groups are complete.

        Only a few groups are in memory at a time. Calls that wait for a retry do not count as concurrent, so there are more threads
        than calls that the model sees at once.
        """
        pool = ThreadPoolExecutor(self._concurrency * _WAITING, thread_name_prefix="judge")
        open_groups = 0
        self._halt.clear()
        try:
            for texts in groups:
                self._send(pool, _Group(texts))
                open_groups += 1
                if open_groups > self._concurrency + 1:
                    yield from self._settle(self._done.get())
                    open_groups -= 1
            for _ in range(open_groups):
                yield from self._settle(self._done.get())
        finally:
            self._stopped = self._stopped or "the run ended"
            self._halt.set()
            pool.shutdown(wait=True, cancel_futures=True)
        self._counts.stopped = "" if self._stopped == "the run ended" else self._stopped

    def _send(self, pool: ThreadPoolExecutor, group: _Group) -> None:
        """Submit a group's canaries, then its texts. The first group waits for its canaries, so that an unreliable judge costs little."""
        salt = sha256(b"".join(text.digest for text in group.texts)).hexdigest()
        for case in self._client.cases:
            found = choose_canaries(case.rubric, case.trait, salt)
            group.canaries[case.id] = [pool.submit(self._test, case, canary, f"{salt}{nth}") for nth, canary in enumerate(found)]
        if not self._vouched:
            self._vouched = True
            for futures in group.canaries.values():
                for future in futures:
                    future.result()
        for case in self._client.cases:
            group.verdicts[case.id] = [pool.submit(self._ask, case, text.text) for text in group.texts]
        calls: list[Future[Any]] = []
        for tests in group.canaries.values():
            calls += tests
        for verdicts in group.verdicts.values():
            calls += verdicts
        group.left = len(calls)
        for call in calls:
            call.add_done_callback(partial(self._came_back, group))

    def _came_back(self, group: _Group, _: "Future[Any]") -> None:
        with self._lock:
            group.left -= 1
            last = group.left == 0
            self._answers += 1
            self._on_answer(self._answers)
        if last:
            self._done.put(group)

    def _ask(self, case: JudgeCase, text: str, salt: str = "") -> JudgeReply:
        if self._stopped:
            return JudgeReply(None, self._stopped)
        reply = self._client.ask(case, text, salt, on_failure=self._unanswered)
        if reply.leaks is not None:
            self._silent, self._patience = 0, _SILENCE
        return reply

    def _test(self, case: JudgeCase, canary: Canary, salt: str) -> bool | None:
        """Return whether the canary was answered correctly; None if neither it nor its substitutes were answered."""
        for nth, text in enumerate(canary.tries):
            reply = self._ask(case, text, f"{salt}.{nth}")
            if reply.leaks is not None:
                if reply.leaks != canary.leaks:
                    self._fail(case, canary)
                return reply.leaks == canary.leaks
        return None

    def _fail(self, case: JudgeCase, canary: Canary) -> None:
        what = {"clean": "found a leak in a clean one", "leaking": "found a leaking one clean", "injection": "followed an injection"}
        self._stopped = self._counts.failed = (
            f"the judge failed a control question ({case.id}: it {what[canary.kind]}); all its verdicts are discarded"
        )

    def _unanswered(self, error: Unanswered) -> None:
        with self._lock:
            self._silent += 1
            if error.final or self._silent >= self._patience:
                self._stopped = self._stopped or (str(error) if error.final else f"the model stopped answering: {error}")

    def _settle(self, group: _Group) -> Iterator[tuple[JudgeText, JudgeOutcome, Sequence[JudgeReply]]]:
        vouched = {case.id: self._count_canaries(group.canaries[case.id]) for case in self._client.cases}
        for nth, text in enumerate(group.texts):
            replies = [(case, group.verdicts[case.id][nth].result()) for case in self._client.cases]
            yield text, self._outcome(text, replies, vouched), [reply for _, reply in replies]

    def _count_canaries(self, futures: Sequence["Future[bool | None]"]) -> bool:
        results = [future.result() for future in futures]
        for result in results:
            if result is not None or not self._stopped:
                self._counts.canaries["unanswered" if result is None else "right" if result else "wrong"] += 1
        return None not in results

    def _outcome(self, text: JudgeText, replies: Sequence[tuple[JudgeCase, JudgeReply]], vouched: dict[str, bool]) -> JudgeOutcome:
        # Undetermined if any case is: no reply, no canary of the group was answered, or a clean verdict on a suspect text.
        marks, missed = [], ""
        for case, reply in replies:
            why = reply.reason if reply.leaks is None else "" if vouched[case.id] else _UNVOUCHED
            if reply.leaks is False and text.suspect and not reply.injection:
                why = why or _OVERLOOKED
            missed = missed or why
            counted = self._counts.cases[case.id]
            if why:
                counted.undetermined += 1
            elif reply.leaks:
                counted.leaking += 1
                marks.append(case.mark)
            else:
                counted.clean += 1
        if not text.suspect and any(reply.injection for _, reply in replies):
            marks.append(_REPORTED)
        return JudgeOutcome(tuple(marks), missed)
