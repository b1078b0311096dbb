"""A file that changes while it is looked at, and is put back: its hash speaks of the bytes that were looked at, or nothing passes."""

import gzip
import hashlib
import json
import time
from pathlib import Path

import pytest
import zstandard

from file_swaps import in_place, mapped, renamed, swapped
from io_tables import csv_of
from leakguard.core.errors import Stopped
from leakguard.jobs.clean import CleanTarget, clean_files
from leakguard.jobs.gate import check_answer, gate_files
from leakguard.readers.files.inputs import find_inputs
from leakguard.settings import Settings, override
from leakguard.settings.plan import resolve

NEVER = 10**9
HOT, MILD = "the tag was 1488", "the tag was blue"


def lines(text):
    return b"".join(b'{"text": "%s"}\n' % row.encode() for row in (text, "tea", "toast"))


def table(text):
    import io

    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(pa.table({"text": [text, "tea", "toast"]}), out, row_group_size=1)
    return out.getvalue()


FORMATS = {
    "rows.jsonl": lines,
    "rows.jsonl.gz": lambda text: gzip.compress(lines(text), mtime=0),
    "rows.jsonl.zst": lambda text: zstandard.compress(lines(text)),
    "rows.csv": lambda text: csv_of(["text"], [[text], ["tea"], ["toast"]]),
    "rows.parquet": table,
    "rows.csv.gz": lambda text: gzip.compress(csv_of(["text"], [[text], ["tea"]]), mtime=0),
}


def plan(**options):
    return resolve(override(Settings(), {"rules": ["hate-numeric"], "workers": 1, **options}, where=""))


def gate(path, swap, **options):
    return gate_files(plan(**options), find_inputs([str(path)]), on_progress=swap.progress).exit_code


def clean(path, folder, swap, **options):
    import io

    return clean_files(
        plan(**options), [str(path)], CleanTarget(folder), stdin=io.BytesIO(), clock=time.monotonic, on_progress=swap.progress
    )


def moments(run, path):
    """How many moments a run has in which the file could change."""
    with swapped(path, b"", NEVER, NEVER, in_place) as swap:
        run(swap)
    return swap.moments


@pytest.mark.parametrize("put", [in_place, renamed], ids=["in place", "under the same name"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_gate_never_opens_for_a_row_that_was_put_back(tmp_path, name, put):
    """A row at error is swapped for a harmless one before any reading of the file, and put back before the next one, times included."""
    path = tmp_path / name
    path.write_bytes(FORMATS[name](HOT))
    workers = 2 if name.endswith(".gz") else 1
    count = moments(lambda swap: gate(path, swap, workers=workers), path)
    assert count > 2
    codes = set()
    for at in range(count):
        for back in (at + 1, at + 2):
            with swapped(path, FORMATS[name](MILD), at, back, put) as swap:
                codes.add(gate(path, swap, workers=workers))
    assert 0 not in codes and codes <= {1, 3}
    assert 3 in codes


OTHERS = {
    "shorter": (lambda data: data[:60], in_place),
    "longer": (lambda data: data + b'{"text": "more"}\n', in_place),
    "empty": (lambda data: b"", renamed),
    "through a memory map": (lambda data: data.replace(b"1488", b"blue"), mapped),
    "another format": (lambda data: b"PAR1" + data[4:], in_place),
    "packed": (lambda data: gzip.compress(b'{"text": "tea"}\n', mtime=0), renamed),
}


@pytest.mark.parametrize("how", OTHERS)
def test_however_a_file_is_changed_a_gate_stays_shut(tmp_path, how):
    """Cut off, grown, emptied, mapped, turned into another format: even a policy that allows unreadable rows does not let it through."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(lines(HOT))
    other, put = OTHERS[how]
    lenient = {"gate": {"max-unreadable": 1}}
    for at in range(moments(lambda swap: gate(path, swap, **lenient), path)):
        with swapped(path, other(lines(HOT)), at, at + 1, put) as swap:
            assert gate(path, swap, **lenient) in (1, 3)


def test_a_block_in_the_middle_of_a_file_may_not_change_either(tmp_path):
    """Several blocks and two processes: whatever was swapped between two blocks and put back is noticed."""
    path = tmp_path / "long.jsonl"
    filler = b'{"text": "%s"}\n' % (b"a kettle on a stove " * 5000) * 50
    hot = filler + lines(HOT)
    path.write_bytes(hot)
    for workers in (1, 2):
        count = moments(lambda swap, workers=workers: gate(path, swap, workers=workers), path)
        for at in range(count):
            with swapped(path, filler + lines(MILD), at, at + 2, in_place) as swap:
                assert gate(path, swap, workers=workers) in (1, 3)


def test_a_file_that_stays_as_it_is_passes_with_its_own_hash(tmp_path):
    """All formats at once: the hashes in the answer are those of the files."""
    for name, write in FORMATS.items():
        (tmp_path / name).write_bytes(write(MILD))
    with swapped(tmp_path / "rows.csv", b"", NEVER, NEVER, in_place) as swap:
        result = gate_files(plan(), find_inputs([str(tmp_path)]), on_progress=swap.progress)
    assert result.exit_code == 0
    said = {Path(one.name).name: (one.sha256, one.bytes) for one in result.data}
    assert said == {name: (hashlib.sha256(write(MILD)).hexdigest(), len(write(MILD))) for name, write in FORMATS.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_a_clean_sorts_the_rows_that_it_hashes(tmp_path, name):
    """At every moment of a clean: it ends with an error and nothing is left behind, or the row at error was removed."""
    path = tmp_path / name
    hot, mild = FORMATS[name](HOT), FORMATS[name](MILD)
    path.write_bytes(hot)
    whole = tmp_path / "whole"
    count = moments(lambda swap: clean(path, whole, swap), path)
    stopped = 0
    for at in range(count):
        folder = tmp_path / f"out{at}"
        try:
            with swapped(path, mild, at, at + 1, in_place) as swap:
                clean(path, folder, swap)
        except Stopped:
            stopped += 1
            assert not folder.exists()
            continue
        said = json.loads((folder / "manifest.json").read_text())
        assert said["inputs"][0]["sha256"] in {hashlib.sha256(data).hexdigest() for data in (hot, mild)}
        if said["inputs"][0]["sha256"] == hashlib.sha256(hot).hexdigest():
            assert (folder / "kept" / name).read_bytes() == (whole / "kept" / name).read_bytes()
    assert stopped


def test_a_row_over_the_limit_is_copied_as_it_was_counted(tmp_path):
    """Its bytes are read a second time for the folder of unreadable rows; if they are others by then, the clean stops."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(lines(MILD) + b'{"text": "' + b"x" * 5000 + b'"}\n' + lines(MILD))
    other = path.read_bytes().replace(b"x" * 5000, b"y" * 5000)
    count = moments(lambda swap: clean(path, tmp_path / "whole", swap, **{"row-limit": 1000}), path)
    stopped = 0
    for at in range(count):
        try:
            with swapped(path, other, at, at + 1, in_place) as swap:
                clean(path, tmp_path / f"out{at}", swap, **{"row-limit": 1000})
        except Stopped:
            stopped += 1
        else:
            copied = (tmp_path / f"out{at}/unreadable/rows.jsonl").read_bytes()
            said = json.loads((tmp_path / f"out{at}/manifest.json").read_text())["inputs"][0]["sha256"]
            assert copied in next(data for data in (path.read_bytes(), other) if hashlib.sha256(data).hexdigest() == said)
    assert stopped


def test_what_an_earlier_run_looked_at_counts_too(tmp_path):
    """A clean is cut off after its first file, which was another one meanwhile: the run that takes it up does not end well."""
    data = tmp_path / "data"
    data.mkdir()
    for name in "abc":
        (data / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines(HOT if name == "a" else MILD), mtime=0))
    first = data / "a.jsonl.gz"
    own, calls = first.read_bytes(), []

    def cut_off(progress):
        if progress.rows:
            calls.append(progress)
        if progress.rows and len(calls) == 2:
            raise KeyboardInterrupt

    def run(on_progress, swap_at=NEVER):
        import io

        with swapped(first, gzip.compress(lines(MILD), mtime=0), swap_at, NEVER, renamed):
            return clean_files(
                plan(),
                find_inputs([str(data)]),
                CleanTarget(tmp_path / "out"),
                stdin=io.BytesIO(),
                clock=time.monotonic,
                on_progress=on_progress,
            )

    # The file is opened to be hashed (twice: its packing is looked up first), then to be read.
    for swap_at in range(8):
        calls.clear()
        result = run(cut_off, swap_at)
        assert first.read_bytes() == own
        if result.tally.removed == 0:
            break
    else:
        raise AssertionError("the harmless rows were never looked at")
    with pytest.raises(Exception, match=r"changed|an earlier run was cut off"):
        run(lambda progress: None)


def test_rows_that_a_trainer_holds_are_compared_with_what_is_hashed(tmp_path):
    """The reading that the trainer's rows are compared with is noted as well."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(lines(HOT))
    answer = tmp_path / "gate.json"
    known = hashlib.sha256(lines(HOT)).hexdigest()
    answer.write_text(json.dumps({"schema_version": 1, "kind": "leakguard gate", "verdict": "passed", "data": [{"sha256": known}]}))
    mild = [{"text": text} for text in (MILD, "tea", "toast")]
    for at in range(6):
        with swapped(path, lines(MILD), at, at + 1, in_place):
            assert check_answer(plan(), [str(path)], answer, rows=mild).exit_code in (1, 3)
