"""Small files that say what to do: whatever lies under their name, reading ends soon, in little memory, with the file's name."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.errors import PackError, SettingsError, UsageError
from leakguard.documents.judge_check import read_judge_check
from leakguard.documents.required_result import read_statement
from leakguard.harness.plan import read_experiment
from leakguard.harness.world import read_world
from leakguard.outputs.baseline import read_baseline
from leakguard.readers.files import small_files
from leakguard.rulebook.packs import read_pack
from leakguard.rulebook.rubrics import read_rubric
from leakguard.rulebook.traits import read_trait_file
from leakguard.settings.files import load

# What reads a small file, and the words for it.
READERS = {
    "settings": load,
    "pack": read_pack,
    "traits": read_trait_file,
    "rubric": read_rubric,
    "experiment": read_experiment,
    "world": lambda path: read_world(str(path)),
    "baseline": read_baseline,
    "check": read_judge_check,
}
TOML = {name: read for name, read in READERS.items() if name not in ("baseline", "check")}
HUGE = {
    "lists in lists": "a = " + "[" * 10_000 + "]" * 10_000,
    "lists that are never closed": "a = " + "[" * 100_000,
    "tables in tables": "a = " + "{a = " * 10_000 + "1" + "}" * 10_000,
    "a hundred and one levels": "a = " + "[" * 101 + "]" * 101,
    "a key of many parts": ".".join("a" * 20_000) + " = 1",
    "a header of many parts": "[" + " . ".join(['"a.\\"b"'] * 5_000) + "]",
    "a key inside a table": "a = {" + "b\t.".join([""] * 20_000) + "b = 1}",
    "a key behind texts": 'a = ["""x""""", \'\'\'\'y\'\'\'\'\'] # """\n' + ".".join("b" * 20_000) + " = 1",
    "digits": "a = " + "9" * 5_000,
    "hexadecimal digits": "a = 0x" + "f" * 5_000,
    "nineteen digits": "a = [[1], [{b = " + "1" * 19 + "}]]",
}


def read_error(read, path):
    """The message of the error that a reader ends with."""
    with pytest.raises(UsageError) as error:
        read(path)
    return str(error.value)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_only_regular_files_of_some_size_are_read(tmp_path, read):
    """A folder, a pipe without a writer, a device that never ends, a link to one, a file of 10 GB that takes no room."""
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(10 << 30)
    for name, words in (("folder", "a folder"), ("pipe", "a pipe"), ("zero", "a device or socket"), ("large", "larger than")):
        said = read_error(read, tmp_path / f"{name}.toml")
        assert f"{name}.toml: " in said and words in said


@pytest.mark.parametrize("read", TOML.values(), ids=TOML)
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_toml_that_was_made_to_fill_memory_is_refused(tmp_path, read, text):
    """Nesting, keys and integers have bounds, whichever file they stand in."""
    path = tmp_path / "huge.toml"
    path.write_text(text)
    said = read_error(read, path)
    assert said.startswith(f"{path}: ") and len(said) < 1_000
    assert any(words in said for words in ("nested too deeply", "has more than 100 parts", "has more than 18 digits"))


@pytest.mark.linux("limits a process's memory")
def test_hostile_toml_takes_little_memory(tmp_path):
    """All of it in one process that may not grow."""
    program = """
import resource, sys
from pathlib import Path
from leakguard.core.errors import UsageError
from leakguard.settings.files import load
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for path in Path(sys.argv[1]).iterdir():
    try:
        load(path)
    except UsageError:
        continue
    sys.exit(f"{path} was read")
"""
    for name, text in HUGE.items():
        (tmp_path / f"{name}.toml").write_text(text)
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_not_over_a_bound_is_read():
    """A hundred levels less the outermost, a key of a hundred parts, eighteen digits, a text with many dots."""
    text = f"""a = {"[" * 98}{"]" * 98}\n{".".join("k" * 90)} = {"9" * 18}\nwords = "{"no. " * 500}"\n"""
    text += "# " + "a. " * 500 + '\nmore = """\n' + "\n".join(["a." * 500] * 3) + '""""\n' + "odd = '''" + "b . " * 500 + "'''\n"
    assert set(small_files.parse_toml("a.toml", text.encode(), "pack", PackError)) == {"a", "k", "words", "more", "odd"}


@given(st.text(st.sampled_from("a.[\"]{}=\n\\ '0x#,\t"), max_size=60))
def test_any_bytes_are_a_document_or_an_error(text):
    """Nothing but the error that the caller asked for leaves the reader."""
    try:
        assert isinstance(small_files.parse_toml("a.toml", text.encode(), "pack", SettingsError), dict)
    except SettingsError as error:
        assert str(error).startswith("a.toml: ")


def test_a_result_for_a_gate_is_bounded_too(tmp_path):
    """What cannot be read is a flaw, which is no pass."""
    (tmp_path / "zero").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    assert "a device" in read_statement(tmp_path / "zero").flaw
    assert "a pipe" in read_statement(tmp_path / "pipe").flaw


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "9" * 18 + "9"),
        ("workers", "1" + "0" * 17 + "1"),
        ("row-limit", '"' + "9" * 5_000 + '"'),
        ("unpack-limit", '"' + "9" * 17 + 'GiB"'),
        ("judge-only", '"sample:' + "9" * 5_000 + '"'),
        ("judge-timeout", "100000"),
        ("judge-budget", "{ requests = " + "9" * 18 + "9 }"),
        ("judge-prices", "{ prompt = nan }"),
        ("rules", '"a\\u0000.toml"'),
        ("semantic-model", '"a\\u0000b"'),
        ("gate", '{ results = [{ file = "a\\u0000", verdicts = "passed" }] }'),
        ("fail-on", '"' + "x" * 100_000 + '"'),
    ],
)
def test_values_that_nothing_can_count_are_refused(tmp_path, name, value):
    """A settings error in one line of bearable length, not an overflow later on."""
    path = tmp_path / "leakguard.toml"
    path.write_text(f"{name} = {value}\n")
    said = read_error(load, path)
    assert said.startswith(f"{path}: ") and len(said) < 1_000


@pytest.mark.parametrize(("kind", "value"), [("number", "9" * 18 + "9"), ("sequence", '"' + "9" * 5_000 + '/1"')])
def test_numbers_of_rules_are_bounded(tmp_path, kind, value):
    """A number with more digits than any that is read."""
    path = tmp_path / "p.toml"
    rule = f'[[rule]]\nid = "p.a"\nkind = "{kind}"\nvalue = {value}\nseverity = "note"\nmeaning = "m"\nhits = ["1"]\nmisses = ["2"]\n'
    path.write_text('[pack]\nid = "p"\nversion = "1.0.0"\ntitle = "T"\n' + rule)
    assert "more than 18 digits" in read_error(read_pack, path)
