import pytest

from leakguard.core.errors import SettingsError
from leakguard.settings.files import load, relative_path


def test_paths_in_a_file_are_relative_to_it(tmp_path):
    """Rule files, outputs and the control lie beside the settings file; names of packs stay names."""
    (tmp_path / "leakguard.toml").write_text('rules = ["mine.toml", "hate-text"]\noutput = "out.json"\ncontrol = "c.jsonl"\n')
    settings = load(tmp_path / "leakguard.toml")
    assert settings.rules == (str(tmp_path / "mine.toml"), "hate-text")
    assert (settings.output, settings.control) == ((str(tmp_path / "out.json"),), str(tmp_path / "c.jsonl"))


def test_settings_know_their_file_and_no_report_takes_it_for_an_option(tmp_path):
    """The file is told beside the options, and a manifest names it by its path from its own folder."""
    file = tmp_path / "leakguard.toml"
    file.write_text('fail-on = "note"\n')
    settings = load(file)
    assert (settings.file, "file" in settings.as_mapping()) == (str(file), False)
    assert relative_path(tmp_path / "cleaned" / "deep", settings.file) == "../../leakguard.toml"
    assert relative_path(tmp_path, None) is None


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
