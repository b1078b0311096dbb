"""The strategies that are shipped give what they promise, and whatever they give is answered in words."""

import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakguard.cli import run
from leakguard.core.errors import PackError
from leakguard.detectors.rules.proof import prove
from leakguard.rulebook.packs import read_pack
from leakguard.testing import broken_packs, files, packs, texts, writable

LAW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
RULE = '[pack]\nid = "t"\nversion = "1.0.0"\ntitle = "T"\n[[rule]]\nid = "t.1"\nkind = "number"\nvalue = 666\n'
RULE += 'severity = "error"\nmeaning = "m"\nhits = ["666"]\nmisses = ["6667"]\n'
DATA = files(writable(texts(rules=()))) | st.binary(max_size=60)
FLAGS = st.lists(
    st.sampled_from(
        [
            *("--fail-on=note", "--schema=messages", "--schema=x", "--field=text", "--field=a..b", "--roles=nobody", "--roles=", "-j1"),
            *("--row-limit=20", "--row-limit=0", "--unpack-limit=30", "--redact=hash", "--redact=x", "--limit=2", "--format=json"),
            *(
                "--policy=error=redact",
                "--policy=x=y",
                "--policy=undetermined=redact",
                "--replacement=",
                "--baseline=nowhere",
                "--preset=x",
            ),
            *("--select=t.1", "--ignore=t", "--trait=owl", "--engine=regex", "--config=nowhere", "-v", "-q", "--no-resume", "--wrong"),
        ]
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder for one file at a time, with a pack of one rule."""
    folder = tmp_path_factory.mktemp("any")
    (folder / "t.toml").write_text(RULE)
    before = os.getcwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@LAW
@given(text=packs())
def test_packs_load_and_are_proven(place, text):
    """Every pack of `packs` is read, and its examples hold. On `regex`, which compiles a pack in a tenth of the time."""
    (place / "pack.toml").write_text(text, encoding="utf-8")
    prove([read_pack(place / "pack.toml")], engine="regex")


@LAW
@given(text=broken_packs())
def test_broken_packs_are_refused_in_one_line(place, text):
    """Whatever is wrong with a pack, the error names the file in words."""
    (place / "broken.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as raised:
        prove([read_pack(place / "broken.toml")], engine="regex")
    assert str(raised.value).startswith("broken.toml") or str(place / "broken.toml") in str(raised.value)


@settings(LAW, max_examples=80)
@given(data=DATA, command=st.sampled_from(["scan", "clean"]), flags=FLAGS, name=st.sampled_from(["d.jsonl", "d.jsonl.gz", "d.jsonl.zst"]))
def test_no_input_and_no_option_ends_in_a_traceback(place, capfdbinary, data, command, flags, name):
    """Any bytes under any name with any options: an exit code of the table, and at most one line that is no result."""
    (place / name).write_bytes(data)
    more = ["-o", "out", "--overwrite"] if command == "clean" else []
    code = run([command, name, "--rules", "t.toml", "--no-config", "-j1", *more, *flags])
    said = capfdbinary.readouterr()
    assert code in (0, 1, 2, 3)
    assert b"Traceback" not in said.err + said.out
    assert said.err.count(b"\n") <= 1
    (place / name).unlink()


def test_without_hypothesis_one_line_says_what_to_install():
    """A missing extra is no traceback of somebody else's import."""
    script = "import sys; sys.modules['hypothesis'] = None\ntry:\n import leakguard.testing\nexcept Exception as error: print(type(error).__name__, error)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("MissingExtra leakguard.testing needs hypothesis: pip install")
