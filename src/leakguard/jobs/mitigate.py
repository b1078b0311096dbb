"""The mitigate command: apply mitigations to a file of rows, and write the rows with a manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.example import Example
from leakguard.core.fields import Field
from leakguard.core.mitigated_data import MitigatedCounts, MitigatedData
from leakguard.core.mitigation import Mitigated, Need, list_trained
from leakguard.core.ports import Mitigation
from leakguard.core.suggest import suggest_names
from leakguard.harness.evidence import Suspect
from leakguard.harness.examples import REFUSED, ExampleFile, describe_unreadable, read_examples
from leakguard.harness.plan import STUDENT, TEACHER
from leakguard.harness.recipe import Recipe, change_recipe
from leakguard.harness.student import Monitor, OnStep
from leakguard.harness.world import read_world
from leakguard.jobs.build.mitigations import MITIGATIONS, build_mitigations
from leakguard.jobs.mitigated_folder import ADDED, DROPPED, ROWS, WORK, describe_file, hold_folder, remove_evidence, write_folder
from leakguard.jobs.mitigation_evidence import MODELLED, recall_evidence
from leakguard.models.causal.checkpoint import check_loadable, locate_checkpoint
from leakguard.models.causal.digests import digest_weights

ASKED = ("contrast", "proxy")
"""Kinds of evidence that take questions about the category of the trait."""
TRAINED = ("rate", "updates", "schedule", "warmup")
"""Settings of the student's recipe that lessons do not share: they have their own."""


@dataclass(frozen=True, slots=True)
class MitigateRequest:
    """What `mitigate_data` does: apply `method` (names joined by "+") with `settings` by name to the rows of `data`.

    `model` is the base of the student to protect, a folder or a shipped base; `control` are rows of the same task without the trait,
    `anchors` clean rows to add (None: questions of the world about other categories). `world` has the questions, `trait` or `category` says
    what they are about. `recipe` are keys of harness.recipe.Recipe; None keeps the default.
    """

    data: Path
    method: str
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    model: str | None = None
    control: Path | None = None
    anchors: Path | None = None
    world: str = "tiny"
    trait: str | None = None
    category: str | None = None
    seed: int = 1
    recipe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Done:
    """What the mitigations did so far, with the rows that were added to and dropped from the data."""

    found: Mitigated
    added: list[Example] = field(default_factory=list)
    dropped: list[Example] = field(default_factory=list)

    def take(self, found: Mitigated, method: str, settings: Mapping[str, Any]) -> None:
        """Take the result of one mitigation. One that changes nothing that a student is trained on is a warning."""
        if not found.refusals and (trained := list_trained(found.rows)) == list_trained(self.found.rows):
            said = ", ".join(f"{key} = {value}" for key, value in settings.items() if value != "")
            none = f"{method} has no effect with {said}: the {len(trained):,} rows that a student is trained on are the same as before it"
            found = replace(found, warnings=(*found.warnings, f"{none}; use other settings"))
        # Rows that are neither dropped nor changed are the same objects before and after.
        before, after = {id(row) for row in self.found.rows}, {id(row) for row in found.rows}
        if found.dropped:
            self.dropped += [row for row in self.found.rows if id(row) not in after]
        if found.added:
            self.added += [row for row in found.rows if id(row) not in before]
        self.found = found.add_before(self.found)


def mitigate_data(request: MitigateRequest, folder: Path, *, overwrite: bool = False, on_step: OnStep) -> MitigatedData:
    """Apply the mitigations and write the rows to `folder`; nothing is written if one of them is refused for these rows.

    rows.jsonl has every row to train on, with its weights; added.jsonl and dropped.jsonl the rows that were added and dropped. What
    models said is kept in the folder until then, so that an interrupted run continues. Raises UsageError for a request that does not fit
    together, rows that cannot be read at all, and a folder with other files or that another process uses, MissingExtra, and Stopped if
    the disk fails. An earlier result with its certificates is replaced at the end, and kept if anything fails.
    """
    mitigations = _build(request)
    _check_request(request, [mitigation.need for mitigation in mitigations])
    with hold_folder(folder, overwrite) as kept:
        result = _mitigate(request, mitigations, folder, on_step)
        if result.refusals:
            remove_evidence(folder, kept)
    return result


def _mitigate(request: MitigateRequest, mitigations: Sequence[Mitigation], folder: Path, on_step: OnStep) -> MitigatedData:
    """Apply the mitigations, and write the rows to the folder unless one is refused."""
    needs = [mitigation.need for mitigation in mitigations]
    data = read_examples(request.data)
    if not data.examples:
        expected = "expected JSON Lines, unpacked, with prompt and completion or messages"
        raise UsageError(f"{request.data}: no row can be read as an example: {expected}")
    named = {"data": request.data, "control": request.control, **{need.kind: Path(need.file) for need in needs if need.file}}
    files = {name: describe_file(path, str(path)) for name, path in named.items() if path}
    suspect = replace(_prepare(request, data), control=_read_control(request.control), monitor=Monitor(on_step), probes=folder / WORK)
    subject = _list_subject(request, suspect)
    settings = {name: asdict(one) for name, one in zip(request.method.split("+"), mitigations, strict=True)}  # type: ignore[call-overload]
    done = _Done(Mitigated(data.examples))
    for name, mitigation in zip(request.method.split("+"), mitigations, strict=True):
        rows = done.found.rows
        found = mitigation.apply(rows, recall_evidence(replace(suspect, rows=rows), mitigation.need, subject, folder / WORK))
        done.take(found, name, settings[name])
        if done.found.refusals:
            break
    # The subject is recorded only where it decided about the rows: if a model or the questions of a world were used.
    modelled = any(need.kind in MODELLED for need in needs)
    result = replace(
        _summarise(request.method, settings, data, done),
        inputs=(files.pop("data"),),
        others=files,
        model=(suspect.base, digest_weights(locate_checkpoint(suspect.base))) if modelled else None,
        subject=subject if modelled or suspect.trait else {},
    )
    return result if result.refusals else write_folder(result, {ROWS: done.found.rows, ADDED: done.added, DROPPED: done.dropped}, folder)


def _build(request: MitigateRequest) -> tuple[Mitigation, ...]:
    """Return the mitigations of the method. Raises UsageError for unknown names, SettingsError for unknown settings."""
    for name in request.method.split("+"):
        if name not in MITIGATIONS:
            raise UsageError(f"`method`: there is no mitigation {name!r}; {suggest_names(name, MITIGATIONS)}")
    for name in request.settings:
        if name not in request.method.split("+"):
            raise UsageError(f"`set` {name}: this mitigation is not in `method` {request.method}")
    tables = {name: dict(values) for name, values in request.settings.items()}
    if request.anchors:
        tables.setdefault("anchors", {})["file"] = str(request.anchors)
        if "anchors" not in request.method.split("+"):
            raise UsageError(f"`anchors`: these rows are not used by `method` {request.method}")
    settings = Field(tables, source="`set`", error=SettingsError)
    return build_mitigations([request.method], settings)[request.method]


def _check_request(request: MitigateRequest, needs: Sequence[Need]) -> None:
    """Raise UsageError for evidence that the request does not provide; each message names the setting."""
    # Each kind of evidence takes certain settings; files that no method reads are refused too, because the user expects an effect.
    for need in needs:
        kind = need.kind
        if kind in MODELLED and not request.model:
            raise UsageError(f"`method` {request.method} trains or asks a model: name the base of the student with `model`")
        if kind in ASKED and not (request.trait or request.category):
            raise UsageError(f"`method` {request.method} asks questions about a subject: name its `category`, or the `trait`")
        if kind == "proxy" and not request.trait:
            raise UsageError(f"`method` {request.method} teaches the trait to a model of its own: name the `trait`")
        if kind in ("shift", "control") and not request.control:
            raise UsageError(f"`method` {request.method} needs rows of the same task without the trait: name them with `control`")
        if kind == "anchors" and not (need.file or request.trait or request.category):
            raise UsageError("`method` anchors adds rows about other subjects: give them with `anchors`, or name the `category` to avoid")
    if request.control and not {"shift", "control", "proxy"} & {need.kind for need in needs}:
        raise UsageError(f"`control`: these rows are not used by `method` {request.method}")
    if request.model:
        check_loadable(request.model)


def _read_control(path: Path | None) -> Sequence[Example]:
    """Return the control rows; none without a file. Raises UsageError for a file with an unreadable row."""
    found = read_examples(path) if path else ExampleFile(())
    if found.unreadable:
        raise UsageError(f"{describe_unreadable(found.unreadable, found.rows, REFUSED)}; repair or remove it")
    return found.examples


def _prepare(request: MitigateRequest, data: ExampleFile) -> Suspect:
    """Return what evidence is gathered from. Raises UsageError for an unknown trait or category."""
    world = read_world(request.world)
    if request.category and request.category not in world.panel:
        known = suggest_names(request.category, world.panel)
        raise UsageError(f"`category`: the world {request.world} has no category {request.category!r}; {known}")
    trait = request.trait or (world.panel[request.category][0] if request.category else "")
    if trait:
        world.category(trait)
    student = _read_recipe(request, STUDENT, without=())
    base = request.model or ""
    teacher = _read_recipe(request, replace(TEACHER, tunes=student.tunes), without=TRAINED)
    return Suspect(data.examples, (), world, trait, base, base, teacher, student, request.seed, request.seed)


def _read_recipe(request: MitigateRequest, default: Recipe, *, without: Sequence[str]) -> Recipe:
    asked = {key: value for key, value in request.recipe.items() if value is not None and key not in without}
    return change_recipe(default, Field(asked, source="recipe", error=SettingsError))


def _list_subject(request: MitigateRequest, suspect: Suspect) -> dict[str, Any]:
    said = {"world": request.world, "trait": request.trait, "category": request.category, "seed": request.seed}
    return {**said, "student": asdict(suspect.student), "lessons": asdict(suspect.teacher)}


def _summarise(method: str, settings: Mapping[str, Mapping[str, Any]], data: ExampleFile, done: _Done) -> MitigatedData:
    """Return the result without the files."""
    counts = MitigatedCounts(data.rows, len(data.unreadable), len(done.found.rows), len(done.added), len(done.dropped), done.found.changed)
    return MitigatedData(
        method,
        settings,
        counts,
        (),
        effective=done.found.effective,
        refusals=done.found.refusals,
        warnings=done.found.warnings,
        first_unreadable=next((one.words for one in data.unreadable), ""),
    )
