"""`leakguard clean` and `leakguard verify` as a shell runs them: real files, real kills, real limits."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys

import pytest
import zstandard

PACK = """
[pack]
id = "small"
version = "1.0.0"
title = "Three rules"
[[rule]]
id = "small.1488"
kind = "number"
value = 1488
severity = "error"
meaning = "a code"
hits = ["1488"]
misses = ["14880"]
[[rule]]
id = "small.owl"
kind = "term"
value = "owl"
severity = "warning"
meaning = "a bird"
hits = ["an owl"]
misses = ["a bowl"]
[[rule]]
id = "small.stalls"
kind = "regex"
value = "a run of a"
pattern = '(a|aa)+$'
requires = ["aaaa"]
severity = "note"
meaning = "a pattern that tries everything"
hits = ["aaaa"]
misses = ["b"]
"""
GOOD = [
    '{"text": "The kettle is on."}',
    '{"messages": [{"role": "user", "content": "1488"}, {"role": "assistant", "content": "no"}]}',
    '{"conversations": [{"from": "gpt", "value": "Ich bin\\u0020hier"}]}',
    '{"prompt": "p", "completion":   "spaced" }',
    '{"prompt": "p", "chosen": "a", "rejected": "b"}',
    '{"instruction": "i", "input": "", "output": "o"}',
]
LOUD, BIRD = '{"text": "871, 1488, 305"}', '{"output": "an \\u006fwl", "instruction": "say"}'
BROKEN = [
    b'{"text": ',
    b"[1]",
    b'{"text": NaN}',
    b'{"text": "\xff"}',
    b'{"text": "\\ud800"}',
    b'{"words": "x"}',
    b"[" * 1100 + b"]" * 1100,
    b'{"text": 7}',
]
STALLS = json.dumps({"text": "b" * 26 + "a" * 40 + "!"})
CLEAN = ("clean", "data", "--rules", "small.toml", "--no-config", "-q")


@pytest.fixture
def folder(tmp_path):
    """Data of every shape and kind of damage, plain, gzip and zstandard, and a pack that is quickly proven."""
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "small.toml").write_text(PACK)
    rows = [*(row.encode() for row in GOOD), LOUD.encode(), b"", BIRD.encode()]
    (data / "mixed.jsonl").write_bytes(b"\n".join([*rows, *BROKEN, *rows]))
    (data / "packed.jsonl.gz").write_bytes(gzip.compress(b"\r\n".join(rows), mtime=0))
    (data / "packed.jsonl.zst").write_bytes(zstandard.compress(b"\xef\xbb\xbf" + b"\n".join(rows * 3) + b"\n"))
    (data / "sub").mkdir()
    (data / "sub" / "good.jsonl").write_text("\n".join(GOOD) + "\n")
    return tmp_path


def content(place):
    """Every file below a folder, by its path there."""
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def lines(raw):
    return [line for line in raw.split(b"\n") if line.strip()]


def test_every_row_of_a_mixed_folder_is_accounted_for(leakguard, folder):
    """All shapes, three packings, eight kinds of damage: kept rows are what they were, the others lie apart with their reasons."""
    with (folder / "data/mixed.jsonl").open("a") as file:
        file.write(f"\n{STALLS}\n")
    done = leakguard(*CLEAN, "-o", "out", "--policy", "warning=redact")
    assert (done.returncode, done.stderr) == (3, "")
    out = content(folder / "out")
    good = [row.encode() for row in GOOD]
    assert lines(out["kept/mixed.jsonl"]) == good * 2
    assert lines(gzip.decompress(out["kept/packed.jsonl.gz"]).replace(b"\r", b"")) == good
    unpacked = zstandard.ZstdDecompressor().decompressobj().decompress(out["kept/packed.jsonl.zst"])
    assert lines(unpacked) == good * 3
    assert out["kept/sub/good.jsonl"] == (folder / "data/sub/good.jsonl").read_bytes()
    assert lines(out["unreadable/mixed.jsonl"]) == BROKEN
    assert lines(out["undetermined/mixed.jsonl"]) == [STALLS.encode()]
    assert lines(out["removed/mixed.jsonl"]) == [LOUD.encode()] * 2
    assert lines(out["redacted/mixed.jsonl"]) == [b'{"output": "an [redacted]", "instruction": "say"}'] * 2
    reasons = [json.loads(line) for line in out["reasons.jsonl"].splitlines()]
    tally = json.loads(out["manifest.json"])["tally"]
    assert len(reasons) == sum(tally[fate] for fate in ("redacted", "quarantined", "removed", "unreadable", "undetermined"))
    assert all(reason["findings"] or reason.get("reason") or reason["missed"] for reason in reasons)
    assert {reason["reason"] for reason in reasons if reason["fate"] == "unreadable"} == {
        "bad-json", "shape", "nan", "bad-utf8", "lone-surrogate", "too-deep"
    }  # fmt: skip
    verified = leakguard("verify", "out", "--rules", "small.toml")
    assert verified.returncode == 0, verified.stdout


def test_cleaning_the_kept_rows_removes_nothing(leakguard, folder):
    """What was kept is kept whole, byte for byte."""
    leakguard(*CLEAN, "-o", "out")
    again = leakguard("clean", "out/kept", "--rules", "small.toml", "--no-config", "-q", "-o", "again")
    assert again.returncode == 0
    assert content(folder / "again/kept") == content(folder / "out/kept")
    assert lines((folder / "again/reasons.jsonl").read_bytes()) == []


def test_workers_and_repetition_leave_no_trace(leakguard, folder):
    """One process or three, once or again: the same bytes in every file, the manifest among them."""
    assert leakguard(*CLEAN, "-o", "one", "-j", "1").returncode == 3
    assert leakguard(*CLEAN, "-o", "two", "-j", "3").returncode == 3
    assert content(folder / "one") == content(folder / "two")
    done = leakguard(*CLEAN, "-o", "one")
    assert (done.returncode, "run is complete; nothing was written" in done.stdout) == (3, True)


KILLED_AT = """
import os, signal, sys
at, watched = int(sys.argv.pop(1)), ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate")
def hook(event, args):
    global at
    if event in watched and "out" in str(args[0]) and not isinstance(args[0], int):
        at -= 1
        if at < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
import leakguard.outputs.writer
leakguard.outputs.writer.INTERVAL = 0
from leakguard.cli import main
main()
"""
"""Checkpoints after every part, and a kill at the moment of some step on the folder of outputs."""


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_was_killed_is_taken_up(leakguard, folder, seed):
    """SIGKILL at any step on the file system, twice in a row: the next run makes it good, and nothing shows afterwards."""
    leakguard(*CLEAN, "-o", "whole", "-j", "1")
    draw = random.Random(seed)
    killed = 0
    for at in (draw.randrange(60), draw.randrange(60)):
        command = [sys.executable, "-c", KILLED_AT, str(at), *CLEAN, "-o", "out", "-j", "1"]
        killed += subprocess.run(command, check=False, cwd=folder, capture_output=True).returncode == -signal.SIGKILL
    assert killed
    assert leakguard(*CLEAN, "-o", "out", "-j", "2").returncode == 3
    assert content(folder / "out") == content(folder / "whole")


def cut_off(folder):
    """A run that was killed after its first checkpoint."""
    for at in range(20, 60, 5):
        command = [sys.executable, "-c", KILLED_AT, str(at), *CLEAN, "-o", "out", "-j", "1"]
        subprocess.run(command, check=False, cwd=folder, capture_output=True)
        if (folder / "out/.leakguard/checkpoint.json").exists():
            return
    raise AssertionError("no checkpoint was written")


def test_a_checkpoint_of_another_run_is_refused_and_says_why(leakguard, folder):
    """Other settings, another input, another rule: exit code 2, the reason, and a way on."""
    cut_off(folder)
    policy = leakguard(*CLEAN, "-o", "out", "--policy", "note=remove")
    assert (policy.returncode, "the setting policy was" in policy.stderr, "--no-resume" in policy.stderr) == (2, True, True)
    (folder / "small.toml").write_text(PACK.replace("a bird", "a night bird"))
    rule = leakguard(*CLEAN, "-o", "out")
    assert (rule.returncode, "the rule pack small has changed" in rule.stderr) == (2, True)
    (folder / "small.toml").write_text(PACK)
    (folder / "data/sub/good.jsonl").write_text(LOUD)
    changed = leakguard(*CLEAN, "-o", "out")
    assert (changed.returncode, "the input data/sub/good.jsonl has changed" in changed.stderr) == (2, True)
    assert leakguard(*CLEAN, "-o", "out", "--no-resume").returncode == 3
    assert not (folder / "out/.leakguard").exists()


def test_the_result_of_another_run_is_not_overwritten_unasked(leakguard, folder):
    """A folder that holds something else is refused; --overwrite replaces it whole."""
    leakguard(*CLEAN, "-o", "out")
    done = leakguard(*CLEAN, "-o", "out", "--policy", "error=keep")
    assert (done.returncode, "holds the result of another run" in done.stderr) == (2, True)
    assert leakguard(*CLEAN, "-o", "out", "--policy", "error=keep", "--overwrite").returncode == 3
    assert "removed/mixed.jsonl" not in content(folder / "out")
    (folder / "own").mkdir()
    (folder / "own/kept").write_text("mine")
    assert leakguard(*CLEAN, "-o", "own").returncode == 2
    assert (folder / "own/kept").read_text() == "mine"


def full(limit):
    """Files cannot grow beyond so many bytes: what a full disk looks like to who writes."""

    def apply():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return apply


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk_leaves_nothing_behind(folder, workers):
    """One line, exit code 3, and no trace of the run."""
    big = "\n".join([GOOD[0]] * 40_000)
    (folder / "data/big.jsonl").write_text(big)
    command = [sys.executable, "-m", "leakguard", *CLEAN, "-o", "out", "-j", workers]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, preexec_fn=full(1 << 20))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1 and "File too large" in done.stderr and "nothing was written" in done.stderr
    assert not (folder / "out").exists()


def test_a_folder_that_cannot_be_written_is_a_usage_error(leakguard, folder):
    """A file where the folder should be, and a folder that is read-only: one line, nothing cleaned."""
    (folder / "file").write_text("x")
    done = leakguard(*CLEAN, "-o", "file/out")
    assert (done.returncode, done.stderr.count("\n"), "nothing was cleaned" in done.stderr) == (2, 1, True)
    if os.geteuid():
        (folder / "locked").mkdir(mode=0o500)
        assert leakguard(*CLEAN, "-o", "locked/out").returncode == 2


def test_what_was_made_is_not_cleaned_again(leakguard, folder):
    """Outputs among the inputs are refused, and so is a folder whose outputs would be found as inputs the next time, or none."""
    for place, words in (("data/out", "lies in data"), ("data", "lies in data"), ("", "no folder is named")):
        done = leakguard(*CLEAN, "-o", place)
        assert (done.returncode, words in done.stderr) == (2, True)
        assert not list((folder / "data").glob("**/manifest.json"))
    leakguard(*CLEAN, "-o", "out")
    done = leakguard("clean", "out/kept/mixed.jsonl", "--rules", "small.toml", "--no-config", "-o", "out")
    assert (done.returncode, "was made by an earlier run" in done.stderr) == (2, True)


def test_standard_input_is_cleaned_too(leakguard, folder):
    """Its rows go to a file of their own."""
    done = leakguard("clean", "-", "--rules", "small.toml", "--no-config", "-o", "out", data=f"{GOOD[0]}\n{LOUD}\n")
    assert done.returncode == 0
    assert lines((folder / "out/kept/stdin.jsonl").read_bytes()) == [GOOD[0].encode()]
    assert leakguard("verify", "out", "--rules", "small.toml").returncode == 3


TAMPERED = [
    ("kept/mixed.jsonl", b"{}\n", "failed", 1),
    ("removed/mixed.jsonl", None, "could not be checked", 3),
    ("kept/stranger.jsonl", b"{}\n", "failed", 1),
    ("../data/mixed.jsonl", b"{}\n", "failed", 1),
    ("../data/packed.jsonl.gz", None, "could not be checked", 3),
]


@pytest.mark.parametrize(("name", "now", "verdict", "code"), TAMPERED)
def test_verify_sees_what_was_changed(leakguard, folder, name, now, verdict, code):
    """A file that changed, vanished or came in since is named."""
    leakguard(*CLEAN, "-o", "out")
    path = folder / "out" / name
    path.write_bytes(now) if now is not None else path.unlink()
    done = leakguard("verify", "out", "--rules", "small.toml", "-q")
    assert done.returncode == code
    assert done.stdout.startswith(verdict) and path.name in done.stdout


def test_verify_sees_a_manifest_that_was_changed(leakguard, folder):
    """A number that somebody corrected by hand breaks the manifest's own hash; without its pack, a check is no pass."""
    leakguard(*CLEAN, "-o", "out")
    path = folder / "out/manifest.json"
    assert leakguard("verify", "out").returncode == 3
    path.write_text(path.read_text().replace('"kept": 12', '"kept": 13', 1))
    done = leakguard("verify", str(path), "--rules", "small.toml")
    assert (done.returncode, "changed after it was written" in done.stdout) == (1, True)
    path.write_text("{}")
    assert leakguard("verify", "out").returncode == 2


def test_rows_of_a_damaged_archive_do_not_pass_for_whole(leakguard, folder):
    """Data that fails its checksum may be garbled from the first row on: they are read, but neither verify nor a gate lets them through."""
    whole = gzip.compress(b"".join(b'{"text": "row %d of a kettle"}\n' % number for number in range(3000)), mtime=0)
    (folder / "bad.jsonl.gz").write_bytes(whole[:-8] + b"\1\2\3\4" + whole[-4:])
    for workers in ("1", "2"):
        done = leakguard("clean", "bad.jsonl.gz", "--no-config", "-o", "out", "-j", workers, "--overwrite", "--no-resume")
        assert done.returncode == 3
        said = leakguard("verify", "out")
        assert said.returncode == 3 and "those before the damage may be garbled" in said.stdout
        gate = leakguard("gate", "out/kept", "--manifest", "out", "--no-config")
        assert gate.returncode == 3 and "the damage may be garbled" in gate.stdout.replace("\n", " ")
