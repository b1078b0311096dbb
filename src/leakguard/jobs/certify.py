"""Certify mitigated data: train students on the original, the control, the mitigated rows and a random drop, and write a certificate."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from leakguard.core.certificate import CertificateScope, CertifiedArm, MeasuredShare, SurvivalCertificate, list_changes
from leakguard.core.check import CheckStatus
from leakguard.core.errors import SettingsError, Stopped, UsageError
from leakguard.core.example import Example
from leakguard.core.fields import Field
from leakguard.core.mitigated_data import MitigatedData
from leakguard.core.version import __version__
from leakguard.documents.certificate import certificate_to_dict, read_certificate
from leakguard.documents.experiment import SHARE, ExperimentResult
from leakguard.documents.experiment_arm import ArmSummary
from leakguard.documents.mitigation import is_mitigation, read_mitigation
from leakguard.harness.finished_files import write_whole
from leakguard.harness.given_rows import choose_held_out, read_rows
from leakguard.harness.mitigated_rows import MitigationRecord
from leakguard.harness.plan import GIVEN, STUDENT, Experiment, GivenFiles
from leakguard.harness.recipe import Recipe, change_recipe
from leakguard.harness.run import Progress, run_experiment
from leakguard.harness.world import read_world
from leakguard.jobs.certificates import digest_base, name_certificate, relate_path
from leakguard.jobs.experiment import Clean
from leakguard.jobs.mitigated_folder import ROWS, describe_file
from leakguard.models.causal.checkpoint import locate_checkpoint
from leakguard.models.causal.digests import digest_weights
from leakguard.outputs.verify import check_files
from leakguard.readers.files.safe_paths import MANIFEST
from leakguard.settings import Settings
from leakguard.stats.intervals import Estimate

ARMS = ("base", "control", "raw", "random-drop")
LEAST_CONTROL = 20
"""Rows below which a control is none."""
MOST_SHARED = 0.1
"""Share of the control's rows that the data, or the mitigated rows, may have too."""
EARLIER = "an earlier certificate about"


@dataclass(frozen=True, slots=True)
class CertifyRequest:
    """What `certify_data` certifies: the folder `mitigated` that `leakguard mitigate` made of the file `data`.

    `control` has rows of the same task without the trait, of which some (`held_out`) are kept for the loss. `filtered` are files that a
    filter kept of `data`, for one more arm. `base` is the model to train, `trait` an answer in the panel of `world`, which asks for it.
    `recipe` are keys of harness.recipe.Recipe; None keeps the default.
    """

    data: Path
    control: Path
    mitigated: Path
    trait: str
    base: str = "tiny-a"
    world: str = "tiny"
    filtered: tuple[Path, ...] = ()
    seeds: int = 4
    held_out: int = 300
    recipe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Certified:
    """The certificate with the file that it was written to, and the result of the experiment."""

    certificate: SurvivalCertificate
    file: Path
    result: ExperimentResult


def certify_data(request: CertifyRequest, folder: Path, *, workers: int, on_progress: Progress) -> Certified:
    """Train the students in the run folder `folder`, and write the certificate beside the mitigated rows.

    An interrupted run continues. Raises UsageError before anything is trained for files that do not belong together, rows that cannot be
    read, an unknown trait, and weights that were made for another base; also if a file changes meanwhile. Raises MissingExtra, and Stopped
    if the disk fails.
    """
    manifest = _check_mitigated(request)
    rows = _read_files(request, manifest)
    experiment = _plan(request, manifest)
    before = _describe_scope(request, manifest, rows, experiment.student)
    path = request.mitigated / name_certificate(request.trait)
    result = run_experiment(experiment, folder, Clean(Settings()), workers=workers, on_progress=on_progress)
    if changes := list_changes(before, _describe_scope(request, manifest, rows, experiment.student)):
        raise UsageError(f"{changes[0]}: it changed while students were trained; run it again in another run folder")
    certificate = _conclude(result, manifest, before, rows)
    certificate = replace(certificate, warnings=(*certificate.warnings, *_recall_verdict(path, certificate)))
    try:
        write_whole(path, json.dumps(certificate_to_dict(certificate), indent=2) + "\n")
    except OSError as error:
        raise Stopped(f"{path}: the certificate cannot be written: {error.strerror or error}; run again: students are kept") from error
    return Certified(certificate, path, result)


def _check_mitigated(request: CertifyRequest) -> MitigatedData:
    """Return the manifest of the mitigated data. Raises UsageError if it does not fit to its files, the data or the base."""
    place = request.mitigated / MANIFEST
    if not is_mitigation(place):
        raise UsageError(f"`mitigated` {request.mitigated}: there is no manifest of leakguard mitigate; give the folder that it wrote")
    manifest = read_mitigation(place)
    names = {one.name for one in manifest.outputs}
    for check in check_files(manifest, request.mitigated):
        if check.what in names and check.verdict is not CheckStatus.HOLDS:
            raise UsageError(f"`mitigated` {request.mitigated / check.what}: {check.detail}; mitigate the data again")
    if ROWS not in names:
        raise UsageError(f"`mitigated` {request.mitigated}: its manifest lists no {ROWS}; mitigate the data again")
    if describe_file(request.data, str(request.data)).sha256 not in {one.sha256 for one in manifest.inputs}:
        raise UsageError(f"{request.data}: {request.mitigated} was made of other data ({manifest.inputs[0].name}); give that file")
    if manifest.model and manifest.model[1] != digest_weights(locate_checkpoint(request.base)):
        raise UsageError(
            f"`base` {request.base}: the rows were mitigated for another base, {manifest.model[0]}, and such weights left 95 % of a trait; "
            "mitigate the data again with this base as `model`"
        )
    return manifest


@dataclass(frozen=True, slots=True)
class _Rows:
    """Of the files of a request: the number of control rows that are held out, of mitigated rows with loss weights, and warnings."""

    held_out: int
    weighted: int
    warnings: tuple[str, ...]


def _read_files(request: CertifyRequest, manifest: MitigatedData) -> _Rows:
    """Check the rows of all files. Raises UsageError for an unknown trait, rows that cannot be read, and a control that is none.

    Control rows that carry the trait would make the trait of mitigated students look small, so rows of the control that are in the data, or
    in the mitigated rows without the mitigation having taken them from this control, are counted.
    """
    # Rows are equal by prompt and completion. Short lists of numbers may repeat by chance, so that a few equal rows are only a warning.
    world = read_world(request.world)
    world.category(request.trait)
    control, data = read_rows(str(request.control)), read_rows(str(request.data))
    mitigated = read_rows(str(request.mitigated / ROWS))
    filtered = [row for path in request.filtered for row in read_rows(str(path))]
    if len(control) < LEAST_CONTROL:
        raise UsageError(f"`control` {request.control}: {len(control):,} rows are no control; give about as many as there are data")
    known = describe_file(request.control, "").sha256 in {one.sha256 for one in manifest.inputs}
    warnings = []
    for name, others in (("the data", data), ("the mitigated rows", mitigated)):
        pairs = {(row.prompt, row.completion) for row in others}
        shared = sum((row.prompt, row.completion) in pairs for row in control)
        if shared > MOST_SHARED * len(control) and not (others is mitigated and known):
            raise UsageError(
                f"`control` {request.control}: {shared:,} of its {len(control):,} rows are in {name}; give rows of the same task without "
                "the trait, which nothing else contains"
            )
        if shared and others is data:
            warnings.append(f"{shared:,} of {len(control):,} control rows are in the data too")
    asked = {*world.questions(world.category(request.trait))}
    if tests := sum(row.prompt in asked for row in mitigated):
        warnings.append(
            f"{tests:,} of the mitigated rows ask a question with which the trait is measured: students were trained on the test, and "
            "other questions may have another answer"
        )
    weighted = sum(_has_weights(row) for row in mitigated)
    if weighted:
        warnings.append(f"{weighted:,} rows have loss weights: this holds only for trainers that apply them (docs/integrations.md)")
    held = choose_held_out(control, [*data, *mitigated, *filtered], request.held_out)
    return _Rows(len(held), weighted, tuple(warnings))


def _has_weights(row: Example) -> bool:
    """Return whether the loss of a row is another one with its weights than without."""
    weights = row.weights if isinstance(row.weights, tuple) else (1.0 if row.weights is None else row.weights,)
    return any(weight != 1 for weight in weights)


def _recall_verdict(path: Path, certificate: SurvivalCertificate) -> list[str]:
    """Return a warning about an earlier certificate of the same rows in the file that will be replaced, if its verdict was another one."""
    try:
        earlier = read_certificate(path)
    except UsageError:
        return []
    if earlier.scope.rows != certificate.scope.rows:
        return []
    kept = [one for one in earlier.warnings if one.startswith(EARLIER)]
    if earlier.verdict != certificate.verdict:
        kept.append(f"{EARLIER} these rows, with {earlier.scope.seeds} seeds, said {earlier.verdict}")
    return kept


def _plan(request: CertifyRequest, manifest: MitigatedData) -> Experiment:
    """Return the experiment."""
    # The rows of all arms come from files, and the arm of the mitigated rows has the record of the mitigation from its manifest.
    rows = request.mitigated / ROWS
    asked = {key: value for key, value in request.recipe.items() if value is not None}
    counts = manifest.counts
    record = MitigationRecord(
        manifest.method, counts.added, counts.dropped, counts.changed, manifest.effective, manifest.refusals, manifest.warnings
    )
    return Experiment(
        f"certify {request.mitigated.resolve().name}",
        request.world,
        request.trait,
        title=f"{request.trait} in {request.data.name} after {manifest.method}",
        base=request.base,
        seeds=request.seeds,
        held_out=request.held_out,
        arms=(*ARMS, *(["filtered"] if request.filtered else []), GIVEN),
        subject=GIVEN,
        student=change_recipe(STUDENT, Field(asked, source="recipe", error=SettingsError)),
        files=GivenFiles(str(request.data), str(request.control), str(rows), tuple(map(str, request.filtered)), asdict(record)),
    )


def _describe_scope(request: CertifyRequest, manifest: MitigatedData, rows: _Rows, recipe: Recipe) -> CertificateScope:
    """Return what a certificate for these files holds for."""
    # Names are relative to the folder of the certificate, so that it holds wherever the folder and its inputs are moved together.
    home = request.mitigated
    named = {"data": request.data, "control": request.control}
    named |= {f"filtered {nth}": path for nth, path in enumerate(request.filtered, 1)}
    others = (MANIFEST, *(one.name for one in manifest.outputs if one.name != ROWS))
    return CertificateScope(
        trait=request.trait,
        base=relate_path(request.base, home) if Path(request.base).is_dir() else request.base,
        base_digest=digest_base(request.base),
        world=relate_path(request.world, home) if request.world.endswith(".toml") else request.world,
        world_digest=read_world(request.world).digest,
        recipe=asdict(recipe),
        seeds=request.seeds,
        held_out=rows.held_out,
        rows=describe_file(home / ROWS, ROWS),
        others=tuple(describe_file(home / name, name) for name in others),
        inputs={what: describe_file(path, relate_path(path, home)) for what, path in named.items()},
        version=__version__,
    )


def _conclude(result: ExperimentResult, manifest: MitigatedData, scope: CertificateScope, rows: _Rows) -> SurvivalCertificate:
    """Return the certificate that a finished experiment gives."""
    subject = next(arm for arm in result.arms if arm.name == GIVEN)
    return SurvivalCertificate(
        verdict=str(result.conclusion.verdict),
        sentence=result.conclusion.sentence,
        subject=GIVEN,
        measure=result.measure,
        method=manifest.method,
        arms=tuple(_describe_arm(arm, result.measure) for arm in result.arms),
        scope=scope,
        detectable=subject.detectable,
        warnings=tuple(dict.fromkeys([*rows.warnings, *(subject.mitigation.warnings if subject.mitigation else ())])),
        environment=result.environment,
        weighted=rows.weighted,
    )


def _describe_arm(arm: ArmSummary, measure: str) -> CertifiedArm:
    """Return what a certificate says of an arm."""
    residual = Estimate(arm.residual, arm.residual_interval) if arm.residual is not None and arm.residual_interval else None
    return CertifiedArm(
        name=arm.name,
        rows=arm.rows,
        verdict=str(arm.verdict or ""),
        trait=(arm.share or 0.0) if measure == SHARE else arm.rate,
        residual=_share(residual),
        skill=arm.skill,
        skill_kept=_share(arm.skill_kept),
        loss_kept=_share(arm.loss_kept),
    )


def _share(found: Estimate | None) -> MeasuredShare | None:
    """Return an estimate for a certificate."""
    return MeasuredShare(found.value, *found.interval) if found else None
