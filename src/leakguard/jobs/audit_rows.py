"""Read the rows of an audit: what was asked, what was written, and which rows belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from leakguard.core.audit import RowTexts
from leakguard.core.batch import Batch
from leakguard.core.errors import Stopped, UsageError
from leakguard.core.gate import GatedFile
from leakguard.core.record import Turn
from leakguard.jobs.build.readers import build_parser, build_source, expand_paths
from leakguard.jobs.file_hashes import confirm_files, find_odd_files, list_hashed
from leakguard.jobs.guard import OnProgress
from leakguard.pipeline.scan import Progress
from leakguard.readers.files.inputs import STDIN, list_readable, list_unread
from leakguard.readers.files.readings import Readings
from leakguard.readers.rows.roles import Roles
from leakguard.settings.plan import Plan, ReadPlan

JOIN = "\n"


@dataclass(frozen=True, slots=True)
class AuditRows:
    """The rows of one dataset, its files with their hashes, and what could not be read.

    `unreadable` counts rows and files, `first_unreadable` names the first of them; `wordless` counts rows without a text that is
    written, which the test leaves out.
    """

    rows: RowTexts
    files: tuple[GatedFile, ...]
    unreadable: int
    first_unreadable: str
    wordless: int


def read_audit_rows(
    read: ReadPlan, paths: Sequence[str], cluster: str | None = None, *, on_progress: OnProgress = lambda progress: None
) -> AuditRows:
    """Read every row of the paths; `cluster` is the path of the field that rows of one cluster share.

    The texts of a row that its roles select are its completion, all other texts its prompt; several are joined by line breaks. Raises
    UsageError for standard input, pipes, and a row without the field, and Stopped for a file that changed while it was read.
    """
    files = expand_paths(read, paths)
    if STDIN in files:
        raise UsageError("audit: standard input cannot be hashed before it is read, so no result could be tied to it; give a file")
    there, unread = list_readable(files), list_unread(files)
    for name, why in find_odd_files(there).items():
        raise UsageError(f"{name}: {why}")
    readings, parser = Readings(), build_parser(read)
    reader = _RowReader(Roles(",".join(read.roles)), cluster)
    seen = size = 0
    for block in build_source(replace(read, workers=1, limit=None), files, readings=readings).blocks():
        batch = parser.parse(block)
        reader.add(batch)
        seen, size = seen + batch.seen, size + block.length
        on_progress(Progress(seen, size))
    on_progress(Progress(seen, size, "hash"))
    hashed, changed = confirm_files(there, readings, {})
    for name, why in changed.items():
        raise Stopped(f"{name}: {why}")
    return AuditRows(
        rows=reader.texts(),
        files=list_hashed(hashed),
        unreadable=len(reader.unreadable) + len(unread),
        first_unreadable=next(iter((*(f"{name}: {why}" for name, why in unread.items()), *reader.unreadable)), ""),
        wordless=reader.wordless,
    )


def join_turns(turns: tuple[Turn, ...], roles: Roles) -> tuple[str, str]:
    """Return prompt and completion of a row: the texts that the roles do not select, and those that they select."""
    written = set(roles.select(turns))
    prompt = JOIN.join(turn.text for at, turn in enumerate(turns) if at not in written)
    return prompt, JOIN.join(turn.text for at, turn in enumerate(turns) if at in written)


def read_sides(plan: Plan, paths: Sequence[str], *, on_progress: OnProgress = lambda progress: None) -> tuple[AuditRows, AuditRows]:
    """Read the rows of the data and of the control. Raises UsageError if the plan names no control."""
    if not plan.read.control:
        raise UsageError("`control`: an audit compares data with control data of the same kind; name them")
    data, control = (read_audit_rows(plan.read, one, plan.audit.cluster, on_progress=on_progress) for one in (paths, [plan.read.control]))
    return data, control


def refuse_shared_files(rows: AuditRows, control: AuditRows, setting: str) -> None:
    """Raise UsageError if a file of the control has the bytes of a file of the data: they cannot differ."""
    known = {file.sha256: file.name for file in rows.files}
    for file in control.files:
        if file.sha256 in known:
            raise UsageError(f"{setting}: {file.name} has the same content as {known[file.sha256]}; give data that another model wrote")


class _RowReader:
    """Collects the columns of the rows of many batches."""

    def __init__(self, roles: Roles, cluster: str | None) -> None:
        self._roles, self._cluster = roles, cluster
        self._columns: tuple[list[str], list[str], list[str], list[str]] = ([], [], [], [])
        self.unreadable: list[str] = []
        self.wordless = 0

    def add(self, batch: Batch) -> None:
        """Add the rows of a batch: one entry per row and column."""
        # All turns of a row are read, not only those that are scanned: what is not written is the prompt.
        for one in batch.unreadable:
            self.unreadable.append(one.words)
        completions, prompts, clusters, roles = self._columns
        for line, row in enumerate(batch.rows):
            if row is None:
                continue
            turns = batch.turns_of(row)
            prompt, completion = join_turns(turns, self._roles)
            if not completion.strip():
                self.wordless += 1
                continue
            completions.append(completion)
            prompts.append(prompt)
            roles.append(", ".join(turn.role for turn in turns))
            if self._cluster:
                clusters.append(self._find_cluster(row, f"{batch.file}, row {batch.first_row + line}"))

    def texts(self) -> RowTexts:
        """Return the columns. Prompts are left out if no row has one."""
        completions, prompts, clusters, roles = map(tuple, self._columns)
        return RowTexts(completions, prompts if any(prompts) else (), clusters, roles)

    def _find_cluster(self, row: Any, place: str) -> str:
        """Return the value of the row's cluster as a text. Raises UsageError, which names the row, if there is none."""
        value, path = row, self._cluster or ""
        for key in path.split("."):
            try:
                value = value[key]
            except (KeyError, TypeError, IndexError):
                raise UsageError(f"`cluster` {path}: there is no such field in {place}; every row must have it") from None
        return str(value)
