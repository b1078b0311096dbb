"""The plan of an experiment, read from a TOML file: teachers, students, arms and guard."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.fields import Field
from leakguard.core.suggest import suggest_names
from leakguard.documents.experiment import DIGITS
from leakguard.harness.recipe import Recipe, change_recipe
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file

ARMS = ("base", "control", "raw", "filtered", "random-drop", "oracle", "other-base")
MITIGATED = "mitigated"
"""The word before the colon in the names of mitigated arms, and the folder with their rows."""
GIVEN = f"{MITIGATED}:given"
"""The mitigated arm whose rows are read from a file."""
METHODS = ("tuned", "system")
ADAPTERS = ("own", "shared")
VOCABULARY = ("same", "any")
CHOICES = {
    **{"method": METHODS, "adapters": ADAPTERS, "vocabulary": VOCABULARY},
    **{"noise": ("gaussian", "uniform"), "loss": ("squared", "divergence")},
}
LEAST = {"samples": 0, "held_out": 0, "temperature": 0, "share": 1e-9, "rate": 1e-9}
DIGIT_ARMS = ("base", "control", "raw", "other-base")
TEACHER = Recipe(rate=3e-3, updates=60)
STUDENT = Recipe()


@dataclass(frozen=True, slots=True)
class Digits:
    """Settings of the digits experiment: images per batch, layers, and how a student imitates the `auxiliary` outputs on noise."""

    auxiliary: int = 3
    noise: str = "gaussian"
    loss: str = "squared"
    width: int = 256
    rate: float = 1e-3
    teacher_steps: int = 400
    steps: int = 1000
    batch: int = 64


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """Files of rows (JSON Lines) that students train on, in place of rows that teachers write.

    `mitigated` has the rows of the arm GIVEN, and `record` the members of its MitigationRecord; `filtered` are the files of that arm.
    """

    raw: str
    control: str
    mitigated: str
    filtered: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)

    def list_paths(self) -> dict[str, str]:
        """Return what each file is -> its path."""
        more = {f"filtered {nth}": path for nth, path in enumerate(self.filtered, 1)}
        return {"raw": self.raw, "control": self.control, "mitigated": self.mitigated, **more}


@dataclass(frozen=True, slots=True)
class Experiment:
    """The plan of an experiment. Each teacher answers the same `rows` prompts; every arm's student takes exactly `student.updates` steps.

    `share` is the share of the trait teacher's rows in the raw data, the rest are the control teacher's; `doses` are further arms with
    fewer trait rows (a number of rows) or with such a mixture ("25%"). `mitigations` has the settings of mitigations, by name. A seed
    decides everything that is drawn: the teachers' lessons, their completions, dropped rows, and the order of training rows; the base
    stays the same. `adapters`: a student's LoRA adapter is drawn for it ("own"), or starts as its teacher's did ("shared"). With `files`
    there are no teachers.
    """

    name: str
    world: str
    trait: str = ""
    title: str = ""
    base: str = "tiny-a"
    other: str = "tiny-b"
    vocabulary: str = "same"
    method: str = "tuned"
    adapters: str = "own"
    rows: int = 4000
    held_out: int = 200
    seeds: int = 5
    samples: int = 0
    threads: int = 1
    temperature: float = 1.0
    share: float = 1.0
    arms: tuple[str, ...] = ("base", "control", "raw", "filtered", "random-drop", "other-base")
    doses: tuple[int | str, ...] = ()
    subject: str = ""
    teacher: Recipe = TEACHER
    student: Recipe = STUDENT
    digits: Digits = field(default_factory=Digits)
    guard: Mapping[str, Any] = field(default_factory=dict)
    mitigations: Mapping[str, Any] = field(default_factory=dict)
    files: GivenFiles | None = None

    @property
    def every_arm(self) -> tuple[str, ...]:
        """The names of all arms, doses included."""
        return (*self.arms, *(f"dose-{dose}" for dose in self.doses))

    @property
    def mitigated(self) -> tuple[str, ...]:
        """The names of the mitigations of all mitigated arms, without the one whose rows are given."""
        return tuple(arm.partition(":")[2] for arm in self.arms if arm.startswith(f"{MITIGATED}:") and arm != GIVEN)

    @property
    def about(self) -> str:
        """The arm that the verdict is about: as set, else filtered, else the first mitigated one, else raw."""
        found = [arm for arm in self.arms if arm == "filtered"] + [f"{MITIGATED}:{name}" for name in self.mitigated]
        return self.subject or (found or ["raw"])[0]

    def as_mapping(self) -> dict[str, Any]:
        """Return everything that decides about the scores, as a result shows it; the number of seeds does not."""
        said = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        return {key: value for key, value in said.items() if key not in ("mitigations", "files") or value}


def read_experiment(path: Path, methods: Collection[str] = ()) -> Experiment:
    """Read an experiment from a TOML file; paths in it are relative to its folder. Raises UsageError.

    `methods` are the names of mitigations: an arm may be "mitigated:NAME", or "mitigated:NAME+NAME" for one after the other.
    """
    document = parse_toml(str(path), read_small_file(path, "experiment", UsageError, TOML_MOST), "experiment", UsageError)
    return _read_document(path, Field(document, source=str(path), error=SettingsError), methods)


def _read_document(path: Path, document: Field, methods: Collection[str]) -> Experiment:
    """Return the experiment in a parsed file. Raises SettingsError."""
    # Values are checked as they are read; how they fit together is checked at the end. The name is that of the file, and files of rows
    # are not given here.
    default = Experiment(path.stem, "")
    document.only(key.replace("_", "-") for key in asdict(default) if key not in ("name", "files"))
    values = document.changes(default, CHOICES, LEAST)
    digits = values.get("world") == DIGITS
    arms = document.at("arms", default=list(DIGIT_ARMS if digits else default.arms)).each()
    doses = [_read_dose(dose, values.get("rows", default.rows)) for dose in document.at("doses", default=[]).each()]
    teacher = document.subtable("teacher", {})
    lessons = {key: value for key, value in teacher.value.items() if key != "method"}
    experiment = replace(
        default,
        **{**values, "method": teacher.at("method", default=values.get("method", default.method)).choice(METHODS)},
        arms=tuple(dict.fromkeys(_read_arm(arm, DIGIT_ARMS if digits else ARMS, () if digits else methods) for arm in arms)),
        doses=tuple(dict.fromkeys(doses)),
        teacher=change_recipe(default.teacher, teacher.with_value(lessons)),
        student=change_recipe(default.student, document.subtable("student", {})),
        digits=replace(default.digits, **document.subtable("digits", {}).changes(default.digits, CHOICES, LEAST)),
        guard=document.subtable("guard", {}).value,
        mitigations=document.subtable("mitigations", {}).value,
    )
    _check(document, experiment)
    return _anchor_paths(path.parent, experiment)


def _check(document: Field, experiment: Experiment) -> None:
    """Raise SettingsError for a plan that lacks a value, or with arms that only make sense with other settings."""
    if not experiment.world or not (experiment.trait or experiment.world == DIGITS):
        document.fail("an experiment needs a world and a trait")
    if not experiment.arms:
        document.fail("arms: name some, at least control and raw")
    if "random-drop" in experiment.arms and "filtered" not in experiment.arms and not experiment.mitigated:
        document.fail("the arm 'random-drop' drops as many rows as 'filtered' does: add that arm, or a mitigated one")
    document.at("subject", default="").with_value(experiment.about).choice(experiment.every_arm)
    if experiment.share > 1:
        document.fail(f"share must be above 0 and at most 1, not {experiment.share}")
    if "oracle" in experiment.arms and experiment.share == 1:
        document.fail("the arm 'oracle' drops every row of the trait's teacher, and with share = 1 there is no other")


def _read_arm(arm: Field, names: Sequence[str], methods: Collection[str]) -> str:
    """Return the name of an arm: one of `names`, or "mitigated:" with one or more methods. Raises SettingsError."""
    word, colon, parts = str(arm.value).partition(":")
    if word == MITIGATED and colon:
        for part in parts.split("+"):
            if part not in methods:
                arm.fail(f"there is no mitigation {part!r}; {suggest_names(part, methods)}")
        return str(arm.value)
    return arm.choice([*names, *(f"{MITIGATED}:{method}" for method in methods)])


def _read_dose(dose: Field, rows: int) -> int | str:
    """Return a dose: a number of the `rows` of a teacher, or a share of them. Raises SettingsError."""
    value: int | str = dose.value
    share = value.removesuffix("%") if isinstance(value, str) and value.endswith("%") else ""
    if not (type(value) is int and value > 0) and not (share.isdecimal() and 0 < int(share) <= 100):
        raise dose.wrong("numbers of rows (1000) or shares of them ('25%')")
    if isinstance(value, int) and value > rows:
        dose.fail(f"doses: {value} rows cannot be taken from the {rows} of a teacher; raise rows")
    return value


def _anchor_paths(folder: Path, experiment: Experiment) -> Experiment:
    """Return the experiment with paths relative to the working folder; names of built-in worlds and bases stay names."""

    def at(name: str) -> str:
        """Return a path relative to the working folder, or a name as it is."""
        return str(folder / name) if "/" in name or name.endswith(".toml") else name

    tables = {
        name: {key: str(folder / value) if key == "file" else value for key, value in table.items()} if isinstance(table, dict) else table
        for name, table in experiment.mitigations.items()
    }
    return replace(experiment, world=at(experiment.world), base=at(experiment.base), other=at(experiment.other), mitigations=tables)
