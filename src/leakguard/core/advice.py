"""What to do about a hidden trait: actions with their measured effects, ranked, and what is known about the user's own data."""

from collections.abc import Iterable
from dataclasses import dataclass

from leakguard.core.certificate import MeasuredShare
from leakguard.core.lineage import Relation

LOST = 0.5
"""An action is called too costly if less than this share of skill or loss is kept in a run, by the upper end."""


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """What an experiment measured: the share of a trait's effect that was `left`, and the shares of skill and held-out loss kept.

    `conditions` say on which data and base, `cells` counts the pairs of a trait and a seed, `source` is the file of the results.
    """

    conditions: str
    cells: int
    left: MeasuredShare
    source: str
    skill: MeasuredShare | None = None
    loss: MeasuredShare | None = None


@dataclass(frozen=True, slots=True)
class MeasuredAction:
    """An action with the runs that measured it, one at least."""

    name: str
    runs: tuple[MeasuredRun, ...]

    @property
    def worst(self) -> float:
        """The largest upper end of what is left over all runs: what the action left where it did least."""
        return max(run.left.high for run in self.runs)

    @property
    def costly(self) -> bool:
        """Whether a run lost most of what the data should teach."""
        kept = [share.high for run in self.runs for share in (run.skill, run.loss) if share]
        return any(high < LOST for high in kept)

    @property
    def priced(self) -> bool:
        """Whether it is known what the action costs: another base changes no data, and some run measured the skill that others keep."""
        return self.name == "base" or any(run.skill for run in self.runs)


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A certificate about the user's data: the file, trait, method and verdict, what is left, and why it does not hold ("": it does)."""

    file: str
    trait: str
    method: str
    verdict: str
    left: MeasuredShare | None = None
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, ranked (`actions`, the best first), and what the user's results say (`known`, a sentence each).

    `relation` is that of the teacher and the student, None if no lineage was given. `mixed` says that the results are about different data.
    """

    known: tuple[str, ...]
    actions: tuple[MeasuredAction, ...]
    certificates: tuple[OwnCertificate, ...] = ()
    relation: Relation | None = None
    mixed: bool = False


def rank_actions(actions: Iterable[MeasuredAction]) -> tuple[MeasuredAction, ...]:
    """Return the actions by what they left where they did least.

    Actions whose price was not measured come after those whose price is known: relabelling looks perfect where there is nothing to lose.
    Those that cost most of what the data teach come last.
    """
    return tuple(sorted(actions, key=lambda action: (action.costly, not action.priced, action.worst)))
