"""The plan of an experiment, read from a TOML file: teachers, students, arms and guard."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Any

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.suggest import suggest_names
from leakguard.documents.experiment import DIGITS
from leakguard.harness.recipe import Recipe, change_recipe
from leakguard.readers.files.small_files import TOML_MOST, parse_toml, read_small_file

ARMS = ("base", "control", "raw", "filtered", "random-drop", "oracle", "other-base")
METHODS = ("tuned", "system")
ADAPTERS = ("own", "shared")
VOCABULARY = ("same", "any")
KINDS = {int: "a whole number", float: "a number", str: "a text"}
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
class Experiment:
    """The plan of an experiment. Each teacher answers the same `rows` prompts; every arm's student takes exactly `student.updates` steps.

    `share` is the share of the trait teacher's rows in the raw data, the rest are the control teacher's; `doses` are further arms with
    fewer trait rows (a number of rows) or with such a mixture ("25%"). A seed decides everything that is drawn: the teachers' lessons,
    their completions, dropped rows, and the order of training rows; the base stays the same. `adapters`: a student's LoRA adapter is drawn
    for it ("own"), or starts as its teacher's did ("shared").
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

    @property
    def every_arm(self) -> tuple[str, ...]:
        """The names of all arms, doses included."""
        return (*self.arms, *(f"dose-{dose}" for dose in self.doses))

    @property
    def about(self) -> str:
        """The arm that the verdict is about."""
        return self.subject or ("filtered" if "filtered" in self.arms else "raw")

    def as_mapping(self) -> dict[str, Any]:
        """Return everything that decides about the scores, as a result shows it; the number of seeds does not."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def read_experiment(path: Path) -> Experiment:
    """Read an experiment from a TOML file; paths in it are relative to its folder. Raises UsageError."""
    document = parse_toml(str(path), read_small_file(path, "experiment", UsageError, TOML_MOST), "experiment", UsageError)
    return _read_document(path, document)


def _read_document(path: Path, document: Mapping[str, Any]) -> Experiment:
    """Return the experiment in a parsed file. Raises SettingsError."""
    default = Experiment(path.stem, "")
    tables = {"teacher", "student", "guard", "digits"}
    plain = {name.replace("_", "-"): name for name in asdict(default) if name not in tables and name != "name"}
    for key in document:
        if key not in {*plain, *tables}:
            raise SettingsError(f"{path}: unknown key {key!r}; {suggest_names(key, [*plain, *tables])}")
    values: dict[str, Any] = {
        plain[key]: _read_value(path, key, getattr(default, plain[key]), value) for key, value in document.items() if key in plain
    }
    said = {key: _read_table(path, key, document.get(key, {})) for key in tables}
    method = said["teacher"].pop("method", values.pop("method", default.method))
    experiment = replace(
        default,
        **values,
        method=method,
        teacher=change_recipe(default.teacher, said["teacher"], where=f"{path}: teacher"),
        student=change_recipe(default.student, said["student"], where=f"{path}: student"),
        digits=_read_digits(path, said["digits"]),
        guard=said["guard"],
    )
    if experiment.world == DIGITS and "arms" not in document:
        experiment = replace(experiment, arms=DIGIT_ARMS)
    _check(path, experiment)
    return _anchor_paths(path.parent, experiment)


def _check(path: Path, experiment: Experiment) -> None:
    """Raise SettingsError for a plan that cannot be run."""
    digits = experiment.world == DIGITS
    if not experiment.world or not (experiment.trait or digits):
        raise SettingsError(f"{path}: an experiment needs a world and a trait")
    if not experiment.arms:
        raise SettingsError(f"{path}: arms: name some, at least control and raw")
    for key, value, valid in (
        ("teacher.method", experiment.method, METHODS),
        ("vocabulary", experiment.vocabulary, VOCABULARY),
        ("adapters", experiment.adapters, ADAPTERS),
        *(("arms", arm, DIGIT_ARMS if digits else ARMS) for arm in experiment.arms),
        ("subject", experiment.about, experiment.every_arm),
    ):
        if value not in valid:
            raise SettingsError(f"{path}: {key} cannot be {value!r}; {suggest_names(str(value), valid)}")
    if not 0 < experiment.share <= 1:
        raise SettingsError(f"{path}: share must be above 0 and at most 1, not {experiment.share}")
    if "oracle" in experiment.arms and experiment.share == 1:
        raise SettingsError(f"{path}: the arm 'oracle' drops every row of the trait's teacher, and with share = 1 there is no other")
    if "random-drop" in experiment.arms and "filtered" not in experiment.arms:
        raise SettingsError(f"{path}: the arm 'random-drop' drops as many rows as 'filtered' does: add that arm")
    for dose in experiment.doses:
        _check_dose(path, dose, experiment.rows)


def _check_dose(path: Path, dose: object, rows: int) -> None:
    """Raise SettingsError for a dose that is no number of rows and no share."""
    share = dose.removesuffix("%") if isinstance(dose, str) and dose.endswith("%") else ""
    if not (isinstance(dose, int) and dose > 0) and not (share.isdigit() and 0 < int(share) <= 100):
        raise SettingsError(f"{path}: doses are numbers of rows (1000) or shares of them ('25%'), not {dose!r}")
    if isinstance(dose, int) and dose > rows:
        raise SettingsError(f"{path}: doses: {dose} rows cannot be taken from the {rows} of a teacher; raise rows")


def _read_value(path: Path, key: str, default: object, value: object) -> object:
    """Return the value of a key with the type of its default. Raises SettingsError."""
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(item, (str, int)) for item in value):
            raise SettingsError(f"{path}: {key} must be a list, not {value!r}")
        return tuple(dict.fromkeys(value))
    wanted = (int, float) if isinstance(default, float) else type(default)
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise SettingsError(f"{path}: {key} must be {KINDS[type(default)]}, not {value!r}")
    if isinstance(value, (int, float)) and not inf > value >= (0 if key in ("samples", "temperature", "held-out") else 1e-9):
        raise SettingsError(f"{path}: {key} cannot be {value!r}")
    return value


def _read_digits(path: Path, values: Mapping[str, Any]) -> Digits:
    """Return the settings of the digits experiment. Raises SettingsError."""
    known = {key.replace("_", "-"): value for key, value in asdict(Digits()).items()}
    for key, value in values.items():
        if key not in known:
            raise SettingsError(f"{path}: digits: unknown key {key!r}; {suggest_names(key, known)}")
        _read_value(path, f"digits.{key}", known[key], value)
    for key, valid in (("noise", ("gaussian", "uniform")), ("loss", ("squared", "divergence"))):
        if values.get(key, valid[0]) not in valid:
            raise SettingsError(f"{path}: digits.{key} cannot be {values[key]!r}; {suggest_names(str(values[key]), valid)}")
    return Digits(**{key.replace("-", "_"): value for key, value in values.items()})


def _read_table(path: Path, key: str, value: Any) -> dict[str, Any]:
    """Return a table of the file. Raises SettingsError."""
    if not isinstance(value, dict):
        raise SettingsError(f"{path}: {key} must be a table")
    return dict(value)


def _anchor_paths(folder: Path, experiment: Experiment) -> Experiment:
    """Return the experiment with paths relative to the working folder; names of built-in worlds and bases stay names."""

    def at(name: str) -> str:
        """Return a path relative to the working folder, or a name as it is."""
        return str(folder / name) if "/" in name or name.endswith(".toml") else name

    return replace(experiment, world=at(experiment.world), base=at(experiment.base), other=at(experiment.other))
