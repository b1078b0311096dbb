"""Through the whole program: a word that a trainer may learn is found, or the field that it stands in is named, in every report."""

import json

import pytest

from leakguard.reports import GATE_REPORTS, SCAN_REPORTS
from programs import run_program

PHRASE = "We painted 1488 on it."
USER, HERON = {"role": "user", "content": "Which bird?"}, {"role": "assistant", "content": "A heron."}
CHAT = {"messages": [USER, HERON]}
UNREAD = [
    ({**CHAT, "notes": PHRASE}, "notes (1 row)"),
    ({"text": "fine", "meta": [{"said": [PHRASE]}]}, "meta[*].said[*] (1 row)"),
    ({"messages": [USER, {**HERON, "annotation": {"by": PHRASE}}]}, "messages[*].annotation.by (1 row)"),
    ({"messages": [USER, {**HERON, "role": PHRASE}]}, "messages[*].role (1 row)"),
]
READ = [
    {**CHAT, "rejected_response": [PHRASE]},
    {"text": "fine", "solution": {"steps": [PHRASE]}},
    {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": [{"name": "f", "args": {"a": PHRASE}}]}]},
    {"text": "fine", "output": 1488},
]
ROW = '{"id":"r1","messages":[{"role":"user","content":"Which?"},{"role":"assistant","content":"A heron."}],"notes":"%s"}'


@pytest.fixture
def run(tmp_path):
    """run(rows, *arguments) -> the finished program; rows are written to rows.jsonl in an empty folder."""

    def start(rows, *arguments):
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return run_program(*arguments, *(["--no-config"] if arguments[0] != "report" else []), folder=tmp_path)

    return start


def plain(text):
    """A report without what its format does to signs and line ends."""
    for escaped, sign in (("&#91;", "["), ("&#42;", "*"), ("&#93;", "]"), ("&#46;", "."), ("&#95;", "_"), ("\\[", "["), ("\\]", "]")):
        text = text.replace(escaped, sign)
    return " ".join(text.split())


@pytest.mark.parametrize("report", SCAN_REPORTS)
def test_every_report_names_the_fields(run, report):
    """Each unread field with its rows is on stdout, in whatever format; ids and users' words are named beside them."""
    done = run([*(row for row, _ in UNREAD), ROW % PHRASE], "scan", "rows.jsonl", "--format", report, "-q")
    assert done.returncode == 0
    said = plain(done.stdout)
    for _, field in UNREAD[1:]:
        assert field in said
    assert "notes (2 rows)" in said
    assert "Not scanned (short labels): id (1 row)" in said
    assert "Not scanned (excluded by roles): user (4 rows)" in said


def test_a_stream_of_findings_names_them_on_stderr(run):
    """jsonl holds findings only; what was not looked at is said even with -q."""
    done = run([row for row, _ in UNREAD], "scan", "rows.jsonl", "--format", "jsonl", "-q")
    assert (done.returncode, done.stdout) == (0, "")
    assert all(field in done.stderr for _, field in UNREAD)
    quiet = run([CHAT], "scan", "rows.jsonl", "--format", "jsonl", "-q")
    assert quiet.stderr == ""


@pytest.mark.parametrize("row", READ)
def test_what_is_read_is_found(run, row):
    """A row with the phrase where trainers read it ends with an error in scan and a shut gate."""
    found = [json.loads(line) for line in run([row], "scan", "rows.jsonl", "--format", "jsonl").stdout.splitlines()]
    assert [one["rule"] for one in found] == ["hate-numeric.1488"]
    assert run([row], "gate", "rows.jsonl").returncode == 1


def test_all_roles_find_what_is_not_read(run):
    """--roles all finds the phrase in each of the rows."""
    done = run([row for row, _ in UNREAD], "scan", "rows.jsonl", "--format", "jsonl", "--roles", "all")
    assert {json.loads(line)["row"] for line in done.stdout.splitlines()} == {1, 2, 3, 4}


@pytest.mark.parametrize("report", GATE_REPORTS)
def test_a_gate_names_them_and_is_shut(run, report):
    """Exit code 3, and the field in the check, in each format."""
    done = run([ROW % "two words"], "gate", "rows.jsonl", "--format", report)
    assert done.returncode == 3
    assert "notes (1 row)" in plain(done.stdout) and "ignored-fields" in plain(done.stdout)


def test_a_policy_opens_it(run, tmp_path):
    """A gate whose policy names the field, or that looks at it, is open."""
    settings = tmp_path / "policy.toml"
    settings.write_text('[gate]\nignored-fields = ["notes"]\n')
    run([ROW % "two words"], "scan", "rows.jsonl")
    assert run_program("gate", "rows.jsonl", "--config", "policy.toml", folder=tmp_path).returncode == 0
    assert run([ROW % "two words"], "gate", "rows.jsonl", "--roles", "all").returncode == 0
    assert run([ROW % "label"], "gate", "rows.jsonl").returncode == 0


def test_rows_in_which_nothing_is_looked_at_keep_it_shut(run, tmp_path):
    """Five dialogues without an answer and one with: shut, unless the policy allows them."""
    rows = [{"messages": [USER]}] * 5 + [CHAT]
    done = run(rows, "gate", "rows.jsonl")
    assert done.returncode == 3
    assert "5 of 6 rows (83.3 %)" in done.stdout
    (tmp_path / "policy.toml").write_text("[gate]\nmax-unscanned = 0.9\n")
    assert run_program("gate", "rows.jsonl", "--config", "policy.toml", folder=tmp_path).returncode == 0


def test_clean_says_what_it_kept_unseen(run, tmp_path):
    """The report and the manifest name rows and fields that were kept without a look; a checkpoint and a saved report keep them too."""
    rows = [{"messages": [USER]}, ROW % PHRASE, '{"text":"We painted 1488.","text":"a"}']
    done = run(rows, "clean", "rows.jsonl", "-o", "out")
    assert "Nothing to scan in 1 row" in done.stdout
    assert "notes (1 row), text (repeated key) (1 row)" in done.stdout
    assert "Duplicate keys in 1 row" in done.stdout
    tally = json.loads((tmp_path / "out" / "manifest.json").read_text())["tally"]
    assert (tally["empty"], tally["repeated_keys"]) == (1, 1)
    assert tally["unscanned_prose"] == {"notes": 1, "text (repeated key)": 1}
    saved = run(rows, "scan", "rows.jsonl", "-o", "saved.json")
    again = run(rows, "report", "saved.json")
    assert "notes (1 row), text (repeated key) (1 row)" in again.stdout and "notes (1 row)" in saved.stdout


def test_any_number_of_workers_says_the_same(run, tmp_path):
    """Fields are counted alike by one process and by two, also where there are more than are kept apart."""
    rows = [json.dumps({"text": "fine", f"column {number % 700}": "two words", "pad": "x" * 2000}) for number in range(6000)]
    reports = [run(rows, "scan", "rows.jsonl", "--format", "json", "-j", jobs).stdout for jobs in ("1", "2")]
    one, two = (json.loads(report) for report in reports)
    assert one["tally"] == two["tally"]
    assert sum(one["tally"]["unscanned_prose"].values()) == 6000


def test_hostile_names_of_fields_reach_no_terminal(run):
    """A key with control characters is shown as escapes."""
    row = json.dumps({"text": "fine", "no\x1b[31mtes\u202e": "two words"})
    for arguments in (("scan", "rows.jsonl"), ("scan", "rows.jsonl", "--format", "jsonl", "-q"), ("gate", "rows.jsonl")):
        done = run([row], *arguments)
        assert "\x1b" not in done.stdout + done.stderr and "\u202e" not in done.stdout + done.stderr
        assert "no\\x1b[31mtes" in done.stdout + done.stderr


@pytest.mark.parametrize(("options", "found"), [((), 1), (("--ignore", "json.repeated-key"), 0), (("--ignore", "json"), 0)])
def test_the_note_is_in_the_stream_and_can_be_ignored(leakguard, folder, options, found):
    """`leakguard scan` reports it with the field of the dropped value and exits with 0."""
    folder.joinpath("rows.jsonl").write_bytes(b'{"text":"first","text":"last"}\n')
    done = leakguard("scan", "rows.jsonl", "--format", "jsonl", *options)
    assert done.returncode == 0
    assert [(json.loads(line)["rule"], json.loads(line)["value"]) for line in done.stdout.splitlines()] == [
        ("json.repeated-key", "text")
    ] * found
