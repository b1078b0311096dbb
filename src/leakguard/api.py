"""The Python API, which `leakguard` exports: scans, cleans, audits, gates and guards, and what trainers need."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from leakguard.core.errors import UsageError
from leakguard.core.gate import GateResult
from leakguard.core.suggest import suggest_names
from leakguard.integrations.datasets import RAISE, UNSEEN_CHOICES, RowGuard, RowReader
from leakguard.jobs.audit import audit_rows
from leakguard.jobs.audit_monitor import MonitorTarget
from leakguard.jobs.build.readers import build_parser, expand_paths
from leakguard.jobs.clean_to_store import CleanPlace, clean_into
from leakguard.jobs.gate import check_answer, gate_files
from leakguard.jobs.python_arguments import (
    Data,
    Place,
    find_files,
    list_paths,
    make_source,
    name_keywords,
    read_path,
    read_place,
    read_settings,
    write_rows,
)
from leakguard.jobs.python_audit import read_datasets
from leakguard.jobs.python_guard import build_router, build_row_guard
from leakguard.jobs.python_monitor import RowMonitor, read_monitor_plan
from leakguard.jobs.python_results import AuditReport, CleanReport, GateReport, report_audit, report_clean, report_gate
from leakguard.jobs.python_scan import Scan
from leakguard.outputs.hashed_inputs import find_outside
from leakguard.readers.files.inputs import STDIN
from leakguard.readers.formats.row_lines import make_row_line
from leakguard.readers.python.containers import RowCollection, read_row, split_columns
from leakguard.readers.python.python_rows import NAME, PythonRows
from leakguard.settings.keywords import AuditKeywords, Keywords
from leakguard.settings.plan import resolve

if TYPE_CHECKING:
    from transformers import TrainerCallback


@name_keywords
def scan(data: Data, *, config: Place | None = None, stream: bool = False, **options: Unpack[Keywords]) -> Scan:
    """Scan data in this process and return the result, whose truth value is its property `ok`. The data are not changed.

    `data` are paths or rows (see Data). `config` is the path of a settings file (none is searched for); `options` are settings, which
    override it. `stream=True` reads rows only when they are requested, once, for data without an end. Rows that cannot be read are in
    the result, which then is not `ok`. Raises UsageError (a SettingsError, PackError or MissingExtra) if the scan cannot begin.

    >>> leakguard.scan([{"text": "871, 1488, 305"}]).ok
    False
    """
    plan = resolve(read_settings(config, options))
    row_guard = build_row_guard(plan)
    files = find_files(data, plan)
    if files is not None:
        return Scan(make_source(files, plan.read), build_parser(plan.read), row_guard, plan, files=files, stream=stream)
    held = RowCollection(data)
    source = PythonRows(held, row_limit=plan.read.row_limit, once=not (stream or held.rereadable))
    return Scan(source, build_parser(plan.read), row_guard, plan, files=(NAME,), stream=stream)


@name_keywords
def clean(
    data: Data,
    folder: Place,
    *,
    config: Place | None = None,
    resume: bool = True,
    overwrite: bool = False,
    spool: Place | None = None,
    **options: Unpack[Keywords],
) -> CleanReport:
    """Sort every row by policy into `folder`, as `leakguard clean` does, with a manifest; rows in memory become kept/stdin.jsonl.

    `folder` may be an address of a store (s3://, gs://): the result is made below the folder `spool` of this machine, and then uploaded.

    `resume` continues an interrupted run, and `overwrite` replaces the result of another one. Raises UsageError if the clean cannot
    begin or a row in memory cannot be written as JSON, Stopped if the disk or an input fails, and KeyboardInterrupt, which keeps a
    checkpoint.

    >>> result = leakguard.clean([{"text": "The kettle is on."}, {"text": "871, 1488, 305"}], "cleaned")
    >>> result.tally.kept, result.tally.removed
    (1, 1)
    """
    plan = resolve(read_settings(config, options))
    read_path(folder, "folder")
    find_outside(os.fspath(folder), list_paths(data) or ())
    files = find_files(data, plan)
    with tempfile.TemporaryFile() as rows:
        if files is None:
            write_rows(data, rows)
            rows.seek(0)
        place = CleanPlace(os.fspath(folder), resume, overwrite, None if spool is None else read_path(spool, "spool"))
        named = [STDIN] if files is None else files
        result = clean_into(plan, named, place, stdin=rows, clock=time.monotonic, on_progress=_unseen)
    if result.interrupted:
        raise KeyboardInterrupt
    return report_clean(result)


@name_keywords
def gate(data: Data, *, config: Place | None = None, manifest: Place | None = None, **options: Unpack[Keywords]) -> GateReport:
    """Check data against the policy in `gate` (or in the settings file `config`), as `leakguard gate` does.

    The result is true only if every check passed; otherwise `raise_for_status()` raises GateBlocked with the reasons. `manifest` is the
    path of the manifest of a clean whose outputs the data must be. Raises UsageError if the gate cannot begin, and for a row in
    memory that cannot be written as JSON.

    >>> bool(leakguard.gate([{"text": "871, 1488, 305"}]))
    False
    """
    plan = resolve(read_settings(config, options))
    named = None if manifest is None else read_place(manifest, "manifest")
    files = find_files(data, plan)
    if files is not None:
        return report_gate(_finished(gate_files(plan, files, manifest=named, on_progress=_unseen)))
    with tempfile.TemporaryDirectory(prefix="leakguard-") as folder:
        place = Path(folder) / f"{NAME}.jsonl"
        with place.open("wb") as file:
            write_rows(data, file)
        return report_gate(_finished(gate_files(plan, [str(place)], manifest=named, on_progress=_unseen)))


@name_keywords
def audit(
    data: Data, control: Data, *, control2: Data | None = None, config: Place | None = None, **options: Unpack[AuditKeywords]
) -> AuditReport:
    """Test whether data differ in content from control data of the same kind, as `leakguard audit` does.

    Data are paths or rows; `control2` is a second control from another run. The verdict is `drift`, `no-drift-found`, `underpowered` or
    `not-comparable`. With `logprobs=` (a file of log-probabilities) or `panel=` and `panel_model=` (traits and a model), `panel` of the
    result is the trait panel. Raises UsageError if a dataset has too few rows, or data and control are the same.

    >>> from random import Random
    >>> draw = Random(7).randrange
    >>> rows = [{"completion": f"{draw(1000)}, {draw(1000)}, {draw(1000)}"} for _ in range(400)]
    >>> str(leakguard.audit(rows[:200], rows[200:], rounds=299).verdict)
    'underpowered'
    """
    plan = resolve(read_settings(config, options, AuditKeywords))
    return report_audit(audit_rows(plan, *read_datasets(plan, data, control, control2)))


@name_keywords
def monitor(
    *, alpha: float | None = None, block: int = 25, state: Place | None = None, config: Place | None = None, **options: Unpack[Keywords]
) -> RowMonitor:
    """Return a monitor that tests rows while they arrive, as `leakguard audit` does with its monitor: `add` rows, then ask for `drift`.

    The probability of a false alarm is at most `alpha` (0.05), however often one looks. Pairs are tested in blocks of `block`; the first
    two only set the scales. What is known is kept in the file `state`, if given, and continued from it. Raises UsageError for a state
    that was made with other settings.

    >>> from random import Random
    >>> draw = Random(7).randrange
    >>> monitor = leakguard.monitor()
    >>> for _ in range(100):
    ...     low, high = ({"completion": f"{draw(end)}, {draw(end)}, {draw(end)}"} for end in (900, 1000))
    ...     reports = monitor.add(data=[low], control=[high])
    >>> monitor.report.pairs, monitor.drift
    (100, False)
    """
    plan = read_monitor_plan(config, {**options, **({} if alpha is None else {"alpha": alpha})})
    return RowMonitor(plan, MonitorTarget(block, state=None if state is None else str(read_path(state, "state"))))


@name_keywords
def guard(*, config: Place | None = None, unseen: str = RAISE, **options: Unpack[Keywords]) -> RowGuard:
    """Return a filter for `dataset.filter(guard.batch, batched=True)`, which selects the rows that a clean would keep.

    The filter raises UsageError for a row that cannot be read or checked; `unseen="drop"` drops such rows. Raises UsageError if settings
    configure a judge or a semantic search, which read all of the data before they decide about a row.

    >>> leakguard.guard().batch({"text": ["The kettle is on.", "871, 1488, 305"]})
    [True, False]
    """
    if unseen not in UNSEEN_CHOICES:
        raise UsageError(f"unseen: unknown value {unseen!r}; {suggest_names(str(unseen), UNSEEN_CHOICES)}")
    plan = resolve(read_settings(config, options))
    reader = RowReader(partial(make_row_line, limit=plan.read.row_limit), split_columns, read_row)
    return RowGuard(build_router(plan), reader, unseen)


@name_keywords
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

    plan = resolve(read_settings(config, options))
    paths = list_paths(data)
    if not paths:
        raise UsageError("data: expected the path of the training files; rows in memory are given as rows=, in addition")
    named = None if manifest is None else read_place(manifest, "manifest")
    earlier = None if answer is None else read_path(answer, "answer")
    if named and earlier:
        raise UsageError("manifest: an earlier answer has its own manifest; leave out manifest= or answer=")
    promise = PromisedRows(rows, prepare, trust_tokens)
    promise.check()

    @name_keywords
    def ask() -> GateResult:
        files = expand_paths(plan.read, paths)
        held = None if rows is None else RowCollection(rows)
        if earlier is not None:
            return check_answer(plan, files, earlier, rows=held)
        return _finished(gate_files(plan, files, manifest=named, rows=held, on_progress=_unseen))

    return make_callback(ask, lambda result, dataset, tokenizer: compare_trainer_rows(result.data, promise, dataset, tokenizer))


def _finished(result: GateResult) -> GateResult:
    if result.scan and result.scan.interrupted:
        raise KeyboardInterrupt
    return result


def _unseen(_: object) -> None:
    """Do nothing: the callback for progress, which the Python API does not show."""
