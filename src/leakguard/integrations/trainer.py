"""A trainer that does not start on data that no gate let through."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from leakguard.core.errors import GateShut, MissingExtra
from leakguard.core.gate import Answer, GateResult
from leakguard.distribution import install

if TYPE_CHECKING:
    from transformers import TrainerCallback

SHOWN = 5


def refuse_unless_open(result: GateResult) -> None:
    """Raise GateShut with the reasons, unless every check passed."""
    if result.answer is not Answer.PASSED:
        why = [check.words for check in result.checks if check.answer is not Answer.PASSED]
        more = f" (and {len(why) - SHOWN} more)" if len(why) > SHOWN else ""
        raise GateShut(f"training does not start, the gate is shut: {'; '.join(why[:SHOWN])}{more}")


def callback(ask: Callable[[], GateResult]) -> "TrainerCallback":
    """A transformers TrainerCallback that asks the gate when training begins and raises GateShut unless it is open.

    `ask` is called anew each time that training begins, in every process. Raises MissingExtra without transformers.
    """
    try:
        from transformers import TrainerCallback
    except ImportError as error:
        raise MissingExtra(f"the trainer callback needs transformers: {install('harness')}") from error

    class Gate(TrainerCallback):
        """Stands before the first step."""

        def on_train_begin(self, *_: Any, **__: Any) -> None:
            """Ask, and let through or raise."""
            refuse_unless_open(ask())

    return Gate()
