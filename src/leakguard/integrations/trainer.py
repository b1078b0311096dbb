"""A callback that stops a transformers trainer unless its data passed the gate."""

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
"""A function (gate result, trainer's dataset, tokenizer) -> (check or None, description of what was not compared or "")."""


def require_open_gate(result: GateResult) -> None:
    """Raise GateBlocked with the reasons unless every check passed."""
    try:
        result.raise_for_status()
    except GateBlocked as error:
        raise GateBlocked(f"training does not start, {error}") from None


def make_callback(ask: Callable[[], GateResult], compare: Compare) -> "TrainerCallback":
    """Return a transformers TrainerCallback that runs the gate when training begins and raises GateBlocked unless it passed.

    `ask`, which runs the gate, is called each time that training begins, in every process; then `compare` is called with the trainer's
    dataset and tokenizer. A warning lists what was not compared. The attribute `result` of the callback is the last GateResult. Raises
    MissingExtra without transformers.
    """
    try:
        from transformers import TrainerCallback
    except ImportError as error:
        raise MissingExtra(f"the trainer callback needs transformers: {install('harness')}") from error

    class Gate(TrainerCallback):
        """A TrainerCallback that runs the gate before the first training step."""

        result: GateResult | None = None

        def on_train_begin(self, *_: Any, train_dataloader: Any = None, processing_class: Any = None, **more: Any) -> None:
            """Run the gate and compare the rows. Raises GateBlocked unless all checks passed."""
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
