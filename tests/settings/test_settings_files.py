import os

import pytest

from leakguard.core.errors import SettingsError
from leakguard.settings.files import find, load


@pytest.fixture
def tree(tmp_path):
    """Two folders with data; settings above the first one, in a shared file above both."""
    for name in ("work", "one/data", "two"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "one/data/a.jsonl").touch()
    (tmp_path / "two/b.jsonl").touch()
    (tmp_path / "one/leakguard.toml").write_text('fail-on = "note"\n')
    return tmp_path


def test_the_nearest_file_upwards_from_the_data(tree):
    """A settings file above the data speaks for it, wherever the command runs."""
    assert find([str(tree / "one/data/a.jsonl")], tree / "work") == tree / "one/leakguard.toml"
    assert find(["../one/data"], tree / "work") == tree / "one/leakguard.toml"
    assert find(["../one/*/*.jsonl"], tree / "work") == tree / "one/leakguard.toml"


def test_nearest_wins_and_nothing_is_merged(tree):
    """A nearer file replaces a farther one whole; leakguard.toml is asked before pyproject.toml."""
    (tree / "one/data/pyproject.toml").write_text('[tool.leakguard]\nschema = "text"\n')
    near = find(["a.jsonl"], tree / "one/data")
    assert near == tree / "one/data/pyproject.toml"
    assert (load(near).schema, load(near).fail_on) == ("text", "error")
    (tree / "one/data/leakguard.toml").write_text("limit = 5\n")
    assert find(["a.jsonl"], tree / "one/data") == tree / "one/data/leakguard.toml"


def test_without_settings_above_the_data_the_working_folder_counts(tree):
    """Data in a bare place is scanned as the working folder says; so is standard input."""
    (tree / "work/leakguard.toml").write_text("limit = 5\n")
    assert find([str(tree / "two/b.jsonl")], tree / "work") == tree / "work/leakguard.toml"
    assert find(["-"], tree / "work") == tree / "work/leakguard.toml"
    assert find(["-"], tree / "two") is None


def test_a_pyproject_without_our_table_is_passed_by(tree):
    """pyproject.toml counts only if it has a [tool.leakguard]."""
    (tree / "one/data/pyproject.toml").write_text("[tool.ruff]\n")
    assert find(["a.jsonl"], tree / "one/data") == tree / "one/leakguard.toml"


def test_data_under_different_settings_is_an_error(tree):
    """Two files that would speak for one run are named; nothing is chosen silently."""
    (tree / "two/leakguard.toml").write_text("limit = 5\n")
    with pytest.raises(SettingsError) as error:
        find(["one/data/a.jsonl", "two/b.jsonl"], tree)
    names = f"{tree}/one/leakguard.toml and {tree}/two/leakguard.toml"
    assert str(error.value) == f"settings: different settings files speak for this data ({names}): name one with --config"


@pytest.mark.parametrize("name", ["leakguard.toml", "pyproject.toml"])
@pytest.mark.parametrize("leads_to", ["leakguard.toml", "pyproject.toml", "nowhere"])
def test_a_settings_file_that_cannot_be_looked_at_is_an_error(tree, name, leads_to):
    """A link in a circle or to nowhere is no missing file: what it would have said is not known."""
    (tree / "two" / name).symlink_to(tree / "two" / leads_to)
    if leads_to not in (name, "nowhere"):
        (tree / "two" / leads_to).symlink_to(tree / "two" / name)
    with pytest.raises(SettingsError, match=r"settings: cannot look for|the settings file cannot be read"):
        load(find(["b.jsonl"], tree / "two"))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is denied to root")
def test_a_folder_that_may_not_be_searched_is_an_error(tree):
    """Where the folder of the data is closed, nobody knows whether it holds settings."""
    (tree / "two").chmod(0)
    try:
        with pytest.raises(SettingsError, match=r"settings: cannot look for .*two/leakguard.toml: Permission denied; .*--no-config"):
            find(["two/b.jsonl"], tree)
    finally:
        (tree / "two").chmod(0o755)


def test_paths_in_a_file_are_relative_to_it(tree):
    """Rule files, outputs and the control lie beside the settings file; names of packs stay names."""
    (tree / "one/leakguard.toml").write_text('rules = ["mine.toml", "hate-text"]\noutput = "out.json"\ncontrol = "c.jsonl"\n')
    settings = load(tree / "one/leakguard.toml")
    assert settings.rules == (str(tree / "one/mine.toml"), "hate-text")
    assert (settings.output, settings.control) == ((str(tree / "one/out.json"),), str(tree / "one/c.jsonl"))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("leakguard.toml", "fial-on = 1", "unknown key 'fial-on'; did you mean 'fail-on'?"),
        ("leakguard.toml", "a = \n", "this is not TOML: "),
        ("leakguard.toml", None, "the settings file cannot be read: No such file or directory"),
        ("pyproject.toml", "[tool.ruff]\n", "there is no table [tool.leakguard] in it"),
        ("pyproject.toml", "[tool.leakguard]\nlimit = 0\n", "limit: expected a whole number, 1 or more, not 0"),
    ],
)
def test_errors_name_the_file(tmp_path, name, text, problem):
    """One line that begins with the path of the settings file."""
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError) as error:
        load(tmp_path / name)
    assert str(error.value).startswith(f"{tmp_path / name}: {problem}")
