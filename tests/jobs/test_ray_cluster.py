"""Scans and cleans on a Ray cluster: the bytes of a local run, whatever dies on the way, and clear refusals."""

import contextlib
import gzip
import io
import itertools
import os
import re
import signal
import socket
import sys
from functools import partial

import pytest
import zstandard

from io_tables import csv_of
from leakguard.core.errors import MissingExtra, Stopped, TaskFailed, UsageError
from leakguard.core.exit_codes import ExitCode, exit_code_of
from leakguard.core.version import install
from leakguard.documents.tally import tally_to_dict
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.scan import ScanInput, ScanOutputs, scan_files
from leakguard.pipeline.executor import group_blocks
from leakguard.pipeline.executor import ray as ray_executor
from leakguard.readers import shards
from leakguard.readers.files.inputs import find_inputs
from leakguard.readers.sources import FileSource
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve

ROWS = [f"the kettle said {1488 if n % 50 == 7 else 666 if n % 50 == 9 else n}, and then it was quiet" for n in range(400)]
LINES = b"".join(b'{"text": "%s"}\n' % row.encode() for row in ROWS)
HOT = b'{"text": "the tag was 1488"}\n'


@pytest.fixture(scope="module")
def cluster():
    """A Ray of two cores that all tests of this module use. Its workers get the functions of this module as they are."""
    ray = pytest.importorskip("ray")
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with ray_executor.connect("", 2) as cores:
        yield ray
    assert cores == 2


def parquet_of(rows):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(pa.table({"text": rows}), out)
    return out.getvalue()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with every kind of input: packed, tables, unreadable rows, and a file with more than one task and a row over the limit."""
    folder = tmp_path_factory.mktemp("inputs")
    long = b'{"text": "%s"}\n' % (b"a quiet cup of tea " * 4_000)
    files = {
        "a.jsonl": LINES,
        "b.jsonl.gz": gzip.compress(LINES * 3, mtime=0),
        "c.jsonl.zst": zstandard.compress(LINES),
        "d.csv": csv_of(["text"], [[row] for row in ROWS]),
        "e.parquet": parquet_of(ROWS),
        "f.jsonl": LINES + b"{broken\n" + HOT + b'"half',
        "g.jsonl": b"\xef\xbb\xbf" + HOT + long * 60 + LINES + b'{"text": "%s"}\n' % (b"x" * (1 << 20)) + (long * 30 + HOT) * 2,
        "h.jsonl.gz": gzip.compress(LINES)[:-20],
        "i.jsonl": b"",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def plan(**options):
    return resolve(
        override(Settings(), {"rules": ["hate-numeric", "unlucky-numbers"], "workers": 1, "row-limit": 1 << 19, **options}, where="")
    )


def clean(paths, folder, on_progress=lambda progress: None, **options):
    files = find_inputs([str(path) for path in paths])
    return clean_files(
        plan(**options), files, CleanTarget(folder), stdin=io.BytesIO(), clock=itertools.count().__next__, on_progress=on_progress
    )


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def ranges(monkeypatch):
    """Files of more than a megabyte are divided."""
    monkeypatch.setattr(shards, "SHARD_BYTES", 1 << 20)


@pytest.fixture(scope="module")
def local(data, tmp_path_factory):
    """The outputs of a clean in this process."""
    clean([data], folder := tmp_path_factory.mktemp("cleans") / "local")
    return folder.parent, tree(folder)


def test_a_clean_writes_the_bytes_of_a_local_one(cluster, data, local, ranges):
    """Of every format, of damaged files, and of a file that was cut into ranges: rows, reasons and manifest."""
    home, expected = local
    clean([data], home / "ray", executor="ray")
    assert tree(home / "ray") == expected
    assert len({name.split("/")[0] for name in expected}) >= 5


def test_a_scan_writes_the_findings_of_a_local_one(cluster, data, ranges, tmp_path):
    """The stream of findings, the list in the result, which is full before the data end, the tally and the control."""
    found = []
    for options in ({}, {"executor": "ray", "executor-folder": str(tmp_path)}):
        out = io.BytesIO()
        result = scan_files(plan(control=str(data / "d.csv"), **options), ScanInput(find_inputs([str(data)])), ScanOutputs([out], keep=20))
        listed = [(one.file, one.row, one.mark.rule.id, one.span, one.quote) for one in result.findings]
        found.append((out.getvalue(), listed, result.unreadable, tally_to_dict(result.tally), tally_to_dict(result.control)))
    assert found[0] == found[1]
    assert found[0][0].count(b"\n") > 20
    assert not [*tmp_path.iterdir()]


def die_once(marker, task, room, keep):
    """The first worker that gets the second file is killed; the result of a task is its file and the bytes of its rows."""
    if task[0].file.endswith("1.jsonl"):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
            os.kill(os.getpid(), signal.SIGKILL)
    return read(task, room, keep)


def read(task, room, keep):
    return task[0].file, keep(b"".join(block.data for block in task))


def die(task, room, keep):
    os.kill(os.getpid(), signal.SIGKILL)


def run(work, folder, files=3, ledger=None):
    """Yield the results of a map over small files, with the bytes of their parts."""
    names = []
    for number in range(files):
        (folder / f"{number}.jsonl").write_bytes(LINES[: 1000 + number])
        names.append(str(folder / f"{number}.jsonl"))
    (folder / "parts").mkdir(exist_ok=True)
    executor = ray_executor.RayExecutor(2, folder / "parts", ledger)
    for file, piece in executor.map(work, FileSource(tuple(names)), group_blocks, tuple):
        yield file, piece.path.read_bytes()[piece.start : piece.start + piece.length]


def test_the_task_of_a_killed_worker_runs_again(cluster, tmp_path):
    """SIGKILL in the middle of a task: every file once, in order, and no part is left but the draft of the killed worker."""
    found = [*run(partial(die_once, str(tmp_path / "died")), tmp_path)]
    assert (tmp_path / "died").exists()
    assert found == [(str(tmp_path / f"{number}.jsonl"), LINES[: 1000 + number]) for number in range(3)]
    assert [path.suffix for path in (tmp_path / "parts").iterdir()] == [".tmp"]


def test_a_task_that_fails_for_good_is_named(cluster, tmp_path, monkeypatch):
    """Its file is in the message, and the exit code is 3."""
    monkeypatch.setattr(ray_executor, "RETRIES", 0)
    with pytest.raises(TaskFailed, match=r"0\.jsonl: the workers that read it were lost") as raised:
        list(run(die, tmp_path, files=1))
    assert exit_code_of(raised.value) is ExitCode.INCOMPLETE


class Interrupt:
    """Raises KeyboardInterrupt after so many parts were taken."""

    def __init__(self, parts):
        self.left = parts

    def __call__(self, progress):
        if progress.stage == "scan" and progress.rows:
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt


def test_an_interrupted_clean_continues_from_the_ledger(cluster, data, local, ranges, tmp_path, monkeypatch):
    """Finished tasks are not run again; one whose part was cut off, and one whose line was forged, are. The outputs are the same."""
    home, expected = local
    folder = home / "resumed"
    assert clean([data], folder, Interrupt(4), executor="ray").interrupted
    parts, ledger = sorted((folder / ".leakguard/shards").glob("part-*[0-9]")), folder / ".leakguard/shards/ledger.jsonl"
    lines = ledger.read_bytes().splitlines()
    assert len(lines) > 2
    kept = {line.split(b'"part": "')[1][:11].decode() for line in lines[1:] if b'"part": ""' not in line}
    done = [part for part in parts if part.name in kept]
    done[-1].write_bytes(done[-1].read_bytes()[:-1])
    ledger.write_bytes(b"\n".join([*lines[:-1], lines[-1].replace(b'"missed"', b'"Missed"'), b'{"number": 1, "fi']))
    result = clean([data], folder, executor="ray")
    assert "continued after" in result.cleaning.before
    assert tree(folder) == expected


class Kept(dict):
    """A ledger in memory that notes what is entered."""

    def find(self, number, file):
        return self.get((number, file))

    def add(self, number, file, result):
        self[number, file] = result
        self.entered = [*getattr(self, "entered", ()), number]


def test_what_the_ledger_has_is_not_done_again(cluster, tmp_path):
    """A second run gives the same results, and only tasks whose part is missing are run."""
    ledger = Kept()
    first = run(read, tmp_path, files=4, ledger=ledger)
    expected = [next(first), next(first)]
    first.close()
    before = [*ledger.entered]
    again = [*run(read, tmp_path, files=4, ledger=ledger)]
    assert again[:2] == expected
    assert len(again) == 4
    assert 0 in ledger.entered[len(before) :]
    assert not {1, *before} - {0} & {*ledger.entered[len(before) :]} - {0}


def test_a_clean_that_began_on_a_cluster_ends_on_one_machine_and_the_other_way_round(cluster, data, local, ranges):
    """Where tasks run is no part of the identity of a clean."""
    home, expected = local
    for name, first, then in (("there", "ray", "processes"), ("back", "processes", "ray")):
        clean([data], home / name, Interrupt(3), executor=first)
        assert clean([data], home / name, executor=then).cleaning.before
        assert tree(home / name) == expected


@pytest.mark.parametrize("how", ["appended", "deleted"])
def test_a_file_that_changes_in_a_run_is_named(cluster, tmp_path, how):
    """Exit code 3, and nothing is left in the output folder."""
    files = [tmp_path / f"{number}.jsonl" for number in range(30)]
    for file in files:
        file.write_bytes(LINES)

    def change(progress):
        if progress.stage == "scan" and files[-1].exists() and progress.rows:
            files[-1].unlink() if how == "deleted" else files[-1].write_bytes(LINES + HOT)

    with pytest.raises(Stopped, match=r"29\.jsonl: ") as raised:
        clean(files, tmp_path / "out", change, executor="ray")
    assert exit_code_of(raised.value) is ExitCode.INCOMPLETE
    assert not (tmp_path / "out").exists()


REFUSED = {
    "duplicates": ({"duplicates": "exact"}, "`duplicates` must read all rows"),
    "held-out data": ({"against": ["{data}"]}, "`duplicates` must read all rows"),
    "a policy on duplicates": ({"policy": {"duplicates": "remove"}}, "`duplicates` must read all rows"),
    "the judge": ({"judge-model": "fake:rules"}, "`judge` must read all rows"),
    "a limit": ({"limit": 3}, "`limit` counts rows"),
    "standard input": ({}, "- is no file"),
}


@pytest.mark.parametrize(("options", "words"), REFUSED.values(), ids=REFUSED)
def test_what_only_one_machine_can_do_is_refused_before_anything_is_read(tmp_path, options, words):
    """Without a cluster, which is not even asked for; the message says what to do."""
    (tmp_path / "a.jsonl").write_bytes(LINES)
    given = {key: [str(tmp_path / "a.jsonl")] if value == ["{data}"] else value for key, value in options.items()}
    path = "-" if "no file" in words else str(tmp_path / "a.jsonl")
    with pytest.raises(UsageError, match=f"`executor` ray: .*{words}.*; leave out `executor`"):
        clean([path], tmp_path / "out", executor="ray", **given)
    assert not (tmp_path / "out").exists()


def test_a_missing_package_is_named_with_the_command_that_installs_it(tmp_path, monkeypatch):
    """One line, before anything is read."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    (tmp_path / "a.jsonl").write_bytes(LINES)
    with pytest.raises(MissingExtra, match=re.escape(f"`executor` ray needs the package ray: {install('ray')}")):
        clean([tmp_path / "a.jsonl"], tmp_path / "out", executor="ray")


def test_an_address_without_a_cluster_is_refused_at_once(tmp_path, monkeypatch):
    """Ray itself would ask for minutes."""
    monkeypatch.setattr(pytest.importorskip("ray"), "is_initialized", lambda: False)
    (tmp_path / "a.jsonl").write_bytes(LINES)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(UsageError, match=r"no cluster at 127\.0\.0\.1:.*Connection refused.*; nothing was read"):
            clean([tmp_path / "a.jsonl"], tmp_path / "out", executor=f"ray:127.0.0.1:{closed.getsockname()[1]}")
    assert not (tmp_path / "out").exists()


def test_large_files_without_byte_ranges_are_announced(data, ranges):
    """Packed files and tables are one task each; a line on stderr says so."""
    from leakguard.jobs.build.cluster import describe_whole_files

    big = data / "g.jsonl"
    packed = data.parent / "big.jsonl.gz"
    packed.write_bytes(gzip.compress(os.urandom(1 << 20)))
    read = plan(executor="ray").read
    assert describe_whole_files(read, [str(big)]) == []
    assert describe_whole_files(plan().read, [str(packed)]) == []
    assert describe_whole_files(read, [str(big), str(packed)])[0].startswith(f"{packed} is read as a whole, each by one worker")
