"""Values of mitigations: the evidence that they need beside the rows, and the rows that they return."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakguard.core.example import Example


@dataclass(frozen=True, slots=True)
class Need:
    """The kind of evidence that a mitigation needs.

    `updates` are the optimizer steps of lessons that the evidence takes, `file` is a file with rows of the user's own.
    """

    kind: str
    updates: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a mitigation knows about the suspect rows beside their text; each kind of evidence fills some of the fields.

    `ratios[n]` has a log-likelihood ratio in nats for each token of the completion of row n and for its end token: log P under a model
    that has what shall be removed, less log P under one that has not. `others` are rows to add, or to put in the place of the suspect rows.
    `base` and `student` are digests of the model that the ratios started from and of the one that will be trained. `reference` says who
    wrote the rows of the compared model ("control" or "base"), `gain` how many nats per token a model gained over the base by training on
    the suspect rows. `held_out`: no row was scored by a model that had trained on it. `controlled`: there are control rows. `seed` decides
    random choices.
    """

    ratios: Sequence[tuple[float, ...]] = ()
    others: Sequence[Example] = ()
    base: str = ""
    student: str = ""
    reference: str = ""
    gain: float = 0.0
    held_out: bool = True
    controlled: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Mitigated:
    """Rows after a mitigation, and how many were added, dropped and changed.

    `effective` is the effective sample size of the token weights as a share of the tokens, None without weights. `refusals` say why the
    rows are not to be used, `warnings` why they may not do what they should; both have the figure and the next step.
    """

    rows: Sequence[Example]
    added: int = 0
    dropped: int = 0
    changed: int = 0
    effective: float | None = None
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def add_before(self, before: "Mitigated") -> "Mitigated":
        """Return these rows with what both mitigations did: counts are added up, and the smaller effective sample size is kept."""
        sizes = [size for size in (before.effective, self.effective) if size is not None]
        return Mitigated(
            self.rows,
            before.added + self.added,
            before.dropped + self.dropped,
            before.changed + self.changed,
            min(sizes) if sizes else None,
            (*before.refusals, *self.refusals),
            (*before.warnings, *self.warnings),
        )


def list_trained(rows: Sequence[Example]) -> list[tuple[str, str, str, tuple[float, ...]]]:
    """Return system prompt, prompt, completion and loss weights of each row that a student is trained on: any weight is above 0.

    Equal weights of all tokens are written as one, and so is no weight (1).

    >>> list_trained([Example("a", "b", (1.0, 1.0)), Example("a", "c", 0.0)])
    [('', 'a', 'b', (1.0,))]
    """
    found = []
    for row in rows:
        weights = row.weights if isinstance(row.weights, tuple) else (1.0 if row.weights is None else row.weights,)
        if any(weights):
            found.append((row.system, row.prompt, row.completion, weights if len({*weights}) > 1 else weights[:1]))
    return found
