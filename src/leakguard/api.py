"""The front door for Python: scan, clean, gate, and what stands in front of a trainer. Everything here is named in `leakguard`."""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.gate import GateResult
from leakguard.core.policy import EXACT, NEAR, Action
from leakguard.core.results import ScanResult
from leakguard.core.suggest import suggest_names
from leakguard.integrations.datasets import RAISE, UNSEEN_CHOICES, RowGuard, RowReader
from leakguard.jobs.build.detectors import build_guard, build_parser, build_policy, expand_paths
from leakguard.jobs.build.duplicates import duplicate_action
from leakguard.jobs.clean import FolderOptions, clean_files
from leakguard.jobs.gate import check_answer, gate_files
from leakguard.jobs.guard import Guard
from leakguard.jobs.scan import Scan
from leakguard.outputs.hashed_inputs import outside
from leakguard.outputs.redaction import redacted
from leakguard.pipeline.route import Router
from leakguard.readers.files.inputs import STDIN, Inputs, list_unread
from leakguard.readers.formats.row_lines import UnwritableRowError, encode_row, make_row_line
from leakguard.readers.python.containers import RowCollection, read_row, split_columns
from leakguard.readers.python.python_rows import NAME, PythonRows
from leakguard.readers.sources import FileSource
from leakguard.settings import Settings, override
from leakguard.settings.files import load
from leakguard.settings.keywords import Keywords

if TYPE_CHECKING:
    from transformers import TrainerCallback

Place = str | os.PathLike[str]
Data = Place | Sequence[Place] | Iterable[Mapping[str, Any]]
"""A path (a file, a folder, a glob), several of them, or rows as dicts."""


def scan(data: Data, *, config: Place | None = None, stream: bool = False, **options: Unpack[Keywords]) -> Scan:
    """Look at all of the data, in this process; nothing is changed. The result is true if it is `ok`; see Scan.

    `stream=True` reads rows as they are asked for, once, for data that do not end or must not be read twice. Raises UsageError (a
    SettingsError, PackError or MissingExtra) where nothing could be begun. Rows that cannot be read are in the result, which then
    is not `ok`.

    >>> leakguard.scan([{"text": "871, 1488, 305"}]).ok
    False
    """
    settings = _settings(config, options)
    watch = _at_sight(settings)
    files = _inputs(data, settings)
    if files is not None:
        return Scan(_files(files, settings), build_parser(settings), watch, settings, files=files, stream=stream)
    held = RowCollection(data)
    source = PythonRows(held, row_limit=settings.row_limit, once=not (stream or held.rereadable))
    return Scan(source, build_parser(settings), watch, settings, files=(NAME,), stream=stream)


def clean(
    data: Data, folder: Place, *, config: Place | None = None, resume: bool = True, overwrite: bool = False, **options: Unpack[Keywords]
) -> ScanResult:
    """Sort every row by policy into `folder`, as `leakguard clean` does, with a manifest; rows in memory become kept/stdin.jsonl.

    Raises UsageError where that cannot be begun or a row in memory cannot be written as JSON, Stopped where the disk or an input
    failed on the way, KeyboardInterrupt with a checkpoint kept.
    """
    settings = _settings(config, options)
    place = _path(folder, "folder")
    outside(os.fspath(folder), _paths(data) or ())
    files = _inputs(data, settings)
    with tempfile.TemporaryFile() as spool:
        if files is None:
            _write(data, spool)
            spool.seek(0)
        wish = FolderOptions(resume, overwrite)
        named = [STDIN] if files is None else files
        result = clean_files(settings, named, place, wish, stdin=spool, clock=time.monotonic, on_progress=_unseen)
    if result.interrupted:
        raise KeyboardInterrupt
    return result


def gate(data: Data, *, config: Place | None = None, manifest: Place | None = None, **options: Unpack[Keywords]) -> GateResult:
    """Hold data against the policy in `gate` (or in the settings file `config`), as `leakguard gate` does.

    The result is true only if every check passed; `raise_for_status()` raises GateBlocked with the reasons otherwise. Raises UsageError
    where nothing could be begun, and for a row in memory that cannot be written as JSON.

    >>> bool(leakguard.gate([{"text": "871, 1488, 305"}]))
    False
    """
    settings = _settings(config, options)
    named = None if manifest is None else _path(manifest, "manifest")
    files = _inputs(data, settings)
    if files is not None:
        return _finished(gate_files(settings, files, manifest=named, on_progress=_unseen))
    with tempfile.TemporaryDirectory(prefix="leakguard-") as folder:
        place = Path(folder) / f"{NAME}.jsonl"
        with place.open("wb") as file:
            _write(data, file)
        return _finished(gate_files(settings, [str(place)], manifest=named, on_progress=_unseen))


def guard(*, config: Place | None = None, unseen: str = RAISE, **options: Unpack[Keywords]) -> RowGuard:
    """What says of rows of a dataset in memory whether a clean would keep them: `dataset.filter(guard.batch, batched=True)`.

    A filter raises UsageError for a row that could not be read or looked at; `unseen="drop"` drops such rows.
    """
    if unseen not in UNSEEN_CHOICES:
        raise UsageError(f"unseen: cannot be {unseen!r}; {suggest_names(str(unseen), UNSEEN_CHOICES)}")
    settings = _settings(config, options)
    watch = _at_sight(settings)
    _refuse_copies(settings)
    cut = partial(redacted, replacement=settings.replacement)
    reader = RowReader(partial(make_row_line, limit=settings.row_limit), split_columns, read_row)
    return RowGuard(Router(build_parser(settings), watch.detectors, build_policy(settings, watch), cut), reader, unseen)


def _at_sight(settings: Settings) -> Guard:
    """What looks at rows as they come. Raises UsageError for a judge and a search by meaning, which go through all of the data first."""
    if settings.judge_model:
        raise UsageError("judge_model: a judge goes through all of the data before any row is ruled on: use clean or gate")
    if settings.semantic:
        raise UsageError("semantic: a search by meaning goes through all of the data before any row is ruled on: use clean or gate")
    return build_guard(settings)


def _refuse_copies(settings: Settings) -> None:
    """Raise UsageError for a policy that acts on duplicates: a guard does not know the rows before."""
    for name in (EXACT, NEAR):
        if duplicate_action(settings, name) > Action.KEEP:
            raise UsageError(f"policy: {name}: duplicates are looked for in all of the data before any row is ruled on: use clean")


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
    """A transformers or trl callback that raises GateBlocked when training begins, unless the gate lets the files `data` through.

    `rows` is the dataset as it was loaded, before it is tokenized: each of its rows must stand in `data`, and what the trainer
    holds must be made of them: rows with the same texts, their tokens by the trainer's tokenizer, or what `prepare(rows)` returns.
    What cannot be compared keeps the gate shut unless `trust_tokens`. Without `rows`, texts that the trainer holds under columns of
    the files must still be the files', and a warning says what was not compared. `answer` is the JSON answer of an earlier gate
    (`leakguard gate -o`): it is held against the files' hashes and the policy of this call, and nothing is scanned again. Raises
    UsageError for what means nothing, MissingExtra without transformers.
    """
    from leakguard.integrations.trainer import make_callback
    from leakguard.jobs.trainer import PromisedRows, compare_trainer_rows

    settings = _settings(config, options)
    paths = _paths(data)
    if not paths:
        raise UsageError("data: expected the path of the files that are trained on; rows in memory are given as rows=, beside it")
    named = None if manifest is None else _path(manifest, "manifest")
    earlier = None if answer is None else _path(answer, "answer")
    if named and earlier:
        raise UsageError("manifest: an answer was given by a gate that saw its own manifest; leave out manifest= or answer=")
    promise = PromisedRows(rows, prepare, trust_tokens)
    promise.check()

    def ask() -> GateResult:
        files = expand_paths(settings, paths)
        held = None if rows is None else RowCollection(rows)
        if earlier is not None:
            return check_answer(settings, files, earlier, rows=held)
        return _finished(gate_files(settings, files, manifest=named, rows=held, on_progress=_unseen))

    return make_callback(ask, lambda result, dataset, tokenizer: compare_trainer_rows(result.data, promise, dataset, tokenizer))


def _settings(config: Place | None, options: Mapping[str, Any]) -> Settings:
    """Defaults, the settings file if one is named (none is looked for), then options. Raises SettingsError."""
    settings = load(_path(config, "config")) if config is not None else Settings()
    for name in options:
        if name not in Keywords.__annotations__:
            raise SettingsError(f"{name}=: there is no such option; known are {', '.join(Keywords.__annotations__)}")
    return override(settings, {name.replace("_", "-"): value for name, value in options.items()}, where="option ")


def _files(paths: Sequence[str], settings: Settings) -> FileSource:
    return FileSource(tuple(paths), row_limit=settings.row_limit, unpack_limit=settings.unpack_limit, unread=list_unread(paths))


def _path(value: object, name: str) -> Path:
    """A path that an argument names. Raises UsageError for anything else."""
    if not isinstance(value, (str, os.PathLike)) or isinstance(os.fspath(value), bytes):
        raise UsageError(f"{name}: expected a path (a str or a Path), not a value of type {type(value).__name__}")
    return Path(value)


def _paths(data: Data) -> list[str] | None:
    """The paths that `data` names; None if it is rows."""
    if isinstance(data, (str, os.PathLike)):
        _path(data, "data")
        return [os.fspath(data)]
    if isinstance(data, Sequence) and data and all(isinstance(one, (str, os.PathLike)) for one in data):
        return [name for one in data for name in _paths(one) or ()]
    return None


def _inputs(data: Data, settings: Settings) -> Inputs | None:
    """The files that `data` names; None if it is rows. Raises UsageError for paths that are not there."""
    paths = _paths(data)
    if paths is None:
        return None
    if isinstance(data, (str, os.PathLike)):
        return expand_paths(settings, paths)
    try:
        return expand_paths(settings, paths)
    except UsageError as error:
        raise UsageError(f'{error}. A list of texts is read as paths; rows are [{{"text": text}} for text in data]') from error


def _write(data: Data, file: BinaryIO) -> None:
    """Rows in memory as JSON Lines. Raises UsageError for a row that JSON cannot say."""
    for number, row in enumerate(RowCollection(data), 1):
        try:
            file.write(encode_row(row) + b"\n")
        except UnwritableRowError as error:
            raise UsageError(f"row {number} of the data cannot be written as JSON: {error}; nothing was looked at") from error


def _finished(result: GateResult) -> GateResult:
    if result.scan and result.scan.interrupted:
        raise KeyboardInterrupt
    return result


def _unseen(_: object) -> None:
    """Nobody watches the progress of a call."""
