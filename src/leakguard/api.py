"""The front door for Python: scan, clean, gate, and what stands in front of a trainer. Everything here is named in `leakguard`."""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict, Unpack, cast

from leakguard.core.errors import SettingsError, UsageError
from leakguard.core.finding import Finding
from leakguard.core.gate import GateResult
from leakguard.core.ports import Source
from leakguard.core.scanned import Scanned
from leakguard.core.verdict import ScanResult, Tally
from leakguard.integrations.datasets import RowGuard
from leakguard.io.inputs import STDIN, unread_of
from leakguard.io.intake import outside
from leakguard.io.objects import NAME, Objects, Unwritable, line_of, line_or_nothing
from leakguard.io.redaction import redacted
from leakguard.io.rows import Rows
from leakguard.io.sources import Files
from leakguard.pipeline.count import tally
from leakguard.pipeline.look import Looked, look
from leakguard.pipeline.sort import Sorter
from leakguard.pipeline.unroll import findings, rows
from leakguard.settings import Settings, changed
from leakguard.settings.build import guard as build_guard
from leakguard.settings.build import inputs_of, policy_of
from leakguard.settings.cleaning import Wish, cleaned
from leakguard.settings.files import load
from leakguard.settings.gating import answered, gated
from leakguard.settings.watching import Guard

if TYPE_CHECKING:
    from transformers import TrainerCallback

Place = str | os.PathLike[str]
Data = Place | Sequence[Place] | Iterable[Mapping[str, Any]]
"""A path (a file, a folder, a glob), several of them, or rows as dicts."""


class Options(TypedDict, total=False):
    """The settings of a settings file, with _ for -; docs/output.md and docs/gate.md say what each means."""

    rules: Sequence[str]
    traits: Sequence[str]
    preset: str
    select: Sequence[str]
    ignore: Sequence[str]
    schema: str
    field: Sequence[str]
    roles: Sequence[str]
    row_limit: int | str
    unpack_limit: int | str
    ignore_files: Sequence[str]
    follow_links: bool
    baseline: str
    engine: str
    semantic: bool
    scores: str
    semantic_model: str
    semantic_download: bool
    fpr: float
    judge_model: str
    judge_base_url: str
    judge_key_env: str
    judge_rubric: Sequence[str]
    judge_only: str
    judge_budget: Mapping[str, float]
    judge_prices: Mapping[str, float]
    judge_concurrency: int
    judge_timeout: int
    judge_cache: str
    judge_certainty: float
    judge_threshold: int
    judge_check: str
    judge_minimum: Mapping[str, float]
    policy: Mapping[str, str]
    replacement: str
    redact: str
    workers: int
    gate: Mapping[str, Any]


@dataclass(slots=True)
class Scan:
    """One pass over data, to be read once: iterate over its rows, or over `findings()`; memory holds one block.

    `tally` counts what has been read so far, and everything once the pass has ended.
    """

    _looked: Callable[[], Iterator[Looked]]
    tally: Tally = field(default_factory=Tally)
    _begun: bool = False

    def __iter__(self) -> Iterator[Scanned]:
        """Every row in order, unreadable ones too."""
        for looked in self._pass():
            yield from rows(looked)

    def findings(self) -> Iterator[Finding]:
        """Every finding in order; rows that could not be looked at are in `tally` alone."""
        for looked in self._pass():
            yield from findings(looked)

    def _pass(self) -> Iterator[Looked]:
        if self._begun:
            raise UsageError("this scan was read already, and its data may not come again: call leakguard.scan once more")
        self._begun = True
        for looked in self._looked():
            self.tally.add(tally(looked.batch, looked.answers, looked.missed))
            yield looked
        self.tally.check()


def scan(data: Data, *, config: Place | None = None, **options: Unpack[Options]) -> Scan:
    """Look at data; nothing is changed, and rows are read as they are asked for, in this process.

    Raises UsageError (a SettingsError, PackError or MissingExtra) before anything is read where that cannot be done.
    """
    settings = _settings(config, options)
    watch = _at_sight(settings)
    parser = _parser(settings)
    paths = _paths(data)
    limit = settings.row_limit
    source: Source = Objects(_rows(data), row_limit=limit) if paths is None else _files(inputs_of(settings, paths), settings)
    return Scan(lambda: (look(parser, watch.detectors, block) for block in source.blocks()))


def clean(
    data: Data, folder: Place, *, config: Place | None = None, resume: bool = True, overwrite: bool = False, **options: Unpack[Options]
) -> ScanResult:
    """Sort every row by policy into `folder`, as `leakguard clean` does, with a manifest; rows in memory become kept/stdin.jsonl.

    Raises UsageError where that cannot be begun, Stopped where the disk or an input failed on the way, KeyboardInterrupt with
    a checkpoint kept.
    """
    settings = _settings(config, options)
    paths = _paths(data)
    outside(os.fspath(folder), paths or ())
    with _lines(_rows(data) if paths is None else ()) as spool:
        files = [STDIN] if paths is None else inputs_of(settings, paths)
        wish = Wish(resume, overwrite)
        result = cleaned(settings, files, Path(folder), wish, stdin=spool, clock=time.monotonic, on_progress=_unseen)
    if result.interrupted:
        raise KeyboardInterrupt
    return result


def gate(data: Data, *, config: Place | None = None, manifest: Place | None = None, **options: Unpack[Options]) -> GateResult:
    """Hold data against the policy in `gate` (or in the settings file `config`), as `leakguard gate` does.

    The result's `answer` is Answer.PASSED only if every check passed. Raises UsageError where nothing could be begun.
    """
    settings = _settings(config, options)
    named = None if manifest is None else Path(manifest)
    paths = _paths(data)
    if paths is not None:
        return _finished(gated(settings, inputs_of(settings, paths), manifest=named, on_progress=_unseen))
    with tempfile.TemporaryDirectory(prefix="leakguard-") as folder:
        place = Path(folder) / f"{NAME}.jsonl"
        with _lines(_rows(data)) as spool, place.open("wb") as file:
            file.writelines(spool)
        return _finished(gated(settings, [str(place)], manifest=named, on_progress=_unseen))


def guard(*, config: Place | None = None, **options: Unpack[Options]) -> RowGuard:
    """What says of rows of a dataset in memory whether a clean would keep them: `dataset.filter(guard.batch, batched=True)`."""
    settings = _settings(config, options)
    watch = _at_sight(settings)
    cut = partial(redacted, replacement=settings.replacement)
    return RowGuard(Sorter(_parser(settings), watch.detectors, policy_of(settings, watch), cut), line_or_nothing)


def _at_sight(settings: Settings) -> Guard:
    """What looks at rows as they come. Raises UsageError for a judge and a search by meaning, which go through all of the data first."""
    if settings.judge_model:
        raise UsageError("judge_model: a judge goes through all of the data before any row is ruled on: use clean or gate")
    if settings.semantic:
        raise UsageError("semantic: a search by meaning goes through all of the data before any row is ruled on: use clean or gate")
    return build_guard(settings)


def trainer_callback(
    data: Place | Sequence[Place],
    *,
    rows: Iterable[Mapping[str, Any]] | None = None,
    answer: Place | None = None,
    config: Place | None = None,
    manifest: Place | None = None,
    **options: Unpack[Options],
) -> "TrainerCallback":
    """A transformers or trl callback that raises GateShut when training begins, unless the gate lets `data` through.

    `rows` is the dataset as it was loaded, before it is tokenized: each of its rows must stand in `data`. `answer` is the
    JSON answer of an earlier gate (`leakguard gate -o`): then it is held against the hashes of the files and nothing is scanned
    again. Raises MissingExtra without transformers.
    """
    from leakguard.integrations.trainer import callback

    settings = _settings(config, options)
    paths = _paths(data) or []
    named = None if manifest is None else Path(manifest)

    def ask() -> GateResult:
        files = inputs_of(settings, paths)
        if answer is not None:
            return answered(settings, files, Path(answer), rows=rows)
        return _finished(gated(settings, files, manifest=named, rows=rows, on_progress=_unseen))

    return callback(ask)


def _settings(config: Place | None, options: Mapping[str, Any]) -> Settings:
    """Defaults, the settings file if one is named (none is looked for), then options. Raises SettingsError."""
    settings = load(Path(config)) if config is not None else Settings()
    for name in options:
        if name not in Options.__annotations__:
            raise SettingsError(f"{name}=: there is no such option; known are {', '.join(Options.__annotations__)}")
    return changed(settings, {name.replace("_", "-"): value for name, value in options.items()}, where="option ")


def _files(paths: Sequence[str], settings: Settings) -> Files:
    return Files(tuple(paths), row_limit=settings.row_limit, unpack_limit=settings.unpack_limit, unread=unread_of(paths))


def _parser(settings: Settings) -> Rows:
    return Rows(settings.schema, settings.field, ",".join(settings.roles))


def _paths(data: Data) -> list[str] | None:
    """The paths that `data` names; None if it is rows."""
    if isinstance(data, (str, os.PathLike)):
        return [os.fspath(data)]
    if isinstance(data, Sequence) and data and all(isinstance(one, (str, os.PathLike)) for one in data):
        return [os.fspath(cast("Place", one)) for one in data]
    if isinstance(data, Mapping):
        raise UsageError("data: this is one mapping; give a path, or an iterable of rows such as [row]")
    return None


def _rows(data: Data) -> Iterable[object]:
    return cast("Iterable[object]", data)


@contextmanager
def _lines(data: Iterable[object]) -> Iterator[BinaryIO]:
    """Rows in memory as a file of JSON Lines. Raises UsageError for a row that JSON cannot say."""
    with tempfile.TemporaryFile() as spool:
        for number, row in enumerate(data, 1):
            try:
                spool.write(line_of(row) + b"\n")
            except Unwritable as error:
                raise UsageError(f"row {number} of the data cannot be written as JSON: {error}; nothing was looked at") from error
        spool.seek(0)
        yield cast("BinaryIO", spool)


def _finished(result: GateResult) -> GateResult:
    if result.scan and result.scan.interrupted:
        raise KeyboardInterrupt
    return result


def _unseen(_: object) -> None:
    """Nobody watches the progress of a call."""
