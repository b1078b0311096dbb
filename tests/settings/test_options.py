"""The table of options: each option is declared once, and everything else is made from the table."""

import ast
from pathlib import Path
from typing import get_type_hints

import click
import pytest

from leakguard.cli.clean import clean
from leakguard.cli.flags import flags_of, show_flags
from leakguard.cli.gate import gate
from leakguard.cli.options import settings_options, with_options
from leakguard.cli.scan import scan
from leakguard.settings import OPTIONS, Settings, override
from leakguard.settings.files import anchor_paths, from_toml, load, to_toml
from leakguard.settings.keywords import AuditKeywords, Keywords
from leakguard.settings.option import field_name
from leakguard.settings.options import DEFAULTS

SOURCE = Path(__file__).parents[2] / "src" / "leakguard"
# A value for each option that has only certain ones; the others take a text.
VALUES = {
    "preset": "paper-numbers",
    "map": {"completion": "answer"},
    "format": "json",
    "fail-on": "note",
    "redact": "mask",
    "engine": "regex",
    "duplicates": "near:0.9",
    "policy": {"warning": "redact"},
    "judge-only": "sample:5",
    "judge-budget": {"requests": 5},
    "judge-prices": {"prompt": 2},
    "judge-minimum": {"kappa": 0.5},
    "judge-certainty": 0.25,
    "judge-base-url": "http://localhost/v1",
    "semantic-depth": "full",
    "fpr": 0.1,
    "alpha": 0.1,
    "tolerance": 0.7,
    "rounds": 499,
    "most-rows": 400,
    "gate": {"max-unreadable": 0.5},
    "executor": "ray:auto",
}
BY_TYPE = {"bool": True, "int": 7, "int | str": "7K", "str": "a.toml", "Sequence[str]": ["a.toml", "b"]}


def value_of(key):
    """Any value of an option that is not its default."""
    return VALUES.get(key, BY_TYPE.get(OPTIONS[key].reader.accepts))


def words_of(value):
    """The value as the words that a flag takes, one for each time that the flag is given."""
    return (
        [f"{name}={one}" for name, one in value.items()] if isinstance(value, dict) else value if isinstance(value, list) else [str(value)]
    )


@pytest.mark.parametrize("key", OPTIONS)
def test_every_option_has_a_help_text_and_a_group(key):
    """The help text is a sentence and names other options in backticks, not as flags."""
    option = OPTIONS[key]
    assert option.group.heading
    assert option.help.endswith(".") and "--" not in option.help
    assert all("--" not in text for pair in option.wording.values() for text in pair)


@pytest.mark.parametrize("key", OPTIONS)
def test_a_value_means_the_same_in_a_settings_file_and_as_a_keyword(key):
    """Read, written to a settings file and read again, it is the same; and it is not the default."""
    settings = override(DEFAULTS, {key: value_of(key)}, where="")
    assert settings != DEFAULTS
    assert from_toml(to_toml(settings)) == settings


@pytest.mark.parametrize("key", [key for key, option in OPTIONS.items() if option.of_commands])
def test_a_value_means_the_same_as_a_flag(key):
    """What click passes on for the flag gives the same settings as a settings file."""
    given = {}

    def command(**flags):
        given.update({name.replace("_", "-"): value for name, value in flags.items() if value not in (None, ())})

    command = click.command()(with_options(settings_options(OPTIONS[key].of_commands[0]))(command))
    flag, value = flags_of(key)[0], value_of(key)
    command.main([flag] if value is True else [part for word in words_of(value) for part in (flag, word)], standalone_mode=False)
    assert override(DEFAULTS, given, where="--") == override(DEFAULTS, {key: value}, where="")


def test_keywords_of_the_python_api_are_the_options_that_have_one():
    """With the types that the table names."""
    assert list(get_type_hints(AuditKeywords)) == [field_name(key) for key, option in OPTIONS.items() if option.keyword]
    assert set(get_type_hints(AuditKeywords)) > set(get_type_hints(Keywords))


def test_commands_have_a_flag_for_each_option_of_the_table_and_no_other_default():
    """A flag that is not given leaves the settings file's value."""
    for command, arguments in ((scan, ["a"]), (clean, ["a", "-o", "b"]), (gate, ["a"])):
        given = command.make_context(command.name, arguments).params
        assert {given[field_name(key)] for key, option in OPTIONS.items() if command.name in option.of_commands} == {None, ()}


def test_an_option_is_declared_once():
    """No module but the table holds the key of a setting as a text of its own.

    Short keys are words of other trades too (`rules` is a folder, a package and a detector), so only keys of two words are looked for.
    """
    keys = {key for key in OPTIONS if "-" in key}
    found = set()
    for module in sorted(SOURCE.rglob("*.py")):
        literals = {node.value for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Constant)}
        found |= {(str(module.relative_to(SOURCE)), name) for name in literals & keys}
    assert found == set()


def test_paths_of_a_settings_file_are_relative_to_its_folder():
    """Of every option with paths; names of shipped things stay names."""
    values = {key: value_of(key) for key, option in OPTIONS.items() if option.anchor and key != "gate"}
    settings = anchor_paths(override(DEFAULTS, values, where=""), Path("folder"))
    for key in values:
        value = getattr(settings, field_name(key))
        kept = key.endswith("model")
        assert (value[0] if isinstance(value, tuple) else value) == ("a.toml" if kept else str(Path("folder/a.toml"))), key
    assert settings.rules[1] == "b" and settings.against[1] == str(Path("folder/b"))


def test_messages_show_settings_as_flags():
    """Names in backticks become the flags that users know; other words in backticks stay."""
    assert show_flags("`fail-on`, `traits`, `no-config`: `x`") == "--fail-on, --trait, --no-config: `x`"


def test_defaults_are_those_of_the_table():
    """Settings without values are the settings of a run that was given none."""
    assert Settings() == DEFAULTS


def test_a_prompt_file_lies_beside_the_settings_file(tmp_path):
    """As the control does; the name of a trait stays."""
    (tmp_path / "leakguard.toml").write_text('control = "control.jsonl"\npanel = ["umbrella.txt", "owl", "prompts/cat"]\n')
    settings = load(tmp_path / "leakguard.toml")
    assert settings.control == str(tmp_path / "control.jsonl")
    assert settings.panel == (str(tmp_path / "umbrella.txt"), "owl", str(tmp_path / "prompts/cat"))
