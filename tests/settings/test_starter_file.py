"""The file of leakguard init: it sets nothing, names every option, and its defaults are those of the table."""

import re

from leakguard.settings import OPTIONS
from leakguard.settings.files import from_toml
from leakguard.settings.options import DEFAULTS
from leakguard.settings.starter_file import TABLES, WIDTH, write_starter_file

LINE = re.compile(r"# ([a-z0-9-]+) = (.*)")


def test_the_starter_file_sets_nothing_and_names_every_option():
    """As it is written it gives the defaults; each option has one line, below its help."""
    text = write_starter_file()
    assert from_toml(text) == DEFAULTS
    assert sorted(LINE.findall(text)) == sorted(dict(LINE.findall(text)).items())
    assert {key for key, _ in LINE.findall(text)} == {*OPTIONS} - {*TABLES}
    assert max(map(len, text.splitlines())) <= WIDTH + 30


def test_every_default_in_the_starter_file_is_the_default():
    """Without the # of all lines that show a value, the settings are still the defaults."""
    values = {key: value for key, value in LINE.findall(write_starter_file()) if "(default: " not in value}
    assert len(values) > 20
    assert from_toml("".join(f"{key} = {value}\n" for key, value in values.items())) == DEFAULTS
