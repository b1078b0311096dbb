"""Retries: a chat model that is asked again after failures that may pass."""

from threading import Event
from typing import TYPE_CHECKING

from leakguard.core.chat import ChatAnswer, Question, Unanswered
from leakguard.core.errors import MissingExtra
from leakguard.core.ports import ChatModel
from leakguard.core.version import install

if TYPE_CHECKING:
    from tenacity import RetryCallState

ATTEMPTS = 8
PATIENCE = 5
"""No try begins later than so many time-outs after the first one, so no pause is longer either."""
_FEW = 3


class RetryingChat:
    """Asks again after a failure that may pass: after the pause of Retry-After, else after exponentially growing random pauses.

    No try begins later than `patience` seconds after the first one; if an endpoint asks for a longer pause, the call fails at once. If no
    call ever connected, three tries are enough: the address may be wrong. `halt` ends pauses and tries.
    """

    def __init__(
        self, chat: ChatModel, *, attempts: int = ATTEMPTS, pause: float = 0.5, patience: float = PATIENCE * 60.0, halt: Event | None = None
    ) -> None:
        try:
            import tenacity
        except ModuleNotFoundError as error:
            raise MissingExtra(f"an endpoint needs the extra 'judge': {install('judge')}") from error
        halt = halt or Event()
        self.name = chat.name
        self._chat, self._reached, self._patience = chat, False, patience
        self._pause = tenacity.wait_random_exponential(multiplier=pause, max=30.0)
        enough = tenacity.stop_any(
            tenacity.stop_after_attempt(attempts), tenacity.stop_before_delay(patience), tenacity.stop_when_event_set(halt)
        )
        self._tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_passing),
            stop=lambda state: enough(state) or self._is_nowhere(state),
            wait=self._wait,
            sleep=tenacity.sleep_using_event(halt),
            reraise=True,
        )

    def ask(self, question: Question) -> ChatAnswer:
        """Ask, with retries. Raises the last Unanswered."""
        try:
            answer: ChatAnswer = self._tries(self._chat.ask, question)
        except Unanswered as error:
            if _is_passing(error) and error.wait is not None and error.wait >= self._patience:
                words = f"{error}; it asks for a longer pause than the {self._patience:g} s after which a call is given up"
                raise Unanswered(words, passing=True, wait=error.wait) from error
            raise
        self._reached = True
        return answer

    def _is_nowhere(self, state: "RetryCallState") -> bool:
        """Return whether the address seems wrong: no call ever connected."""
        return not self._reached and state.attempt_number >= _FEW and _get_error(state).unreached

    def _wait(self, state: "RetryCallState") -> float:
        """Return the seconds until the next try."""
        asked = _get_error(state).wait
        return self._pause(state) if asked is None else asked


def _is_passing(error: BaseException) -> bool:
    """Return whether a call may succeed if it is repeated."""
    return isinstance(error, Unanswered) and error.passing


def _get_error(state: "RetryCallState") -> Unanswered:
    """Return the error of a try."""
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Unanswered) else Unanswered("")
