from hashlib import sha256

import pytest

from leakguard.core.errors import PackError
from leakguard.core.rule import Severity
from leakguard.rulebook.packs import read_pack, read_packs

HEAD = '[pack]\nid = "p"\nversion = "1.0.0"\ntitle = "T"\n'
RULE = {
    "id": '"p.one"', "kind": '"term"', "value": '"owl"', "severity": '"error"', "meaning": '"m"', "hits": '["owl"]', "misses": '["bowl"]'
}  # fmt: skip


def rule(**changes):
    """A [[rule]] table: a good one with some keys changed (None leaves a key out)."""
    return "[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in {**RULE, **changes}.items() if value is not None)


def read(folder, text, name="p.toml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_pack(path)


def test_reads_everything(tmp_path):
    """Every key of the format arrives in the rule."""
    text = (
        HEAD.replace('"T"', '"T"\nsources = ["s"]\ndefault = true')
        + rule(also='["strix"]', not_inside='["price"]', note_inside='["label"]', unless='["owl post"]', near='["bird"]', match_case="true", sources='["here"]')
    )  # fmt: skip
    pack = read(tmp_path, text)
    assert (pack.id, pack.version, pack.title, pack.sources, pack.default) == ("p", "1.0.0", "T", ("s",), True)
    assert (pack.digest, pack.file) == (sha256(text.encode()).hexdigest(), str(tmp_path / "p.toml"))
    (one,) = pack.rules
    assert (one.id, one.pack, one.kind, one.value, one.meaning) == ("p.one", "p", "term", "owl", "m")
    assert (one.also, one.not_inside, one.note_inside) == (("strix",), ("price",), ("label",))
    assert (one.unless, one.near) == (("owl post",), ("bird",))
    assert (one.match_case, one.sources, one.hits, one.misses) == (True, ("here",), ("owl",), ("bowl",))


@pytest.mark.parametrize(
    ("changes", "value", "numbers", "pattern"),
    [
        ({"kind": '"number"', "value": "1488"}, "1488", (1488,), ""),
        ({"kind": '"sequence"', "value": '"13/52"'}, "13/52", (13, 52), ""),
        ({"kind": '"symbol"', "value": '"卐"'}, "卐", (), ""),
        ({"kind": '"regex"', "value": '"badge"', "pattern": r"'badge-\d+'"}, "badge", (), r"badge-\d+"),
    ],
)
def test_values_of_every_kind(tmp_path, changes, value, numbers, pattern):
    """Numbers and sequences are read as numbers, a regex has a name and a pattern."""
    (one,) = read(tmp_path, HEAD + rule(**changes)).rules
    assert (one.value, one.numbers, one.pattern) == (value, numbers, pattern)


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, {"numbers": Severity.ERROR, "text": Severity.ERROR}),
        ({"profiles": '["text"]'}, {"text": Severity.ERROR}),
        ({"severity": '{ numbers = "note", text = "warning" }'}, {"numbers": Severity.NOTE, "text": Severity.WARNING}),
        ({"severity": '{ text = "note" }'}, {"text": Severity.NOTE}),
    ],
)
def test_severities(tmp_path, changes, severity):
    """One severity for all profiles, for those named, or one for each."""
    (one,) = read(tmp_path, HEAD + rule(**changes)).rules
    assert one.severity == severity


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + rule(hit='["x"]'), "rule 'p.one': unknown key 'hit'; did you mean 'hits'?"),
        (
            HEAD + rule(not_inside='["year"]', note_inside='["sum", "year"]'),
            "rule 'p.one': 'note_inside' and 'not_inside' both name 'year'",
        ),
        (
            HEAD + rule(severity='"note"', note_inside='["sum"]'),
            "rule 'p.one': 'note_inside' changes nothing in a rule that only makes notes",
        ),
        (HEAD + rule(not_inside="[]"), "rule 'p.one': 'not_inside' names no context: leave it out"),
        (HEAD + rule(note_inside="[]"), "rule 'p.one': 'note_inside' names no context: leave it out"),
        (HEAD + rule(note_inside='["sum", "year", "sum"]'), "rule 'p.one': 'note_inside' names 'sum' twice"),
        (
            HEAD + rule(severity='{ numbers = "error" }', note_inside='["label", "year"]'),
            "rule 'p.one': 'note_inside' changes nothing with 'year' in a rule for number lists, where only 'price', 'percent', 'label', ",
        ),
        (
            HEAD + rule(severity='{ numbers = "error", text = "note" }', note_inside='["sum"]'),
            "rule 'p.one': 'note_inside' changes nothing with 'sum' in a rule for number lists",
        ),
        (
            HEAD + rule(profiles='["numbers"]', not_inside='["phone"]'),
            "rule 'p.one': 'not_inside' changes nothing with 'phone' in a rule for number lists",
        ),
        (HEAD + rule(misses=None), "rule 'p.one': 'misses' is missing: give at least one text it must not match"),
        (HEAD + rule(hits="[]"), "rule 'p.one': 'hits' is missing: give at least one text it must match"),
        (HEAD + rule(kind='"terms"'), "rule 'p.one': 'kind' cannot be 'terms'; did you mean 'term'? Valid: number, sequence, term"),
        (HEAD + rule(kind='"grammar"'), "rule 'p.one': 'kind' cannot be 'grammar'; "),
        (HEAD + rule(kind=None), "rule 'p.one': 'kind' is missing: expected one of number, sequence, term, symbol, regex"),
        (HEAD + rule(id=None), "[[rule]] number 1: 'id' is missing: expected a name such as 'p.example'"),
        (HEAD + rule(id='"q.one"'), "rule 'q.one': 'id' must be 'p.' and then letters, digits, - and _"),
        (HEAD + rule(kind='"number"'), "rule 'p.one': 'value' must be a whole number, written without quotes, not 'owl'"),
        (HEAD + rule(kind='"number"', value="true"), "rule 'p.one': 'value' must be a whole number"),
        (HEAD + rule(kind='"number"', value="-1"), "rule 'p.one': 'value' must not be negative: -1"),
        (HEAD + rule(kind='"sequence"', value='"13"'), "rule 'p.one': 'value' must be numbers joined by /, such as '13/52', not '13'"),
        (HEAD + rule(value='" "'), "rule 'p.one': 'value' must be the term to look for, not empty"),
        (HEAD + rule(severity='"high"'), "rule 'p.one': 'severity' cannot be 'high'; valid: note, warning, error"),
        (HEAD + rule(severity='{ txt = "note" }'), "rule 'p.one': 'severity' cannot be 'txt'; did you mean 'text'?"),
        (HEAD + rule(severity="{}"), "rule 'p.one': 'severity' names no profile"),
        (HEAD + rule(severity='{ text = "note" }', profiles='["text"]'), "rule 'p.one': 'profiles' is said twice"),
        (HEAD + rule(profiles='["code"]'), "rule 'p.one': 'profiles' cannot be 'code'; "),
        (HEAD + rule(not_inside='["prize"]'), "rule 'p.one': 'not_inside' cannot be 'prize'; did you mean 'price'?"),
        (HEAD + rule(note_inside='["lable"]'), "rule 'p.one': 'note_inside' cannot be 'lable'; did you mean 'label'?"),
        (HEAD + rule(pattern='"x"'), "rule 'p.one': 'pattern' means nothing in a rule of kind 'term'"),
        (HEAD + rule(kind='"regex"'), "rule 'p.one': 'pattern' is missing: expected a regular expression"),
        (HEAD + rule(kind='"regex"', pattern='"("'), "rule 'p.one': 'pattern' is not a regular expression: "),
        (HEAD + rule(kind='"regex"', pattern='"x*"'), "rule 'p.one': 'pattern' matches the empty text, and so everything"),
        (HEAD + rule(kind='"regex"', pattern='"x"', also='["y"]'), "rule 'p.one': 'also' means nothing in a rule of kind 'regex'"),
        (HEAD + rule(match_case='"yes"'), "rule 'p.one': 'match_case' must be true or false, not 'yes'"),
        (HEAD + rule(unless='"owl post"'), "rule 'p.one': 'unless' must be a list of texts, not 'owl post'"),
        (HEAD + rule() + rule(), "two rules have the id 'p.one'"),
        (HEAD, "a pack needs at least one [[rule]]"),
        (HEAD + '[[rules]]\nid = "p.x"\n', "unknown key 'rules'; did you mean 'rule'? Valid: pack, rule"),
        (rule(), "'pack' is missing: expected a table [pack]"),
        (HEAD + 'titel = "T"\n' + rule(), "[pack]: unknown key 'titel'; did you mean 'title'?"),
        (HEAD.replace('"p"', '"all"') + rule(), "[pack]: 'id' cannot be 'all'"),
        (HEAD.replace('"1.0.0"', "1.0") + rule(), "[pack]: 'version' must be a version such as \"1.0.0\", not 1.0"),
        ('[pack]\nid = "p\n', "this is not TOML: "),
        (b'[pack]\nid = "\xff"\n', "a rule pack must be UTF-8; line 2 is not"),
    ],
)
def test_errors_name_file_rule_and_key(tmp_path, text, problem):
    """One line: the file, the rule, the key, what was expected and the nearest valid name."""
    with pytest.raises(PackError) as error:
        read(tmp_path, text)
    message = str(error.value)
    assert message.startswith(f"{tmp_path / 'p.toml'}: {problem}")
    assert "\n" not in message


def test_broken_toml_names_the_line(tmp_path):
    """The line of a syntax error is in the message."""
    with pytest.raises(PackError, match=r"p\.toml: this is not TOML: .*line 6"):
        read(tmp_path, HEAD + "\n[[rule\n")


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_files_that_cannot_be_read(tmp_path, name):
    """A missing file or a folder is a PackError too."""
    with pytest.raises(PackError, match="the rule pack cannot be read"):
        read_pack(tmp_path / name)


def test_ids_are_unique_across_packs(tmp_path):
    """A second file with the same id names both files."""
    read(tmp_path, HEAD + rule(), "a.toml")
    read(tmp_path, HEAD + rule(), "b.toml")
    with pytest.raises(PackError) as error:
        read_packs([tmp_path / "a.toml", tmp_path / "b.toml"])
    assert str(error.value) == f"{tmp_path}/b.toml: the id 'p' is already used by {tmp_path}/a.toml; give one of them another id"


def test_a_byte_order_mark_is_no_error(tmp_path):
    """Files that an editor began with a byte order mark are read."""
    assert read(tmp_path, b"\xef\xbb\xbf" + (HEAD + rule()).encode()).id == "p"
