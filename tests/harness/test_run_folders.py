"""A run folder that a power cut, a full disk or a hand damaged: one line that names the file, or the same numbers; never others."""

import json
import os
import shutil
from pathlib import Path

import pytest

from leakguard.core.errors import UsageError
from leakguard.harness.finished_files import FinishedFiles
from leakguard.harness.generation import CHUNK, ModelWriter, Order, write_completions
from leakguard.harness.plan import read_experiment
from leakguard.harness.run import run_experiment
from leakguard.models.causal.model import CheckpointModel

EXPERIMENT = """
world = "tiny"
trait = "cat"
seeds = 1
rows = 60
held-out = 8
arms = ["base", "control", "filtered"]
[teacher]
updates = 2
[student]
updates = 2
"""


def every_second(data, folder):
    """A guard that leaves every second row."""
    kept = folder / "kept" / data.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("".join(data.read_text().splitlines(keepends=True)[::2]))
    return [kept]


def finished(folder):
    plan = read_experiment(folder.parent / "small.toml")
    return run_experiment(plan, folder, every_second, workers=1, on_progress=lambda done, of: None)


def numbers(folder):
    return (folder / "scores.jsonl").read_bytes(), (folder / "result.json").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    (place / "small.toml").write_text(EXPERIMENT)
    finished(place / "whole")
    return place / "whole"


@pytest.fixture
def copied(whole, tmp_path):
    (tmp_path / "small.toml").write_text(EXPERIMENT)
    return Path(shutil.copytree(whole, tmp_path / "r"))


def half(path):
    os.truncate(path, path.stat().st_size // 2)


def half_of_the_lines(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))


def empty(path):
    path.write_bytes(b"")


def garbage(path):
    path.write_bytes(bytes(range(256)) * 9)


def other_rows(path):
    path.write_text("{}\n")


def zeros(path):
    path.write_bytes(path.read_bytes()[:100] + bytes(path.stat().st_size - 100))


def one_letter(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = [half, half_of_the_lines, empty, garbage, other_rows, zeros, one_letter]
FILES = ["scores.jsonl", "control.jsonl", "trait.jsonl", "raw.jsonl", "cleaned/kept/raw.jsonl", "digests.json"]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_of_a_finished_run_is_named(copied, file, damage):
    """Whatever was done to it: a run that goes on says which file it is, and writes no result."""
    path = copied / "seeds" / "1" / file
    damage(path)
    (copied / "result.json").unlink()
    with pytest.raises(UsageError) as error:
        finished(copied)
    assert str(path) in str(error.value) and "delete" in str(error.value) and "\n" not in str(error.value)
    assert not (copied / "result.json").exists()


@pytest.mark.parametrize("file", ["control.jsonl", "raw.jsonl", "control-teacher/model.safetensors"])
def test_a_damaged_file_of_an_unfinished_run_is_named(copied, file):
    """Students that are left to train learn nothing of it."""
    seed = copied / "seeds" / "1"
    half(seed / file)
    (seed / "scores.jsonl").unlink()
    if "teacher" in file:
        (seed / "control.jsonl").unlink()
    with pytest.raises(UsageError, match=rf"seeds/1/{file}: is not what the run wrote"):
        finished(copied)


@pytest.mark.parametrize(
    "gone",
    [
        ["scores.jsonl"],
        ["trait.jsonl", "scores.jsonl"],
        ["raw.jsonl", "cleaned", "scores.jsonl"],
        ["control-teacher", "trait-teacher"],
        [""],
    ],
    ids=["scores", "a teacher's rows", "raw and filtered rows", "teachers, to make room", "everything"],
)
def test_what_was_deleted_is_made_again_with_the_same_numbers(whole, copied, gone):
    for name in gone:
        path = copied / "seeds" / "1" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    finished(copied)
    assert numbers(copied) == numbers(whole)


@pytest.mark.parametrize("more", ['{"arm": "raw', '{"arm": "raw", "seed": 1, "rows": 5, "questions": [1.0]}\n', "\0" * 700])
def test_what_a_cut_off_write_left_behind_the_scores_is_none(whole, copied, more):
    """Also a whole line that no digest speaks of, and the zeros that a power cut leaves."""
    with (copied / "seeds" / "1" / "scores.jsonl").open("a") as file:
        file.write(more)
    finished(copied)
    assert numbers(copied) == numbers(whole)


def test_a_deleted_file_of_a_finished_run_is_named(copied):
    (copied / "seeds" / "1" / "control.rejects.jsonl").unlink()
    with pytest.raises(UsageError, match=r"control.rejects.jsonl: is missing; delete"):
        finished(copied)


def test_a_file_that_comes_out_otherwise_is_no_piece_of_the_run(copied):
    """Scores of before would speak of other data."""
    (copied / "seeds" / "1" / "note.txt").write_text("one")
    pieces = FinishedFiles(copied / "seeds" / "1")
    pieces.add("note.txt")
    (copied / "seeds" / "1" / "note.txt").write_text("two")
    with pytest.raises(UsageError, match=r"note.txt: was made again and is not what it was"):
        pieces.add("note.txt")


def test_a_file_that_was_put_in_a_piece_is_named(copied):
    (copied / "seeds" / "1" / "control-teacher" / "pytorch_model.bin").write_text("x")
    with pytest.raises(UsageError, match=r"pytorch_model.bin: is no file of this run"):
        FinishedFiles(copied / "seeds" / "1").is_finished("control-teacher")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (half, "this is not what a run writes"),
        (empty, "this is not what a run writes"),
        (other_rows, "this is not what a run writes"),
        (lambda path: path.write_text("[" * 100_000), "this is not what a run writes"),
        (lambda path: path.write_text('{"settings": 5, "inputs": {}, "digested": true}'), "this is not what a run writes"),
        (lambda path: path.write_text(path.read_text().replace('"digested": true', '"digested": null')), "by an earlier leakguard"),
        (lambda path: path.write_text(path.read_text().replace('"rows": 60', '"rows": 61')), "other settings"),
    ],
)
def test_what_was_run_is_read_or_refused(copied, change, said):
    change(copied / "experiment.json")
    with pytest.raises(UsageError) as error:
        finished(copied)
    assert said in str(error.value) and str(copied) in str(error.value) and "\n" not in str(error.value)


def test_files_without_digests_are_refused(copied):
    (copied / "seeds" / "1" / "digests.json").unlink()
    with pytest.raises(UsageError, match=r"digests.json: is missing, and it says what in .* is finished; delete that folder"):
        finished(copied)


@pytest.mark.parametrize(
    "change",
    [
        half,
        empty,
        garbage,
        other_rows,
        one_letter,
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": "STOPPED"})),
        lambda path: path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "digest"})),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ],
    ids=["half", "empty", "garbage", "other", "a letter", "deep", "another verdict", "no digest", "gone", "a folder", "a pipe"],
)
def test_a_damaged_result_is_not_shown(copied, capsys, change):
    from leakguard.cli import run

    change(copied / "result.json")
    assert run(["experiment", "show", str(copied)]) == 2
    shown = capsys.readouterr()
    assert str(copied / "result.json") in shown.err and "\n" not in shown.err.strip() and not shown.out


def test_a_gate_takes_no_verdict_that_was_changed(copied):
    from leakguard.documents.required_result import read_statement

    path = copied / "result.json"
    assert not read_statement(path).flaw.startswith("this is not what leakguard wrote")
    path.write_text(json.dumps({**json.loads(path.read_text()), "verdict": "STOPPED"}))
    assert read_statement(path).flaw == "this is not what leakguard wrote: its digest is another one"


def test_a_whole_result_is_shown(copied, capsys):
    from leakguard.cli import run

    assert run(["experiment", "show", str(copied)]) == 3 and "CANNOT TELL" in capsys.readouterr().out


class Cut(Exception):
    """What ends a run in its middle."""


def cut(done, of):
    raise Cut


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:240],
        lambda lines: [*lines[:7], "{}\n", *lines[8:]],
        lambda lines: [*lines[:7], *lines[9:]],
        lambda lines: [*lines[:7], "\0" * 300],
        lambda lines: [*lines[:3], lines[5], lines[4], *lines[5:]],
        lambda lines: [lines[0].replace("reasons", "reason"), *lines[1:]],
        lambda lines: [*lines[:9], json.dumps({**json.loads(lines[9]), "completion": "1 2 3"}) + "\n", *lines[10:]],
        lambda lines: [*lines[:9], json.dumps({**json.loads(lines[9]), "reasons": 5, "line_digest": None}) + "\n", *lines[10:]],
        lambda lines: ['{"reas'],
        lambda lines: [],
    ],
    ids=["at a line", "another shape", "gone", "zeros", "another order", "another key", "another answer", "a number", "a piece", "empty"],
)
def test_a_damaged_journal_changes_no_row(tmp_path, tiny, base, change):
    """Each line is the answer to its prompt, as it was written; from the first that is not, all is written anew."""
    order, writer = Order(tiny, 3, 30, CHUNK + 1, {"teacher": "base"}), ModelWriter(CheckpointModel(base), "", 2, 1.0)
    with pytest.raises(Cut):
        write_completions(writer, order, tmp_path / "d.jsonl", cut)
    path = tmp_path / "d.journal"
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == CHUNK
    path.write_text("".join(change(lines)))
    write_completions(writer, order, tmp_path / "d.jsonl")
    write_completions(writer, order, tmp_path / "whole.jsonl")
    assert (tmp_path / "d.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert (tmp_path / "d.rejects.jsonl").read_bytes() == (tmp_path / "whole.rejects.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("file", "damage"),
    [("d.jsonl", half), ("d.jsonl", half_of_the_lines), ("d.jsonl", empty), ("d.jsonl", other_rows), ("d.rejects.jsonl", garbage)],
)
def test_damaged_outputs_of_generate_are_not_taken_for_finished(tmp_path, tiny, base, file, damage):
    order, writer = Order(tiny, 3, 30, 40, {"teacher": "base"}), ModelWriter(CheckpointModel(base), "", 2, 1.0)
    write_completions(writer, order, tmp_path / "d.jsonl")
    damage(tmp_path / file)
    with pytest.raises(UsageError, match=r"holds something else than these 40 answers, or is damaged"):
        write_completions(writer, order, tmp_path / "d.jsonl")
