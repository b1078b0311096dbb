"""The result of a comparison of two checkpoints: were they made from the same initial weights?"""

from dataclasses import dataclass
from enum import StrEnum

from leakguard.core.exit_codes import ExitCode, choose_exit_code


class Relation(StrEnum):
    """Whether two models share an initialisation."""

    SAME = "SAME"
    INDEPENDENT = "INDEPENDENT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """A model by the name that was given; `base` is the checkpoint that an adapter belongs to, `digest` the SHA-256 of its weights.

    Without weights at hand both are empty.
    """

    name: str
    base: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class UnitCount:
    """Hidden units of `layers` layers: `units` were compared, `equal` have their partner where it is expected; `p_value` by chance."""

    layers: int
    units: int
    equal: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Lineage:
    """The relation of two models, and what was found.

    `matched` counts units whose partner has the same number, `reordered` units with the same partner by the weights into and out of them
    (None: not needed, or not possible). `identical` of `matrices` matrices of weights are equal byte by byte. `reason` says why the
    relation is unknown, or what else decided.
    """

    teacher: ComparedModel
    student: ComparedModel
    relation: Relation
    matched: UnitCount | None = None
    reordered: UnitCount | None = None
    matrices: int = 0
    identical: int = 0
    reason: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """INCOMPLETE if the relation is unknown, FOUND if it is the same initialisation, else PASSED."""
        return choose_exit_code(incomplete=self.relation is Relation.UNKNOWN, found=self.relation is Relation.SAME)
