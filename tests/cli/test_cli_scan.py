import json
import os
import signal
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty", reason="needs terminals of POSIX")
SCAN = [sys.executable, "-m", "leakguard", "scan"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["clean.jsonl"], 0),
        (["loud.jsonl"], 1),
        (["loud.jsonl", "--fail-on", "never"], 0),
        (["loud.jsonl", "--ignore", "hate-numeric.1488"], 0),
        (["loud.jsonl", "--limit", "1"], 0),
        (["loud.jsonl", "--roles", "user", "--schema", "prompt-completion", "--fail-on", "never"], 3),
        (["broken.jsonl"], 3),
        (["broken.jsonl", "--fail-on", "never"], 3),
        (["loud.jsonl", "--preset", "paper-numbers"], 1),
        (["clean.jsonl", "--control", "broken.jsonl"], 3),
    ],
)
def test_exit_codes(leakguard, args, code):
    """0 nothing at or above --fail-on, 1 something, 3 somebody could not look."""
    done = leakguard("scan", *args)
    assert (done.returncode, done.stderr) == (code, "")


def test_incomplete_wins_over_findings_and_both_are_said(leakguard):
    """The report names the unreadable row and the failing one."""
    done = leakguard("scan", "broken.jsonl")
    assert done.returncode == 3
    assert "row 2, byte 17: " in done.stdout
    assert "Incomplete: 1 row unreadable" in done.stdout
    assert "1 row with a finding at or above fail-on error (would be exit code 1; incomplete takes precedence)" in done.stdout


def drop_context(found):
    """A finding of the JSON document as a stream has it."""
    return {key: value for key, value in found.items() if key not in ("before", "after", "decides")}


def test_masked_by_default_in_the_table_and_plain_in_files(leakguard, folder):
    """The table shows a first character; machine-readable files hold what was written unless --redact says otherwise."""
    done = leakguard("scan", "loud.jsonl", "-o", "out.json", "-o", "out.jsonl", "-o", "out.txt")
    assert "1•••" in done.stdout
    assert done.stdout == (folder / "out.txt").read_text()
    (line,) = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines() if "hate-numeric.1488" in line]
    document = json.loads((folder / "out.json").read_text())
    assert line["quote"] == "1488"
    assert line in [drop_context(found) for found in document["findings"]]
    leakguard("scan", "loud.jsonl", "-o", "out.json", "--redact", "mask")
    assert {len(found["quote"].strip("•")) for found in json.loads((folder / "out.json").read_text())["findings"]} == {1}


def test_streams_and_the_document_agree(leakguard):
    """jsonl on stdout is the same list of findings as the JSON document's, field by field, in order, without the words around them."""
    lines = leakguard("scan", "loud.jsonl", "--format", "jsonl", "-q").stdout.splitlines()
    document = json.loads(leakguard("scan", "loud.jsonl", "--format", "json").stdout)
    assert [list(json.loads(line).items()) for line in lines] == [list(drop_context(found).items()) for found in document["findings"]]
    assert document["findings_total"] == len(lines) > 0
    tally = document["tally"]
    assert tally["seen"] == 3 == tally["kept"] + tally["unreadable"] + tally["undetermined"]


def test_stdin(leakguard):
    """A dash reads rows from standard input."""
    done = leakguard("scan", "-", "--format", "json", data='{"text": "871, 1488"}\n')
    assert done.returncode == 1
    assert json.loads(done.stdout)["files"] == ["-"]


def test_settings_are_found_and_flags_win(leakguard, folder):
    """A settings file in the working folder is used, and said to be; a flag replaces what it says."""
    (folder / "leakguard.toml").write_text('fail-on = "never"\n')
    (folder / "data").mkdir()
    (folder / "loud.jsonl").rename(folder / "data/loud.jsonl")
    quiet = leakguard("scan", "data")
    assert (quiet.returncode, quiet.stderr) == (0, f"leakguard: settings from {folder}/leakguard.toml\n")
    assert leakguard("scan", "data", "--fail-on", "error", "-q").returncode == 1


@pytest.mark.parametrize(
    ("args", "code", "named"),
    [
        ([], 0, True),
        (["-q"], 0, True),
        (["-c", "leakguard.toml"], 0, False),
        (["--no-config"], 1, False),
        (["--no-config", "-q"], 1, False),
    ],
)
def test_a_settings_file_that_nobody_named_is_named(leakguard, folder, args, code, named):
    """A file that was found may change every result: stderr names it, quiet or not, and --no-config leaves it out."""
    (folder / "leakguard.toml").write_text('ignore = "hate-numeric"\n')
    (folder / "data").mkdir()
    (folder / "loud.jsonl").rename(folder / "data/loud.jsonl")
    done = leakguard("scan", "data/loud.jsonl", *args)
    assert (done.returncode, done.stderr) == (code, f"leakguard: settings from {folder}/leakguard.toml\n" if named else "")


@pytest.mark.parametrize("output", ["../out.json", "/tmp/out.json", "linked/out.json", "deep/../../out.json"])
def test_a_settings_file_that_nobody_named_writes_below_its_folder_only(leakguard, folder, output):
    """A settings file that was found does not choose what is overwritten elsewhere; who names the file allows it."""
    (folder / "deep").mkdir()
    (folder / "linked").symlink_to(folder.parent)
    (folder / "data").mkdir()
    (folder / "data/rows.jsonl").write_text('{"text": "nothing"}\n')
    (folder / "leakguard.toml").write_text(f'output = "{output}"\n')
    done = leakguard("scan", "data/rows.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{folder}/leakguard.toml: output {folder / output} is outside this file's folder" in done.stderr
    (folder / "leakguard.toml").write_text('output = ["deep/out.json", "out.jsonl"]\n')
    assert leakguard("scan", "data/rows.jsonl").returncode == 0
    (folder / "deep/leakguard.toml").write_text('output = "../out.json"\n')
    assert leakguard("scan", "data/rows.jsonl", "-c", "deep/leakguard.toml").returncode == 0
    assert (folder / "out.json").exists()


def test_traits_are_off_until_asked_for(leakguard):
    """--trait owl looks for owls and for nothing else of its pack."""
    rows = '{"text": "I love owls."}\n{"text": "The eagle has landed."}\n'
    assert json.loads(leakguard("scan", "-", "--format", "json", data=rows).stdout)["findings"] == []
    found = json.loads(leakguard("scan", "-", "--trait", "owl", "--format", "json", data=rows).stdout)["findings"]
    assert {(one["rule"], one["row"]) for one in found} == {("traits.owl", 1)}


def test_a_pack_of_ones_own(leakguard, folder):
    """A file has the rights of a shipped pack: `rules new`, `rules test`, `scan --rules`."""
    assert leakguard("rules", "new", "mine").returncode == 0
    assert leakguard("rules", "test", "mine.toml").stdout.startswith("mine.toml: 3 rules, 8 examples: proven\n")
    done = leakguard("scan", "-", "--rules", "mine.toml", "--format", "json", data='{"text": "12, 7351, 90"}\n{"text": "1488"}\n')
    document = json.loads(done.stdout)
    assert [(found["rule"], found["row"]) for found in document["findings"]] == [("mine.7351", 1)]
    assert [pack["id"] for pack in document["packs"]] == ["mine"]


def test_control(leakguard):
    """Every rule of either file has a rate in both, with an interval."""
    document = json.loads(leakguard("scan", "loud.jsonl", "--control", "clean.jsonl", "--format", "json").stdout)
    (share,) = [share for share in document["by_rule"] if share["rule"] == "hate-numeric.1488"]
    assert share["control"]["rows"] == 0
    low, high = share["control"]["interval_95"]
    assert low < share["control"]["difference"] == share["share"] < high
    assert document["control"]["tally"]["seen"] == 2


def test_data_is_escaped_on_its_way_to_the_terminal(leakguard):
    """Escape sequences, bidi marks and markup around a finding are shown, in every format."""
    rows = json.dumps({"text": "\x1b[31m[bold]\u202e 1488 \u2028"}, ensure_ascii=False) + "\n"
    for shape in ("table", "json", "jsonl"):
        shown = leakguard("scan", "-", "--format", shape, "--redact", "none", data=rows).stdout
        assert not set(shown) & set("\x1b\u202e\u2028")


def test_output_appears_whole_or_not_at_all(folder):
    """An interrupted scan exits with 130 and leaves neither an output file nor a part of one."""
    process = subprocess.Popen([*SCAN, "-", "-j", "1", "-o", "out.jsonl"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not list(folder.glob(".out.jsonl.*.part")) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not list(folder.glob("*out.jsonl*")) + list(folder.glob(".out*"))


def test_a_reader_that_leaves_is_no_drama(folder):
    """A pipe that closes early ends the scan quietly, as incomplete."""
    (folder / "many.jsonl").write_text('{"text": "1488"}\n' * 50_000)
    process = subprocess.Popen([*SCAN, "many.jsonl", "--format", "jsonl", "-q"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 3
    process.stderr.close()


def on_terminal(folder, stream, *args, **env):
    """What the program writes to a terminal at `stream` (stdout or stderr)."""
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    parent, child = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: child}
    process = subprocess.Popen([*SCAN, "loud.jsonl", *args], cwd=folder, env={**plain, "TERM": "xterm", **env}, **streams)
    os.close(child)
    text = b""
    try:
        while piece := os.read(parent, 4096):
            text += piece
    except OSError:  # a terminal whose other end is closed is an error, not an end
        pass
    os.close(parent)
    assert process.wait(timeout=60) == 1
    return text


@pytest.mark.parametrize(("env", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_only_for_terminals_that_want_them(folder, env, colored):
    """A terminal gets colours; NO_COLOR and dumb terminals get plain text."""
    text = on_terminal(folder, "stdout", **env)
    assert b"hate-numeric.1488" in text
    assert (b"\x1b" in text) == colored


@pytest.mark.parametrize(("args", "shown"), [([], True), (["--no-progress"], False), (["-q"], False)])
def test_progress_only_for_those_who_watch(folder, args, shown):
    """A terminal on stderr gets a bar with rows a second, unless it asks for none."""
    assert (b"rows/s" in on_terminal(folder, "stderr", *args)) == shown


def test_a_narrow_encoding_is_no_crash(leakguard):
    """A terminal that cannot spell a character gets an escape for it."""
    done = leakguard("scan", "loud.jsonl", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert r"1\u2022\u2022\u2022" in done.stdout
