"""Build the executor of a run on a cluster, and refuse what only one machine can do, before anything is read."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from leakguard.core.counting import Mode
from leakguard.core.errors import UsageError
from leakguard.core.store_address import find_address
from leakguard.jobs.guard import Guard
from leakguard.readers.files.archives import get_archive_path
from leakguard.readers.files.inputs import list_readable
from leakguard.settings.cluster import ClusterPlan
from leakguard.settings.plan import Plan, ReadPlan

LOCAL_WAY = "leave out `executor` to do this on one machine"


@contextmanager
def open_cluster(plan: Plan, guard: Guard, files: Sequence[str], environ: Mapping[str, str] = os.environ) -> Iterator[int | None]:
    """Connect to the cluster of a plan and yield the number of its cores; None if the plan has no cluster.

    Ray itself is told by RAY_USE_TLS in `environ` to use TLS; its address is then not tried by plain gRPC.

    Raises UsageError for what a cluster does not do: passes over all rows before the scan, and inputs that other machines cannot read.
    """
    cluster = plan.read.cluster
    if not cluster:
        yield None
        return
    learners = [f"`{learner.name}`" for learner in guard.learners]
    learners += ["`duplicates`"] if plan.look.counting.mode is not Mode.OFF else []
    if learners:
        raise UsageError(f"`executor` ray: {', '.join(learners)} must read all rows before the first is judged; {LOCAL_WAY}")
    if plan.read.limit is not None:
        raise UsageError(f"`executor` ray: `limit` counts rows in their order; {LOCAL_WAY}")
    for file in list_readable(files):
        if not find_address(file) and not os.path.isfile(get_archive_path(file)):
            raise UsageError(f"`executor` ray: {file} is no file that other machines can read; {LOCAL_WAY}")
    from leakguard.pipeline.executor.ray import connect

    # As Ray reads this variable.
    tls = environ.get("RAY_USE_TLS", "").lower() in ("1", "true")
    with connect(cluster.address, plan.read.workers, tls=tls) as cores:
        yield cores


@contextmanager
def open_folder(cluster: ClusterPlan) -> Iterator[Path]:
    """Create a folder for the part files of a scan, and delete it at the end. Raises UsageError if that is not possible."""
    try:
        folder = TemporaryDirectory(prefix="leakguard-", dir=cluster.folder)
    except OSError as error:
        raise UsageError(f"`executor-folder` {cluster.folder}: cannot be written: {error.strerror or error}") from error
    with folder as name:
        yield Path(name)


def describe_whole_files(read: ReadPlan, files: Sequence[str]) -> list[str]:
    """Return a line about large files that a cluster cannot divide, for stderr; no line without a cluster or without such files."""
    from leakguard.readers.shards import SHARD_BYTES, has_ranges

    local = [file for file in list_readable(files) if not find_address(file)] if read.cluster else []
    large = [file for file in local if os.path.isfile(file) and os.path.getsize(file) > SHARD_BYTES and not has_ranges(file)]
    if not large:
        return []
    what = f"{len(large):,} large files are" if len(large) > 1 else f"{large[0]} is"
    return [f"{what} read as a whole, each by one worker: packed files and tables have no byte ranges that a cluster could share out."]
