"""Arguments of the Python API: settings from keywords, and data as paths or as rows in memory."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any, BinaryIO, ParamSpec, TypeVar, get_args, get_type_hints

from leakguard.core.errors import LeakguardError, SettingsError, UsageError
from leakguard.core.setting_names import show_names
from leakguard.core.store_address import find_address
from leakguard.jobs.build.readers import expand_paths
from leakguard.readers.files.inputs import Inputs, list_unread
from leakguard.readers.files.places import ResultPlace
from leakguard.readers.formats.row_lines import UnwritableRowError, encode_row
from leakguard.readers.python.containers import RowCollection
from leakguard.readers.sources import FileSource
from leakguard.settings import OPTIONS, Settings, override
from leakguard.settings.files import load
from leakguard.settings.keywords import Keywords
from leakguard.settings.option import field_name
from leakguard.settings.plan import Plan, ReadPlan

Place = str | os.PathLike[str]
Data = Place | Sequence[Place] | Iterable[Mapping[str, Any]]
"""A path (a file, a folder, a glob), several of them, or rows as dicts."""
P = ParamSpec("P")
T = TypeVar("T")
_ARGUMENTS = {
    "no-resume": "resume=False",
    "overwrite": "overwrite=True",
    "config": "config=",
    "manifest": "manifest=",
    "spool": "spool=",
    "state": "state=",
    "block": "block=",
}
"""Names of arguments in messages of lower layers -> how they are written in Python."""


class _LeftOut:
    """The default of an option in a signature: it was left out. It is shown as `...`."""

    def __repr__(self) -> str:
        return "..."


def name_keywords(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function so that error messages name its Python keywords, and its signature names every option.

    A message then has judge_model for `judge-model`. The signature is what help() shows and what a notebook completes.
    """

    @wraps(function)
    def call(*args: P.args, **keywords: P.kwargs) -> T:
        try:
            return function(*args, **keywords)
        except LeakguardError as error:
            error.args = (show_names(str(error), _keyword),)
            raise

    call.__signature__ = list_options(signature(function))  # type: ignore[attr-defined]
    return call


def list_options(said: Signature) -> Signature:
    """Return a signature with a keyword for each option in place of `**options: Unpack[...]`, and `...` as its default.

    An option that is left out has the value of the settings file or, without one, that of `leakguard.settings`.
    """
    parameters = []
    for one in said.parameters.values():
        table = get_args(one.annotation)[:1] if one.kind is Parameter.VAR_KEYWORD else ()
        named = get_type_hints(table[0]).items() if table else ()
        parameters += [Parameter(name, Parameter.KEYWORD_ONLY, default=_LeftOut(), annotation=kind) for name, kind in named]
        parameters += [] if table else [one]
    return said.replace(parameters=parameters)


def _keyword(name: str) -> str | None:
    return field_name(name) if name in OPTIONS else _ARGUMENTS.get(name)


def read_settings(config: Place | None, options: Mapping[str, Any], known: type = Keywords) -> Settings:
    """Return the settings: defaults, the settings file if one is named (none is searched for), then options of the class `known`.

    Raises SettingsError.
    """
    settings = load(read_path(config, "config")) if config is not None else Settings()
    names = get_type_hints(known)
    for name in options:
        if name not in names:
            raise SettingsError(f"{name}=: there is no such option; known are {', '.join(names)}")
    values = {name.replace("_", "-"): value for name, value in options.items()}
    return override(settings, values, where="option ", name_key=field_name)


def make_source(paths: Sequence[str], read: ReadPlan) -> FileSource:
    """Return the source of the files' rows."""
    return FileSource(tuple(paths), row_limit=read.row_limit, unpack_limit=read.unpack_limit, unread=list_unread(paths))


def read_path(value: object, name: str) -> Path:
    """Return the value of the argument `name` as a path. Raises UsageError if it is none."""
    if not isinstance(value, (str, os.PathLike)) or isinstance(os.fspath(value), bytes):
        raise UsageError(f"{name}: expected a path (a str or a Path), not a value of type {type(value).__name__}")
    return Path(value)


def read_place(value: object, name: str) -> ResultPlace:
    """Return the value of the argument `name` as a path or an address. Raises UsageError if it is neither."""
    return find_address(value) or read_path(value, name)


def list_paths(data: Data) -> list[str] | None:
    """Return the paths in `data`; None if it is rows."""
    if isinstance(data, (str, os.PathLike)):
        read_path(data, "data")
        return [os.fspath(data)]
    if isinstance(data, Sequence) and data and all(isinstance(one, (str, os.PathLike)) for one in data):
        return [name for one in data for name in list_paths(one) or ()]
    return None


def find_files(data: Data, plan: Plan) -> Inputs | None:
    """Return the input files at the paths in `data`; None if it is rows. Raises UsageError for paths that do not exist."""
    paths = list_paths(data)
    if paths is None:
        return None
    if isinstance(data, (str, os.PathLike)):
        return expand_paths(plan.read, paths)
    try:
        return expand_paths(plan.read, paths)
    except UsageError as error:
        raise UsageError(f'{error}. A list of texts is read as paths; rows are [{{"text": text}} for text in data]') from error


def write_rows(data: Data, file: BinaryIO) -> None:
    """Write rows in memory as JSON Lines. Raises UsageError for a row that cannot be written as JSON."""
    for number, row in enumerate(RowCollection(data), 1):
        try:
            file.write(encode_row(row) + b"\n")
        except UnwritableRowError as error:
            raise UsageError(f"row {number} of the data cannot be written as JSON: {error}; nothing was scanned") from error
