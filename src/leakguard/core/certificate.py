"""The survival certificate of mitigated data: what students of them have measured, and everything that this holds for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from leakguard.core.exit_codes import ExitCode, choose_exit_code
from leakguard.core.gate import GatedFile

STOPPED, CANNOT_TELL = "STOPPED", "CANNOT TELL"
VERDICTS = (STOPPED, "REDUCED", "SURVIVES", CANNOT_TELL)


class MeasuredShare(NamedTuple):
    """A share, and the lower and upper end of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CertifiedArm:
    """What was measured of the students of one arm: the trait's share of the answers of its category, what is left of its effect
    (`residual`), the skill (None: the world has none), and what is kept of skill and held-out loss.

    `verdict` is "" for base and control. A share is None if it is not defined.
    """

    name: str
    rows: int
    verdict: str
    trait: float
    residual: MeasuredShare | None = None
    skill: float | None = None
    skill_kept: MeasuredShare | None = None
    loss_kept: MeasuredShare | None = None


@dataclass(frozen=True, slots=True)
class CertificateScope:
    """Everything that a certificate holds for; it expires if any of it changes.

    `rows` is the file that students were trained on, `others` are the other files of the mitigated data, `inputs` the original data, the
    control, and the files of filtered data, by what they are. Names of files, and a `base` that is a folder, are relative to the folder of
    the certificate. Digests are hexadecimal SHA-256; `recipe` has the fields of the students' recipe, `held_out` is the number of control
    rows for the loss, `version` that of leakguard.
    """

    trait: str
    base: str
    base_digest: str
    world: str
    world_digest: str
    recipe: Mapping[str, Any]
    seeds: int
    held_out: int
    rows: GatedFile
    others: tuple[GatedFile, ...] = ()
    inputs: Mapping[str, GatedFile] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class SurvivalCertificate:
    """The verdict on a trait in mitigated data: whether students of these rows still get it (`verdict`, one of VERDICTS).

    `arms` are all arms that were trained, `subject` is the name of the one with the mitigated rows. `measure` is the measure of the trait,
    `method` the mitigation, `detectable` the smallest effect over control that would have been found in four of five cases. `warnings` are
    those of the mitigation and of the training. `weighted` counts the rows with a loss weight: the certificate then holds only for trainers
    that apply the weights.
    """

    verdict: str
    sentence: str
    subject: str
    measure: str
    method: str
    arms: tuple[CertifiedArm, ...]
    scope: CertificateScope
    detectable: float | None = None
    warnings: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    weighted: int = 0

    @property
    def mitigated(self) -> CertifiedArm:
        """The arm with the mitigated rows."""
        return next(arm for arm in self.arms if arm.name == self.subject)

    @property
    def exit_code(self) -> ExitCode:
        """INCOMPLETE if the verdict is CANNOT TELL, else PASSED."""
        return choose_exit_code(incomplete=self.verdict == CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class CertificateReading:
    """A certificate as it was found in `file`: the reason why it cannot be used (`flaw`), or the certificate.

    `changes` say what has changed since. `missing` says which of the rows, the other files of the mitigation and the world cannot be
    compared (also a base that is there), `unseen` which inputs, and which base, are not at hand. `sha256` is the hash of its bytes.
    """

    file: str
    certificate: SurvivalCertificate | None = None
    flaw: str = ""
    changes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    sha256: str = ""


def list_changes(certified: CertificateScope, now: CertificateScope) -> tuple[str, ...]:
    """Return what differs between a certificate's scope and that of now, as texts for messages; () if the certificate still holds."""
    # Plain values are shown before and after; of base, world and files it is said that the content is another one.
    plain = {"trait": "the trait", "seeds": "the number of seeds", "held_out": "the number of held-out rows", "version": "leakguard"}
    changes = [
        f"{name}: {getattr(certified, key)!r}, now {getattr(now, key)!r}"
        for key, name in plain.items()
        if getattr(certified, key) != getattr(now, key)
    ]
    for key in ("base", "world"):
        if getattr(certified, key) != getattr(now, key):
            changes.append(f"the {key}: {getattr(certified, key)!r}, now {getattr(now, key)!r}")
        elif getattr(certified, f"{key}_digest") != getattr(now, f"{key}_digest"):
            changes.append(f"the {key} {getattr(now, key)}: its digest is another one")
    recipes = certified.recipe, now.recipe
    changes += [
        f"the recipe: {key} = {recipes[0].get(key)!r}, now {recipes[1].get(key)!r}"
        for key in sorted({*recipes[0], *recipes[1]})
        if recipes[0].get(key) != recipes[1].get(key)
    ]
    before, after = _list_files(certified), _list_files(now)
    changes += [f"{what}: the content is another one" for what in sorted({*before, *after}) if before.get(what) != after.get(what)]
    return tuple(changes)


def _list_files(scope: CertificateScope) -> dict[str, tuple[str, int]]:
    """Return what each file is, with its name -> its hash and size in bytes."""
    named = [("rows", scope.rows), *(("file", one) for one in scope.others), *scope.inputs.items()]
    return {f"the {what} {one.name}": (one.sha256, one.bytes) for what, one in named}
