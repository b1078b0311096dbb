import pytest

PACK = '[pack]\nid = "p"\nversion = "1.0.0"\ntitle = "T"\n[[rule]]\nid = "p.one"\nkind = "term"\nvalue = "owl"\nmeaning = "m"\n'

# Arguments, and what the one line on stderr says.
TABLE = [
    (["scna"], "no such command 'scna'; did you mean 'scan'?"),
    (["scan"], "Missing argument 'PATH...'"),
    (["scan", "clean.jsonl", "--rulez", "all"], "--rulez"),
    (["scan", "clean.jsonl", "--limit", "many"], "'many' is not a valid integer"),
    (["scan", "claen.jsonl"], "claen.jsonl: no such file or folder; did you mean clean.jsonl?"),
    (["scan", "*.parquet"], "*.parquet: no file matches"),
    (["scan", "clean.jsonl", "--schema", "mesages"], "did you mean 'messages'?"),
    (["scan", "clean.jsonl", "--roles", "asistant"], "did you mean 'assistant'?"),
    (["scan", "clean.jsonl", "--rules", "hate-txt"], "--rules: there is no rule pack 'hate-txt'; did you mean 'hate-text'?"),
    (["scan", "clean.jsonl", "--rules", "none.toml"], "none.toml: the rule pack cannot be read: No such file or directory"),
    (["scan", "clean.jsonl", "--rules", "broken.toml"], "broken.toml: this is not TOML"),
    (["scan", "clean.jsonl", "--rules", "unknown.toml"], "unknown.toml: rule 'p.one': unknown key 'hit'; did you mean 'hits'?"),
    (["scan", "clean.jsonl", "--rules", "unproven.toml"], "unproven.toml: rule 'p.one' should fire in 'eagle'"),
    (["scan", "clean.jsonl", "--rules", "twice/a.toml", "--rules", "twice/b.toml"], "the id 'p' is already used by twice/a.toml"),
    (["scan", "clean.jsonl", "--trait", "owll"], "--trait: there is no trait 'owll'; did you mean 'owl'?"),
    (["scan", "clean.jsonl", "--select", "hate-numerc.1488"], "no rule is called 'hate-numerc.1488'; did you mean 'hate-numeric.1488'?"),
    (["scan", "clean.jsonl", "--select", "traits.owl"], "of the pack 'traits', which is not switched on: add --rules traits"),
    (["scan", "clean.jsonl", "--ignore", "nothing.like.it"], "--ignore: no rule is called 'nothing.like.it'"),
    (["scan", "clean.jsonl", "--rules", "hate-text", "--ignore", "hate-text"], "no rule is left to look with"),
    (["scan", "clean.jsonl", "--preset", "paper"], "--preset: unknown value 'paper'; did you mean 'paper-numbers'?"),
    (["scan", "clean.jsonl", "--preset", "paper-numbers", "--trait", "owl"], "leave out --trait"),
    (["scan", "clean.jsonl", "--engine", "re2"], "--engine: unknown value 're2'"),
    (["scan", "clean.jsonl", "--fail-on", "eror"], "--fail-on: unknown value 'eror'; did you mean 'error'?"),
    (["scan", "clean.jsonl", "--format", "jsn"], "--format: unknown value 'jsn'; did you mean 'json'?"),
    (["scan", "clean.jsonl", "--redact", "hide"], "--redact: unknown value 'hide'"),
    (["scan", "clean.jsonl", "--row-limit", "16 miles"], "--row-limit: expected a size such as 16MiB"),
    (["scan", "clean.jsonl", "--limit", "0"], "--limit: expected a whole number, 1 or more, not 0"),
    (["scan", "clean.jsonl", "--control", "none.jsonl"], "none.jsonl: no such file or folder"),
    (["scan", "-", "--control", "-"], "--control: standard input is the data already"),
    (["scan", "clean.jsonl", "-c", "none.toml"], "none.toml: the settings file cannot be read"),
    (["scan", "clean.jsonl", "-c", "settings.toml", "--no-config"], "--config names a settings file and --no-config wants none"),
    (["scan", "clean.jsonl", "-c", "settings.toml"], "settings.toml: unknown key 'fial-on'; did you mean 'fail-on'?"),
    (["scan", "clean.jsonl", "-o", "out.pdf"], "--output out.pdf: the suffix says the format, and '.pdf' is none"),
    (["scan", "clean.jsonl", "-o", "none/out.json"], "--output none/out.json: there is no folder"),
    (["scan", "clean.jsonl", "-o", "clean.jsonl"], "--output clean.jsonl: this is an input file already"),
    (["scan", "clean.jsonl", "--control", "loud.jsonl", "-o", "loud.jsonl"], "--output loud.jsonl: this is an input file already"),
    (["scan", "clean.jsonl", "-o", "a.json", "-o", "./a.json"], "--output ./a.json: this is an output file already"),
    (["scan", "clean.jsonl", "-o", "twice.json"], "--output twice.json: this is a folder"),
    (["rules", "lst"], "No such command 'lst'"),
    (["rules", "list", "hate-txt"], "there is no rule pack 'hate-txt'; did you mean 'hate-text'?"),
    (["rules", "list", "--format", "xml"], "--format cannot be 'xml'"),
    (["rules", "show", "hate-numerc.1488"], "did you mean 'hate-numeric.1488'?"),
    (["rules", "test", "none.toml"], "none.toml: the rule pack cannot be read"),
    (["rules", "new", "not a name"], "'not a name' cannot be a pack's name"),
    (["rules", "new", "broken"], "broken.toml: this file is there already"),
]


@pytest.fixture
def mistakes(folder):
    """Files with one mistake each."""
    (folder / "broken.toml").write_text("[pack\n")
    (folder / "unknown.toml").write_text(PACK + 'severity = "note"\nhit = ["owl"]\nmisses = ["bowl"]\n')
    (folder / "unproven.toml").write_text(PACK + 'severity = "note"\nhits = ["eagle"]\nmisses = ["bowl"]\n')
    (folder / "settings.toml").write_text('fial-on = "note"\n')
    (folder / "twice").mkdir()
    (folder / "twice.json").mkdir()
    for name in "ab":
        (folder / f"twice/{name}.toml").write_text(PACK + 'severity = "note"\nhits = ["owl"]\nmisses = ["bowl"]\n')


@pytest.mark.usefixtures("mistakes")
@pytest.mark.parametrize(("args", "words"), TABLE, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_a_mistake_is_one_line_and_exit_code_2(leakguard, args, words):
    """Nothing is scanned; the line says what was expected and the nearest valid name."""
    done = leakguard(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("leakguard: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


@pytest.mark.parametrize("args", [[], ["rules"]])
def test_no_command_shows_the_help(leakguard, args):
    """Nothing asked for is a usage error too, with the help for it."""
    done = leakguard(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Commands:" in done.stderr


def test_settings_that_lead_in_a_circle_are_an_error(leakguard, folder):
    """Nobody knows what they would have said: nothing is scanned without them."""
    (folder / "leakguard.toml").symlink_to("leakguard.toml")
    done = leakguard("scan", "-", data='{"text": "tea"}\n')
    assert (done.returncode, done.stderr.startswith("leakguard: settings: cannot look for ")) == (2, True)


def test_names_from_the_command_line_are_escaped(leakguard):
    """A file name that would steer the terminal is shown, not obeyed."""
    done = leakguard("scan", "\x1b[31mred\u202e.jsonl")
    assert r"\x1b[31mred\u202e.jsonl" in done.stderr
    assert "\x1b" not in done.stderr
