"""A trainer that does not start on data that no gate let through."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leakguard.core.errors import GateBlocked, MissingExtra
from leakguard.core.gate import GateCheck, GateResult
from leakguard.core.version import install

if TYPE_CHECKING:
    from transformers import TrainerCallback

Compare = Callable[[GateResult, Any, Any], tuple[GateCheck | None, str]]
"""(the gate's answer, the trainer's dataset, its tokenizer) -> a check if there is one, and in words what was not compared."""


def require_open_gate(result: GateResult) -> None:
    """Raise GateBlocked with the reasons, unless every check passed."""
    try:
        result.raise_for_status()
    except GateBlocked as error:
        raise GateBlocked(f"training does not start, {error}") from None


def make_callback(ask: Callable[[], GateResult], compare: Compare) -> "TrainerCallback":
    """A transformers TrainerCallback that asks the gate when training begins and raises GateBlocked unless it passes.

    `ask` is called anew each time that training begins, in every process, and then `compare` with what the trainer holds. What
    was not compared is said in a warning. The callback's `result` is the last GateResult. Raises MissingExtra without transformers.
    """
    try:
        from transformers import TrainerCallback
    except ImportError as error:
        raise MissingExtra(f"the trainer callback needs transformers: {install('harness')}") from error

    class Gate(TrainerCallback):
        """Stands before the first step."""

        result: GateResult | None = None

        def on_train_begin(self, *_: Any, train_dataloader: Any = None, processing_class: Any = None, **more: Any) -> None:
            """Ask, compare, and let through or raise."""
            self.result = ask()
            require_open_gate(self.result)
            if train_dataloader is None:
                return
            check, unchecked = compare(self.result, getattr(train_dataloader, "dataset", None), processing_class or more.get("tokenizer"))
            if check is not None:
                self.result = replace(self.result, checks=(*self.result.checks, check))
                require_open_gate(self.result)
            if unchecked:
                warnings.warn(f"leakguard: {unchecked}", stacklevel=2)

    return Gate()
