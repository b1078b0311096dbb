"""Where settings are looked for: from the working folder upwards, never among the data, never from another user."""

import os

import pytest

from leakguard.core.errors import SettingsError
from leakguard.settings.files import load
from leakguard.settings.search import find_settings

OURS, SHARED = 'fail-on = "note"\n', "[tool.leakguard]\nlimit = 5\n"


@pytest.fixture
def project(tmp_path):
    """A repository with settings at its root, code, and data in a folder of its own; settings above it that are no part of it."""
    for name in ("repo/.git", "repo/src/deep", "repo/data/train"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "leakguard.toml").write_text("limit = 1\n")
    (tmp_path / "repo/leakguard.toml").write_text(OURS)
    (tmp_path / "repo/data/train/a.jsonl").touch()
    return tmp_path / "repo"


@pytest.mark.parametrize("home", [".", "src", "src/deep"])
def test_from_the_working_folder_to_the_root_of_its_repository(project, home):
    """Wherever the data lie; what is above the repository does not count."""
    assert find_settings([str(project / "data")], project / home).file == project / "leakguard.toml"
    assert find_settings(["-"], project / home).file == project / "leakguard.toml"
    (project / "leakguard.toml").unlink()
    assert find_settings(["-"], project / home).file is None


def test_the_nearest_file_counts_and_a_pyproject_without_our_table_is_passed_by(project):
    """leakguard.toml is asked for before pyproject.toml of the same folder; nothing is merged."""
    (project / "src/pyproject.toml").write_text("[tool.ruff]\n")
    assert find_settings(["../data"], project / "src").file == project / "leakguard.toml"
    (project / "src/pyproject.toml").write_text(SHARED)
    assert find_settings(["../data"], project / "src").file == project / "src/pyproject.toml"
    (project / "src/leakguard.toml").write_text(OURS)
    assert find_settings(["../data"], project / "src").file == project / "src/leakguard.toml"


def test_without_a_repository_only_the_working_folder_counts(tmp_path):
    """Nothing says that a folder above belongs to the same work."""
    (tmp_path / "work/deep").mkdir(parents=True)
    (tmp_path / "work/leakguard.toml").write_text(OURS)
    assert find_settings(["-"], tmp_path / "work").file == tmp_path / "work/leakguard.toml"
    assert find_settings(["-"], tmp_path / "work/deep").file is None


@pytest.mark.parametrize("name", ["leakguard.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    ("home", "path", "used"),
    [
        # Below a folder of data: the settings of the repository count, or none if all of it is data.
        ("data", ".", "."),
        ("data", "**/*.jsonl", "."),
        ("data", "../data/../data", "."),
        ("data/train", "..", "."),
        ("data/train", "../..", None),
        # Beside a file of data: the next one above.
        ("data/train", "a.jsonl", "data"),
        ("data/train", "*.jsonl", "data"),
        ("data/train", "link.jsonl", "data"),
        ("data/train", "../train/a.jsonl", "data"),
        # Where the data lie makes no settings count.
        ("src", "../data", "."),
        ("src", "../data/train/a.jsonl", "."),
    ],
)
def test_a_file_among_the_data_is_never_used(project, home, path, used, name):
    """Whatever way the data are named."""
    (project / "data/train/link.jsonl").symlink_to("a.jsonl")
    for place in ("data", "data/train"):
        (project / place / name).write_text(OURS if name == "leakguard.toml" else SHARED)
    wanted = None if used is None else project / used / (name if used == "data" else "leakguard.toml")
    assert find_settings([path], project / home).file == wanted


def test_a_file_that_is_passed_over_is_named_with_the_way_to_use_it(project):
    """One line for each, with the reason; the search goes on above."""
    (project / "data/leakguard.toml").write_text(OURS)
    found = find_settings(["train", "."], project / "data")
    assert found.file == project / "leakguard.toml"
    assert found.passed_over == (
        f"settings in {project}/data/leakguard.toml are not used: the file lies in {project}/data, a folder of the data; "
        f"to use them, add `config` {project}/data/leakguard.toml",
    )


def test_a_link_to_settings_among_the_data_is_such_a_file(project):
    """The file that would be read counts, not only where its name stands."""
    (project / "src/leakguard.toml").symlink_to("../data/leakguard.toml")
    (project / "data/leakguard.toml").write_text(OURS)
    found = find_settings(["../data"], project / "src")
    assert (found.file, len(found.passed_over)) == (project / "leakguard.toml", 1)


def test_broken_settings_among_the_data_stop_no_scan(project):
    """What is not used is not read: neither what is no TOML, nor a link in a circle."""
    (project / "data/pyproject.toml").write_text("[[[")
    (project / "data/leakguard.toml").symlink_to("leakguard.toml")
    assert find_settings(["."], project / "data").file == project / "leakguard.toml"


@pytest.mark.skipif(os.name != "posix", reason="needs owners and permissions")
@pytest.mark.parametrize(("place", "mode"), [("leakguard.toml", 0o666), (".", 0o777), (".", 0o1777), ("leakguard.toml", 0o662)])
def test_a_file_that_others_can_write_is_not_used(project, place, mode):
    """Neither one that is open itself, nor one in a folder that is open, such as the system's for temporary files."""
    (project / place).chmod(mode)
    found = find_settings(["-"], project)
    assert found.file is None
    assert "other users can write to" in found.passed_over[0]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("place", ["leakguard.toml", "."])
def test_a_file_of_another_user_is_not_used(project, place):
    """Nor one in a folder of another user, who can put anything there."""
    os.chown(project / place, 12345, 12345)
    found = find_settings(["-"], project)
    assert found.file is None
    assert found.passed_over[0].startswith(f"settings in {project}/leakguard.toml are not used: ")


@pytest.mark.parametrize("name", ["leakguard.toml", "pyproject.toml"])
def test_a_link_in_a_circle_is_an_error(tmp_path, name):
    """It is no missing file: what it would have said is not known."""
    (tmp_path / name).symlink_to(name)
    with pytest.raises(SettingsError, match="settings: cannot look for "):
        find_settings(["-"], tmp_path)


@pytest.mark.parametrize("leads_to", ["nowhere", "/dev/zero"])
def test_a_link_to_no_file_is_an_error_too(tmp_path, leads_to):
    """Whether it belongs to this user or to the system: it is not read, and not passed over without a word."""
    (tmp_path / "leakguard.toml").symlink_to(leads_to)
    found = find_settings(["-"], tmp_path)
    if found.file:
        with pytest.raises(SettingsError, match="the settings file cannot be read"):
            load(found.file)
    else:
        assert "are not used" in found.passed_over[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_an_error_and_not_waited_for(tmp_path):
    """Nobody writes into it; a folder of that name is none."""
    os.mkfifo(tmp_path / "leakguard.toml", 0o600)
    with pytest.raises(SettingsError, match="the settings file cannot be read: this is a pipe"):
        load(find_settings(["-"], tmp_path).file)
    (tmp_path / "leakguard.toml").unlink()
    (tmp_path / "leakguard.toml").mkdir()
    assert find_settings(["-"], tmp_path).file is None
