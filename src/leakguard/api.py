"""The Python API: scan, clean, gate, guard and trainer_callback, which `leakguard` exports."""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ParamSpec, TypeVar, Unpack

from leakguard.core.errors import LeakguardError, SettingsError, UsageError
from leakguard.core.gate import GateResult
from leakguard.core.policy import EXACT, NEAR, Action
from leakguard.core.results import ScanResult
from leakguard.core.setting_names import show_names
from leakguard.core.suggest import suggest_names
from leakguard.integrations.datasets import RAISE, UNSEEN_CHOICES, RowGuard, RowReader
from leakguard.jobs.build import build_guard
from leakguard.jobs.build.policy import build_policy
from leakguard.jobs.build.readers import build_parser, expand_paths
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.gate import check_answer, gate_files
from leakguard.jobs.guard import Guard
from leakguard.jobs.python_scan import Scan
from leakguard.outputs.hashed_inputs import find_outside
from leakguard.outputs.redaction import redact_line
from leakguard.pipeline.route import Router
from leakguard.readers.files.inputs import STDIN, Inputs, list_unread
from leakguard.readers.formats.row_lines import UnwritableRowError, encode_row, make_row_line
from leakguard.readers.python.containers import RowCollection, read_row, split_columns
from leakguard.readers.python.python_rows import NAME, PythonRows
from leakguard.readers.sources import FileSource
from leakguard.settings import OPTIONS, Settings, override
from leakguard.settings.files import load
from leakguard.settings.keywords import Keywords
from leakguard.settings.option import field_name
from leakguard.settings.plan import Plan, ReadPlan, resolve

if TYPE_CHECKING:
    from transformers import TrainerCallback

Place = str | os.PathLike[str]
Data = Place | Sequence[Place] | Iterable[Mapping[str, Any]]
"""A path (a file, a folder, a glob), several of them, or rows as dicts."""
P = ParamSpec("P")
T = TypeVar("T")
_ARGUMENTS = {"no-resume": "resume=False", "overwrite": "overwrite=True", "config": "config=", "manifest": "manifest="}
"""Names of arguments in messages of lower layers -> how they are written in Python."""


def _name_keywords(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function so that error messages name its Python keywords: judge_model for `judge-model`."""

    @wraps(function)
    def call(*args: P.args, **keywords: P.kwargs) -> T:
        try:
            return function(*args, **keywords)
        except LeakguardError as error:
            error.args = (show_names(str(error), _keyword),)
            raise

    return call


def _keyword(name: str) -> str | None:
    return field_name(name) if name in OPTIONS else _ARGUMENTS.get(name)


@_name_keywords
def scan(data: Data, *, config: Place | None = None, stream: bool = False, **options: Unpack[Keywords]) -> Scan:
    """Scan data in this process and return the result, whose truth value is its property `ok`. The data are not changed.

    `data` are paths or rows (see Data). `config` is the path of a settings file (none is searched for); `options` are settings, which
    override it. `stream=True` reads rows only when they are requested, once, for data without an end. Rows that cannot be read are in
    the result, which then is not `ok`. Raises UsageError (a SettingsError, PackError or MissingExtra) if the scan cannot begin.

    >>> leakguard.scan([{"text": "871, 1488, 305"}]).ok
    False
    """
    plan = resolve(_settings(config, options))
    row_guard = _build_row_guard(plan)
    files = _inputs(data, plan)
    if files is not None:
        return Scan(_files(files, plan.read), build_parser(plan.read), row_guard, plan, files=files, stream=stream)
    held = RowCollection(data)
    source = PythonRows(held, row_limit=plan.read.row_limit, once=not (stream or held.rereadable))
    return Scan(source, build_parser(plan.read), row_guard, plan, files=(NAME,), stream=stream)


@_name_keywords
def clean(
    data: Data, folder: Place, *, config: Place | None = None, resume: bool = True, overwrite: bool = False, **options: Unpack[Keywords]
) -> ScanResult:
    """Sort every row by policy into `folder`, as `leakguard clean` does, with a manifest; rows in memory become kept/stdin.jsonl.

    `resume` continues an interrupted run, and `overwrite` replaces the result of another one. Raises UsageError if the clean cannot
    begin or a row in memory cannot be written as JSON, Stopped if the disk or an input fails, and KeyboardInterrupt, which keeps a
    checkpoint.

    >>> result = leakguard.clean([{"text": "The kettle is on."}, {"text": "871, 1488, 305"}], "cleaned")
    >>> result.tally.kept, result.tally.removed
    (1, 1)
    """
    plan = resolve(_settings(config, options))
    place = _path(folder, "folder")
    find_outside(os.fspath(folder), _paths(data) or ())
    files = _inputs(data, plan)
    with tempfile.TemporaryFile() as spool:
        if files is None:
            _write(data, spool)
            spool.seek(0)
        target = CleanTarget(place, resume, overwrite)
        named = [STDIN] if files is None else files
        result = clean_files(plan, named, target, stdin=spool, clock=time.monotonic, on_progress=_unseen)
    if result.interrupted:
        raise KeyboardInterrupt
    return result


@_name_keywords
def gate(data: Data, *, config: Place | None = None, manifest: Place | None = None, **options: Unpack[Keywords]) -> GateResult:
    """Check data against the policy in `gate` (or in the settings file `config`), as `leakguard gate` does.

    The result is true only if every check passed; otherwise `raise_for_status()` raises GateBlocked with the reasons. `manifest` is the
    path of the manifest of a clean whose outputs the data must be. Raises UsageError if the gate cannot begin, and for a row in
    memory that cannot be written as JSON.

    >>> bool(leakguard.gate([{"text": "871, 1488, 305"}]))
    False
    """
    plan = resolve(_settings(config, options))
    named = None if manifest is None else _path(manifest, "manifest")
    files = _inputs(data, plan)
    if files is not None:
        return _finished(gate_files(plan, files, manifest=named, on_progress=_unseen))
    with tempfile.TemporaryDirectory(prefix="leakguard-") as folder:
        place = Path(folder) / f"{NAME}.jsonl"
        with place.open("wb") as file:
            _write(data, file)
        return _finished(gate_files(plan, [str(place)], manifest=named, on_progress=_unseen))


@_name_keywords
def guard(*, config: Place | None = None, unseen: str = RAISE, **options: Unpack[Keywords]) -> RowGuard:
    """Return a filter for `dataset.filter(guard.batch, batched=True)`, which selects the rows that a clean would keep.

    The filter raises UsageError for a row that cannot be read or checked; `unseen="drop"` drops such rows. Raises UsageError if settings
    configure a judge or a semantic search, which read all of the data before they decide about a row.

    >>> leakguard.guard().batch({"text": ["The kettle is on.", "871, 1488, 305"]})
    [True, False]
    """
    if unseen not in UNSEEN_CHOICES:
        raise UsageError(f"unseen: unknown value {unseen!r}; {suggest_names(str(unseen), UNSEEN_CHOICES)}")
    plan = resolve(_settings(config, options))
    row_guard = _build_row_guard(plan)
    _refuse_copies(plan)
    cut = partial(redact_line, replacement=plan.write.replacement)
    reader = RowReader(partial(make_row_line, limit=plan.read.row_limit), split_columns, read_row)
    return RowGuard(Router(build_parser(plan.read), row_guard.detectors, build_policy(plan.policy, row_guard), cut), reader, unseen)


def _build_row_guard(plan: Plan) -> Guard:
    """Return a guard that decides about batches one by one. Raises UsageError for a judge or a semantic search, which need two passes."""
    if plan.judge:
        raise UsageError("judge_model: a judge reads all of the data before it decides about a row: use clean or gate")
    if plan.meaning:
        raise UsageError("semantic: a semantic search reads all of the data before it decides about a row: use clean or gate")
    return build_guard(plan)


def _refuse_copies(plan: Plan) -> None:
    """Raise UsageError for a policy that acts on duplicates, because a filter of single batches has no earlier rows to compare with."""
    for name, action in ((EXACT, plan.policy.rows.exact), (NEAR, plan.policy.rows.near)):
        if action > Action.KEEP:
            raise UsageError(f"policy: {name}: duplicates are counted in all of the data before a row is decided about: use clean")


@_name_keywords
def trainer_callback(
    data: Place | Sequence[Place],
    *,
    rows: Any = None,
    prepare: Callable[[Any], Any] | None = None,
    trust_tokens: bool = False,
    answer: Place | None = None,
    config: Place | None = None,
    manifest: Place | None = None,
    **options: Unpack[Keywords],
) -> "TrainerCallback":
    """Return a transformers or trl callback that raises GateBlocked when training begins unless the files `data` pass the gate.

    `rows` is the dataset as it was loaded, before tokenization: each of its rows must be in `data`, and the trainer's dataset must be
    made of them: rows with the same texts, their tokens by the trainer's tokenizer, or the rows that `prepare(rows)` returns. Rows that
    cannot be compared block the gate unless `trust_tokens`. Without `rows`, only texts in columns that the files have too are compared,
    and a warning names the rest. `answer` is the path of the JSON answer of an earlier gate (`leakguard gate -o`): it is compared with
    the hashes of the files and the policy of this call, and nothing is scanned. Raises UsageError for invalid arguments, and
    MissingExtra without transformers.

    >>> callback = leakguard.trainer_callback("data.jsonl", rows=[{"text": "The kettle is on."}])
    >>> Trainer(model, arguments, train_dataset=rows, callbacks=[callback]).train()  # doctest: +SKIP
    """
    from leakguard.integrations.trainer import make_callback
    from leakguard.jobs.trainer import PromisedRows, compare_trainer_rows

    plan = resolve(_settings(config, options))
    paths = _paths(data)
    if not paths:
        raise UsageError("data: expected the path of the training files; rows in memory are given as rows=, in addition")
    named = None if manifest is None else _path(manifest, "manifest")
    earlier = None if answer is None else _path(answer, "answer")
    if named and earlier:
        raise UsageError("manifest: an earlier answer has its own manifest; leave out manifest= or answer=")
    promise = PromisedRows(rows, prepare, trust_tokens)
    promise.check()

    @_name_keywords
    def ask() -> GateResult:
        files = expand_paths(plan.read, paths)
        held = None if rows is None else RowCollection(rows)
        if earlier is not None:
            return check_answer(plan, files, earlier, rows=held)
        return _finished(gate_files(plan, files, manifest=named, rows=held, on_progress=_unseen))

    return make_callback(ask, lambda result, dataset, tokenizer: compare_trainer_rows(result.data, promise, dataset, tokenizer))


def _settings(config: Place | None, options: Mapping[str, Any]) -> Settings:
    """Return the settings of a call: defaults, the file `config` if given (none is searched for), then options. Raises SettingsError."""
    settings = load(_path(config, "config")) if config is not None else Settings()
    for name in options:
        if name not in Keywords.__annotations__:
            raise SettingsError(f"{name}=: there is no such option; known are {', '.join(Keywords.__annotations__)}")
    values = {name.replace("_", "-"): value for name, value in options.items()}
    return override(settings, values, where="option ", name_key=field_name)


def _files(paths: Sequence[str], read: ReadPlan) -> FileSource:
    return FileSource(tuple(paths), row_limit=read.row_limit, unpack_limit=read.unpack_limit, unread=list_unread(paths))


def _path(value: object, name: str) -> Path:
    """Return the value of the argument `name` as a path. Raises UsageError if it is none."""
    if not isinstance(value, (str, os.PathLike)) or isinstance(os.fspath(value), bytes):
        raise UsageError(f"{name}: expected a path (a str or a Path), not a value of type {type(value).__name__}")
    return Path(value)


def _paths(data: Data) -> list[str] | None:
    """Return the paths in `data`; None if it is rows."""
    if isinstance(data, (str, os.PathLike)):
        _path(data, "data")
        return [os.fspath(data)]
    if isinstance(data, Sequence) and data and all(isinstance(one, (str, os.PathLike)) for one in data):
        return [name for one in data for name in _paths(one) or ()]
    return None


def _inputs(data: Data, plan: Plan) -> Inputs | None:
    """Return the input files at the paths in `data`; None if it is rows. Raises UsageError for paths that do not exist."""
    paths = _paths(data)
    if paths is None:
        return None
    if isinstance(data, (str, os.PathLike)):
        return expand_paths(plan.read, paths)
    try:
        return expand_paths(plan.read, paths)
    except UsageError as error:
        raise UsageError(f'{error}. A list of texts is read as paths; rows are [{{"text": text}} for text in data]') from error


def _write(data: Data, file: BinaryIO) -> None:
    """Write rows in memory as JSON Lines. Raises UsageError for a row that cannot be written as JSON."""
    for number, row in enumerate(RowCollection(data), 1):
        try:
            file.write(encode_row(row) + b"\n")
        except UnwritableRowError as error:
            raise UsageError(f"row {number} of the data cannot be written as JSON: {error}; nothing was scanned") from error


def _finished(result: GateResult) -> GateResult:
    if result.scan and result.scan.interrupted:
        raise KeyboardInterrupt
    return result


def _unseen(_: object) -> None:
    """Do nothing: the callback for progress, which the Python API does not show."""
