"""Inputs that were made to stall, to fill memory or to break a parser: bounded memory, clear words, exit code 3 or 2."""

import gzip
import json
import subprocess
import sys

import pytest
import zstandard
from test_cli_clean import PACK, STALLS

MIB = 1 << 20
GOOD = b'{"text": "The kettle is on."}\n'
MOST_MIB = 400
DEEP = (
    b'{"text":' + b"[" * 1000 + b"]" * 1000 + b"}\n",
    b'{"messages":[{"role":"assistant","content":' + b'{"a":' * 1000 + b"1" + b"}" * 1000 + b"}]}\n",
    b"[" * 100_000 + b"\n",
)


def frames(pack, rows, times):
    """Packed data that unpacks to far more than anybody has room for."""
    return pack(GOOD) + pack(rows) * times


# A process counts the memory of the one that started it as its own, so a small one stands between it and this test.
LAUNCH = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
open("used", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""

HOSTILE = {
    "a gzip bomb": ("x.jsonl.gz", lambda: frames(gzip.compress, bytes(16 * MIB), 64), "too-large: it unpacks to more than the limit"),
    "a zstd bomb": ("x.jsonl.zst", lambda: frames(zstandard.compress, bytes(64 * MIB), 64), "too-large: it unpacks to more than the limit"),
    "a bomb of rows": (
        "x.jsonl.zst",
        lambda: frames(zstandard.compress, GOOD * 100_000, 400),
        "too-large: it unpacks to more than the limit",
    ),
    "a line of 40 MB": ("x.jsonl", lambda: GOOD + b'{"text": "' + b"666 " * (10 * MIB) + b'"}\n' + GOOD, "too-long: the row is longer"),
    "a thousand levels": ("x.jsonl", lambda: GOOD + b"".join(DEEP) + GOOD, "3 rows unreadable"),
    "a pattern that never ends": ("x.jsonl", lambda: GOOD + json.dumps({"text": STALLS}).encode(), "ran longer than 1 s"),
}


@pytest.mark.linux("measures memory in KiB, as Linux does")
@pytest.mark.parametrize("command", ["scan", "clean"])
@pytest.mark.parametrize(("name", "make", "said"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_answered_in_bounded_memory(tmp_path, command, name, make, said):
    """Exit code 3, the reason in words, and no more memory than for any other file."""
    (tmp_path / "small.toml").write_text(PACK)
    (tmp_path / name).write_bytes(make())
    more = ["-o", "out"] if command == "clean" else []
    line = [
        sys.executable,
        "-m",
        "leakguard",
        command,
        name,
        "--rules",
        "small.toml",
        "--unpack-limit",
        "20MiB",
        "--no-config",
        "-j1",
        *more,
    ]
    done = subprocess.run([sys.executable, "-c", LAUNCH, *line], cwd=tmp_path, capture_output=True, text=True, check=False)
    used = int((tmp_path / "used").read_text())
    assert (done.returncode, done.stderr) == (3, "")
    assert said in done.stdout
    assert used < MOST_MIB * 1024


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("'(a|aa)+$'", "'(a|aa)+$'\nunless = 3"), "'unless' must be a list of texts"),
        (('misses = ["b"]', f"misses = ['{STALLS}']"), "could not be checked: rule small.stalls ran longer than 1 s"),
        (('"1.0.0"', '"one"'), "'version' must be three numbers such as"),
        (('id = "small"', 'id = "hate-numeric"'), "'id' must be 'hate-numeric.'"),
    ],
)
def test_a_hostile_pack_is_refused_in_one_line(leakguard, folder, change, said):
    """Exit code 2; nothing is scanned."""
    (folder / "small.toml").write_text(PACK.replace(*change))
    done = leakguard("scan", "clean.jsonl", "--rules", "small.toml", "--no-config")
    assert (done.returncode, done.stderr.count("\n"), said in done.stderr) == (2, 1, True), done.stderr


def test_a_pack_cannot_go_by_the_name_of_a_shipped_one(leakguard, folder):
    """Reports and manifests name packs by their ids: another file under such an id is refused."""
    (folder / "mine.toml").write_text(PACK.replace("small", "gang-numbers"))
    done = leakguard("scan", "clean.jsonl", "--rules", "mine.toml", "--no-config")
    assert (done.returncode, "that of a pack that comes with leakguard" in done.stderr) == (2, True)


def test_looking_at_nothing_is_no_pass(leakguard, folder):
    """Roles that no row has, or a file without a row: the exit code is 3."""
    done = leakguard("scan", "clean.jsonl", "--roles", "narrator", "--no-config")
    assert (done.returncode, "2 rows without any text of the selected roles or fields" in done.stdout) == (3, True)
    (folder / "empty.jsonl").write_text("")
    done = leakguard("scan", "empty.jsonl", "--no-config")
    assert (done.returncode, "Incomplete: there are no rows" in done.stdout) == (3, True)
