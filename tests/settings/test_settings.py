import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakguard.core.errors import SettingsError
from leakguard.core.policy import DEFAULTS
from leakguard.reports import FORMATS
from leakguard.settings import OPTIONS, Settings, override
from leakguard.settings.files import from_toml, to_toml
from leakguard.settings.leak_test import LEAK_TEST
from leakguard.settings.options import FAIL_ON
from leakguard.settings.values import WHOLE_ROWS

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
NAME = TEXT.map(lambda text: text.replace(",", "").strip()).filter(bool)
SETTINGS = st.builds(
    Settings,
    rules=TEXTS,
    traits=TEXTS,
    semantic=st.booleans(),
    semantic_model=st.none() | TEXT,
    semantic_download=st.booleans(),
    fpr=st.none() | st.floats(0.0001, 0.9999),
    scores=st.none() | TEXT,
    preset=st.sampled_from([None, "paper-numbers"]),
    select=TEXTS,
    ignore=TEXTS,
    schema=TEXT,
    field=TEXTS,
    roles=st.lists(NAME, min_size=1, max_size=3).map(tuple),
    format=st.sampled_from(FORMATS),
    output=TEXTS,
    control=st.none() | TEXT,
    baseline=st.none() | TEXT,
    fail_on=st.sampled_from([*FAIL_ON, "never"]),
    workers=st.integers(0, 99),
    limit=st.none() | st.integers(1, 10**12),
    row_limit=st.integers(1, 1 << 40),
    unpack_limit=st.integers(1, 1 << 40),
    redact=st.sampled_from([None, "hash", "mask", "none"]),
    engine=st.sampled_from(["auto", "hyperscan", "regex"]),
    policy=st.dictionaries(
        TEXT.filter(lambda name: name not in WHOLE_ROWS), st.sampled_from(["keep", "redact", "quarantine", "remove"])
    ).map(lambda more: tuple({**DEFAULTS, **more, "undetermined": "apart"}.items())),
    replacement=st.text(),
)


@given(SETTINGS)
def test_settings_survive_a_file(settings):
    """What is written as a settings file is read back as it was."""
    assert from_toml(to_toml(settings)) == settings


@given(SETTINGS, SETTINGS)
def test_flags_win(file, flags):
    """Whatever a later source says replaces what an earlier one said, key by key; a policy entry by entry."""
    given = {key: value for key, value in flags.as_mapping().items() if value not in (None, [])}
    both = override(file, given, where="--").as_mapping()
    assert both == {**file.as_mapping(), **given, "policy": {**dict(file.policy), **dict(flags.policy)}}


def test_every_setting_has_a_key():
    """A settings file can say everything that flags can say; reports of scans leave out the options of the leak test."""
    assert {key for key, option in OPTIONS.items() if option.group is not LEAK_TEST} == set(Settings().as_mapping())


@pytest.mark.parametrize(
    ("value", "size"), [(1000, 1000), ("1000", 1000), ("500K", 512_000), ("16MiB", 16 << 20), ("2 gb".replace(" ", ""), 2 << 30), ("7B", 7)]
)
def test_sizes(value, size):
    """A size is a number of bytes, or a number and a binary unit."""
    assert override(Settings(), {"row-limit": value}, where="").row_limit == size


@pytest.mark.parametrize(
    ("roles", "names"), [("assistant", ("assistant",)), ("assistant, user", ("assistant", "user")), (["a,b", "c"], ("a", "b", "c"))]
)
def test_roles_may_have_commas(roles, names):
    """Several roles may be a list, or one text with commas."""
    assert override(Settings(), {"roles": roles}, where="").roles == names


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fail_on": "error"}, "f.toml: unknown key 'fail_on'; did you mean 'fail-on'?"),
        ({"fail-on": "eror"}, "f.toml: fail-on: unknown value 'eror'; did you mean 'error'? Valid: error, warning, note, never"),
        (
            {"format": "jsn"},
            "f.toml: format: unknown value 'jsn'; did you mean 'json'? Valid: table, json, sarif, junit, github, markdown, html, log, jsonl",
        ),
        ({"redact": "hide"}, "f.toml: redact: unknown value 'hide'; "),
        ({"engine": "re2"}, "f.toml: engine: unknown value 're2'; "),
        ({"preset": "paper"}, "f.toml: preset: unknown value 'paper'; did you mean 'paper-numbers'?"),
        ({"rules": [1]}, "f.toml: rules: expected a text or a list of texts, not [1]"),
        ({"schema": ["text"]}, "f.toml: schema: expected a text, not ['text']"),
        ({"control": ""}, "f.toml: control: expected a text, not ''"),
        ({"roles": ","}, "f.toml: roles: expected at least one name, not ','"),
        ({"limit": 0}, "f.toml: limit: expected a whole number, 1 or more, not 0"),
        ({"workers": True}, "f.toml: workers: expected a whole number, 0 or more, not True"),
        ({"row-limit": "16 miles"}, "f.toml: row-limit: expected a size such as 16MiB, 500K or a number of bytes, not '16 miles'"),
        ({"row-limit": 0}, "f.toml: row-limit: expected a size"),
        ({"row-limit": "0K"}, "f.toml: row-limit: expected a size"),
    ],
)
def test_errors_say_what_was_expected(values, message):
    """One line: where, which key, what was expected, the nearest valid name."""
    with pytest.raises(SettingsError) as error:
        override(Settings(), values, where="f.toml: ")
    assert str(error.value).startswith(message)
