"""The datasets of an audit from Python: paths, or rows in memory, which are hashed as the file that they would be."""

import tempfile
from pathlib import Path

from leakguard.core.errors import UsageError
from leakguard.jobs.audit_rows import AuditRows, read_audit_rows
from leakguard.jobs.python_arguments import Data, list_paths, write_rows
from leakguard.settings.plan import Plan


def read_datasets(plan: Plan, data: Data, control: Data, control2: Data | None) -> list[AuditRows]:
    """Return the rows of data and control, and of the second control, if it is given.

    Raises UsageError, which names the argument, for anything but paths and rows.
    """
    named = {"data": data, "control": control, **({} if control2 is None else {"control2": control2})}
    with tempfile.TemporaryDirectory(prefix="leakguard-") as folder:
        return [_read(plan, name, one, Path(folder)) for name, one in named.items()]


def _read(plan: Plan, name: str, data: Data, folder: Path) -> AuditRows:
    """Return the rows of a dataset; rows in memory are written to `folder` first, so that they have a hash."""
    paths = list_paths(data)
    if paths is None:
        place = folder / f"{name}.jsonl"
        try:
            with place.open("wb") as file:
                write_rows(data, file)
        except UsageError as error:
            raise UsageError(f"{name}: {str(error).removeprefix('data: ')}") from error
        paths = [str(place)]
    return read_audit_rows(plan.read, paths, plan.audit.cluster)
